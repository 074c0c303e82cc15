"""The engines about customers at a terminal: tables in, tables out, an exit code that says what was wrong."""

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app
from tests.engine.customer_tables import bought
from tests.shared import shared

runner = CliRunner()


def call(*words: object) -> tuple[int, str, str]:
    result = runner.invoke(app, ["engine", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    bought().write_csv(path)
    return path


@pytest.mark.shared
def test_customer_value_takes_the_usual_column_names(tmp_path):
    table = shared("data/cdnow/cdnow_customers_summary_with_transactions.csv")
    code, told, _ = call("clv", table, "-o", tmp_path / "o.csv", "--periods", 39, "--json")
    assert code == 0
    assert json.loads(told)["gamma_gamma"]["p"] == pytest.approx(6.2488, abs=1e-3)


def test_a_value_from_orders_comes_with_its_range_and_a_check_on_the_past(orders, tmp_path):
    code, told, said = call("clv", orders, "-o", tmp_path / "o.csv", "--periods", 26, "--json")
    summary = json.loads(told)
    assert code == 0
    assert summary["value_lo_80"] < summary["value"] < summary["value_hi_80"]
    assert summary["held_back"]["orders_came"] > 0
    assert "would have been expected" in said
    assert {"lo-80", "hi-80"} <= set(pl.read_csv(tmp_path / "o.csv").columns)


def test_churn_names_who_is_lost(tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text("customer,date\na,2024-01-01\na,2024-01-08\na,2024-01-15\nb,2024-04-01\n")
    code, told, said = call("churn", orders, "-o", tmp_path / "o.csv", "--json")
    assert (code, json.loads(told)["lost"]) == (0, 1)
    assert "history is too short" in said
    assert call("churn", orders, "-o", tmp_path / "o.csv", "--as-of", "May")[0] == 3


def test_a_learned_risk_comes_with_its_figures_and_a_reason_for_each(orders, tmp_path):
    code, told, _ = call("churn", orders, "-o", tmp_path / "o.csv", "--json")
    summary, table = json.loads(told), pl.read_csv(tmp_path / "o.csv")
    assert code == 0
    assert summary["measured"][summary["way"]]["auc"] > 0.6
    assert summary["lost_to_silence"]["money"] >= 0
    assert table.filter(pl.col("risk") > 0.8)["why"].null_count() == 0


def test_customers_on_contract_are_told_by_their_label(tmp_path):
    table = tmp_path / "contracts.csv"
    rows = [
        f"c{n},{n % 40},{'monthly' if n % 3 else 'yearly'},{'Yes' if n % 40 < 8 else 'No'}"
        for n in range(400)
    ]
    table.write_text("customerID,tenure,contract,Churn\n" + "\n".join(rows) + "\n")
    code, told, _ = call("churn", table, "-o", tmp_path / "o.csv", "--label", "Churn", "--json")
    assert code == 0
    assert json.loads(told)["measured"]["auc"] > 0.99
    risky = pl.read_csv(tmp_path / "o.csv").sort("risk", descending=True)
    assert risky["why"][0].startswith("tenure: ")


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("customer,amount\na,1\n", (), "day"),
        ("customer,day,amount\na,yesterday,1\n", (), "got yesterday"),
        ("customer,day,amount\na,2024-01-01,nan\n", (), "got nan"),
        ("customer,day,amount\n,2024-01-01,1\n", (), "customer"),
        ("customer,day,amount\n", (), "no orders"),
        ("customer,day,amount\na,2024-01-01,1\n", ("--as-of", "2023-01-01"), "no orders up to"),
        ("customer,day,amount\na,2024-01-01,1\n", ("--label", "gone"), "gone"),
        ("customer,gone,age\na,maybe,1\n", ("--label", "gone"), "got maybe"),
        ("customer,gone,age\na,yes,1\na,no,2\n", ("--label", "gone"), "each customer once"),
        ("customer,gone,age\na,yes,1\nb,no,2\n", ("--label", "gone"), "at least 20 of each"),
    ],
)
def test_bad_tables_are_refused_with_a_sentence(tmp_path, text, words, said):
    table = tmp_path / "bad.csv"
    table.write_text(text)
    code, _, told = call("churn", table, "-o", tmp_path / "o.csv", *words)
    assert code == 3
    assert said in told
    assert not (tmp_path / "o.csv").exists()


def test_too_few_customers_have_no_value(tmp_path):
    table = tmp_path / "few.csv"
    table.write_text("customer,day,amount\na,2024-01-01,5\nb,2024-02-01,6\n")
    code, _, told = call("clv", table, "-o", tmp_path / "o.csv")
    assert code == 3
    assert "ten customers" in told


def test_returns_are_no_orders(tmp_path):
    table = bought().vstack(
        pl.DataFrame(
            {"customer": ["c001"], "day": [date(2024, 1, 1) + timedelta(days=720)], "amount": [-50.0]}
        )
    )
    path = tmp_path / "orders.csv"
    table.write_csv(path)
    assert call("churn", path, "-o", tmp_path / "o.csv")[0] == 0
    first = pl.read_csv(tmp_path / "o.csv", try_parse_dates=True).filter(pl.col("customer") == "c001")
    assert first["last_on"][0] < date(2025, 12, 21)
