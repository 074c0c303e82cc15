"""The options of ``einklang engine forecast``: what each reads, writes, and says."""

import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app
from einklang.cli.tables import progress_bar
from einklang.engine.periods import month_range
from tests.engine.test_scale import needs

MONTHS = 42


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Two items that sell more in summer, and one that is new."""
    draw = np.random.default_rng(11)
    months = month_range(date(2021, 1, 1), MONTHS)
    rows = [
        {
            "series": name,
            "period": month,
            "quantity": round(float(level * (1 + 0.4 * np.sin(place / 1.91)) + noise), 2),
        }
        for name, level in (("pump", 90), ("valve", 40))
        for place, (month, noise) in enumerate(zip(months, draw.normal(0, 4, MONTHS), strict=True))
    ]
    rows += [{"series": "hose", "period": month, "quantity": 12.0} for month in months[-2:]]
    path = tmp_path / "sales.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


def call(sales: Path, *words: object) -> tuple[int, dict, str]:
    out = sales.with_name("out.csv")
    command = ["engine", "forecast", str(sales), "-o", str(out), "--horizon", "6", "--json", *map(str, words)]
    result = CliRunner().invoke(app, command)
    return result.exit_code, json.loads(result.stdout) if result.stdout else {}, result.stderr


def said(sales: Path, name: str = "out.csv") -> pl.DataFrame:
    return pl.read_csv(sales.with_name(name), try_parse_dates=True)


def test_the_summary_says_what_was_done(sales):
    code, summary, _ = call(sales)
    assert code == 0
    assert (summary["status"], summary["series"], summary["rows"]) == ("ok", 3, 18)
    assert sum(summary["kinds"].values()) == 3
    assert {"seconds", "steps", "weights", "failures", "failures_by_step", "fingerprint"} <= set(summary)


def test_the_same_data_and_options_have_the_same_fingerprint_and_others_another(sales):
    first, again, wider = call(sales)[1], call(sales)[1], call(sales, "--levels", "90")[1]
    assert first["fingerprint"] == again["fingerprint"] != wider["fingerprint"]


def test_explain_writes_parts_that_sum_to_the_mean_and_a_sentence_a_series(sales):
    assert call(sales, "--explain")[0] == 0
    parts = said(sales, "out.explain.csv")
    names = ("level", "trend", "season", "effects", "shape", "together")
    assert parts.select(pl.sum_horizontal(names)).to_series().to_list() == pytest.approx(
        parts["mean"].to_list()
    )
    sentences = dict(said(sales, "out.series.csv").select("series", "sentence").iter_rows())
    assert "42 months known" in sentences["pump"]
    assert all(sales.with_name(f"out.{name}.csv").exists() for name in ("effects", "outliers", "notes"))


def test_with_what_a_run_has_kept_only_changed_series_are_new_and_the_change_is_told(sales):
    kept = sales.with_name("run.kept")
    assert call(sales, "--keep", kept)[0] == 0
    again = call(sales, "--former", kept)[1]
    assert (again["changed"], again["fingerprint"] != call(sales)[1]["fingerprint"]) == (0, True)
    sales.write_text(sales.read_text().replace("hose,2024-06-01,12.0", "hose,2024-06-01,24.0"))
    code, summary, _ = call(sales, "--former", kept, "--explain")
    assert (code, summary["changed"]) == (0, 1)
    told = dict(said(sales, "out.series.csv").select("series", "change").iter_rows())
    assert told["hose"].endswith("because its history reads otherwise in 1 period (from 2024-06-01).")
    assert told["pump"].startswith("Unchanged over the 6 periods")


def test_a_dry_run_keeps_nothing(sales):
    kept = sales.with_name("run.kept")
    assert call(sales, "--keep", kept, "--dry-run")[0] == 0
    assert not kept.exists()


@pytest.mark.parametrize("content", [None, "not an archive"])
def test_a_former_run_that_cannot_be_read_is_said(sales, content):
    kept = sales.with_name("run.kept")
    if content:
        kept.write_text(content)
    code, _, messages = call(sales, "--former", kept)
    assert code == 3
    assert ("no such file" if content is None else "not what a former run has kept") in messages


def test_several_processes_say_what_one_says(sales):
    call(sales, "--processes", 1)
    alone = sales.with_name("out.csv").read_bytes()
    call(sales, "--processes", 2)
    assert sales.with_name("out.csv").read_bytes() == alone


def test_a_cluster_says_what_one_process_says(sales):
    needs("distributed")
    call(sales, "--processes", 1)
    alone = sales.with_name("out.csv").read_bytes()
    code, summary, _ = call(sales, "--engine", "dask", "--processes", 2)
    assert (code, summary["status"]) == (0, "ok")
    assert sales.with_name("out.csv").read_bytes() == alone


def test_a_cluster_that_is_not_there_is_named(sales):
    code, _, messages = call(sales, "--address", "tcp://127.0.0.1:9")
    assert code == 3
    assert "choose dask or ray" in messages


def test_the_deep_tier_speaks_of_the_series_of_most_value(sales):
    needs("statsforecast")
    code, summary, _ = call(sales, "--deep", 1)
    assert code == 0
    assert [step["step"] for step in summary["steps"] if step["kind"] == "deep"] == [
        "deep: too few series to tell"
    ]


def test_what_the_deep_tier_cannot_do_is_counted_and_said(sales):
    needs("statsforecast")
    only_new = sales.read_text().splitlines()
    sales.write_text("\n".join([only_new[0], *(line for line in only_new if line.startswith("hose"))]))
    code, summary, messages = call(sales, "--deep", 1)
    assert (code, summary["failures"], summary["failures_by_step"]) == (0, 1, {"deep": 1})
    assert "Series hose: 2 periods are too few; the deep tier needs 10." in messages


def test_an_output_that_is_neither_csv_nor_parquet_is_a_usage_error(sales):
    command = ["engine", "forecast", str(sales), "-o", str(sales.with_name("out.xlsx"))]
    assert CliRunner().invoke(app, command).exit_code == 2


@pytest.mark.parametrize("option", ["hierarchy", "drivers", "events", "lifecycle", "overrides", "repair"])
def test_a_fault_in_a_table_beside_is_named_by_its_file(sales, option):
    bad = sales.with_name(f"my {option}.csv")
    bad.write_text("colour\nred\n")
    code, _, messages = call(sales, f"--{option}", bad)
    assert code == 3
    assert messages.startswith(f"my {option}.csv, ")


def beside(sales: Path, option: str, text: str) -> tuple[str, Path]:
    """A table beside the history, as the option that names it."""
    path = sales.with_name(f"{option}.csv")
    path.write_text(text)
    return f"--{option}", path


def test_a_series_with_several_parents_adds_up_along_several_trees(sales):
    rows = ["pump,metal", "valve,metal", "hose,rubber", "pump,north", "valve,south", "hose,south"]
    tree = beside(sales, "hierarchy", "\n".join(["series,parent", *rows]))
    assert call(sales, *tree)[0] == 0
    wide = said(sales).pivot("series", index="period", values="mean")
    for parent, *parts in (("metal", "pump", "valve"), ("north", "pump"), ("south", "valve", "hose")):
        assert wide[parent].to_list() == pytest.approx(
            wide.select(pl.sum_horizontal(parts)).to_series().to_list()
        )


def test_an_override_holds_and_the_rest_follows(sales):
    tree = beside(sales, "hierarchy", "series,parent\npump,all\nvalve,all\nhose,all\n")
    asked = beside(sales, "overrides", "series,period,quantity\nall,2024-08-01,1000\n")
    assert call(sales, *tree, *asked)[0] == 0
    august = said(sales).filter(pl.col("period") == date(2024, 8, 1))
    means = dict(august.select("series", "mean").iter_rows())
    assert means["all"] == pytest.approx(1000)
    assert means["pump"] + means["valve"] + means["hose"] == pytest.approx(1000)


def test_what_ends_is_not_forecast_beyond_its_end(sales):
    life = beside(sales, "lifecycle", "series,predecessor,launched,ends\nvalve,,,2024-09-30\n")
    assert call(sales, *life)[0] == 0
    valve = said(sales).filter((pl.col("series") == "valve") & (pl.col("period") > date(2024, 9, 30)))
    assert valve["mean"].to_list() == [0.0, 0.0, 0.0]


def test_an_outlier_is_listed_and_repaired_only_where_that_is_asked_for(sales):
    odd = pl.read_csv(sales, try_parse_dates=True).with_columns(
        pl.when((pl.col("series") == "pump") & (pl.col("period") == date(2024, 2, 1)))
        .then(2000.0)
        .otherwise("quantity")
        .alias("quantity")
    )
    odd.write_csv(sales)
    assert call(sales, "--explain")[0] == 0
    listed, touched = said(sales, "out.outliers.csv"), said(sales)
    assert listed.select("series", "period", "quantity").rows() == [("pump", date(2024, 2, 1), 2000.0)]
    assert call(sales, *beside(sales, "repair", "series,period\npump,2024-02-01\n"))[0] == 0
    repaired = said(sales)
    pump = pl.col("series") == "pump"
    assert repaired.filter(pump)["mean"].mean() < touched.filter(pump)["mean"].mean()


def test_prices_events_and_holidays_are_read(sales):
    history = pl.read_csv(sales, try_parse_dates=True).with_columns(price=pl.lit(10.0), promotion=pl.lit(0.0))
    history.write_csv(sales)
    drivers = beside(sales, "drivers", "series,period,price\npump,2024-08-01,9.5\n")
    events = beside(
        sales, "events", "event,first,last\nfair,2023-09-04,2023-09-08\nfair,2024-09-02,2024-09-06\n"
    )
    code, summary, _ = call(sales, *drivers, *events, "--country", "DE-BY", "--explain")
    assert code == 0
    assert {step["kind"] for step in summary["steps"]} >= {"effects"}
    assert said(sales, "out.effects.csv").columns == ["series", "period", "effect", "quantity"]


def test_a_country_nobody_knows_is_refused(sales):
    code, _, messages = call(sales, "--country", "XX")
    assert (code, "XX is not a country" in messages) == (3, True)


def test_a_bar_shows_long_work_to_people_and_nothing_to_pipes(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar("forecast") as told:
        assert told is not None
        told(1, 2)
    assert "forecast" in sys.stderr.getvalue()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar("forecast") as told:
        assert told is None
    assert sys.stderr.getvalue() == ""


def test_a_piped_run_prints_one_json_object_and_nothing_else(sales):
    command = [sys.executable, "-m", "einklang", "engine", "forecast", str(sales), "--json"]
    command += ["-o", str(sales.with_name("out.csv"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "ok"
    assert done.stderr == ""
