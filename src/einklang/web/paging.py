"""Long lists, a page at a time: one query counts, one reads, however long the list is."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

ROWS_PER_PAGE = 50


def paged(request: HttpRequest, rows: Any, size: int = ROWS_PER_PAGE) -> "Page[Any]":
    """The page of these rows the address asks for by `?page=`; the nearest one if it asks for nonsense."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
