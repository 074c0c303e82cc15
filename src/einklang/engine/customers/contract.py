"""The risk of customers on contract, from a table of facts and of who left.

Numbers come in as pieces of straight lines with bends at their quintiles, names as yes or no for each
that is frequent enough. A ridge logistic model on these is measured by cross-validation: each customer's
chance comes from a model that never saw that customer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine import scores
from einklang.engine.customers.frames import Numbers
from einklang.engine.customers.learning import Measured
from einklang.engine.errors import BadTable, Fault, Impossible
from einklang.engine.logistic import chance_of, fit, logit_of
from einklang.engine.pipeline.leaks import leaks

FOLDS = 10
PENALTY = 1.0
LEAST_KIND = 20  # customers of each outcome
LEAST_NAMED = 15  # customers that a name must have to count by itself
MOST_NAMES = 50  # a column with more names is a text, not a fact
SAID = 3
YES = ("yes", "true", "1", "churned", "left", "lost")
NO = ("no", "false", "0", "stayed", "active", "kept")


@dataclass(frozen=True, slots=True)
class ContractRisk:
    """Each customer's chance to leave, its reasons, how good it is, and what is to be doubted.

    ``table``: customer, left (as given), risk. ``reasons``: customer, rank, fact, value, usual, effect.
    ``left_out``: columns that are neither numbers nor names, and so were not used. ``alarms``: sentences
    about columns that look as if they were only known after the outcome.
    """

    table: pl.DataFrame
    reasons: pl.DataFrame
    measured: Measured
    rate: float
    left_out: tuple[str, ...]
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fact:
    """One column as numbers a model can weigh, and as a person reads it."""

    name: str
    columns: Numbers
    shown: pl.Series
    usual: str


def contract_risk(table: pl.DataFrame, *, label: str, customer: str) -> ContractRisk:
    """The chance that each customer leaves; ``label`` (yes or no) says who did, blank is not yet known.

    All other columns count as facts known before the outcome: what is only known afterwards must be taken
    out of the table first (a leak alarm names what looks like it).
    """
    names = _names(table, label, customer)
    left = as_flag(table[label], label)
    facts, left_out = _facts(table, [name for name in table.columns if name not in (label, customer)])
    known = left.is_not_null().to_numpy()
    happened = left.fill_null(value=False).cast(pl.Float64).to_numpy()
    kinds = happened[known].sum(), known.sum() - happened[known].sum()
    if min(kinds) < LEAST_KIND:
        raise Impossible(
            f"{int(kinds[0])} customers left and {int(kinds[1])} stayed: "
            f"a risk needs at least {LEAST_KIND} of each."
        )
    if not facts:
        raise Impossible("The table has no column that could tell who leaves.")
    numbers = np.hstack([one.columns for one in facts])
    model = fit(numbers[known], happened[known], penalty=PENALTY)
    logits = model.logits(numbers)
    logits[known] = logit_of(_unseen(numbers[known], happened[known]))
    risk = chance_of(logits)
    figures = (scores.auc, scores.brier_skill, scores.ece, scores.lift, scores.log_loss)
    measured = Measured(*(one(risk[known], happened[known]) for one in figures))
    result = pl.DataFrame({"customer": names, "left": left, "risk": risk})
    told = _reasons(names, facts, model.parts(numbers), logits)
    alarms = _alarms(table.select(one.name for one in facts), left)
    return ContractRisk(result, told, measured, float(happened[known].mean()), tuple(left_out), alarms)


def as_flag(values: pl.Series, name: str) -> pl.Series:
    """Yes and no, as tables write them; what is neither is named."""
    if values.dtype == pl.Boolean:
        return values
    text = values.cast(pl.String).str.strip_chars().str.to_lowercase().str.replace(r"^([01])\.0$", "$1")
    unknown = text.is_not_null() & ~text.is_in([*YES, *NO])
    if unknown.any():
        faults = [
            Fault("customers", row + 1, name, str(values[row])[:80], "yes or no", "write yes, no or nothing")
            for row in unknown.arg_true().to_list()
        ]
        raise BadTable(faults)
    return pl.select(pl.when(text.is_not_null()).then(text.is_in(YES))).to_series()


def _alarms(facts: pl.DataFrame, left: pl.Series) -> tuple[str, ...]:
    """What looks as if it was only known after the outcome, by the same rules as for deals."""
    outcome = pl.Series("outcome", ["open" if one is None else "won" if one else "lost" for one in left])
    found = leaks(
        facts.with_columns(outcome.alias("\x00outcome")), outcome="\x00outcome", features=facts.columns
    )
    told = []
    for row in found.filter(pl.col("alarm") != "").iter_rows(named=True):
        if row["alarm"] == "tells the outcome":
            area = max(row["auc"], 1 - row["auc"])
            told.append(
                f"{row['feature']} alone tells who left with an AUC of {area:.2f}: "
                "make sure that it was known before they left, else leave it out."
            )
        else:
            told.append(
                f"{row['feature']} is filled in differently for those who left and those who stayed: "
                "whether it is filled in gives the outcome away."
            )
    return tuple(told)


def _names(table: pl.DataFrame, label: str, customer: str) -> pl.Series:
    """The customers' names: each once."""
    missing = [name for name in (customer, label) if name not in table.columns]
    if missing:
        have = ", ".join(table.columns)
        raise BadTable(
            [
                Fault("customers", None, name, f"columns {have}", "this column", "add or name it")
                for name in missing
            ]
        )
    names = table[customer].cast(pl.String)
    wrong = names.is_null() | ~names.is_first_distinct()
    if wrong.any():
        faults = [
            Fault(
                "customers",
                row + 1,
                customer,
                str(names[row] or "nothing"),
                "each customer once",
                "mend the row",
            )
            for row in wrong.arg_true().to_list()
        ]
        raise BadTable(faults)
    return names


