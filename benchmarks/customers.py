"""Customers on published orders and contracts: purchases held back, risk beside the rule of the rhythm."""

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.measure import ROOT, Claim, tell
from einklang.engine.customers import contract_risk, fit_buying, risk

DATA = ROOT.parent / "shared" / "data"
WEEKS_AHEAD = 39.0
PUBLISHED_AUC = 0.84


def claims() -> list[Claim]:
    """Orders of weeks 40 to 78 at CDNOW; risk on later dates at two shops; telephone contracts."""
    return [
        *_held_back(),
        *_risks("CDNOW", cdnow()),
        *_risks("Online Retail", online_retail()),
        *_contracts(),
    ]


def _held_back() -> list[Claim]:
    """Each customer's purchases in weeks 40 to 78, as the paper's sample of 2,357 has them."""
    days = (
        pl.DataFrame(
            [line.split() for line in _file("cdnow/CDNOW_sample.txt").read_text().splitlines()],
            schema=["master", "customer", "day", "discs", "amount"],
            orient="row",
        )
        .select("customer", pl.col("day").str.to_date("%Y%m%d"))
        .unique()
    )
    half = date(1997, 9, 30)
    known = days.filter(pl.col("day") <= half).group_by("customer", maintain_order=False)
    base = known.agg(
        (pl.len() - 1).cast(pl.Float64).alias("x"),
        ((pl.col("day").max() - pl.col("day").min()).dt.total_days() / 7).alias("recency"),
        ((pl.lit(half) - pl.col("day").min()).dt.total_days() / 7).alias("age"),
    )
    later = days.filter((pl.col("day") > half) & (pl.col("day") <= half + timedelta(weeks=39)))
    came = (
        base.join(later.group_by("customer").len(), on="customer", how="left")["len"].fill_null(0).to_numpy()
    )
    x, recency, age = (base[name].to_numpy() for name in ("x", "recency", "age"))
    expected = fit_buying(x, recency, age).expected(WEEKS_AHEAD, x, recency, age)
    as_before = x / np.maximum(age, 1) * WEEKS_AHEAD  # everyone goes on at the own pace
    return [
        Claim(
            "CDNOW, purchases of weeks 40-78: mean error a customer",
            float(np.abs(expected - came).mean()),
            float(np.abs(as_before - came).mean()),
            "orders",
            "own pace goes on",
        ),
        Claim(
            "CDNOW, purchases of weeks 40-78: the sum is off by",
            100 * abs(float(expected.sum() / came.sum()) - 1),
            100 * abs(float(as_before.sum() / came.sum()) - 1),
            "%",
            "own pace goes on",
        ),
    ]


def _risks(shop: str, orders: pl.DataFrame) -> list[Claim]:
    """The risk against the rule of the rhythm and the order model, on dates later than it learned from."""
    last = orders["day"].max()
    found = risk(orders, last)  # type: ignore[arg-type]
    ours, rule, model = found.measured[found.way], found.measured["rhythm"], found.measured["orders"]
    told = f"{shop}, no order in {found.days} days ({found.dates} later dates)"
    return [
        Claim(f"{told}: 1 - AUC", 1 - ours.auc, 1 - rule.auc, "", "rule of the rhythm"),
        Claim(f"{told}: 1 - AUC", 1 - ours.auc, 1 - model.auc, "", "BG/NBD"),
        Claim(
            f"{told}: 1 - Brier skill", 1 - ours.brier_skill, 1 - rule.brier_skill, "", "rule of the rhythm"
        ),
        Claim(f"{told}: 1 - Brier skill", 1 - ours.brier_skill, 1 - model.brier_skill, "", "BG/NBD"),
        Claim(f"{told}: calibration off by", 100 * ours.ece, 100 * rule.ece, "points", "rule of the rhythm"),
    ]


def _contracts() -> list[Claim]:
    """Telco customer churn, each customer's chance from models that never saw that customer."""
    table = pl.read_csv(_file("telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv"), infer_schema=False)
    found = contract_risk(table, label="Churn", customer="customerID").measured
    return [
        Claim("Telco churn: 1 - AUC", 1 - found.auc, 1 - PUBLISHED_AUC, "", "published models"),
        Claim("Telco churn: calibration off by", 100 * found.ece, 2.0, "points", "goal"),
    ]


def cdnow() -> pl.DataFrame:
    """All 23,570 customers' orders."""
    rows = [line.split() for line in _file("cdnow/CDNOW_master.txt").read_text().splitlines()[1:]]
    table = pl.DataFrame(rows, schema=["customer", "day", "discs", "amount"], orient="row")
    return table.select("customer", pl.col("day").str.to_date("%Y%m%d"), pl.col("amount").cast(pl.Float64))


def online_retail() -> pl.DataFrame:
    """The lines of a year with a known customer; what was sent back is below 0."""
    lines = pl.read_csv(_file("online_retail/online_retail.csv.gz"), infer_schema=False)
    known = lines.filter(~pl.col("CustomerID").fill_null("NA").is_in(["", "NA"]))
    return known.select(
        pl.col("CustomerID").alias("customer"),
        pl.col("InvoiceDate").str.slice(0, 10).str.to_date().alias("day"),
        (pl.col("Quantity").cast(pl.Float64) * pl.col("UnitPrice").cast(pl.Float64)).alias("amount"),
        pl.col("StockCode").alias("item"),
    )


def _file(name: str) -> Path:
    path = DATA / name
    if not path.is_file():
        raise SystemExit(f"This benchmark needs {path}.")
    return path


if __name__ == "__main__":
    sys.exit(tell(claims()))
