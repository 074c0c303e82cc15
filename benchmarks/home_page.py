"""The home page on a real company's data, through the real server, and the figures it fetches after."""

import sys

from benchmarks.measure import Claim, adventureworks, house, median_seconds, signed_in, tell

PORT = 8114


def claims() -> list[Claim]:
    """The middle of thirty requests for the home page, once it has been looked at."""
    with house() as company:
        company.run("import", adventureworks(), "--recipe", "adventureworks", "--json")
        with company.served(PORT) as address:
            browser = signed_in(address, "vera")
            browser.open(f"{address}/").read()
            home = median_seconds(lambda: browser.open(f"{address}/").read(), 30)
            figures = median_seconds(lambda: browser.open(f"{address}/figures/").read(), 5)
    return [
        Claim("home page", home * 1000, 150, "ms", "budget"),
        Claim("the figures it fetches after", figures * 1000, 1000, "ms", "budget"),
    ]


if __name__ == "__main__":
    sys.exit(tell(claims()))
