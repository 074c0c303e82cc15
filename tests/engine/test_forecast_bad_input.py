"""Bad input to ``engine forecast``: a forecast or a sentence, never a crash, never a silent guess."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app
from einklang.engine.periods import month_range

START = date(2020, 1, 1)


@pytest.fixture
def told(tmp_path: Path):
    """Forecast a table by the command: exit code, forecast (if any), summary (if any), messages."""

    def call(rows: pl.DataFrame | str, *words: object) -> tuple[int, pl.DataFrame | None, dict, str]:
        table, out = tmp_path / "sales.csv", tmp_path / "out.parquet"
        table.write_text(rows if isinstance(rows, str) else rows.write_csv())
        command = ["engine", "forecast", str(table), "-o", str(out), "--json", *map(str, words)]
        result = CliRunner().invoke(app, command)
        summary = json.loads(result.stdout) if result.stdout else {}
        return result.exit_code, pl.read_parquet(out) if out.exists() else None, summary, result.stderr

    return call


def rows(*quantities: object, name: str = "a") -> str:
    """Months of one series as CSV."""
    months = month_range(START, len(quantities))
    lines = [f"{name},{month},{quantity}" for month, quantity in zip(months, quantities, strict=True)]
    return "\n".join(["series,period,quantity", *lines])


def is_sound(table: pl.DataFrame | None, horizon: int = 12) -> bool:
    """Every cell a finite number, the mean inside its intervals."""
    assert table is not None
    numbers = table.select(pl.selectors.float())
    finite = numbers.select(pl.all_horizontal(pl.all().is_finite())).to_series().all()
    inside = (table["lo-95"] <= table["mean"]).all() and (table["mean"] <= table["hi-95"]).all()
    return bool(finite and inside and table.height % horizon == 0)


@pytest.mark.parametrize("word", ["NaN", "inf", "-inf", "1e400", "many"])
def test_what_is_no_number_is_named_by_file_row_and_column(told, word):
    code, table, _, said = told(rows(1, 2, word, 4))
    assert (code, table) == (3, None)
    assert said.startswith(
        f"sales.csv, row 3, quantity: got {word} in series a, 2020-03-01, expected a finite"
    )
    assert "correct it" in said


def test_every_bad_row_is_listed(told):
    code, _, _, said = told(rows("x", 2, "NaN", "inf") + "\na,31.12.2020,5")
    assert code == 3
    assert [line.split(":")[0] for line in said.splitlines()] == [
        "sales.csv, row 1, quantity",
        "sales.csv, row 3, quantity",
        "sales.csv, row 4, quantity",
        "sales.csv, row 5, period",
    ]


def test_a_period_that_stands_twice_is_refused_not_summed(told):
    code, table, _, said = told(rows(1, 2, 3) + "\na,2020-02-01,9")
    assert (code, table) == (3, None)
    assert "sales.csv, row 4, series+period: got 2020-02-01 of series a again" in said


def test_a_missing_column_is_named(told):
    code, _, _, said = told("series,month,quantity\na,2020-01-01,1")
    assert code == 3
    assert "sales.csv, period" in said


def test_an_empty_table_has_nothing_to_forecast_from(told):
    code, _, _, said = told("series,period,quantity\n")
    assert (code, said.strip()) == (3, "There is no history to forecast from.")


def test_dates_that_start_no_bucket_of_the_frequency_are_refused(told):
    code, _, _, said = told("series,period,quantity\na,2020-01-01,1\na,2020-01-15,2")
    assert code == 3
    assert "2020-01-15 is not the day on which a month of this series starts" in said


def test_an_unknown_frequency_is_a_usage_error(told):
    assert told(rows(1, 2, 3), "--freq", "Y")[0] == 2


def test_returns_are_forecast_and_may_fall_below_zero(told):
    code, table, _, _ = told(rows(*[-5, 3, -8, 2] * 9))
    assert code == 0
    assert is_sound(table)
    assert table["lo-95"].min() < 0


def test_gaps_are_bridged(told):
    lines = rows(*[float(10 + place % 12) for place in range(48)]).splitlines()
    code, table, _, _ = told("\n".join(line for place, line in enumerate(lines) if place not in (7, 20, 21)))
    assert code == 0
    assert is_sound(table)
    assert 10 <= table["mean"].mean() <= 22


@pytest.mark.parametrize(
    ("quantities", "mean"),
    [([7], 7.0), ([7, 9], 8.0), ([0] * 30, 0.0), ([5] * 30, 5.0), ([0] * 29 + [3], 0.1)],
)
def test_short_all_zero_and_constant_series_get_a_forecast(told, quantities, mean):
    code, table, summary, _ = told(rows(*quantities))
    assert (code, summary["series"]) == (0, 1)
    assert is_sound(table)
    assert table["mean"].mean() == pytest.approx(mean, abs=0.3)


def test_ten_years_of_days_are_forecast(told):
    days = [START + timedelta(days=place) for place in range(3653)]
    values = 50 + 20 * (np.arange(3653) % 7 == 5) + np.arange(3653) / 100
    history = pl.DataFrame({"series": "a", "period": days, "quantity": values})
    code, table, _, _ = told(history, "--freq", "D", "--horizon", 28)
    assert code == 0
    assert is_sound(table, 28)
    assert table["mean"].mean() == pytest.approx(50 + 20 / 7 + 36.7, rel=0.05)


@pytest.mark.parametrize("size", [1e12, 1e40, 1e-12])
def test_huge_and_tiny_values_are_forecast_in_their_size(told, size):
    code, table, _, _ = told(rows(*[size * (2 + place % 3) for place in range(36)]))
    assert code == 0
    assert is_sound(table)
    assert table["mean"].mean() == pytest.approx(3 * size, rel=0.2)


def test_what_is_beyond_counting_is_refused(told):
    code, _, _, said = told(rows(1, 1e200, 3))
    assert code == 3
    assert "row 2, quantity" in said


def test_rows_in_any_order_give_the_same_forecast(told):
    lines = rows(*[float(place % 12) for place in range(40)]).splitlines()
    mixed = [lines[0], *(lines[1:][place] for place in np.random.default_rng(1).permutation(40))]
    first, second = told("\n".join(lines)), told("\n".join(mixed))
    assert first[1].equals(second[1])
    assert first[2]["fingerprint"] == second[2]["fingerprint"]


def test_a_name_of_ten_thousand_characters_is_a_name(told):
    name = "x" * 10_000
    code, table, _, _ = told(rows(*range(30), name=name))
    assert code == 0
    assert table["series"].unique().to_list() == [name]


def test_a_fault_in_a_series_with_a_long_name_is_still_one_short_line(told):
    _, _, _, said = told(rows(1, "NaN", name="x" * 10_000))
    assert len(said) < 400


def test_an_interval_at_999_permille_holds_the_narrower_ones(told):
    draw = np.random.default_rng(2)
    code, table, _, _ = told(rows(*draw.gamma(5, 10, 60)), "--levels", "80,95,99.9")
    assert code == 0
    assert table.columns[3:9] == ["lo-80", "hi-80", "lo-95", "hi-95", "lo-99.9", "hi-99.9"]
    assert (table["lo-99.9"] <= table["lo-95"]).all()
    assert (table["hi-99.9"] > table["hi-95"]).all()


def test_blank_quantities_are_periods_whose_wish_is_not_known(told):
    code, table, _, _ = told(rows(*[10] * 20, "", "", *[10] * 10))
    assert code == 0
    assert table["mean"].mean() == pytest.approx(10.0)


@pytest.mark.parametrize("bytes_", [b"\xff\xfe\x00series", b"PAR1 nothing"])
def test_a_file_that_is_no_table_is_refused_in_a_sentence(tmp_path, bytes_):
    for name in ("bad.csv", "bad.parquet"):
        (tmp_path / name).write_bytes(bytes_)
        words = ["engine", "forecast", str(tmp_path / name), "-o", str(tmp_path / "o.csv")]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 3
        assert name in result.stderr
