"""What the engine has learned from a company's own past: small, readable, and kept beside a run."""

import base64
import json
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from einklang.engine.errors import Impossible
from einklang.engine.forecast.blend import Blend, Weights
from einklang.engine.forecast.boosted import Booster
from einklang.engine.forecast.counts import Counts
from einklang.engine.forecast.gate import Gate
from einklang.engine.forecast.intervals import Missed
from einklang.engine.forecast.panel import Matrix
from einklang.engine.periods import Frequency

VERSION = "light-5"
"""Changes with every change that can change a forecast."""


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
    blend: Blend
    missed: Missed
    steps: tuple[Step, ...] = ()
    counts: Counts = field(default_factory=Counts)
    version: str = VERSION

    @property
    def weights(self) -> Weights:
        """The weight of each method, by kind of history (before a gate looks at each series)."""
        return self.blend.weights

    def to_bytes(self) -> bytes:
        """Packed, for a database or a file."""
        plain: dict[str, Any] = {
            name: getattr(self, name) for name in ("season", "horizon", "frequency", "version")
        }
        plain["blend"] = _plain_blend(self.blend)
        plain["missed"] = {kind: _packed(table) for kind, table in self.missed.items()}
        plain["steps"] = [asdict(step) for step in self.steps]
        plain["counts"] = asdict(self.counts)
        return zlib.compress(json.dumps(plain).encode())

    @classmethod
    def from_bytes(cls, packed: bytes) -> "Learned":
        """Unpacked again; what another version has learned is refused."""
        plain = json.loads(zlib.decompress(packed))
        if plain["version"] != VERSION:
            raise Impossible(f"This was learned by version {plain['version']}, not {VERSION}: learn again.")
        plain["blend"] = _blend(plain["blend"])
        plain["missed"] = {kind: _unpacked(table) for kind, table in plain["missed"].items()}
        plain["steps"] = tuple(Step(**step) for step in plain["steps"])
        plain["counts"] = Counts(**plain["counts"])
        return cls(**plain)


def _plain_blend(blend: Blend) -> dict[str, Any]:
    """A blend as text and numbers."""
    plain: dict[str, Any] = {"weights": blend.weights, "share": blend.share, "trust": blend.trust}
    plain["booster"] = None if blend.booster is None else blend.booster.text
    gate = blend.gate
    plain["gate"] = None
    if gate is not None:
        tables = {name: _packed(getattr(gate, name)) for name in ("centre", "spread", "coefficients")}
        plain["gate"] = {"methods": gate.methods, **tables}
    return plain


def _blend(plain: dict[str, Any]) -> Blend:
    """The blend again."""
    kept, gate = plain["gate"], None
    if kept is not None:
        tables = {name: _unpacked(kept[name]) for name in ("centre", "spread", "coefficients")}
        gate = Gate(tuple(kept["methods"]), **tables)
    booster = None if plain["booster"] is None else Booster(plain["booster"])
    return Blend(plain["weights"], gate, plain["trust"], booster, plain["share"])


def _packed(table: Matrix) -> dict[str, Any]:
    """A matrix as text, bit for bit."""
    return {"shape": table.shape, "data": base64.b85encode(table.astype("<f8").tobytes()).decode()}


def _unpacked(packed: dict[str, Any]) -> Matrix:
    """The matrix again."""
    found: Matrix = np.frombuffer(base64.b85decode(packed["data"]), dtype="<f8").reshape(packed["shape"])
    return found
