"""Questions about accounts and their contacts."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from einklang.crm.models import Account, Contact, Stage
from einklang.kernel.errors import NotFound
from einklang.people import queries as people
from einklang.people.models import User


def accounts(
    *, seen_by: User, search: str = "", owner: str = "", territory: str = "", industry: str = ""
) -> QuerySet[Account]:
    """The accounts somebody may see, with how many deals are open at each."""
    found = Account.objects.visible_to(seen_by).select_related("owner", "territory")
    if search:
        found = found.filter(Q(name__icontains=search) | Q(code__iexact=search) | Q(city__icontains=search))
    if owner:
        found = found.filter(owner__username=owner)
    if territory:
        found = found.filter(territory__code=territory)
    if industry:
        found = found.filter(industry=industry)
    is_open = Q(deals__stage__ends=Stage.Ends.OPEN)
    return found.annotate(open_deals=Count("deals", filter=is_open, distinct=True))


def account(code: str, *, seen_by: User) -> Account:
    """One account, if it may be seen."""
    found = Account.objects.visible_to(seen_by).filter(code=code).select_related("owner", "territory").first()
    if found is None:
        raise NotFound(_("There is no account %(code)s, or you may not see it.") % {"code": code})
    return found


def find_account(text: str, *, seen_by: User) -> Account:
    """The account a person means by a code or a whole name."""
    seen = Account.objects.visible_to(seen_by)
    code = text.split(" ")[0]
    found = list(seen.filter(Q(code__iexact=text) | Q(code__iexact=code) | Q(name__iexact=text))[:2])
    if len(found) != 1:
        raise NotFound(_("There is no account %(text)s, or more than one: give its code.") % {"text": text})
    return found[0]


def contacts(of: Account, *, seen_by: User) -> QuerySet[Contact]:
    """The people at an account."""
    return Contact.objects.visible_to(seen_by).filter(account=of)


def contact(code: str, *, seen_by: User) -> Contact:
    """One contact, if the account may be seen."""
    found = Contact.objects.visible_to(seen_by).filter(code=code).select_related("account").first()
    if found is None:
        raise NotFound(_("There is no contact %(code)s, or you may not see it.") % {"code": code})
    return found


def owners() -> QuerySet[User]:
    """Who may own records: sellers who work here."""
    return people.sellers().filter(is_active=True).order_by("name")
