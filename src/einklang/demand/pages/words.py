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
        "openItem": _("To the item"),
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


def method_name(name: str) -> str:
    """A method of the engine in plain words; its own name where there are none."""
    return {
        "ses": _("Simple smoothing"),
        "holt": _("Smoothing with a trend"),
        "damped": _("Smoothing with a trend that fades"),
        "damped shrunk": _("Smoothing with a trend that fades, season drawn to the family"),
        "damped recent": _("Smoothing with a trend that fades, on the last years"),
        "theta": _("Straight trend with smoothing (Theta)"),
        "theta tested": _("Straight trend with smoothing (Theta), season only where it is proven"),
        "theta optimised": _("Straight trend with smoothing (Theta), fitted"),
        "theta log": _("Straight trend with smoothing (Theta), in shares"),
        "theta recent": _("Straight trend with smoothing (Theta), on the last years"),
        "aggregated": _("Smoothing on months, quarters and years together"),
        "aggregated recent": _("Smoothing on months, quarters and years together, on the last years"),
        "season times": _("Smoothing with a season in shares"),
        "season plus": _("Smoothing with a season in units"),
        "seasonal naive": _("Same month a year before"),
        "last year": _("Last year's shape at the present level"),
        "trees": _("Learned from all series together"),
        "mean": _("Mean"),
        "ended": _("Ended: nothing more"),
        "adida": _("Smoothing in buckets as long as its order interval"),
        "imapa": _("Smoothing in several bucket sizes"),
        "tsb": _("Chance of an order times its size"),
    }.get(name, name)


def kind_name(kind: str) -> str:
    """A kind of history in plain words."""
    return {
        "ended": _("Series that ended"),
        "new": _("New series"),
        "short": _("Short histories"),
        "intermittent": _("Intermittent series"),
        "seasonal": _("Seasonal series"),
        "regular": _("Regular series"),
        "lasting": _("Lasting series"),
        "effects": _("Events, prices, promotions"),
        "deep": _("Slow models for the most valuable"),
    }.get(kind, kind)


def step_name(step: str) -> str:
    """A step that was tried, in plain words; its own name where there are none."""
    return {
        "own weights": _("Weights from the own past, half"),
        "own weights in full": _("Weights from the own past, in full"),
        "gate": _("Weights by kind of series, half"),
        "gate in full": _("Weights by kind of series, in full"),
        "trees 25 %": _("A quarter from learned trees"),
        "trees 50 %": _("Half from learned trees"),
        "fade": _("Rare demand that fades"),
    }.get(step, step)
