"""What an outlook says about itself: on what it rests, and how earlier chances compare with what came."""

import numpy as np
import polars as pl

from einklang.engine.pipeline.arrays import Numbers
from einklang.engine.pipeline.calibrate import Calibration
from einklang.engine.pipeline.measures import BANDS, brier, brier_skill, calibration_error, log_loss
from einklang.engine.pipeline.replays import ENOUGH_DECIDED, ENOUGH_WON, Replay
from einklang.engine.pipeline.shock import Shock


def sentence_about(
    basis: str, decided: int, won: int, replays: int, shared: Shock, learned: Calibration
) -> str:
    """On what the chances and ranges rest, for the reader."""
    if decided == 0:
        rest = "the stated odds" if basis == "stated odds" else "even chances"
        return f"No deal is decided yet: there is nothing but {rest}."
    record = f"{won:,} of {decided:,} decided deals were won"
    if basis != "history":
        rest = "the stated odds" if basis == "stated odds" else "the share won of all deals"
        return (
            f"{record}: too few for chances of their own ({ENOUGH_DECIDED} decided and {ENOUGH_WON} won "
            f"are needed), so {rest} counts for most."
        ).replace("odds counts", "odds count")
    spread = f"{100 * shared.deviation:.0f} %"
    if not replays:
        return (
            f"{record}. No earlier view can be checked yet: the usual shared spread of {spread} is assumed."
        )
    right = "; the chances were set right by them" if learned.kept else ""
    return (
        f"{record}. By {replays} earlier views, months miss by a shared spread of about {spread}, "
        f"beyond the luck of single deals{right}."
    )


def calibration_table(replays: list[Replay]) -> pl.DataFrame:
    """Chances for the next 30 days said on earlier days, in bands, beside the share that was won.

    Columns: band (its lower end), deals, said, came. Each open deal of each earlier day counts once.
    """
    said, came = _said_and_came(replays)
    table = pl.DataFrame({"said": said, "came": came}, schema={"said": pl.Float64, "came": pl.Float64})
    band = (pl.col("said") * BANDS).floor().clip(0, BANDS - 1) / BANDS
    return (
        table.group_by(band.alias("band"))
        .agg(pl.len().cast(pl.Int64).alias("deals"), pl.col("said").mean(), pl.col("came").mean())
        .sort("band")
    )


def measures(replays: list[Replay]) -> dict[str, float]:
    """Brier score and skill, log loss and calibration error of the chances said on earlier days."""
    said, came = _said_and_came(replays)
    if not said.size:
        return {}
    base = np.full(said.size, came.mean())
    return {
        "brier": brier(said, came),
        "brier_skill": brier_skill(said, came, base),
        "log_loss": log_loss(said, came),
        "ece": calibration_error(said, came),
    }


def _said_and_came(replays: list[Replay]) -> tuple[Numbers, Numbers]:
    said = np.concatenate([one.view.won[:, 0] for one in replays]) if replays else np.zeros(0)
    came = np.concatenate([one.won for one in replays]).astype(float) if replays else np.zeros(0)
    return said, came
