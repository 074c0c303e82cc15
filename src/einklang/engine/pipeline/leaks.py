"""The leak alarm: what is known of a deal must not give its outcome away.

A column that alone tells won from lost too well (AUC above .75) was most likely filled in after the
fact; so was one that is blank for lost deals and full for won ones, or full only once a deal is
decided. Chances learned from such a column look splendid and fail on the next open deal.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.pipeline.arrays import Flags, Numbers

AUC_ALARM = 0.75
BLANK_ALARM = 0.10  # difference of shares
LATE_ALARM = 0.25
SURE = 3.3  # standard errors
MANY, FEWEST = 30, 5  # decided deals on either side: enough for a plain look; too few for any
DOUBT = 1.64  # standard errors by which an AUC of fewer than many deals must lie above the alarm
SMOOTH = 5.0
NUMERIC = 0.95  # share of values that read as numbers
NEVER = ("deal", "outcome", "closed_on", "created_on", "expected_on")
MEND = {"amount": "give what was known before closing as the column 'stated'"}
WON_WORDS = ("won", "1", "true", "yes", "1.0")
LOST_WORDS = ("lost", "0", "false", "no", "0.0")
SCHEMA = {
    "feature": pl.String,
    "auc": pl.Float64,
    "blank_won": pl.Float64,
    "blank_lost": pl.Float64,
    "blank_open": pl.Float64,
    "alarm": pl.String,
    "sentence": pl.String,
}


def leaks(
    table: pl.DataFrame, *, outcome: str = "outcome", features: Sequence[str] | None = None
) -> pl.DataFrame:
    """Each feature with how well it alone tells won from lost, and an alarm where that cannot be honest.

    ``outcome`` holds won, lost and open (or yes and no, 1 and 0); ``features`` are by default all other
    columns but the deal's name and days. The AUC is .5 for a feature that says nothing; names are scored
    by the share won among the other half of the deals, so that many rare names do not look wise.

    ``alarm`` is blank, "tells the outcome", "blank by outcome" or "filled late"; ``sentence`` says it
    with its figures.
    """
    if outcome not in table.columns:
        raise Impossible(f"There is no column {outcome!r} to tell the outcome.")
    words = table[outcome].cast(pl.String).str.strip_chars().str.to_lowercase()
    won, lost = words.is_in(list(WON_WORDS)).to_numpy(), words.is_in(list(LOST_WORDS)).to_numpy()
    names = features if features is not None else [n for n in table.columns if n not in (*NEVER, outcome)]
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise Impossible(f"There is no column {missing[0]!r} in the table.")
    rows = [_judged(name, table[name], won, lost) for name in names]
    found = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return found.sort(pl.col("alarm") == "", -(pl.col("auc") - 0.5).abs(), maintain_order=True)


def auc(score: Numbers, won: Flags) -> float:
    """The chance that a won deal scores higher than a lost one; ties count half.

    >>> auc(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, True, True]))
    1.0
    """
    ones, zeros = int(won.sum()), int((~won).sum())
    if not ones or not zeros:
        return 0.5
    _values, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[won].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def _judged(name: str, values: pl.Series, won: Flags, lost: Flags) -> tuple[object, ...]:
    """One feature's row."""
    blank = values.is_null().to_numpy()
    if values.dtype == pl.String:
        blank = blank | (values.str.strip_chars() == "").fill_null(False).to_numpy()
    undecided = ~(won | lost)
    shares = [float(blank[rows].mean()) if rows.any() else None for rows in (won, lost, undecided)]
    decided = won | lost
    here = decided & ~blank
    enough = min(int(won.sum()), int(lost.sum())) >= 2 * FEWEST
    area = None
    if min(int((here & won).sum()), int((here & lost).sum())) >= FEWEST:
        area = _area(values.filter(pl.Series(here)), won[here])
    alarm, sentence = "", _quiet(name, area, enough)
    if area is not None and max(area, 1 - area) > _alarm_from(here & won, here & lost):
        alarm = "tells the outcome"
        sentence = (
            f"{name} alone tells won from lost with an AUC of {max(area, 1 - area):.2f} (above {AUC_ALARM}): "
            f"it was most likely filled in after the fact, so {MEND.get(name, 'leave it out')}."
        )
    elif enough and _differs(blank[won], blank[lost], BLANK_ALARM):
        alarm = "blank by outcome"
        sentence = (
            f"{name} is blank for {shares[0]:.0%} of won and {shares[1]:.0%} of lost deals: "
            "whether it is filled in gives the outcome away."
        )
    elif min(int(decided.sum()), int(undecided.sum())) >= MANY and (
        _differs(blank[undecided], blank[decided], LATE_ALARM)
        and blank[undecided].mean() > blank[decided].mean()
    ):
        alarm = "filled late"
        sentence = (
            f"{name} is blank for {shares[2]:.0%} of open and {blank[decided].mean():.0%} of decided deals: "
            "it is filled in when a deal closes, so it must not say anything about open ones."
        )
    return name, area, *shares, alarm, sentence


