"""Every page is tried by every role and by nobody; every record by everybody. The oracle says what to expect.

The invented company is the world in which it is tried. Nothing that is refused may leave a trace.
"""

from contextlib import contextmanager, nullcontext
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import IntegerField, Value
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, reverse

from einklang.kernel import clock
from einklang.kernel.errors import Refused
from einklang.people import actions as people
from einklang.supply import actions as supply
from tests.law import oracle
from tests.law.oracle import ADDRESSES, ROLES

# Each test runs in a transaction inside that of the company, and is undone.
pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in/"
OPEN = {200, 302, 303, 400, 409, 422}
NOWHERE = Value(None, output_field=IntegerField())  # a record that lies in no territory
# Records that not everybody sees: the table, what an address calls one, whose it is, where it lies.
RECORDS = {
    "order": ("orders.SalesOrder", "number", "seller_id", "territory_id"),
    "account": ("crm.Account", "code", "owner_id", "territory_id"),
    "deal": ("crm.Deal", "code", "owner_id", "account__territory_id"),
    "task": ("crm.Task", "pk", "owner_id", NOWHERE),
}
PRIVATE = {"people_signinattempt", "django_session"}


def silent(_sentence: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module", autouse=True)
def company(django_db_setup, django_db_blocker):
    """The invented company with its month, for all tests here; afterwards nothing of it is left."""
    from einklang.demo import begin

    with django_db_blocker.unblock(), transaction.atomic():
        begin.begin(silent)
        yield
        transaction.set_rollback(True)


def model(name):
    return apps.get_model(name)._default_manager


@pytest.fixture(scope="module")
def users(company):
    """One person of each role who may sign in."""
    return {
        role: model("people.User").filter(role=role, is_active=True).order_by("pk").first() for role in ROLES
    }


@pytest.fixture(scope="module")
def rows(company):
    """What the oracle knows of the company."""
    return oracle.Company(
        users={
            pk: (role, team) for pk, role, team in model("people.User").values_list("pk", "role", "team_id")
        },
        teams=dict(model("people.Team").values_list("pk", "parent_id")),
        territories=dict(model("people.Territory").values_list("pk", "parent_id")),
        stays=list(model("people.Membership").values_list("user_id", "territory_id", "start", "end")),
        today=clock.today(),
    )


@pytest.fixture(scope="module")
def samples(company, users):
    """One thing of each kind that addresses name; records are the representative's own."""
    rep = users["rep"]
    month = clock.today().replace(day=1)
    item = model("supply.StockPolicy").first().item.code
    token = model("people.Token").create(
        user=users["admin"], name="sample", digest="sample", created_at=clock.now(), expires_at=clock.now()
    )
    brought = model("transfer.ImportRun").create(
        recipe="einklang", source="sample", folder="sample", by=users["specialist"], created_at=clock.now()
    )
    job = model("kernel.Job").create(name="sample", about="sample", created_at=clock.now())
    return {
        "username": rep.username,
        "membership": model("people.Membership").filter(user=rep).first().pk,
        "token": token.pk,
        "job": job.pk,
        "import": brought.pk,
        "item": item,
        "order": model("orders.SalesOrder").filter(seller=rep).first().number,
        "account": model("crm.Account").filter(owner=rep).first().code,
        "deal": model("crm.Deal").filter(owner=rep).first().code,
        "task": model("crm.Task").filter(owner=rep, done_at=None).first().pk,
        "voice": model("demand.Voice").filter(author__role="manager").first().pk,
        "event": model("demand.Event")
        .create(
            number=9999,
            kind="promotion",
            name="sample",
            first=month,
            last=month,
            author=users["manager"],
            given_at=clock.now(),
        )
        .pk,
        "batch": model("demand.VoiceBatch")
        .create(as_of=month, given_by=users["manager"], given_at=clock.now())
        .pk,
        "policied_item": supply.set_policy(item, 1.0, "sample", by=users["planner"]).item.code,
        **_ordered(rep, users["planner"], month),
        "kpi": "revenue",
        "gaps_in_data": "gaps_in_data",
        "csv": "csv",
        "xlsx": "xlsx",
        "reconciliation": "reconciliation",
        "month": month.isoformat(),
        "next_month": (month + timedelta(days=31)).replace(day=1).isoformat(),
        **{kind: _newest(*place) for kind, place in LATER.items()},
    }


def _ordered(rep, planner, month):
    """A planned order that was released, what it became, and a unit that is kept for the representative."""
    run = model("supply.SupplyRun").filter(scenario="base").order_by("-as_of", "-number").first()
    planned = run.orders.filter(kind="make").first()
    (told,) = supply.release(run, [planned.order], by=planner)
    return {
        "released": told.reference,
        "released_item": planned.item.code,
        "supply_decision": told.change.decision_id,
        "supplier": model("catalog.Supplier").first().code,
        "reservation": _kept(rep, month),
    }


def _kept(rep, month):
    """A unit that is kept for a deal of the representative."""
    deal = model("crm.Deal").filter(owner=rep, stage__ends="open").first()
    return (
        model("supply.Reservation")
        .create(
            item=model("catalog.Item").first(),
            deal=deal,
            quantity=1,
            period=month,
            until=clock.today(),
            run=model("supply.SupplyRun").first(),
            made_on=clock.today(),
            made_at=clock.now(),
            made_by=rep,
        )
        .pk
    )


# What the company's month left behind: the newest of each, by the part that addresses name.
LATER = {
    "run": ("demand.ForecastRun", "pk"),
    "consensus": ("demand.Consensus", "pk"),
    "supply_run": ("supply.SupplyRun", "pk"),
    "busy_centre": ("supply.LoadPoint", "work_centre__code"),
    "busy_month": ("supply.LoadPoint", "period"),
    "supply_scenario": ("supply.Scenario", "pk"),
    "supply_change": ("supply.ScenarioEdit", "pk"),
    "remedy": ("supply.Remedy", "pk"),
    "cycle_month": ("cycle.Cycle", "month"),
    "decision": ("cycle.Decision", "pk"),
    "plan": ("cycle.PlanVersion", "pk"),
    "planned_item": ("cycle.PlanLine", "item__code"),
    "planned_month": ("cycle.PlanLine", "period"),
}


def _newest(label, part):
    found = model(label).order_by("-pk").values_list(part, flat=True).first()
    return f"{found:%Y-%m}" if isinstance(found, date) else found


def names(resolver, inside=""):
    """The names of all pages; the API has its own test."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "api":
                yield from names(pattern)
        else:
            yield pattern.name


def ask(client, name, samples):
    """Open a page, or post to it what the oracle says."""
    address = ADDRESSES[name]
    arguments = [samples[kind] for kind in address.samples]
    if None in arguments:
        pytest.skip(f"the invented company has no {address.samples}")
    place = reverse(name, args=arguments) + address.query
    return client.get(place) if address.posts is None else client.post(place, address.posts)


@contextmanager
def leaving_no_trace():
    """Fails if anything is written meanwhile but who is signed in."""
    with CaptureQueriesContext(connection) as seen:
        yield
    written = [query["sql"] for query in seen if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in written if not any(name in sql for name in PRIVATE)] == []


def test_the_oracle_knows_every_page_and_no_other():
    assert set(ADDRESSES) == set(names(get_resolver()))


@pytest.mark.parametrize("name", [name for name, address in ADDRESSES.items() if not address.open])
def test_a_page_opens_to_whom_the_oracle_says(name, users, rows, samples):
    answers, expected = {}, {}
    for role, user in users.items():
        client = Client()
        client.force_login(user)
        refusals = refused(ADDRESSES[name], role, user, rows, samples)
        with transaction.atomic(), leaving_no_trace() if refusals else nullcontext():
            answer = ask(client, name, samples).status_code
            transaction.set_rollback(True)  # the next one finds everything as it was
        answers[role] = "open" if answer in OPEN else answer
        # Where both the role and the record say no, either may speak first.
        expected[role] = "open" if not refusals else answer if answer in refusals else min(refusals)

    assert answers == expected


def refused(address, role, user, rows, samples):
    """The ways in which the oracle has somebody refused; none for those who may."""
    hidden = bool(address.record) and not visible(address.record, rows, user, samples)
    forbidden = not all(oracle.may(role, permission) for permission in address.may.split(" + "))
    return ({404} if hidden else set()) | ({403} if forbidden else set())


def visible(kind, rows, user, samples):
    """Whether the oracle lets somebody see the sample of a kind."""
    role = rows.users[user.pk][0]
    if kind in oracle.SHOWN_TO:
        return role in oracle.SHOWN_TO[kind].split()
    label, name, owner, territory = RECORDS[kind]
    who, where = model(label).filter(**{name: samples[kind]}).values_list(owner, territory).get()
    return rows.sees(user.pk, who, where)


@pytest.mark.parametrize("name", [name for name, address in ADDRESSES.items() if not address.open])
def test_nobody_is_asked_to_sign_in_and_changes_nothing(name, samples):
    with leaving_no_trace():
        answer = ask(Client(), name, samples)

    assert answer.status_code == 302
    assert answer["Location"].startswith(SIGN_IN)


@pytest.mark.parametrize("name", [name for name, address in ADDRESSES.items() if address.open])
def test_what_is_open_answers_everybody(name, samples):
    assert ask(Client(), name, samples).status_code in {200, 302, 204}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", RECORDS)
def test_exactly_those_records_are_visible_that_the_oracle_says(role, kind, users, rows):
    user, (label, _name, owner, territory) = users[role], RECORDS[kind]
    facts = model(label).values_list("pk", owner, territory)
    expected = {pk for pk, who, where in facts if rows.sees(user.pk, who, where)}
    assert set(model(label).visible_to(user).values_list("pk", flat=True)) == expected


def test_somebody_who_may_not_sign_in_sees_nothing(users):
    gone = users["vp"]
    gone.is_active = False
    assert not model("orders.SalesOrder").visible_to(gone).exists()
    gone.is_active = True


def test_the_terminal_of_the_house_can_neither_sign_in_nor_be_let_in(users):
    terminal = people.open_terminal()
    with pytest.raises(Refused):
        people.set_password(terminal, "Ebbe-und-Flut-17", by=users["admin"])
    with pytest.raises(Refused):
        people.change_user(users["rep"], version=users["rep"].version, by=users["admin"], role=terminal.role)
    assert not terminal.has_usable_password()


def test_hidden_orders_answer_as_if_they_were_not_there(users, rows):
    rep = users["rep"]
    client = Client()
    client.force_login(rep)
    hidden = [
        number
        for number, who, where in model("orders.SalesOrder").values_list(
            "number", "seller_id", "territory_id"
        )
        if not rows.sees(rep.pk, who, where)
    ][:3]
    assert [client.get(reverse("order", args=[number])).status_code for number in hidden] == [404] * len(
        hidden
    )
    assert [client.get(f"/api/orders/{number}").status_code for number in hidden] == [404] * len(hidden)
