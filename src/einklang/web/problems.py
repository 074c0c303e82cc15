"""Refusals as answers: a problem document (RFC 9457) for programs, a page with a sentence for people."""

import json
import logging
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from einklang.engine.errors import Impossible
from einklang.kernel.errors import Refused

log = logging.getLogger(__name__)

TITLES = {
    400: "Not understood",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    409: "Refused",
    412: "Changed meanwhile",
    422: "Not possible",
    428: "Version needed",
    429: "Too many requests",
    500: "Failed",
}


def status_of(refusal: Exception) -> int:
    """The HTTP status that a refusal carries; a question without an answer is 422."""
    return int(getattr(refusal, "status", 422))


def problem(status: int, sentence: str, **more: Any) -> HttpResponse:
    """One problem document: what kind of problem, and the sentence that explains this one."""
    body = {
        "type": "about:blank",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": sentence,
        **more,
    }
    return HttpResponse(json.dumps(body, default=str), status=status, content_type="application/problem+json")


def refused_page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """The page that says why not; where only a part of a page was asked for, a toast says it."""
    if request.headers.get("HX-Request"):
        response = HttpResponse(sentence, status=status, content_type="text/plain")
        response["HX-Trigger"] = json.dumps({"toast": {"level": "danger", "text": sentence}})
        return response
    return render(request, "web/refused.html", {"sentence": sentence, "status": status}, status=status)


class RefusalsMiddleware:
    """Turns the refusals that a page let through into a page, or a toast, that says why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Stand around all pages."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the page answer."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, refusal: Exception) -> HttpResponse | None:
        """Answer a refusal; leave every other failure to be logged as what it is."""
        if isinstance(refusal, Refused | Impossible):
            return refused_page(request, status_of(refusal), str(refusal))
        return None


class WholeTextMiddleware:
    """Refuses the one character that no database keeps in a text, before anybody works on it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer where the address and the body are whole text."""
        as_json = request.content_type == "application/json"
        if (
            "\0" not in request.path
            and "%00" not in request.META.get("QUERY_STRING", "")
            and not (as_json and b"\\u0000" in request.body)
        ):
            return self.get_response(request)
        sentence = _("A text here holds a null character, which cannot be kept: take it out.")
        if request.path.startswith("/api/"):
            return problem(422, sentence)
        return refused_page(request, 422, sentence)


def install(api: NinjaAPI) -> None:
    """Make every refusal and failure of this API a problem document."""

    @api.exception_handler(Refused)
    @api.exception_handler(Impossible)
    def refused(request: HttpRequest, refusal: Exception) -> HttpResponse:
        return problem(status_of(refusal), str(refusal))

    @api.exception_handler(ValidationError)
    def not_understood(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
        errors = [{"where": list(e["loc"]), "what": e["msg"]} for e in refusal.errors]
        return problem(422, "The request is not of the form this address takes.", errors=errors)

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, refusal: AuthenticationError) -> HttpResponse:
        return problem(401, "Sign in, or send a token that is still valid.")

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, refusal: Http404) -> HttpResponse:
        return problem(404, str(refusal) or "There is nothing at this address.")

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, refusal: HttpError) -> HttpResponse:
        return problem(refusal.status_code, refusal.message)

    @api.exception_handler(Exception)
    def failed(request: HttpRequest, failure: Exception) -> HttpResponse:
        log.exception("unexpected failure at %s %s", request.method, request.path, exc_info=failure)
        return problem(500, "Something went wrong on our side; it has been logged.")
