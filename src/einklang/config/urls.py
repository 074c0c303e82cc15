"""The addresses of the house: each room's pages, the API, the signs of life."""

from importlib import import_module, util

from django.urls import URLPattern, URLResolver, include, path

from einklang.config import health
from einklang.config.api import api
from einklang.config.rooms import ROOMS

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("api/", api.urls),
    path("language/", include("django.conf.urls.i18n")),
]
for module in ("config.home", "config.upkeep", *(f"{room}.pages" for room in ROOMS)):
    if util.find_spec(f"einklang.{module}"):
        urlpatterns += import_module(f"einklang.{module}").urlpatterns
