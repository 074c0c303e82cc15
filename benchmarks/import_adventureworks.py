"""A real company's ERP export, about 450,000 rows in 56 tables, into an empty house; then once more."""

import sys

from benchmarks.measure import Claim, adventureworks, house, tell


def claims() -> list[Claim]:
    """Time and memory of the first import, and the time of the second, which changes nothing."""
    with house() as empty:
        run = empty.run("import", adventureworks(), "--recipe", "adventureworks", "--json")
        again = empty.run("import", adventureworks(), "--recipe", "adventureworks", "--json")
    return [
        Claim("import of AdventureWorks", run.seconds, 60, "s", "budget"),
        Claim("its peak memory", run.peak_megabytes, 1536, "MB", "budget"),
        Claim("the same import again", again.seconds, run.seconds, "s", "the first import"),
    ]


if __name__ == "__main__":
    sys.exit(tell(claims()))
