"""The menu beside every page: who sees which line of it, and which line leads to where they are."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

# As in config/navigation.py: groups of (title, entries), an entry (title, address name, icon, permission).


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the menu, as one reader sees it on one page."""

    title: Any
    address: str
    icon: str
    here: bool = False

    def leads_to(self, path: str) -> bool:
        """Whether a page is the one this line names, or one below it.

        >>> Line("Items", "/items/", "package").leads_to("/items/P-20/")
        True
        >>> Line("Home", "/", "home").leads_to("/items/")
        False
        """
        return path == self.address or (self.address != "/" and path.startswith(self.address))


def menu(request: HttpRequest) -> list[tuple[Any, list[Line]]]:
    """The groups this reader may use; the line with the longest address that leads here is marked."""
    groups = [(title, lines(entries, request.user)) for title, entries in settings.NAVIGATION]
    leading = [line for _, group in groups for line in group if line.leads_to(request.path)]
    here = max(leading, key=lambda line: len(line.address), default=None)
    return [
        (title, [Line(line.title, line.address, line.icon, line == here) for line in group])
        for title, group in groups
        if group
    ]


def lines(entries: list[tuple[Any, str, str, str]], user: Any) -> list[Line]:
    """The entries of one group that this reader may open; the page itself checks again."""
    return [
        Line(title, reverse(name), icon)
        for title, name, icon, permission in entries
        if not permission or user.may(permission)
    ]
