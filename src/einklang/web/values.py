"""Days, months, quantities and money as the API takes them: written one way, so that nothing is guessed.

Left to itself a library reads ``0`` as the day on which computers began to count, and ``1e400`` as infinity.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

MONTH = r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-01$"
WHOLE = {"type": "integer", "minimum": 0, "maximum": 10**14 - 1}
UNITS = r"^[0-9]{1,14}(\.[0-9]{1,4})?$"
POSITIVE = r"^([1-9][0-9]{0,13}(\.[0-9]{1,4})?|0\.[0-9]{0,3}[1-9])$"


def _written(pattern: str, like: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(pattern, value):
            raise ValueError(f"write it like {like}")
        if isinstance(value, bool | int | float) and ("-" in like or isinstance(value, bool) or value % 1):
            raise ValueError(f"write it as text, like {like}")
        return int(value) if isinstance(value, float) else value

    return BeforeValidator(check)


Day = Annotated[date, _written(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "2014-05-31")]
Month = Annotated[date, _written(MONTH, "2014-05-01"), WithJsonSchema({"type": "string", "pattern": MONTH})]
Units = Annotated[
    Decimal,
    _written(UNITS, "12.5"),
    Field(ge=0, max_digits=18, decimal_places=4),
    WithJsonSchema({"anyOf": [WHOLE, {"type": "string", "pattern": UNITS}]}),
]
PositiveUnits = Annotated[
    Decimal,
    _written(POSITIVE, "12.5"),
    Field(gt=0, max_digits=18, decimal_places=4),
    WithJsonSchema({"anyOf": [{**WHOLE, "minimum": 1}, {"type": "string", "pattern": POSITIVE}]}),
]
Cents = Annotated[int, Field(strict=True, ge=-(10**15), le=10**15, description="Whole minor units.")]
