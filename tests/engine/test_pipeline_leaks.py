"""The leak alarm: fires on what is known only after closing, and is silent on what says nothing."""

import numpy as np
import polars as pl
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.pipeline import leaks
from tests.engine.maven import maven
from tests.shared import shared


def table(count: int = 400, seed: int = 1) -> pl.DataFrame:
    """Deals with an outcome and a size that has nothing to do with it."""
    random = np.random.default_rng(seed)
    outcome = np.array(["won", "lost", "open"])[random.integers(0, 3, count)]
    return pl.DataFrame({"outcome": outcome, "size": random.normal(size=count)})


def alarm(features: pl.DataFrame) -> tuple[str, str]:
    row = leaks(features).row(0, named=True)
    return row["alarm"], row["sentence"]


def test_chance_raises_no_alarm():
    assert alarm(table())[0] == ""


def test_a_number_that_follows_the_outcome_fires_with_its_figure():
    fees = table().with_columns(fee=pl.when(pl.col("outcome") == "won").then(1.0).otherwise(0.0))
    kind, sentence = alarm(fees)
    assert kind == "tells the outcome"
    assert sentence.startswith("fee alone tells won from lost with an AUC of 1.00")


def test_a_name_that_follows_the_outcome_fires():
    reasons = pl.when(pl.col("outcome") == "lost").then(pl.lit("price")).otherwise(pl.lit("none"))
    assert alarm(table().with_columns(reason=reasons))[0] == "tells the outcome"


def test_many_rare_names_that_say_nothing_do_not_fire():
    deals = table()
    named = deals.with_columns(account=pl.Series([f"A{at % 150}" for at in range(deals.height)]))
    assert leaks(named)["alarm"].to_list() == ["", ""]


def test_being_blank_for_lost_deals_fires_with_both_shares():
    contract = pl.when(pl.col("outcome") == "lost").then(None).otherwise(pl.lit("C"))
    kind, sentence = alarm(table().with_columns(contract=contract))
    assert kind == "blank by outcome"
    assert "blank for 0% of won and 100% of lost deals" in sentence


def test_being_blank_until_a_deal_is_decided_fires():
    invoice = pl.when(pl.col("outcome") == "open").then(None).otherwise(pl.lit("I"))
    assert alarm(table().with_columns(invoice=invoice))[0] == "filled late"


def test_too_few_decided_deals_are_not_judged_and_it_says_so():
    kind, sentence = alarm(table(9))
    assert kind == ""
    assert sentence.startswith("Too few deals are decided")


def test_a_clear_leak_fires_with_few_deals_and_chance_does_not():
    deals = table(36, seed=3)
    fees = deals.with_columns(fee=pl.when(pl.col("outcome") == "won").then(1.0).otherwise(0.0))
    assert dict(leaks(fees).select("feature", "alarm").iter_rows()) == {
        "fee": "tells the outcome",
        "size": "",
    }


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(Impossible, match="'mood'"):
        leaks(table(), features=["mood"])


def test_what_maven_knows_when_a_deal_begins_says_nothing():
    found = leaks(maven(), features=["agent", "product", "stated"])
    assert found["alarm"].to_list() == ["", "", ""]
    assert found["auc"].to_list() == pytest.approx([0.5] * 3, abs=0.03)


def test_what_maven_knows_only_after_closing_fires():
    found = leaks(maven(), features=["amount", "account"])
    assert dict(found.select("feature", "alarm").iter_rows()) == {
        "amount": "tells the outcome",
        "account": "filled late",
    }


def test_the_tags_that_sellers_gave_leads_afterwards_fire():
    leads = pl.read_csv(shared("data/leads_x_education/Leads.csv"), infer_schema_length=None)
    found = leaks(leads, outcome="Converted", features=["Tags", "Lead Quality", "Search", "Country"])
    assert set(found.filter(pl.col("alarm") != "")["feature"]) >= {"Tags", "Lead Quality"}
    assert found.filter(feature="Search")["alarm"].to_list() == [""]


def test_numbers_and_days_that_came_as_text_are_read_as_such():
    deals = table()
    late = pl.when(pl.col("outcome") == "won").then(pl.lit("2014-06-01")).otherwise(pl.lit("2014-05-01"))
    size = pl.when(pl.col("outcome") == "won").then(pl.lit("10")).otherwise(pl.lit("9"))  # as words 9 > 10
    found = leaks(deals.with_columns(paid=late.str.to_date(), size=size))
    assert found["auc"].to_list() == [1.0, 1.0]
