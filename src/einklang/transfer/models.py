"""Imports: each run, its batches, what it wrote (to be undone), and the rows it could not take."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from einklang.people.models import User


class ImportRunSet(models.QuerySet["ImportRun"]):
    """Imports, as far as someone may see them."""

    def visible_to(self, user: User) -> "ImportRunSet":
        """Those who see all records see all imports; others see their own."""
        if user.sees_all and user.may("import data"):
            return self
        return self.filter(by=user)


class ImportRun(models.Model):
    """One import: which files by which recipe, how far it is, and what it counted."""

    class State(models.TextChoices):
        """How far it is."""

        OPEN = "open", _("Files chosen")
        ASKS = "asks", _("Needs an answer")
        REFUSED = "refused", _("Files cannot be read")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Being taken in")
        DONE = "done", _("Taken in")
        UNDONE = "undone", _("Undone")

    recipe = models.CharField(max_length=60)
    recipe_text = models.TextField(
        blank=True, help_text=_("The recipe itself, where it is none of the shipped ones.")
    )
    source = models.CharField(max_length=60)
    folder = models.CharField(max_length=500)
    fingerprint = models.CharField(max_length=64, blank=True)
    options = models.JSONField(default=dict)
    questions = models.JSONField(default=list)
    report = models.JSONField(default=list)
    notes = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    by = models.ForeignKey(User, models.PROTECT, related_name="imports")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    job = models.UUIDField(null=True)

    objects = ImportRunSet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk} {self.recipe}"

    def total(self, count: str) -> int:
        """A count over all tables: ``created``, ``updated``, ``unchanged``, ``rejected``, ``left_out``."""
        lines: list[dict[str, Any]] = self.report
        return sum(line.get(count, 0) for line in lines)

    @property
    def rejected(self) -> int:
        """How many rows could not be taken."""
        return self.total("rejected")

    @property
    def to_write(self) -> int:
        """How many rows would be, or were, added or changed."""
        return self.total("created") + self.total("updated")


class ImportBatch(models.Model):
    """One slice of one table, written in one transaction; a killed run goes on after the last of them."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="batches")
    position = models.PositiveIntegerField()
    slice = models.PositiveIntegerField()
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        ordering = ["run", "position", "slice"]
        verbose_name_plural = "import batches"
        constraints = [
            models.UniqueConstraint(fields=["run", "position", "slice"], name="one_batch_per_slice"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}/{self.slice}"


class ImportedTable(models.Model):
    """One table of this house, as filled from one source."""

    source = models.CharField(max_length=60)
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "name"], name="one_table_per_source")]

    def __str__(self) -> str:
        return f"{self.source}: {self.name}"


class ImportedRow(models.Model):
    """A row that came from a source: its key there, a hash of what it said, and what it replaced here.

    ``before`` is empty for a row the import added; otherwise it holds the values, hash and run before.
    """

    table = models.ForeignKey(ImportedTable, models.CASCADE, related_name="rows")
    key = models.TextField()
    digest = models.BigIntegerField()
    object_id = models.BigIntegerField()
    run = models.ForeignKey(ImportRun, models.PROTECT, related_name="rows")
    before = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "key"], name="one_row_per_key_and_source")]

    def __str__(self) -> str:
        return self.key


class RejectedRow(models.Model):
    """A row that was not taken in: where it stands, what was wrong, and how to mend it."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rejections")
    position = models.PositiveIntegerField()
    table = models.CharField(max_length=60)
    file = models.CharField(max_length=200)
    row = models.BigIntegerField(null=True)
    column = models.CharField(max_length=200)
    got = models.CharField(max_length=200, blank=True)
    expected = models.CharField(max_length=500)
    mend = models.CharField(max_length=500)
    content = models.TextField(blank=True)

    class Meta:
        ordering = ["run", "position", "row", "id"]

    def __str__(self) -> str:
        return f"{self.file}:{self.row}"
