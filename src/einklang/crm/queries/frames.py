"""Deals, their way through the stages, and what was done about them, as frames for figures and forecasts."""

from datetime import date

import polars as pl
from django.db.models import QuerySet

from einklang.crm.models import Account, Activity, Deal, DealLine, StageEntry
from einklang.kernel import tables
from einklang.people.models import User


def _deals(seen_by: User | None) -> QuerySet[Deal]:
    """What somebody may see; without a reader the whole house, for what is learned and shown to nobody."""
    return Deal.objects.visible_to(seen_by) if seen_by else Deal.objects.all()


def deals_frame(*, seen_by: User | None) -> pl.DataFrame:
    """The deals somebody may see, one row each; ``outcome`` is open, won or lost.

    Without a reader they are those of the whole house: for what is learned of all and shown to nobody.
    """
    return tables.read(
        _deals(seen_by),
        deal="code",
        name="name",
        account="account__code",
        rep="owner__username",
        team="owner__team__code",
        territory="account__territory__code",
        pipeline="stage__pipeline__code",
        stage="stage__code",
        odds="stage__odds",
        outcome="stage__ends",
        currency="currency",
        amount_cents="amount_cents",
        created_on="created_on",
        expected_on="expected_on",
        closed_on="closed_on",
    )


def stage_log_frame(*, seen_by: User | None) -> pl.DataFrame:
    """When each deal came into each stage, oldest first: ``deal, pipeline, stage, sequence, ends, at``."""
    return tables.read(
        StageEntry.objects.filter(deal__in=_deals(seen_by)).order_by("deal_id", "at", "id"),
        deal="deal__code",
        pipeline="stage__pipeline__code",
        stage="stage__code",
        sequence="stage__sequence",
        ends="stage__ends",
        at="at",
    )


def deal_lines_frame(*, seen_by: User | None) -> pl.DataFrame:
    """What deals are about, a row an item: ``deal, item, quantity, wished_on``."""
    return tables.read(
        DealLine.objects.filter(deal__in=_deals(seen_by)),
        deal="deal__code",
        item="item__code",
        quantity="quantity",
        wished_on="wished_on",
    )


def deal_facts_frame(*, seen_by: User | None) -> pl.DataFrame:
    """What is written about deals beside their amount, and how they ended: to see what gives that away."""
    return tables.read(
        _deals(seen_by),
        outcome="stage__ends",
        amount_cents="amount_cents",
        source="source",
        next_step="next_step",
        decision_maker="decision_maker__code",
        expected_on="expected_on",
        industry="account__industry",
        owner="owner__username",
    )


def account_names(codes: list[str]) -> dict[str, str]:
    """What accounts are called, by code."""
    return dict(Account.objects.filter(code__in=codes).values_list("code", "name"))


def activities_frame(since: date, *, seen_by: User) -> pl.DataFrame:
    """What was done about deals from a day on: ``deal, kind, at, by``."""
    return tables.read(
        Activity.objects.filter(deal__in=Deal.objects.visible_to(seen_by), at__date__gte=since),
        deal="deal__code",
        kind="kind",
        at="at",
        by="by__username",
    )


def accounts_frame(*, seen_by: User) -> pl.DataFrame:
    """The accounts somebody may see, one row each, with who looks after them and where they are."""
    return tables.read(
        Account.objects.visible_to(seen_by),
        account="code",
        name="name",
        city="city",
        industry="industry",
        owner="owner__username",
        owner_name="owner__name",
        territory="territory__code",
    )
