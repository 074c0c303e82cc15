"""What can be done about accounts and contacts."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.crm import queries
from einklang.crm.actions.changing import change
from einklang.crm.models import Account, Contact
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people.models import Territory, User

ACCOUNT_FACTS = (
    "name",
    "industry",
    "owner",
    "territory",
    "street",
    "postal_code",
    "city",
    "country",
    "website",
    "employees",
)
CONTACT_FACTS = ("name", "job_title", "email", "phone")


@transaction.atomic
def add_account(
    name: str,
    *,
    by: User,
    code: str = "",
    owner: User | None = None,
    territory: Territory | None = None,
    **facts: Any,
) -> Account:
    """Add a customer; without an owner it is the adder's own."""
    by.must("edit accounts")
    if owner not in (None, by):
        by.must("assign records")
    if code and Account.objects.filter(code__iexact=code).exists():
        raise Refused(_("There is an account %(code)s already.") % {"code": code})
    account = Account.objects.create(
        name=name.strip(),
        code=code or f"new-{clock.now().timestamp():.6f}",
        owner=owner or by,
        territory=territory,
        created_on=clock.today(),
        **facts,
    )
    if not code:
        account.code = f"K{10_000 + account.pk}"
        account.save(update_fields=["code"])
    journal.record("crm.account_added", about=account, by=by, code=account.code, owner=str(account.owner))
    return account


@transaction.atomic
def change_account(account: Account, *, version: int, by: User, **facts: Any) -> Account:
    """Change an account's facts; another owner or territory needs the right to give records away."""
    by.must("edit accounts")
    if {"owner", "territory"} & facts.keys():
        by.must("assign records")
    queries.account(account.code, seen_by=by)
    account = (
        Account.objects.select_for_update(of=("self",))
        .select_related("owner", "territory")
        .get(pk=account.pk)
    )
    changed = change(account, facts, version=version, editable=ACCOUNT_FACTS)
    account.save()
    journal.record("crm.account_changed", about=account, by=by, changed=changed)
    return account


@transaction.atomic
def add_contact(account: Account, name: str, *, by: User, **facts: Any) -> Contact:
    """Add a person at an account."""
    by.must("edit accounts")
    queries.account(account.code, seen_by=by)
    number = account.contacts.count() + 1
    while Contact.objects.filter(code=f"{account.code}-{number}").exists():
        number += 1
    contact = Contact.objects.create(
        account=account, code=f"{account.code}-{number}", name=name.strip(), **facts
    )
    journal.record("crm.contact_added", about=contact, by=by, account=account.code)
    return contact


@transaction.atomic
def change_contact(contact: Contact, *, version: int, by: User, **facts: Any) -> Contact:
    """Change a contact's facts."""
    by.must("edit accounts")
    queries.contact(contact.code, seen_by=by)
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    changed = change(contact, facts, version=version, editable=CONTACT_FACTS)
    contact.save()
    journal.record("crm.contact_changed", about=contact, by=by, changed=changed)
    return contact
