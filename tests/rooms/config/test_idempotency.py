"""The same request sent twice is done once."""

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from einklang.config.idempotency import IdempotencyMiddleware
from einklang.kernel.models import KeptAnswer

pytestmark = pytest.mark.django_db


@pytest.fixture
def door():
    """A door that counts what was done behind it."""
    done = []

    def answer(request):
        done.append(request.body)
        return HttpResponse(json.dumps({"number": len(done)}), status=201, content_type="application/json")

    middleware = IdempotencyMiddleware(answer)

    def knock(body=b"{}", key="k-1", path="/api/orders", token="Bearer a"):
        request = RequestFactory().post(path, body, content_type="application/json")
        request.META["HTTP_AUTHORIZATION"] = token
        if key:
            request.META["HTTP_IDEMPOTENCY_KEY"] = key
        return middleware(request)

    knock.done = done
    return knock


def test_the_second_call_gets_the_first_answer_and_does_nothing(door):
    first, second = door(), door()

    assert (first.content, first.status_code) == (second.content, second.status_code)
    assert second["Idempotency-Replayed"] == "true"
    assert len(door.done) == 1


def test_a_key_is_not_used_for_another_request(door):
    door()

    assert door(b'{"other": 1}').status_code == 422
    assert len(door.done) == 1


def test_a_call_that_is_still_being_worked_on_is_not_begun_again(door):
    door()
    KeptAnswer.objects.update(status=None)

    assert door().status_code == 409


def test_keys_belong_to_their_callers(door):
    door()
    door(token="Bearer b")

    assert len(door.done) == 2


def test_calls_without_a_key_and_pages_pass(door):
    door(key="")
    door(key="")
    door(path="/deals/")
    door(path="/deals/")

    assert len(door.done) == 4
    assert not KeptAnswer.objects.exists()
