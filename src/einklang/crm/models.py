"""Accounts and contacts, deals by stage with their lines, and what was done about them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Item
from einklang.people.models import Territory, User
from einklang.people.visibility import within


class AccountSet(models.QuerySet["Account"]):
    """Accounts, as far as someone may see them."""

    def visible_to(self, user: User) -> "AccountSet":
        """Own accounts and those of own territories; the wider roles see all."""
        return self.filter(within(user, owner="owner", territory="territory"))


class Account(models.Model):
    """A customer or somebody who may become one."""

    class Kind(models.TextChoices):
        """What sort of customer."""

        COMPANY = "company", _("Company")
        PERSON = "person", _("Person")

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200, db_index=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.COMPANY)
    industry = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="accounts")
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="accounts")
    street = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True)
    website = models.CharField(max_length=200, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    created_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AccountSet.as_manager()

    class Meta:
        ordering = ["name", "code"]

    def __str__(self) -> str:
        return self.name


class ContactSet(models.QuerySet["Contact"]):
    """Contacts, as far as someone may see them."""

    def visible_to(self, user: User) -> "ContactSet":
        """Those of accounts that may be seen."""
        if user.sees_all and user.is_active:
            return self
        return self.filter(account__in=Account.objects.visible_to(user))


class Contact(models.Model):
    """A person at an account."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts")
    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=150)
    job_title = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ContactSet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Pipeline(models.Model):
    """A way of selling, with its stages."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """One step of a pipeline: how likely a deal there is won, and what it needs to get there."""

    class Ends(models.TextChoices):
        """What the stage means for a deal."""

        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    sequence = models.PositiveSmallIntegerField()
    odds = models.DecimalField(
        max_digits=4, decimal_places=3, help_text=_("Share of deals here that are won.")
    )
    needs = models.JSONField(default=list, help_text=_("Fields a deal must have to enter."))
    ends = models.CharField(max_length=4, choices=Ends, default=Ends.OPEN)
    stale_after_days = models.PositiveIntegerField(default=30)

    class Meta:
        ordering = ["pipeline", "sequence"]
        constraints = [models.UniqueConstraint(fields=["pipeline", "code"], name="one_stage_per_code")]

    def __str__(self) -> str:
        return self.name


class DealSet(models.QuerySet["Deal"]):
    """Deals, as far as someone may see them."""

    def visible_to(self, user: User) -> "DealSet":
        """Own deals and those of own territories; the wider roles see all."""
        return self.filter(within(user, owner="owner", territory="account__territory"))

    def open(self) -> "DealSet":
        """Those not yet decided."""
        return self.filter(stage__ends=Stage.Ends.OPEN)


class Deal(models.Model):
    """A chance to sell: to whom, what, how much, when, and how far it has come."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    account = models.ForeignKey(Account, models.PROTECT, related_name="deals")
    owner = models.ForeignKey(User, models.PROTECT, related_name="deals")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="deals")
    currency = models.CharField(max_length=3, default="EUR")
    amount_cents = models.BigIntegerField(null=True, blank=True)
    decision_maker = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="deals")
    created_on = models.DateField(db_index=True)
    expected_on = models.DateField(null=True, blank=True, help_text=_("When it is expected to be decided."))
    closed_on = models.DateField(null=True, blank=True, db_index=True)
    lost_reason = models.CharField(max_length=60, blank=True)
    next_step = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=60, blank=True)
    touched_at = models.DateTimeField(help_text=_("When somebody last did something about it."))
    version = models.PositiveIntegerField(default=1)

    objects = DealSet.as_manager()

    class Meta:
        ordering = ["-created_on", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="deal_amount_not_negative")
        ]

    def __str__(self) -> str:
        return self.name


class DealLine(models.Model):
    """What a deal is about, by item."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="deal_lines")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    amount_cents = models.BigIntegerField()
    wished_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["deal", "id"]
        constraints = [
            models.UniqueConstraint(fields=["deal", "item"], name="one_deal_line_per_item"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="deal_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.item_id}"


class StageEntry(models.Model):
    """A deal's coming into a stage; the log is only added to."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="stage_log")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    amount_cents = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["deal", "at", "id"]
        verbose_name_plural = "stage entries"

    def __str__(self) -> str:
        return f"{self.deal_id} {self.stage_id} {self.at}"


class Activity(models.Model):
    """Something that was done: a call, a meeting, a mail, a note."""

    class Kind(models.TextChoices):
        """What was done."""

        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        MAIL = "mail", _("Mail")
        NOTE = "note", _("Note")

    account = models.ForeignKey(Account, models.CASCADE, related_name="activities")
    deal = models.ForeignKey(Deal, models.CASCADE, null=True, blank=True, related_name="activities")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="activities")
    text = models.TextField()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "activities"

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"


class TaskSet(models.QuerySet["Task"]):
    """Tasks, as far as someone may see them."""

    def visible_to(self, user: User) -> "TaskSet":
        """Own tasks and those of the team; the wider roles see all."""
        return self.filter(within(user, owner="owner"))


class Task(models.Model):
    """Something somebody is to do by a day."""

    title = models.CharField(max_length=200)
    owner = models.ForeignKey(User, models.PROTECT, related_name="tasks")
    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, related_name="tasks")
    deal = models.ForeignKey(Deal, models.CASCADE, null=True, blank=True, related_name="tasks")
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = TaskSet.as_manager()

    class Meta:
        ordering = [F("due_on").asc(nulls_last=True), "id"]

    def __str__(self) -> str:
        return self.title
