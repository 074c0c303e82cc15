"""One month of planning on a real company's data, headless: forecast to signed pack."""

import sys

from benchmarks.measure import Claim, adventureworks, house, tell


def claims() -> list[Claim]:
    """Time and memory of ``einklang cycle run`` for May 2014."""
    with house() as company:
        company.run("import", adventureworks(), "--recipe", "adventureworks", "--json")
        run = company.run("cycle", "run", "--as-of", "2014-05", "--json")
    return [Claim("cycle run on AdventureWorks", run.seconds, 60, "s", "budget")]


if __name__ == "__main__":
    sys.exit(tell(claims()))