def _facts(table: pl.DataFrame, names: Sequence[str]) -> tuple[list[_Fact], list[str]]:
    """The columns that can be weighed, and the names of those that cannot."""
    found: list[_Fact] = []
    left_out = []
    for name in names:
        values = table[name]
        numbers = values.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
        numbers = pl.select(pl.when(numbers.is_finite()).then(numbers)).to_series()
        readable = 20 * int(numbers.is_not_null().sum()) >= 19 * max(1, int(values.is_not_null().sum()))
        if readable and numbers.n_unique() > 2:
            found.append(_number(name, numbers))
        elif 1 < values.n_unique() <= MOST_NAMES:
            found.append(_named(name, values.cast(pl.String).fill_null("")))
        else:
            left_out.append(name)
    return found, left_out


def _number(name: str, values: pl.Series) -> _Fact:
    """A number with bends at its quintiles, and whether it is missing."""
    missing = values.is_null().to_numpy().astype(np.float64)
    middle = values.median()
    filled = values.fill_null(middle).to_numpy()
    bends = np.unique(np.quantile(filled, [0.2, 0.4, 0.6, 0.8]))
    pieces = [filled, *(np.maximum(filled - bend, 0) for bend in bends)]
    pieces += [missing] if missing.any() else []
    return _Fact(name, np.column_stack(pieces), values.cast(pl.Float64), _short(middle))


def _named(name: str, values: pl.Series) -> _Fact:
    """A name as yes or no for each that is frequent; the rest stands together."""
    counts = values.value_counts(sort=True)
    frequent = [str(row[0]) for row in counts.iter_rows() if row[1] >= LEAST_NAMED]
    # The most frequent name is what the others are held against.
    told = frequent[1:] or [str(counts[values.name][1])]
    columns = [(values == one).to_numpy().astype(np.float64) for one in told]
    return _Fact(name, np.column_stack(columns), values, str(counts[values.name][0]))


def _unseen(numbers: Numbers, happened: Numbers) -> Numbers:
    """Each customer's chance by a model that never saw that customer; folds alternate within each outcome."""
    order = np.argsort(happened, kind="stable")
    fold = np.empty(happened.size, dtype=np.int64)
    fold[order] = np.arange(happened.size) % FOLDS
    found = np.empty(happened.size)
    for one in range(FOLDS):
        held = fold == one
        found[held] = fit(numbers[~held], happened[~held], penalty=PENALTY).chances(numbers[held])
    return found


def _reasons(names: pl.Series, facts: Sequence[_Fact], parts: Numbers, logits: Numbers) -> pl.DataFrame:
    """The facts that raise each customer's risk most, with their values and what is usual."""
    borders = np.cumsum([0, *(one.columns.shape[1] for one in facts)])
    sums = np.add.reduceat(parts, borders[:-1], axis=1)
    effect = chance_of(logits)[:, None] - chance_of(logits[:, None] - sums)
    order = np.argsort(-effect, axis=1, kind="stable")
    tables = []
    for rank in range(min(SAID, len(facts))):
        for place, fact in enumerate(facts):
            rows = np.nonzero((order[:, rank] == place) & (effect[:, place] >= 0.01))[0]
            shown = [_short(value) for value in fact.shown[rows].to_list()]
            tables.append(
                pl.DataFrame(
                    {
                        "customer": names[rows],
                        "rank": [rank + 1] * rows.size,
                        "fact": [fact.name] * rows.size,
                        "value": shown,
                        "usual": [fact.usual] * rows.size,
                        "effect": effect[rows, place],
                    },
                    schema={
                        "customer": pl.String,
                        "rank": pl.Int64,
                        "fact": pl.String,
                        "value": pl.String,
                        "usual": pl.String,
                        "effect": pl.Float64,
                    },
                )
            )
    return pl.concat(tables).sort("customer", "rank")


def _short(value: object) -> str:
    """A value as it is told in a reason."""
    if isinstance(value, float):
        return f"{value:,.10g}" if value == round(value) else f"{value:,.2f}"
    return "nothing" if value in (None, "") else str(value)
