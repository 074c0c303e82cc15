"""The JSON door of the house: who may knock, and every room's router behind it."""

from importlib import import_module, util
from typing import Any

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from ninja.security import HttpBearer, SessionAuth

from einklang import __version__
from einklang.config.rooms import ROOMS
from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed
from einklang.people import queries as people
from einklang.web import problems
from einklang.web.contract import HouseAPI

READING = ("GET", "HEAD", "OPTIONS")


class Browser(SessionAuth):
    """Somebody who is signed in; unsafe calls carry the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The signed-in user, if there is one who may still sign in."""
        return request.user if request.user.is_authenticated and request.user.is_active else None


class Bearer(HttpBearer):
    """A program with a token; it may do what its owner may, within the token's scopes."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The token's owner, if the token holds and its scope covers the call."""
        found = people.token_owner(token)
        if found is None:
            return None
        reads = request.method in READING
        if ("read" if reads else "write") not in found.scopes:
            raise NotAllowed(_("This token may not read.") if reads else _("This token may not write."))
        type(found).objects.filter(pk=found.pk).update(last_used_at=clock.now())
        request.user = found.user
        translation.activate(found.user.language)
        return found.user


api = HouseAPI(
    title="Einklang",
    version=__version__,
    description="Deal, demand, plan, quota and order in one set of numbers. Money is whole minor units.",
    auth=[Bearer(), Browser()],
    urls_namespace="api",
)
problems.install(api)
for room in ROOMS:
    if util.find_spec(f"einklang.{room}.api"):
        api.add_router("", import_module(f"einklang.{room}.api").router)
