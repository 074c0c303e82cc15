"""People: who may do what, who sees what, and how one gets in."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, Refused, Stale
from einklang.kernel.models import JournalEntry
from einklang.people import actions, queries
from einklang.people.models import Membership, Territory, Token, User
from einklang.people.roles import PERMISSIONS, ROLES
from einklang.people.visibility import seen_territories

pytestmark = pytest.mark.django_db


def test_every_permission_belongs_to_a_role_and_every_role_to_known_permissions():
    granted = frozenset().union(*(role.may for role in ROLES.values()))

    assert granted == set(PERMISSIONS)


def test_a_role_refuses_in_a_sentence(rolf):
    with pytest.raises(NotAllowed, match="Your role may not set quotas"):
        rolf.must("set quotas")


def test_who_may_not_sign_in_may_do_nothing(vera):
    vera.is_active = False

    assert not vera.may("see demand")


def test_an_unknown_permission_is_a_mistake_not_a_no(vera):
    with pytest.raises(KeyError):
        vera.may("fly")


def test_a_territory_is_seen_with_all_below_it_while_the_membership_holds(rolf, north, south):
    coast = Territory.objects.create(code="coast", name="Coast", parent=north)
    Membership.objects.create(user=rolf, territory=south, start=date(2010, 1, 1), end=date(2011, 1, 1))

    assert seen_territories(rolf) == {north.pk, coast.pk}


def test_a_manager_sees_the_territories_of_the_team(mara, rolf, north):
    assert seen_territories(mara) == {north.pk}


def test_only_who_manages_users_adds_them(adam, rolf):
    actions.add_user("nina", name="Nina", role="analyst", password="quite-a-long-one-7", by=adam)

    assert queries.user("NINA").check_password("quite-a-long-one-7")
    with pytest.raises(NotAllowed):
        actions.add_user("otto", by=rolf)


def test_a_weak_password_is_refused_with_the_reason(adam):
    with pytest.raises(Refused, match="too short"):
        actions.add_user("nina", name="Nina", password="short", by=adam)
    assert not User.objects.filter(username="nina").exists()


def test_a_name_that_differs_only_by_case_is_the_same_name(adam):
    with pytest.raises(Refused, match="already"):
        actions.add_user("ADAM", name="Adam the second", by=adam)


def test_of_two_people_who_change_one_record_the_second_is_shown_the_conflict(adam, rolf):
    actions.change_user(rolf, version=1, job_title="Key account", by=adam)

    with pytest.raises(Stale):
        actions.change_user(rolf, version=1, job_title="Hunter", by=adam)
    rolf.refresh_from_db()
    assert rolf.job_title == "Key account"


def test_nobody_gives_themselves_another_role(adam):
    with pytest.raises(Refused):
        actions.change_user(adam, version=1, role="vp", by=adam)


def test_deactivation_ends_sessions_and_tokens(adam, rolf, client):
    client.force_login(rolf)
    key = actions.issue_token("sync", by=rolf, scopes=["read"])
    actions.change_user(rolf, version=1, is_active=False, by=adam)

    assert "_auth_user_id" not in client.session
    assert queries.token_owner(key) is None


def test_of_a_token_only_the_hash_is_kept_and_it_ends(rolf):
    key = actions.issue_token("sync", by=rolf, scopes=["read"], days=1)

    assert not Token.objects.filter(digest=key).exists()
    assert queries.token_owner(key).user == rolf
    with clock.at(timezone.now() + timedelta(days=2)):
        assert queries.token_owner(key) is None


def test_guessing_is_slowed_for_the_guesser_only(rolf):
    for _ in range(5):
        actions.note_failed_sign_in("Rolf", "10.0.0.66")

    assert queries.must_wait("rolf", "10.0.0.66")
    assert queries.must_wait("rolf", "10.0.0.7") is None


def test_every_deed_leaves_one_line_in_the_journal(adam, north, rolf):
    JournalEntry.objects.all().delete()
    actions.add_team("west", "West", by=adam)
    actions.choose_language("de", by=rolf)

    events = list(JournalEntry.objects.order_by("id").values_list("event", "by_name"))
    assert events == [("people.team_added", "Adam"), ("people.language_chosen", "Rolf")]