def _alarm_from(won: Flags, lost: Flags) -> float:
    """The AUC above which a feature raises an alarm: with few deals chance alone can look like a leak."""
    ones, zeros = int(won.sum()), int(lost.sum())
    if min(ones, zeros) >= MANY:
        return AUC_ALARM
    return float(AUC_ALARM + DOUBT * np.sqrt((ones + zeros + 1) / (12 * ones * zeros)))


def _quiet(name: str, area: float | None, enough: bool) -> str:
    if area is not None:
        return f"{name} alone tells won from lost with an AUC of {max(area, 1 - area):.2f}: nothing strange."
    if not enough:
        return f"Too few deals are decided to judge {name} ({FEWEST} won and {FEWEST} lost are needed)."
    return f"{name} is filled in for too few decided deals to be judged."


def _differs(some: Flags, others: Flags, least: float) -> bool:
    """Whether two shares lie apart, by more than ``least`` and more than chance."""
    difference = abs(float(some.mean()) - float(others.mean()))
    both = (some.sum() + others.sum()) / (some.size + others.size)
    error = np.sqrt(both * (1 - both) * (1 / some.size + 1 / others.size))
    return bool(difference >= least and difference > SURE * error)


def _area(values: pl.Series, won: Flags) -> float:
    """The AUC of a feature: of a number or a day as it is, of a name by the share won elsewhere."""
    plain = as_numbers(values)
    if plain is not None:
        return auc(plain.fill_null(plain.median()).to_numpy(), won)
    return _area_of_names(values.cast(pl.String), won)


def as_numbers(values: pl.Series) -> pl.Series | None:
    """A column as numbers, days counted; nothing where most of it are names.

    >>> as_numbers(pl.Series(["1", "2.5", None])).to_list()
    [1.0, 2.5, None]
    >>> as_numbers(pl.Series(["1", "north"])) is None
    True
    """
    if values.dtype.is_temporal():
        return values.to_physical().cast(pl.Float64)
    plain = values.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    filled = values.len() - values.null_count()
    return plain if filled and plain.len() - plain.null_count() >= NUMERIC * filled else None


def _area_of_names(values: pl.Series, won: Flags) -> float:
    """Names scored by the share won in the other half of the deals, halves taken in turn."""
    half = np.arange(won.size) % 2 == 0
    areas, sizes = [], []
    for mine in (half, ~half):
        others = pl.DataFrame({"name": values.filter(pl.Series(~mine)), "won": won[~mine].astype(float)})
        base = float(won[~mine].mean())
        share = (pl.col("won").sum() + SMOOTH * base) / (pl.len() + SMOOTH)
        learned = others.group_by("name").agg(share.alias("share"))
        names = pl.DataFrame({"name": values.filter(pl.Series(mine))})
        joined = names.join(learned, on="name", how="left", maintain_order="left")
        areas.append(auc(joined["share"].fill_null(base).to_numpy(), won[mine]))
        sizes.append(mine.sum())
    return float(np.average(areas, weights=sizes))
