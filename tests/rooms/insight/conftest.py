"""A small house in May 2014: orders in the north and the south, deals, work orders, stock and costs."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from django.core.cache import cache

from einklang.catalog.models import Cost, Family, Item, Location
from einklang.crm.models import Account, Activity, Deal, Pipeline, Stage, StageEntry
from einklang.kernel import journal
from einklang.orders.models import CurrencyRate, OrderLine, SalesOrder, Shipment, StockMove, WorkOrder
from einklang.people.models import Team, User


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def house(may_2014, company, rolf, north, south):
    """Two customers, an item with a cost, and one seller in the south beside Rolf in the north."""
    family = Family.objects.create(code="pumps", name="Pumps")
    item = Item.objects.create(code="P-20", name="Pump 20", family=family)
    Cost.objects.create(item=item, currency="EUR", amount_cents=60_00, valid_from=date(2012, 1, 1))
    other = Team.objects.create(code="export", name="Export")
    User.objects.create(
        username="susi", name="Susi", role="rep", team=other, sells=True, hired_on=date(2013, 1, 1)
    )
    return House(
        item, {"north": north, "south": south}, {"north": rolf, "south": User.objects.get(username="susi")}
    )


class House:
    """Adds facts to the small house, each with the fewest words."""

    def __init__(self, item, places, sellers):
        """Customers are made per territory."""
        self.item, self.places, self.sellers = item, places, sellers
        self.accounts = {
            name: Account.objects.create(
                code=name.upper(), name=f"{name} works", territory=place, owner=sellers[name]
            )
            for name, place in places.items()
        }
        self.place = Location.objects.create(code="main", name="Main")

    def order(
        self, day, cents, where="north", *, quantity=1, promised=None, shipped=None, currency="EUR", **facts
    ):
        number = f"O{SalesOrder.objects.count() + 1}"
        order = SalesOrder.objects.create(
            number=number,
            account=facts.pop("account", self.accounts[where]),
            seller=self.sellers[where],
            territory=self.places[where],
            ordered_on=day,
            shipped_on=shipped,
            period=day.replace(day=1),
            currency=currency,
            subtotal_cents=cents,
            subtotal_exact=cents / 100,
            state=facts.pop("state", "open"),
        )
        line = OrderLine.objects.create(
            order=order,
            line_number=1,
            item=self.item,
            quantity=quantity,
            unit_price_exact=cents / 100 / quantity,
            amount_cents=cents,
            amount_exact=cents / 100,
            promised_on=promised,
            period=day.replace(day=1),
            **facts,
        )
        if shipped:
            Shipment.objects.create(line=line, shipped_on=shipped, quantity=quantity)
        return order

    def deal(self, created, outcome="open", closed=None, where="north", cents=100_00, answered=None):
        stage = {stage.ends: stage for stage in stages()}
        code = f"D{Deal.objects.count() + 1}"
        deal = Deal.objects.create(
            code=code,
            name=code,
            account=self.accounts[where],
            owner=self.sellers[where],
            stage=stage[outcome],
            amount_cents=cents,
            created_on=created,
            closed_on=closed,
            touched_at=datetime(2014, 5, 1, tzinfo=UTC),
        )
        came = datetime(created.year, created.month, created.day, 8, tzinfo=UTC)  # 10 o'clock in Berlin
        first = Stage.objects.get(code="first")
        StageEntry.objects.create(deal=deal, stage=first, at=came)
        if closed:
            moment = datetime(closed.year, closed.month, closed.day, 12, tzinfo=UTC)
            StageEntry.objects.create(deal=deal, stage=stage[outcome], at=moment)
        if answered:
            Activity.objects.create(
                account=deal.account,
                deal=deal,
                kind="call",
                at=answered,
                by=self.sellers[where],
                text="Called",
            )
        return deal

    def work_order(self, due, ended=None):
        number = f"W{WorkOrder.objects.count() + 1}"
        return WorkOrder.objects.create(
            number=number,
            item=self.item,
            quantity=1,
            starts_on=due.replace(day=1),
            due_on=due,
            ended_on=ended,
        )

    def stock(self, day, quantity):
        return StockMove.objects.create(
            item=self.item,
            location=self.place,
            moved_on=day,
            quantity=quantity,
            kind="count",
            received_on=day,
        )

    def rate(self, day, closing):
        return CurrencyRate.objects.create(day=day, base="EUR", quote="USD", average=closing, closing=closing)


def stages():
    pipeline, _made = Pipeline.objects.get_or_create(code="test", defaults={"name": "Test"})
    for place, (code, ends) in enumerate(
        [("first", "open"), ("second", "open"), ("won", "won"), ("lost", "lost")]
    ):
        Stage.objects.get_or_create(
            pipeline=pipeline,
            code=code,
            defaults={"name": code, "sequence": place, "odds": 0.5, "ends": ends},
        )
    return list(pipeline.stages.order_by("-sequence"))


@pytest.fixture
def said():
    """A line in the journal, without which nothing is kept."""
    return lambda event: journal.record(event)


def codes(frame: pl.DataFrame, column: str) -> list[str]:
    return sorted(frame[column].to_list())
