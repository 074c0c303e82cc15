"""What the grid says in the browser: its layers and sentences, in the reader's language."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from einklang.demand import queries


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of line in the grid; `shown` from the start or chosen."""

    key: str
    label: str
    shown: bool = False


def layers() -> list[Layer]:
    """The lines an item can have, in the order in which they stand."""
    return [
        Layer("year_ago", _("Year before")),
        Layer("forecast", _("Forecast"), shown=True),
        Layer("pipeline", _("Open deals")),
        *(Layer(kind, label) for kind, label in queries.kinds()),
        Layer("mine", _("I speak"), shown=True),
        Layer("outlook", _("If agreed now")),
        Layer("agreed", _("Agreed"), shown=True),
    ]


def grid_words() -> dict[str, object]:
    """Every sentence the grid's own code shows."""
    return {
        "layers": {layer.key: layer.label for layer in layers()},
        "item": _("Item"),
        "sum": _("Sum"),
        "allShown": _("All items shown"),
        "nothingFits": _("Nothing fits this choice."),
        "keys": _("Figures by item and month. Arrows walk, Enter or a digit edits, Escape leaves."),
        "openItem": _("Open"),
        "until": _("until"),
        "undo": _("Undo"),
        "close": _("Close"),
        "oneChange": _("1 change not said yet"),
        "changes": _("{count} changes not said yet"),
        "open": _("({count} to look at)"),
        "noNumber": _("“{text}” is no number."),
        "notHere": _("Figures can be pasted where you may speak: choose a cell of an item."),
        "pasted": _("{count} figures pasted. Say why, then say them."),
        "pastedSome": _("{count} figures pasted. Left, because they are no numbers: {faulty}."),
        "leaveTheirs": _("Leave {theirs}"),
        "sayMine": _("Say {mine} anyway"),
        "noAnswer": _("The server does not answer. Your changes are still here."),
        "notTaken": _("That was not taken. Your changes are still here."),
        "signedOut": _("You are signed out. Sign in in another window, then try again."),
    }
