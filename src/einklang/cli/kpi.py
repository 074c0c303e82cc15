"""KPIs at a terminal: ``einklang kpi [NAME ...]``, the same figures as on the board and over the API."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli import app
from einklang.cli.database import As, Db, house, person
from einklang.cli.tables import AsJson, say, show

if TYPE_CHECKING:
    from einklang.insight.present import Writer
    from einklang.insight.queries import Answer

By = Annotated[str, typer.Option(help="Break down by team, rep, territory or family.")]


@app.command()
def kpi(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME ...]", help="Else all.")] = None,
    period: Annotated[
        str | None, typer.Option(help="2014-05, 2014-Q2 or 2014; else the last month that is over.")
    ] = None,
    by: By = "",
    rows: Annotated[int, typer.Option(min=0, help="Also this many of the records behind each figure.")] = 0,
    as_json: AsJson = False,
    username: As = None,
    db: Db = None,
) -> None:
    """Figures with both their counts, or why there is none."""
    with house(db):
        from einklang.insight import queries
        from einklang.insight.api import as_json as as_record
        from einklang.insight.api import plain
        from einklang.insight.present import Writer
        from einklang.insight.registry import KPIS

        user = person(username, "see cost")
        asked = names or [name for name, one in KPIS.items() if queries.may_see(one, user)]
        found = queries.several(asked, queries.span_of(period), by, seen_by=user)
        if as_json:
            show(
                [
                    as_record(answer) | ({"rows": plain(queries.shown(answer).head(rows))} if rows else {})
                    for answer in found
                ]
            )
            return
        writer = Writer()
        say(
            f"{found[0].span.start} to {found[0].span.end}, as known on {found[0].span.as_of}"
            if found
            else ""
        )
        for answer in found:
            _print(answer, writer, rows)


def _print(answer: "Answer", writer: "Writer", rows: int) -> None:
    from einklang.insight import queries

    kpi, figure = answer.kpi, answer.figure
    value = writer.value(kpi, figure.value) if figure.measurable else "not measurable"
    why = writer.counts(kpi, figure) if figure.measurable else f"{writer.why_not(figure)} {kpi.needs}"
    print(f"{kpi.id:<22}{value:>22}  {why}")
    for part in answer.parts:
        name = "none" if part.code == "-" else writer.names.name(answer.by, part.code)
        print(f"  {name:<28}{_part(part.figure, kpi, writer):>14}  {writer.counts(kpi, part.figure)}")
    if rows:
        print(queries.shown(answer).head(rows))


def _part(figure: Any, kpi: Any, writer: "Writer") -> str:
    return writer.value(kpi, figure.value) if figure.measurable else "-"
