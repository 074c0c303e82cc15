"""Tables that leave the house as files: CSV in which no cell can act as a formula, or one XLSX sheet."""

from io import BytesIO

import polars as pl
from django.http import HttpResponse
from django.utils.translation import gettext as _

from einklang.kernel import tables
from einklang.kernel.errors import NotFound

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_file(rows: pl.DataFrame, name: str, ending: str) -> HttpResponse:
    """Rows as a file of the wanted ending, for the browser to keep."""
    if ending == "csv":
        response = HttpResponse(_harmless(rows).write_csv(), content_type="text/csv; charset=utf-8")
    elif ending == "xlsx":
        book = BytesIO()
        tables.write_xlsx({name: rows}, book)
        response = HttpResponse(book.getvalue(), content_type=XLSX)
    else:
        raise NotFound(_("Files are made as CSV or XLSX."))
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def _harmless(rows: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    return rows.with_columns(pl.col(texts).str.replace(r"^([=+\-@\t\r])", "'${1}"))
