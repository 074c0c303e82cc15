"""A forecast in plain sentences: what kind of history, what the engine did with it, what it says."""

from datetime import date

import polars as pl
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from einklang.web import formats

KINDS = {
    "ended": lambda: _("It has stopped selling, so nothing more is expected."),
    "new": lambda: _("It is too new for more than a mean of what was sold so far."),
    "short": lambda: _("Its history is shorter than two years: what season it has comes from its family."),
    "intermittent": lambda: _(
        "It sells only now and then, so the forecast is a rate: how often times how much."
    ),
    "seasonal": lambda: _("Its year has a clear shape, which the forecast repeats."),
    "regular": lambda: _("Its season is faint: only the part that is likely goes into the forecast."),
}
METHODS = {
    "theta": lambda: _("a straight trend with smoothing (Theta)"),
    "damped": lambda: _("smoothing with a trend that fades"),
    "holt": lambda: _("smoothing with a trend"),
    "aggregated": lambda: _("smoothing on months, quarters and years together"),
    "ses": lambda: _("simple smoothing"),
    "season": lambda: _("smoothing of level, trend and season together"),
    "seasonal": lambda: _("the same month of the last year"),
    "last": lambda: _("the same month a year before, moved by how this year runs"),
    "trees": lambda: _("what all series taught together"),
    "adida": lambda: _("smoothing in buckets as long as its order interval"),
    "imapa": lambda: _("smoothing in several bucket sizes"),
    "tsb": lambda: _("chance of an order times its size"),
    "mean": lambda: _("the mean"),
}
"""Methods by the first word of their name; variants of one kind are told once."""
NOTABLE = 0.05


def headline(name: str, actual: pl.DataFrame, points: pl.DataFrame) -> str:
    """The message of a forecast chart: what the coming year holds against the last one."""
    ahead = points.head(12)
    before = actual.sort("period").tail(ahead.height)
    if ahead.is_empty() or before.height < ahead.height or not before["quantity"].sum():
        return _("%(name)s: what was ordered and what is expected") % {"name": name}
    change = float(ahead["mean"].sum()) / float(before["quantity"].sum()) - 1
    facts = {"name": name, "months": ahead.height, "change": formats.percent(abs(change))}
    if abs(change) < NOTABLE:
        return _("%(name)s: the next %(months)s months stay about level") % facts
    if change > 0:
        return _("%(name)s: %(change)s more expected in the next %(months)s months") % facts
    return _("%(name)s: %(change)s less expected in the next %(months)s months") % facts


def explained(actual: pl.DataFrame, points: pl.DataFrame, as_of: date) -> list[str]:
    """Three or four sentences about one series; ``actual``: period, quantity; ``points`` of a run."""
    if points.is_empty():
        return [_("There is no forecast for this series.")]
    kind, _sep, methods = points["method"][0].partition(": ")
    said = [
        _known(actual),
        KINDS.get(kind, lambda: "")(),
        _made(methods),
        _year(actual, points),
        _range(points),
    ]
    return [sentence for sentence in said if sentence]


def _known(actual: pl.DataFrame) -> str:
    months = actual.height
    if not months:
        return _("Nothing was ordered so far.")
    return ngettext(
        "%(count)s month of orders is known.", "%(count)s months of orders are known.", months
    ) % {"count": months}


def _made(methods: str) -> str:
    parts = [part for part in methods.split(" + ") if not part.endswith(" 0 %")]
    first_words = dict.fromkeys(part.split(" ")[0] for part in parts)
    named = [METHODS[word]() for word in first_words if word in METHODS]
    if len(named) < 2:
        return ""
    joined = ", ".join(named[:-1])
    return _("The forecast is the mean of %(first)s and %(last)s.") % {"first": joined, "last": named[-1]}


def _year(actual: pl.DataFrame, points: pl.DataFrame) -> str:
    """The next twelve months against the last twelve."""
    ahead = points.head(12)
    before = actual.sort("period").tail(ahead.height)
    if before.height < ahead.height or not before["quantity"].sum():
        return ""
    now, then = float(ahead["mean"].sum()), float(before["quantity"].sum())
    change = now / then - 1
    facts = {
        "now": formats.quantity(round(now)),
        "then": formats.quantity(round(then)),
        "months": ahead.height,
        "change": formats.percent(abs(change)),
    }
    if abs(change) < NOTABLE:
        return (
            _("Over the next %(months)s months it expects %(now)s, about as much as before (%(then)s).")
            % facts
        )
    if change > 0:
        return (
            _("Over the next %(months)s months it expects %(now)s, %(change)s more than before (%(then)s).")
            % facts
        )
    return (
        _("Over the next %(months)s months it expects %(now)s, %(change)s less than before (%(then)s).")
        % facts
    )


def _range(points: pl.DataFrame) -> str:
    first = points.row(0, named=True)
    return _("In %(month)s, four times out of five, it comes to between %(low)s and %(high)s.") % {
        "month": formats.month(first["period"]),
        "low": formats.quantity(round(first["lo-80"])),
        "high": formats.quantity(round(first["hi-80"])),
    }
