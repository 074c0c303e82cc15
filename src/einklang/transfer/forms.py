"""What people enter about imports: files or a folder, a recipe, and answers to what the files do not tell."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from einklang.people.models import User
from einklang.transfer.reading import read_as
from einklang.transfer.recipe import shipped
from einklang.transfer.words import spoken
from einklang.web import formats


class Files(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once, each checked like one."""

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """The files that were chosen."""
        one = super().clean
        return [one(file, initial) for file in (data or [])]


class NewImportForm(forms.Form):
    """Where the data lies and how it is to be read."""

    chosen = FilesField(
        label=_("Files"),
        required=False,
        widget=Files(attrs={"multiple": True, "accept": ".csv,.gz,.txt,.tsv,.xlsx,.toml"}),
        help_text=_("CSV (also packed as .gz), TXT, TSV or XLSX; a recipe of your own as .toml beside them."),
    )
    folder = forms.CharField(
        label=_("Folder on the server"),
        required=False,
        max_length=500,
        help_text=_("Instead of files: a folder that this server can read."),
    )
    recipe = forms.ChoiceField(label=_("Recipe"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        """Only administrators may name a folder of the server."""
        super().__init__(*args, **kwargs)
        known = [(one.name, spoken(one, one.title)) for one in shipped()]
        self.fields["recipe"].choices = [("", _("Find out from the files")), *known]  # type: ignore[attr-defined]
        if not user.may("manage users"):
            del self.fields["folder"]

    def clean(self) -> dict[str, Any]:
        """Either files or a folder."""
        found = super().clean() or {}
        if bool(found.get("chosen")) == bool(found.get("folder")):
            raise forms.ValidationError(_("Choose files, or name a folder."))
        if found.get("folder") and not Path(found["folder"]).is_dir():
            self.add_error("folder", _("There is no such folder."))
        return found


class AnswerForm(forms.Form):
    """One question for each thing the files do not tell by themselves."""

    LABELS = {
        ("decimal", "."): _("A point: %(example)s is %(meaning)s"),
        ("decimal", ","): _("A comma: %(example)s is %(meaning)s"),
        ("dates", "DMY"): _("The day: %(example)s is %(meaning)s"),
        ("dates", "MDY"): _("The month: %(example)s is %(meaning)s"),
        ("separator", ","): _("A comma"),
        ("separator", ";"): _("A semicolon"),
        ("separator", "tab"): _("A tab"),
        ("separator", "|"): _("A vertical bar"),
    }
    QUESTIONS = {
        "decimal": _("Which is the decimal sign?"),
        "dates": _("What comes first in a date?"),
        "separator": _("What separates the cells?"),
    }

    def __init__(self, *args: Any, questions: list[dict[str, Any]], **kwargs: Any) -> None:
        """Questions as the check of the files left them."""
        super().__init__(*args, **kwargs)
        for question in questions:
            about = question["about"]
            where = f"{question['file']} {question['column']}".strip()
            self.fields[about] = forms.ChoiceField(
                label=self.QUESTIONS[about],
                choices=[(option, self.label(question, option)) for option in question["options"]],
                widget=forms.RadioSelect,
                help_text=f"{where}: {', '.join(question['examples'][:5])}",
            )

    def label(self, question: dict[str, Any], option: str) -> str:
        """An answer, with what the first example would then mean."""
        words = str(self.LABELS[question["about"], option])
        if "%(" not in words:
            return words
        example = question["examples"][0]
        meaning = read_as(question["about"], option, example)
        shown = (
            formats.day(date.fromisoformat(meaning[:10]))
            if question["about"] == "dates"
            else formats.quantity(Decimal(meaning), 6)
        )
        return words % {"example": example, "meaning": shown}
