"""Which items need nobody's review this month, and why the others do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand.models import Event, ForecastRun, Level, ReviewRule, Voice
from einklang.demand.queries import forecasts
from einklang.engine.forecast.accuracy import by
from einklang.engine.periods import add_months, month_end
from einklang.people import queries as people
from einklang.people.models import User
from einklang.web import formats

AHEAD = 6
"""Months in which an event or a change of life calls for a look."""
YEAR = 12
LARGE = 0.85
"""Errors above this quantile of the company's own stand out."""
BEYOND_CHANCE = 2.0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is on the review list."""

    key: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Watched:
    """One item: what it is worth, how right it was, and why somebody should look at it (or need not)."""

    series: str
    name: str
    family: str
    value_cents: int
    quantity: float
    wape: float | None
    bias: float | None
    change: float | None
    reasons: list[Reason]

    @property
    def needs_review(self) -> bool:
        """Whether anything calls for a person."""
        return bool(self.reasons)


@dataclass(frozen=True, slots=True)
class Touchless:
    """Every item, those that need a look first and the most valuable first among them."""

    rule: ReviewRule
    rows: list[Watched]

    @property
    def review(self) -> list[Watched]:
        """The items that somebody should look at."""
        return [row for row in self.rows if row.needs_review]

    @property
    def untouched(self) -> list[Watched]:
        """The items that need nobody."""
        return [row for row in self.rows if not row.needs_review]

    @property
    def value_share(self) -> float | None:
        """Which share of the expected value needs nobody; None where nothing has a price."""
        whole = sum(row.value_cents for row in self.rows)
        return sum(row.value_cents for row in self.untouched) / whole if whole else None

    @property
    def counts(self) -> dict[str, int]:
        """How many items are on the review list for each reason."""
        found: dict[str, int] = {}
        for row in self.rows:
            for reason in row.reasons:
                found[reason.key] = found.get(reason.key, 0) + 1
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def review_rule() -> ReviewRule:
    """The limits that hold: the newest that somebody set, or the house's own."""
    return ReviewRule.objects.select_related("author").first() or ReviewRule()


def touchless(run: ForecastRun, *, seen_by: User) -> Touchless:
    """All items of a run with the reasons to look at them, in a constant number of questions."""
    seen_by.must("see demand")
    rule = review_rule()
    table = _with_life(_facts(run))
    top = _largest(table, float(rule.top_share))
    # What is said about a family is looked at there, not at each of its items.
    spoken = set(Voice.objects.heard_in(run.as_of).values_list("series", flat=True))
    moved = _events(run, float(rule.change_limit))
    odd = set(run.outliers.filter(is_repaired=False).values_list("series", flat=True))
    failed = {str(one.get("series", "")) for one in run.failures}
    marks = {"top": top, "voice": spoken, "event": moved, "outlier": odd, "failure": failed}
    rows = [
        Watched(
            series=fact["series"],
            name=fact["name"],
            family=fact["family"] or "",
            value_cents=round(fact["value_cents"] or 0),
            quantity=fact["quantity"],
            wape=fact["wape"],
            bias=fact["bias"],
            change=fact["change"],
            reasons=list(_reasons(fact, marks, rule, run)),
        )
        for fact in table.iter_rows(named=True)
    ]
    return Touchless(rule, sorted(rows, key=lambda row: (not row.needs_review, -row.value_cents, row.series)))


def _reasons(
    fact: dict[str, Any], marks: dict[str, set[str]], rule: ReviewRule, run: ForecastRun
) -> Iterator[Reason]:
    """Everything that calls for a person, most telling first."""
    series = fact["series"]
    if series in marks["failure"]:
        yield Reason("failure", _("Its forecast needed a stand-in."))
    if series in marks["outlier"]:
        yield Reason("outlier", _("An odd month in its history waits for a word."))
    if series in marks["voice"]:
        yield Reason("voice", _("Somebody speaks about it."))
    if series in marks["event"]:
        yield Reason("event", _("An event lies ahead."))
    yield from _of_life(fact, run)
    if fact["wape"] is None and fact["quantity"] > 0:
        yield Reason("unmeasured", _("Nobody knows yet how right its forecast is."))
    if fact["is_far_off"] and fact["wape"] > rule.error_limit:
        yield Reason("error", _("It was off by %(share)s.") % {"share": formats.percent(fact["wape"])})
    if fact["is_leaning"] and abs(fact["bias"]) > rule.bias_limit:
        yield Reason("bias", _("It leans by %(share)s.") % {"share": formats.percent(fact["bias"])})
    if fact["change"] is not None and abs(fact["change"]) > rule.change_limit:
        share = formats.percent(fact["change"])
        yield Reason("change", _("It changed by %(share)s since last month.") % {"share": share})
    if series in marks["top"]:
        yield Reason("value", _("It is among the most valuable."))


