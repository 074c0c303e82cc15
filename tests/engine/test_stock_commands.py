"""Stock at a terminal: targets, laws, budgets, simulations, and what it says about bad tables."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app


def run(*arguments):
    return CliRunner().invoke(app, ["engine", "stock", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path):
    """A steady item, a lumpy one, one in small numbers."""
    (tmp_path / "items.csv").write_text(
        "item,lead_time,lead_time_sd,unit_cost,review_period\nsteady,1,0.2,5,1\nlumpy,2,,20,\nsmall,1,,3,\n"
    )
    rows = ["item,period,quantity"]
    for month in range(36):
        day = f"{2021 + month // 12}-{month % 12 + 1:02d}-01"
        rows += [
            f"steady,{day},{100 + month % 5}",
            f"lumpy,{day},{200 if month % 9 == 0 else 0}",
            f"small,{day},{month % 4}",
        ]
    (tmp_path / "demand.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def summary_of(*arguments):
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_law_that_was_used_stands_in_the_table_and_in_the_summary(folder):
    told = summary_of(folder, "-o", folder / "out")
    table = pl.read_csv(folder / "out" / "stock.csv")
    laws = dict(table.select("item", "distribution").iter_rows())
    assert (laws["steady"], laws["lumpy"]) == ("normal", "empirical")
    assert laws["small"] in ("poisson", "negative binomial")
    assert sum(told["distributions"].values()) == 3


def test_a_law_can_be_asked_for(folder):
    summary_of(folder, "-o", folder / "out", "--distribution", "gamma")
    assert set(pl.read_csv(folder / "out" / "stock.csv")["distribution"]) == {"gamma"}


@pytest.mark.parametrize("target", ["cycle", "fill", "ready"])
def test_every_target_is_met(folder, target):
    summary_of(
        folder, "-o", folder / "out", "--target", target, "--service", "0.9", "--distribution", "gamma"
    )
    name = {"cycle": "expected_cycle_service", "fill": "expected_fill_rate", "ready": "expected_ready_rate"}
    assert pl.read_csv(folder / "out" / "stock.csv")[name[target]].to_list() == pytest.approx(
        [0.9] * 3, abs=1e-6
    )


def test_a_budget_is_kept_and_its_bound_is_told(folder):
    told = summary_of(folder, "-o", folder / "out", "--budget", "900")
    assert told["used"] <= 900
    assert told["bound"] <= told["objective"]
    table = pl.read_csv(folder / "out" / "stock.csv")
    assert table["stock_value"].sum() == pytest.approx(told["used"])


def test_a_simulation_adds_what_it_measured(folder):
    told = summary_of(folder, "-o", folder / "out", "--simulate", "--runs", "30")
    table = pl.read_csv(folder / "out" / "stock.csv")
    assert {"simulated_fill_rate_low", "simulated_stock_high"} <= set(table.columns)
    assert 0.8 < told["simulated_fill_rate"] <= 1


def test_bad_rows_are_all_named_with_exit_code_3(folder):
    (folder / "items.csv").write_text("item,lead_time,service\na,-1,0.9\nb,nan,0.9\n")
    done = run(folder, "-o", folder / "out")
    assert done.exit_code == 3
    assert "items, row 1, lead_time: got -1, expected 0 or more" in done.output
    assert "items, row 2, lead_time: got nan, expected a finite number" in done.output
    assert not (folder / "out").exists()


def test_a_target_nobody_knows_is_named(folder):
    done = run(folder, "-o", folder / "out", "--target", "best")
    assert done.exit_code == 3
    assert "got best, expected cycle or fill or ready or cost" in done.output
