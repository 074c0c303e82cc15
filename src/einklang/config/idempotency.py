"""The same request sent twice is done once: ``Idempotency-Key`` on unsafe API calls.

A program that did not get the answer sends the request again with the same key; it gets the first
answer back, and nothing is done a second time.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from einklang.kernel import clock
from einklang.kernel.models import KeptAnswer
from einklang.web.problems import problem

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
KEPT_FOR = timedelta(days=1)
TOO_LONG = 200


class IdempotencyMiddleware:
    """Keeps the answers to unsafe API calls that carry a key, and gives them again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer once per key; anything else passes."""
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method not in UNSAFE or not request.path.startswith("/api/"):
            return self.get_response(request)
        if len(key) > TOO_LONG:
            return problem(422, f"An Idempotency-Key has at most {TOO_LONG} characters.")
        return self._once(request, key)

    def _once(self, request: HttpRequest, key: str) -> HttpResponse:
        caller = _digest(request.headers.get("Authorization", "") or str(request.session.session_key))
        asked = _digest(f"{request.method} {request.get_full_path()}", request.body)
        KeptAnswer.objects.filter(at__lt=clock.now() - KEPT_FOR).delete()
        try:
            with transaction.atomic():
                kept = KeptAnswer.objects.create(caller=caller, key=key, asked=asked, at=clock.now())
        except IntegrityError:
            return _again(KeptAnswer.objects.filter(caller=caller, key=key).first(), asked)
        try:
            response = self.get_response(request)
        except BaseException:
            kept.delete()
            raise
        if response.status_code >= 500:
            kept.delete()
        else:
            kept.status, kept.body = response.status_code, response.content.decode()
            kept.content_type = response.get("Content-Type", "")
            kept.save()
        return response


def _again(kept: KeptAnswer | None, asked: str) -> HttpResponse:
    if kept is None or kept.status is None:
        return problem(409, "The first request with this key is still being worked on; wait for it.")
    if kept.asked != asked:
        return problem(422, "This Idempotency-Key was used for another request; take a new one.")
    response = HttpResponse(kept.body, status=kept.status, content_type=kept.content_type)
    response["Idempotency-Replayed"] = "true"
    return response


def _digest(text: str, body: bytes = b"") -> str:
    return hashlib.sha256(text.encode() + b"\0" + body).hexdigest()
