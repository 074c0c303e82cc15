"""Agreeing one number a month and item, and saying which items need nobody's review."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.models import Consensus, ConsensusLine, ForecastRun, ReviewRule
from einklang.kernel import clock, journal, tables
from einklang.kernel.errors import Refused
from einklang.people.models import User


@transaction.atomic
def agree(as_of: date, *, by: User) -> Consensus:
    """Make one number a month and item of the newest forecast, the deals and all voices, and lock it.

    Agreeing again without anything new gives the consensus that exists; otherwise the next number.
    """
    by.must("agree demand")
    run = ForecastRun.objects.select_for_update().get(pk=queries.run_of(as_of).pk)
    given = queries.grounds(run, patient=True)
    name = _fingerprint(run, given)
    latest = Consensus.objects.filter(as_of=as_of).order_by("-number").first()
    if latest and latest.fingerprint == name:
        return latest
    lines = queries.agreed_lines(given)
    agreed = Consensus.objects.create(
        as_of=as_of,
        number=latest.number + 1 if latest else 1,
        run=run,
        trust=given.trust,
        voices=given.voices.height,
        fingerprint=name,
        agreed_at=clock.now(),
        agreed_by=by,
    )
    tables.insert(ConsensusLine, lines.with_columns(pl.lit(agreed.pk).alias("consensus_id")))
    journal.record(
        "demand.agreed", about=agreed, by=by, run=run.pk, voices=given.voices.height, trust=given.trust
    )
    return agreed


@transaction.atomic
def set_review_rule(
    *, error_limit: Decimal, bias_limit: Decimal, change_limit: Decimal, top_share: Decimal, by: User
) -> ReviewRule:
    """Say within which limits an item needs nobody's review; the former limits stay on record."""
    by.must("agree demand")
    limits = {
        "error_limit": error_limit,
        "bias_limit": bias_limit,
        "change_limit": change_limit,
        "top_share": top_share,
    }
    if any(not limit.is_finite() or not 0 <= limit < 10 for limit in limits.values()) or top_share > 1:
        raise Refused(_("A limit is a share of 0 or more, like 0.35 for 35 percent."), status=422)
    rule = ReviewRule.objects.create(**limits, author=by, given_at=clock.now())
    journal.record("demand.review_rule_set", about=rule, by=by, **limits)
    return rule


def _fingerprint(run: ForecastRun, given: queries.Grounds) -> str:
    """The name of everything a consensus rests on."""
    rests_on = [run.fingerprint, given.voices.write_csv(), given.trust]
    if given.pipeline.height:
        rests_on.append(given.pipeline.write_csv())
    text = json.dumps(rests_on, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
