"""Signing in, one's own profile, and who may change whom, through the doors."""

import pytest
from django.urls import reverse

from einklang.kernel.models import JournalEntry
from einklang.people import actions, queries
from einklang.people.models import Membership, User

SIGN_IN = {"username": "Rolf", "password": "Rolf-password-1"}


def test_signing_in_leads_to_the_page_that_was_asked_for(rolf, client):
    answer = client.post("/sign-in/", SIGN_IN | {"next": "/items/"})
    assert answer.url == "/items/"


@pytest.mark.parametrize("goal", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_out_of_the_house(goal, rolf, client):
    assert client.post("/sign-in/", SIGN_IN | {"next": goal}).url == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(rolf, client):
    wrong = client.post("/sign-in/", SIGN_IN | {"password": "no"})
    unknown = client.post("/sign-in/", {"username": "nobody", "password": "no"})
    assert "do not fit together" in wrong.text
    assert "do not fit together" in unknown.text


def test_after_five_tries_from_one_place_even_the_right_password_waits(rolf, client):
    for _ in range(queries.SIGN_IN_TRIES):
        client.post("/sign-in/", SIGN_IN | {"password": "no"})
    assert "Too many tries" in client.post("/sign-in/", SIGN_IN).text


def test_tries_from_elsewhere_do_not_lock_the_owner_out(rolf, client):
    for _ in range(queries.SIGN_IN_TRIES):
        client.post("/sign-in/", SIGN_IN | {"password": "no"}, REMOTE_ADDR="10.0.0.9")
    assert client.post("/sign-in/", SIGN_IN).status_code == 302


def test_somebody_who_was_shut_out_is_out_at_once(rolf, adam, client):
    client.force_login(rolf)
    actions.change_user(rolf, version=rolf.version, by=adam, is_active=False)
    assert client.get("/orders/").url.startswith("/sign-in/")


def test_the_language_of_the_reader_comes_with_them(rolf, client):
    User.objects.filter(pk=rolf.pk).update(language="de")
    client.post("/sign-in/", SIGN_IN)
    assert "Aufträge" in client.get("/orders/").text


def test_choosing_a_language_is_kept_and_written_down(rolf, client):
    client.force_login(rolf)
    client.post(reverse("language"), {"language": "de", "next": "/"})
    assert User.objects.get(pk=rolf.pk).language == "de"
    assert JournalEntry.objects.filter(event="people.language_chosen").exists()


def test_a_password_changes_only_with_the_present_one(rolf, client):
    client.force_login(rolf)
    form = {"present": "wrong", "new": "a-new-sentence-for-rolf"}
    assert client.post(reverse("change-password"), form).status_code == 422
    client.post(reverse("change-password"), form | {"present": "Rolf-password-1"})
    assert client.get("/profile/").status_code == 200
    assert User.objects.get(pk=rolf.pk).check_password("a-new-sentence-for-rolf")


def test_a_key_is_shown_once_and_opens_the_api_until_it_is_ended(rolf, client):
    client.force_login(rolf)
    shown = client.post(reverse("issue-token"), {"name": "sheet", "scopes": "read", "days": 30}).context[
        "key"
    ]
    assert shown not in client.get("/profile/").text
    client.logout()
    bearer = {"Authorization": f"Bearer {shown}"}
    assert client.get("/api/me", headers=bearer).json()["username"] == "rolf"
    client.force_login(rolf)
    client.post(reverse("revoke-token", args=[rolf.tokens.get().pk]))
    client.logout()
    assert client.get("/api/me", headers=bearer).status_code == 401


def test_nobody_ends_somebody_elses_key(rolf, sina, client):
    actions.issue_token("sheet", by=rolf, scopes=["read"])
    client.force_login(sina)
    assert client.post(reverse("revoke-token", args=[rolf.tokens.get().pk])).status_code == 404


def test_only_who_manages_users_sees_the_forms_that_change_them(rolf, adam, client):
    client.force_login(rolf)
    assert "join_form" in client.get("/people/users/rolf/").context
    assert client.get("/people/users/rolf/").context["join_form"] is None
    assert client.get("/people/new/").status_code == 403
    client.force_login(adam)
    assert client.get("/people/users/rolf/").context["form"] is not None


def test_a_rep_cannot_make_themselves_a_vp_by_posting_the_form(rolf, client):
    client.force_login(rolf)
    client.post("/people/users/rolf/", {"name": "Rolf", "role": "vp", "version": rolf.version})
    assert User.objects.get(pk=rolf.pk).role == "rep"


def test_a_territory_begins_and_ends_by_day_and_the_past_stays(rolf, south, adam, client):
    client.force_login(adam)
    client.post(reverse("join-territory", args=["rolf"]), {"territory": "south", "start": "2014-01-01"})
    membership = Membership.objects.get(user=rolf, territory=south)
    client.post(reverse("leave-territory", args=["rolf", membership.pk]))
    assert Membership.objects.get(pk=membership.pk).end is not None


def test_the_page_of_roles_says_what_the_code_says(vera, client):
    client.force_login(vera)
    page = client.get("/people/roles/")
    allowed = {
        (str(sentence), str(role)) for sentence, cells in page.context["table"] for role, may in cells if may
    }
    assert ("sign the plan", "VP Sales") in allowed
    assert ("set quotas", "Sales representative") not in allowed


@pytest.mark.parametrize("path", ["/people/", "/people/teams/", "/people/territories/", "/profile/"])
def test_every_page_of_people_opens_for_every_role(path, rolf, client):
    client.force_login(rolf)
    assert client.get(path).status_code == 200


def test_a_list_of_people_costs_the_same_however_many_there_are(adam, client, django_assert_max_num_queries):
    User.objects.bulk_create(User(username=f"u{n}", name=f"U {n}") for n in range(120))
    client.force_login(adam)
    with django_assert_max_num_queries(12):
        client.get("/people/")
