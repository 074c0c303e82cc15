"""Deals, their way through the stages, and what was done about them, as frames for figures and forecasts."""

from datetime import date

import polars as pl

from einklang.crm.models import Account, Activity, Deal, StageEntry
from einklang.kernel import tables
from einklang.people.models import User


def deals_frame(*, seen_by: User) -> pl.DataFrame:
    """The deals somebody may see, one row each; ``outcome`` is open, won or lost."""
    return tables.read(
        Deal.objects.visible_to(seen_by),
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


def stage_log_frame(*, seen_by: User) -> pl.DataFrame:
    """When each deal came into each stage, oldest first: ``deal, stage, sequence, ends, at``."""
    return tables.read(
        StageEntry.objects.filter(deal__in=Deal.objects.visible_to(seen_by)).order_by("deal_id", "at", "id"),
        deal="deal__code",
        stage="stage__code",
        sequence="stage__sequence",
        ends="stage__ends",
        at="at",
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
