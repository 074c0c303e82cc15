"""What every template knows: the menu, the languages, and light or dark."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from einklang.web.navigation import menu

THEMES = {"light", "dark"}


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of the page frame; the menu is empty until someone has signed in."""
    theme = request.COOKIES.get("theme", "")
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    return {
        "menu": menu(request) if signed_in else [],
        "languages": settings.LANGUAGES,
        "theme": theme if theme in THEMES else "",
    }
