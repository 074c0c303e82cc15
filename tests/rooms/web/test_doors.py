"""What every page and every JSON answer share."""

import json

import pytest
from django import forms
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from ninja import NinjaAPI
from pydantic import ValidationError

from einklang.engine.errors import Impossible
from einklang.kernel.errors import NotAllowed, Refused, Stale
from einklang.people.models import Team
from einklang.web import problems
from einklang.web.api import Strict, finite, window
from einklang.web.forms import refusals_on
from einklang.web.navigation import menu
from einklang.web.paging import paged


class Amount(Strict):
    """A body of two numbers."""

    cents: int
    share: float = 0.0


@pytest.mark.parametrize(
    "body", ['{"cents": 1, "extra": 2}', '{"cents": 1, "share": NaN}', '{"cents": 1, "share": 1e400}', "{}"]
)
def test_a_body_means_what_it_says(body):
    with pytest.raises(ValidationError):
        Amount.model_validate_json(body)


def answers(failure):
    api = NinjaAPI(urls_namespace=f"trial-{id(failure)}")
    problems.install(api)
    request = RequestFactory().get("/api/x")
    return api.on_exception(request, failure)


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (Refused("No."), 409),
        (NotAllowed("No."), 403),
        (Stale("No."), 412),
        (Impossible("No."), 422),
        (Http404("No."), 404),
    ],
)
def test_every_refusal_over_json_is_a_problem_document_with_its_sentence(failure, status):
    answer = answers(failure)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["detail"] == "No."


def test_a_failure_of_ours_says_nothing_about_its_inside(caplog):
    answer = answers(RuntimeError("password=secret"))
    assert answer.status_code == 500
    assert b"secret" not in answer.content
    assert "unexpected failure" in caplog.text


def test_a_refusal_in_part_of_a_page_is_a_toast():
    request = RequestFactory().post("/x/", headers={"HX-Request": "true"})
    answer = problems.RefusalsMiddleware(lambda r: HttpResponse()).process_exception(
        request, Refused("Sign it first.")
    )
    assert answer.status_code == 409
    assert json.loads(answer["HX-Trigger"])["toast"]["text"] == "Sign it first."


def test_other_failures_are_left_to_be_seen():
    middleware = problems.RefusalsMiddleware(lambda r: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ValueError("bug")) is None


class NameForm(forms.Form):
    """A form of one field."""

    name = forms.CharField()


def test_a_refusal_stands_on_the_form():
    form = NameForm({"name": "x"})
    with refusals_on(form):
        raise Impossible("A target cannot be negative.")
    assert form.non_field_errors() == ["A target cannot be negative."]


def test_what_somebody_may_not_do_is_no_matter_of_the_form():
    with pytest.raises(NotAllowed), refusals_on(NameForm({"name": "x"})):
        raise NotAllowed("Your role may not do this.")


@pytest.mark.django_db
def test_a_page_of_a_long_list_costs_two_queries(django_assert_num_queries):
    Team.objects.bulk_create(Team(code=f"t{number}", name=f"Team {number}") for number in range(300))
    with django_assert_num_queries(2):
        assert len(list(paged(RequestFactory().get("/?page=3"), Team.objects.all(), size=50))) == 50


@pytest.mark.django_db
def test_a_cursor_stays_true_while_rows_are_added():
    Team.objects.bulk_create(Team(code=f"t{number}", name=f"Team {number}") for number in range(5))
    first, cursor = window(Team.objects.all(), after=None, limit=3)
    Team.objects.create(code="later", name="A name that sorts first")
    second, end = window(Team.objects.all(), after=cursor, limit=3)
    assert [team.code for team in first + second] == ["t0", "t1", "t2", "t3", "t4", "later"]
    assert end is None


def test_a_cursor_of_ones_own_making_is_refused():
    with pytest.raises(Refused):
        window(Team.objects.all(), after="x", limit=3)


def test_an_undefined_number_is_null_in_json():
    assert finite(float("nan")) is None
    assert finite(1.5) == 1.5


def lines_for(user, path="/"):
    request = RequestFactory().get(path)
    request.user = user
    return [line for _, lines in menu(request) for line in lines]


def test_the_menu_shows_only_what_a_role_may_open(rolf, adam):
    assert "/journal/" not in [line.address for line in lines_for(rolf)]
    assert "/journal/" in [line.address for line in lines_for(adam)]


def test_the_menu_marks_the_page_one_is_on_or_below(rolf):
    assert [line.address for line in lines_for(rolf, "/items/P-20/") if line.here] == ["/items/"]
