"""What each step changed on the way from the naive forecast to the agreed number."""

from collections.abc import Iterable

import polars as pl

STEPS = ("naive", "statistical", "effects", "pipeline")


def waterfall(lines: pl.DataFrame, kinds: Iterable[str] = ()) -> pl.DataFrame:
    """The steps to the agreed number, for any lines together: step, change, quantity (after the step).

    ``lines`` (of the items and months meant): naive (null: unknown), statistical (effects included),
    effects, pipeline, quantity (agreed), heard (see :func:`~einklang.engine.consensus.agree`).

        naive -> statistical without effects -> + effects -> + pipeline -> + each kind of voice -> agreed

    With ``E = statistical + pipeline`` the voice k changes a line by
    ``weight_k * (quantity_k - E) / (1 + sum of weights)``; these changes add up to what was agreed.
    Where a line has no naive figure it begins with the forecast, so that it shows no change there.

    >>> lines = pl.DataFrame(
    ...     {"naive": [80.0], "statistical": [100.0], "effects": [10.0], "pipeline": [20.0],
    ...      "quantity": [150.0],
    ...      "heard": [[{"kind": "sales", "quantity": 180.0, "weight": 1.0, "reason": ""}]]}
    ... )
    >>> waterfall(lines).select("step", "change").rows()
    [('naive', 80.0), ('statistical', 10.0), ('effects', 10.0), ('pipeline', 20.0), ('sales', 30.0)]
    """
    plain = lines.select(
        baseline=pl.col("statistical") - pl.col("effects"),
        naive=pl.coalesce("naive", pl.col("statistical") - pl.col("effects")),
        effects="effects",
        pipeline="pipeline",
    ).sum()
    start, baseline, effects, pipeline = (
        float(plain[name][0] or 0.0) for name in ("naive", "baseline", "effects", "pipeline")
    )
    steps = [
        ("naive", start),
        ("statistical", baseline - start),
        ("effects", effects),
        ("pipeline", pipeline),
    ]
    told = _voices(lines)
    steps += [(kind, told.get(kind, 0.0)) for kind in dict.fromkeys([*kinds, *told])]
    table = pl.DataFrame(steps, schema={"step": pl.String, "change": pl.Float64}, orient="row")
    return table.with_columns(pl.col("change").cum_sum().alias("quantity"))


def _voices(lines: pl.DataFrame) -> dict[str, float]:
    """How far each kind of voice moved the lines together."""
    heard = lines.filter(pl.col("heard").list.len() > 0)
    if heard.is_empty():
        return {}
    each = (
        heard.select(
            (pl.col("statistical") + pl.col("pipeline")).alias("expected"),
            pl.col("heard").list.eval(pl.element().struct.field("weight")).list.sum().alias("weights"),
            "heard",
        )
        .explode("heard")
        .with_columns(pl.col("heard").struct.field("kind", "quantity", "weight"))
    )
    pull = pl.col("weight") * (pl.col("quantity") - pl.col("expected")) / (1 + pl.col("weights"))
    moved = each.group_by("kind").agg(pull.sum().alias("change")).sort("kind")
    return dict(moved.iter_rows())
