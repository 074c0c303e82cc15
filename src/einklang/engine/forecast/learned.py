"""What the engine has learned from a company's own past: small, readable, and kept beside a run."""

import base64
import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from einklang.engine.errors import Impossible
from einklang.engine.forecast.intervals import Missed
from einklang.engine.forecast.panel import Matrix
from einklang.engine.periods import Frequency

VERSION = "light-3"
"""Changes with every change that can change a forecast."""

Weights = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Step:
    """One way of combining that was tried on earlier dates, and whether it was kept.

    ``won`` is the share of the error it took away there (negative: it added), ``sure`` how many standard
    errors that is, ``bias`` what it said too much (+) or too little (-) per unit that came.
    """

    kind: str
    step: str
    kept: bool
    won: float
    sure: float
    bias: float
    series: int


@dataclass(frozen=True, slots=True)
class Learned:
    """Everything ``tell`` needs beside the histories themselves."""

    season: int
    horizon: int
    frequency: Frequency
    weights: Weights
    missed: Missed
    steps: tuple[Step, ...] = ()
    version: str = VERSION

    def to_bytes(self) -> bytes:
        """Packed, for a database or a file."""
        plain = {
            name: getattr(self, name) for name in ("season", "horizon", "frequency", "weights", "version")
        }
        plain["missed"] = {kind: _packed(table) for kind, table in self.missed.items()}
        plain["steps"] = [asdict(step) for step in self.steps]
        return zlib.compress(json.dumps(plain).encode())

    @classmethod
    def from_bytes(cls, packed: bytes) -> "Learned":
        """Unpacked again; what another version has learned is refused."""
        plain = json.loads(zlib.decompress(packed))
        if plain["version"] != VERSION:
            raise Impossible(f"This was learned by version {plain['version']}, not {VERSION}: learn again.")
        plain["missed"] = {kind: _unpacked(table) for kind, table in plain["missed"].items()}
        plain["steps"] = tuple(Step(**step) for step in plain["steps"])
        return cls(**plain)


def _packed(table: Matrix) -> dict[str, Any]:
    """A matrix as text, bit for bit."""
    return {"shape": table.shape, "data": base64.b85encode(table.astype("<f8").tobytes()).decode()}


def _unpacked(packed: dict[str, Any]) -> Matrix:
    """The matrix again."""
    found: Matrix = np.frombuffer(base64.b85decode(packed["data"]), dtype="<f8").reshape(packed["shape"])
    return found