def _of_life(fact: dict[str, Any], run: ForecastRun) -> Iterator[Reason]:
    """Beginning, end and hand-over."""
    soon, lately = month_end(add_months(run.as_of, AHEAD)), add_months(run.as_of, -YEAR)
    if fact["launched_on"] is not None and fact["launched_on"] > lately:
        yield Reason("launch", _("It is new or about to begin."))
    if fact["ended_on"] is not None and run.as_of < fact["ended_on"] <= soon:
        yield Reason("end", _("It ends soon."))
    if fact["is_replaced"]:
        yield Reason("successor", _("A successor takes over from it."))


def _facts(run: ForecastRun) -> pl.DataFrame:
    """Each item's coming year, its error and bias, its change against the run of the month before."""
    ahead = forecasts.forecast_frame(run)
    year = ahead.group_by("series", maintain_order=True).agg(
        pl.col("mean").sort_by("period").head(YEAR).sum().alias("quantity")
    )
    return year.join(_measured(run), on="series", how="left").join(
        _change(run, ahead), on="series", how="left"
    )


def _measured(run: ForecastRun) -> pl.DataFrame:
    """Each item's error and bias, and whether they stand out: series, wape, bias, is_far_off, is_leaning.

    An error stands out where it is among the company's largest, or no better than the same month
    a year before; a bias where it is more than chance (two standard errors).
    """
    rows = forecasts.walk_back_frame(run, lag=1)
    error = pl.col("mean") - pl.col("actual")
    leaning = rows.group_by("series").agg(
        (error.sum().abs() > BEYOND_CHANCE * (error**2).sum().sqrt()).alias("is_leaning")
    )
    found = by(rows, "series").join(leaning, on="series")
    far = (pl.col("wape") >= pl.col("wape").quantile(LARGE)) | (pl.col("wape") >= pl.col("naive_wape"))
    return found.select(
        "series",
        "wape",
        "bias",
        far.fill_null(value=False).alias("is_far_off"),
        (pl.col("is_leaning") & pl.col("bias").is_not_null()).alias("is_leaning"),
    )


def _change(run: ForecastRun, ahead: pl.DataFrame) -> pl.DataFrame:
    """How much the months that both runs know changed since the run of the month before."""
    former = forecasts.latest_run(add_months(run.as_of, -1))
    if former is None:
        return pl.DataFrame(schema={"series": pl.String, "change": pl.Float64})
    before = forecasts.forecast_frame(former).select("series", "period", was="mean")
    both = ahead.join(before, on=["series", "period"]).group_by("series").agg(pl.col("mean", "was").sum())
    change = pl.when(pl.col("was") > 0).then(pl.col("mean") / pl.col("was") - 1)
    return both.select("series", change.alias("change"))


def _with_life(facts: pl.DataFrame) -> pl.DataFrame:
    """Each item with its name, family, value of the coming year, beginning, end and successor."""
    items = catalog.items_frame()
    heirs = items.filter(pl.col("predecessor").is_not_null()).select(
        series="predecessor", begins="launched_on"
    )
    prices = catalog.prices_frame(date.max, people.home_currency())
    about = items.select("item", "name", "family", "launched_on", "ended_on")
    return (
        facts.join(about, left_on="series", right_on="item", how="left")
        .join(prices, left_on="series", right_on="item", how="left")
        .join(heirs.unique("series"), on="series", how="left")
        .with_columns(
            pl.col("name").fill_null(pl.col("series")),
            (pl.col("quantity") * pl.col("price_cents")).alias("value_cents"),
            (pl.col("series").is_in(heirs["series"].implode()) & (pl.col("quantity") > 0)).alias(
                "is_replaced"
            ),
        )
    )


def _largest(table: pl.DataFrame, share: float) -> set[str]:
    """The most valuable items that together make up a share of the value."""
    ranked = table.filter(pl.col("value_cents") > 0).sort("value_cents", descending=True)
    if not share or ranked.is_empty():
        return set()
    before = (pl.col("value_cents").cum_sum() - pl.col("value_cents")) / pl.col("value_cents").sum()
    return set(ranked.filter(before < share)["series"])


def _events(run: ForecastRun, limit: float) -> set[str]:
    """The items that events of the coming months call a person to.

    Those an event names, those whose promotion could not be measured before, and those that some effect
    changes by more than the limit.
    """
    first, last = add_months(run.as_of, 1), month_end(add_months(run.as_of, AHEAD))
    named = Event.objects.current().filter(first__lte=last, last__gte=first).exclude(series="")
    lines = forecasts.effects_frame(run, level=Level.ITEM).filter(pl.col("period") <= last)
    measured = set(lines.filter(pl.col("effect") == "promotion")["series"])
    begins = [one for one in catalog.promotions(first, last) if one.discount > 0 and one.start >= first]
    promoted = {code for promotion in begins for code in _items_of(promotion)}
    moved = lines.group_by("series", "period").agg(pl.col("quantity").sum())
    large = moved.join(forecasts.forecast_frame(run), on=["series", "period"]).filter(
        pl.col("quantity").abs() > limit * pl.col("mean")
    )
    return set(named.values_list("series", flat=True)) | (promoted - measured) | set(large["series"])


def _items_of(promotion: Any) -> list[str]:
    return [item.code for item in promotion.items.all()]
