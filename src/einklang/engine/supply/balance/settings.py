"""How to balance: what counts, what must be whole, what is fixed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from einklang.engine.errors import BadTable, Fault

WHOLE = ("workers", "lots", "setups", "prices")
WORDS = {"objective": ("cost", "profit"), "end_backlog": ("forbid", "allow")}


@dataclass(frozen=True, slots=True)
class Settings:
    """How to balance: for least cost or most profit, and what must be a whole number.

    ``lots_bite``: lots smaller than this share of a period's need are left to requirements planning
    (0: all are planned whole). ``frozen_periods``: so many first periods keep the former plan;
    ``fence_cost``: a unit off a frozen or fixed quantity costs this (``None``: it is held exactly);
    ``change_cost``: what a unit changed against the former plan costs beyond the fence.
    ``seconds`` and ``gap`` end the search of a plan with whole numbers.
    """

    objective: Literal["cost", "profit"] = "cost"
    end_backlog: Literal["forbid", "allow"] = "forbid"
    integer: tuple[str, ...] = ()
    service_first: bool = False
    lots_bite: float = 0.0
    frozen_periods: int = 0
    fence_cost: float | None = None
    change_cost: float = 0.0
    seconds: float = 120.0
    gap: float = 1e-6

    def __post_init__(self) -> None:
        """Refuse words the model does not know and numbers that mean nothing."""
        strange = [
            _strange(name, value, "one of " + ", ".join(known))
            for name, value, known in (
                ("objective", self.objective, WORDS["objective"]),
                ("end_backlog", self.end_backlog, WORDS["end_backlog"]),
                *(("integer", word, WHOLE) for word in self.integer),
            )
            if value not in known
        ]
        if self.service_first not in (True, False):
            strange.append(_strange("service_first", self.service_first, "true or false"))
        if not _counts(self.frozen_periods) or self.frozen_periods != int(self.frozen_periods):
            strange.append(_strange("frozen_periods", self.frozen_periods, "a whole number of 0 or more"))
        strange += [
            _strange(name, value, "a number of 0 or more")
            for name, value in (
                ("lots_bite", self.lots_bite),
                ("fence_cost", 0.0 if self.fence_cost is None else self.fence_cost),
                ("change_cost", self.change_cost),
                ("seconds", self.seconds),
                ("gap", self.gap),
            )
            if not _counts(value)
        ]
        if strange:
            raise BadTable(strange)

    @classmethod
    def of(cls, words: object) -> "Settings":
        """Settings as they stand in a file; a word or value that is not known is invalid data.

        >>> Settings.of({"objective": "profit", "integer": ["lots"]}).integer
        ('lots',)
        >>> Settings.of({"objektive": "cost"})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        einklang.engine.errors.BadTable: settings, objektive: got this setting, expected one of objective, ...
        """
        if not isinstance(words, Mapping):
            raise BadTable([_strange(None, type(words).__name__, "an object of settings")])
        names = [field.name for field in fields(cls)]
        unknown = [name for name in words if name not in names]
        if unknown:
            expected = "one of " + ", ".join(names)
            raise BadTable([_strange(str(name), "this setting", expected) for name in unknown])
        given: dict[str, Any] = dict(words)
        whole = given.get("integer", ())
        if not isinstance(whole, list | tuple):
            raise BadTable([_strange("integer", whole, "a list of " + ", ".join(WHOLE))])
        return cls(**{**given, "integer": tuple(whole)})


def _counts(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _strange(name: str | None, got: object, expected: str) -> Fault:
    return Fault("settings", None, name, str(got), expected)
