"""Speaking about demand: one figure, or many at once; taking a voice or a whole batch back."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.actions.said import Ground, Outcome, Place, Said
from einklang.demand.models import ForecastPoint, Voice, VoiceBatch, Withdrawal
from einklang.kernel import clock, journal
from einklang.kernel.errors import NotAllowed, Refused, Stale
from einklang.people import queries as people
from einklang.people.models import User
from einklang.people.visibility import seen_territories

EXACT = Decimal("0.0001")
MOST = 20_000


@transaction.atomic
def give_voice(
    as_of: date,
    series: str,
    period: date,
    quantity: Decimal,
    *,
    kind: str,
    reason: str,
    by: User,
    seen_version: int = 0,
    expires: date | None = None,
    territory: str = "",
) -> Voice:
    """Say what you expect of an item, a family or everything in one month, and why.

    Each kind of voice has one standing figure a month. ``seen_version`` is the version you saw (0: none);
    if somebody spoke since, both figures come back and nothing is overwritten. The voice is heard in
    this review, and in later ones until ``expires``.
    """
    by.must("give voice")
    said = Said(series, period, kind, quantity, reason, seen_version, expires, territory)
    ground = _ground(as_of, [said], by)
    point = ground.judged(said)
    standing = ground.standing.get(said.place)
    voice = _voice(said, ground, point, by, None)
    voice.save(force_insert=True)
    journal.record(
        "demand.voice_given",
        about=voice,
        by=by,
        quantity=quantity,
        before=standing.quantity if standing else None,
        statistical=point.mean,
        reason=voice.reason,
    )
    return voice


@transaction.atomic
def give_voices(as_of: date, rows: list[Said], *, by: User) -> list[Outcome]:
    """Say many figures at once, as pasted from a spreadsheet; each row is taken or refused by itself.

    A row that somebody else spoke about since is not overwritten; its outcome shows both figures. All
    that is taken forms one batch, which :func:`take_back` undoes.
    """
    by.must("give voice")
    if len(rows) > MOST:
        raise Refused(_("More than %(most)s figures at once: send them in parts.") % {"most": MOST})
    ground = _ground(as_of, rows, by)
    batch = VoiceBatch.objects.create(as_of=as_of, given_by=by, given_at=clock.now())
    outcomes = _outcomes(rows, ground, batch, by)
    if not any(outcome.state in ("given", "withdrawn") for outcome in outcomes):
        batch.delete()
        return [replace(outcome, batch=None) for outcome in outcomes]
    _keep(outcomes, ground, batch, by)
    states = [outcome.state for outcome in outcomes]
    counts = {state: states.count(state) for state in dict.fromkeys(states)}
    journal.record("demand.voices_given", about=batch, by=by, as_of=as_of, **counts)
    return outcomes


@transaction.atomic
def withdraw_voice(voice: Voice, *, by: User, as_of: date | None = None) -> Withdrawal:
    """Take a voice back: your own, or, if you agree the demand, anyone's.

    A voice carried on from an earlier review is taken back from the review ``as_of`` on.
    """
    by.must("give voice")
    held = Voice.objects.select_for_update().get(pk=voice.pk)
    _must_be_own(held, by)
    since = as_of if as_of and as_of > held.as_of else None
    if not Voice.objects.heard_in(since or held.as_of).filter(pk=held.pk).exists():
        raise Refused(_("This voice does not stand any more: it was replaced or withdrawn."))
    withdrawal = Withdrawal.objects.create(voice=held, as_of=since, by=by, at=clock.now())
    journal.record("demand.voice_withdrawn", about=held, by=by, quantity=held.quantity)
    return withdrawal


@transaction.atomic
def take_back(batch: int, *, by: User) -> list[Outcome]:
    """Undo a batch: the voices that stood before stand again, as new facts; what was said since is kept.

    The undoing is itself a batch, so that it can be taken back as well.
    """
    by.must("give voice")
    held = VoiceBatch.objects.select_for_update().filter(pk=batch).first()
    if held is None:
        raise Refused(_("There is no such batch of voices."), status=404)
    if held.given_by_id != by.pk and not by.may("agree demand"):
        raise NotAllowed(_("Only who gave these voices, or somebody who agrees the demand, may undo them."))
    if VoiceBatch.objects.filter(undoes=held).exists():
        raise Refused(_("These voices were taken back already."))
    undoing = VoiceBatch.objects.create(as_of=held.as_of, given_by=by, given_at=clock.now(), undoes=held)
    given = list(held.voices.select_related("author", "replaces__author"))
    gone = [row.voice for row in held.withdrawals.select_related("voice__author")]
    before = [_as_said(voice) for voice in (*given, *gone)]
    ground = _ground(held.as_of, before, by)
    outcomes = [_undone(said, voice, ground, undoing) for said, voice in zip(before, given, strict=False)]
    outcomes += [_again(_as_said(voice), voice, voice, ground, undoing) for voice in gone]
    _keep(outcomes, ground, undoing, by)
    journal.record(
        "demand.voices_taken_back",
        about=undoing,
        by=by,
        undone=held.pk,
        kept=sum(outcome.state == "stale" for outcome in outcomes),
    )
    return outcomes


def _ground(as_of: date, rows: Iterable[Said], by: User) -> Ground:
    """Everything the rows speak about, in a constant number of questions; who speaks second waits here."""
    rows = list(rows)
    run = queries.run_of(as_of)
    series, periods = {said.series for said in rows}, {said.period for said in rows}
    points = (
        ForecastPoint.objects.select_for_update()
        .filter(run=run, series__in=series, period__in=periods)
        .order_by("pk")
    )
    known = {(point.series, point.period): point for point in points}
    heard = Voice.objects.heard_in(as_of).filter(series__in=series, period__in=periods)
    standing = {_place(voice): voice for voice in heard.select_related("author").order_by("as_of", "version")}
    versions: dict[Place, int] = {}
    for voice in Voice.objects.filter(as_of=as_of, series__in=series, period__in=periods):
        versions[_place(voice)] = max(versions.get(_place(voice), 0), voice.version)
    return Ground(as_of, known, standing, versions, _own_territories(rows, by))


def _own_territories(rows: list[Said], by: User) -> frozenset[str] | None:
    """The territories somebody may speak about; all for those who see everything."""
    named = {said.territory for said in rows if said.territory}
    if not named:
        return None
    known = people.territories()
    if unknown := sorted(named - set(known)):
        raise Refused(_("There is no territory %(code)s.") % {"code": unknown[0]}, status=422)
    if by.sees_all:
        return None
    seen = seen_territories(by)
    return frozenset(code for code, territory in known.items() if territory.pk in seen)


def _outcomes(rows: list[Said], ground: Ground, batch: VoiceBatch, by: User) -> list[Outcome]:
    """What becomes of each row; nothing is written yet."""
    outcomes: list[Outcome] = []
    spoken: set[Place] = set()
    for said in rows:
        if said.place in spoken:
            sentence = _("This cell stands twice in what you sent; the first one counts.")
            outcomes.append(Outcome(said, "refused", sentence=sentence))
            continue
        spoken.add(said.place)
        standing = ground.standing.get(said.place)
        try:
            point = ground.judged(said)
            if said.quantity is None and standing is not None:
                _must_be_own(standing, by)
        except Stale as stale:
            outcomes.append(Outcome(said, "stale", sentence=str(stale), standing=standing))
        except Refused as no:
            outcomes.append(Outcome(said, "refused", sentence=str(no), standing=standing))
        else:
            outcomes.append(_accepted(said, standing, ground, point, batch, by))
    return outcomes


def _accepted(
    said: Said, standing: Voice | None, ground: Ground, point: ForecastPoint, batch: VoiceBatch, by: User
) -> Outcome:
    """A row that may be taken: given, withdrawn, or nothing new."""
    if said.quantity is None:
        state = "withdrawn" if standing else "unchanged"
        return Outcome(said, state, standing=standing, batch=batch.pk if standing else None)  # type: ignore[arg-type]
    same = standing is not None and (standing.quantity, standing.reason, standing.expires) == (
        said.quantity,
        said.reason.strip()[:300],
        said.expires,
    )
    if same:
        return Outcome(said, "unchanged", voice=standing, standing=standing)
    return Outcome(said, "given", _voice(said, ground, point, by, batch), standing=standing, batch=batch.pk)


def _undone(said: Said, voice: Voice, ground: Ground, undoing: VoiceBatch) -> Outcome:
    """One voice of a batch taken back: the one before it stands again, or none."""
    former = voice.replaces
    if former is None or (Withdrawal.objects.filter(voice=former).exists()):
        standing = ground.standing.get(said.place)
        if standing != voice:
            return _spoken_since(said, standing)
        return Outcome(replace(said, quantity=None), "withdrawn", standing=voice, batch=undoing.pk)
    return _again(_as_said(former), former, voice, ground, undoing)


def _again(said: Said, former: Voice, instead_of: Voice, ground: Ground, undoing: VoiceBatch) -> Outcome:
    """A former voice as a new fact, unless somebody spoke since."""
    standing = ground.standing.get(said.place)
    point = ground.points.get((said.series, said.period))
    if standing not in (None, instead_of) or point is None:
        return _spoken_since(said, standing)
    voice = _voice(said, ground, point, former.author, undoing)
    return Outcome(said, "given", voice, standing=standing, batch=undoing.pk)


def _spoken_since(said: Said, standing: Voice | None) -> Outcome:
    return Outcome(said, "stale", sentence=_("Somebody spoke since; that is kept."), standing=standing)


def _keep(outcomes: list[Outcome], ground: Ground, batch: VoiceBatch, by: User) -> None:
    """Write what was taken, whole columns at a time."""
    Voice.objects.bulk_create(row.voice for row in outcomes if row.state == "given" and row.voice)
    Withdrawal.objects.bulk_create(
        Withdrawal(
            voice=row.standing,
            as_of=ground.as_of if row.standing.as_of < ground.as_of else None,
            by=by,
            at=batch.given_at,
            batch=batch,
        )
        for row in outcomes
        if row.state == "withdrawn" and row.standing
    )


def _voice(said: Said, ground: Ground, point: ForecastPoint, author: User, batch: VoiceBatch | None) -> Voice:
    """The voice as it will be kept."""
    return Voice(
        as_of=ground.as_of,
        series=said.series,
        level=point.level,
        territory=said.territory,
        period=said.period,
        kind=said.kind,
        quantity=(said.quantity or Decimal(0)).quantize(EXACT),
        reason=said.reason.strip()[:300],
        expires=said.expires,
        author=author,
        given_at=batch.given_at if batch else clock.now(),
        version=ground.next_version(said.place),
        replaces=ground.standing.get(said.place),
        batch=batch,
    )


def _must_be_own(voice: Voice, by: User) -> None:
    if voice.author_id != by.pk and not by.may("agree demand"):
        raise NotAllowed(_("Only its author, or somebody who agrees the demand, may withdraw this voice."))


def _place(voice: Voice) -> Place:
    return voice.series, voice.territory, voice.period, voice.kind


def _as_said(voice: Voice) -> Said:
    return Said(
        voice.series,
        voice.period,
        voice.kind,
        voice.quantity,
        voice.reason,
        voice.version,
        voice.expires,
        voice.territory,
    )
