"""Orders of an invented base for tests: 300 customers, each with an own rhythm, some of whom stop."""

from datetime import date, timedelta

import numpy as np
import polars as pl

START = date(2024, 1, 1)


def bought(customers: int = 300, days: int = 720, seed: int = 7) -> pl.DataFrame:
    """``customer, day, amount``: rates and chances to stop differ by customer, as the order model has it."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        rate, stops = random.gamma(1.2, 1 / 40), random.beta(0.9, 6.0)
        size, day = random.gamma(6.0, 20.0), int(random.integers(0, days // 2))
        while day < days:
            rows.append(
                (f"c{number:03d}", START + timedelta(days=day), round(float(random.gamma(5.0, size / 5)), 2))
            )
            if random.random() < stops:
                break
            day += 1 + int(random.exponential(1 / max(rate, 1e-3)))
    schema = {"customer": pl.String, "day": pl.Date, "amount": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
