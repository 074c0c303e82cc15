"""The board, and one KPI down to the records behind it."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import polars as pl
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from einklang.engine.kpis import Figure
from einklang.insight import actions, present, queries, registry
from einklang.insight.forms import SpendForm, TargetForm
from einklang.insight.present import Cell, Writer
from einklang.insight.queries import Answer, Card, Goal, Names
from einklang.insight.registry import DIMENSIONS, GROUPS, Kpi
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import Chart, bars, lines
from einklang.web.forms import refusals_on
from einklang.web.paging import paged

PARTS_DRAWN = 12
CHART_UNITS = {"money": "money", "money_day": "money", "share": "percent"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as it is written."""

    kpi: Kpi
    href: str
    value: str = ""
    counts: str = ""
    why_not: str = ""
    change: str = ""
    better: bool | None = None
    thin: bool = False
    ripening: bool = False
    spark: tuple[str, ...] = ()
    course: str = ""
    goal: str = ""
    share: float | None = None
    reached: bool | None = None
    split: bool = True
    later: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Records of a frame, cut and written only for the page that is shown."""

    frame: pl.DataFrame
    writer: Writer

    def __len__(self) -> int:
        """How many there are."""
        return self.frame.height

    def __getitem__(self, some: slice) -> list[list[Cell]]:
        """The records of one page as cells."""
        part = self.frame[some]
        known = queries.customers(part)
        return [self.writer.cells(part.columns, row, known) for row in part.iter_rows(named=True)]


@login_required
def kpis(request: UserRequest) -> HttpResponse:
    """The board: every KPI of a period, by group, for what is chosen."""
    span, where = queries.span_of(request.GET.get("period")), _where(request)
    writer, choices = Writer(), queries.choices(request.user)
    address = urlencode({"period": span.label, **where})
    found = queries.board(span, where, seen_by=request.user, patient=False)
    cards = [_shown(card, writer, address) for card in found]
    groups = [(title, [card for card in cards if card.kpi.group == group]) for group, title in GROUPS.items()]
    context = {
        "span": span,
        "groups": [(title, some) for title, some in groups if some],
        "periods": queries.periods(),
        "filters": [
            (dimension, title, choices[dimension], where.get(dimension, ""))
            for dimension, title in DIMENSIONS.items()
            if len(choices[dimension]) > 1 or dimension in where
        ],
        "where": where,
    }
    return render(request, "insight/board.html", context)


@login_required
def kpi_card(request: UserRequest, kpi_id: str) -> HttpResponse:
    """One card of the board, for what takes longer than the board may."""
    found, where = registry.find(kpi_id), _where(request)
    queries.must_see(found, request.user)
    span = queries.span_of(request.GET.get("period"))
    card = queries.cards([found], span, where, seen_by=request.user)[0]
    address = urlencode({"period": span.label, **where})
    return render(request, "insight/card.html", {"card": _shown(card, Writer(), address)})


@login_required
def kpi(request: UserRequest, kpi_id: str) -> HttpResponse:
    """One KPI: definition, figure, course, parts, and the records behind it."""
    by, where = request.GET.get("by", ""), _where(request)
    found = queries.kpi(kpi_id, request.GET.get("period"), by, seen_by=request.user, where=where, trend=True)
    goal = queries.goals([found.kpi], found.span, where, seen_by=request.user).get(kpi_id)
    forms = _forms(request, found)
    if request.method == "POST":
        done = _submitted(request, found.kpi, forms)
        if done:
            return done
    names = Names()
    writer = Writer(names)
    rows = queries.shown(found)
    address = urlencode({"period": found.span.label, **where})
    context = {
        "answer": found,
        "kpi": found.kpi,
        "card": _shown(Card(found.kpi, found, goal), writer, address, short=False),
        "beside": writer.beside(found.figure),
        "before": writer.value(found.kpi, found.before.value),
        "facts": list(present.facts(found.kpi)),
        "chart": _course(found, writer, goal) if found.trend else None,
        "parts": [_part(part.code, part.figure, found, writer, by) for part in found.parts],
        "parts_chart": _parts_chart(found, names) if len(found.parts) > 1 else None,
        "dimensions": [(code, title) for code, title in DIMENSIONS.items() if code in found.kpi.by],
        "head": present.head(rows.columns),
        "page": paged(request, Rows(rows, writer)),
        "left_out": found.left_out.height,
        "periods": queries.periods(),
        "where": [(DIMENSIONS[name], names.name(name, code)) for name, code in where.items()],
        "address": address,
        "api": f"/api/kpis/{kpi_id}?{address}",
        "may_export": request.user.may("export data"),
        **forms,
    }
    return render(request, "insight/kpi.html", context)


@login_required
def kpi_file(request: UserRequest, kpi_id: str, ending: str) -> HttpResponse:
    """The records behind a KPI as CSV or XLSX."""
    request.user.must("export data")
    found = queries.kpi(kpi_id, request.GET.get("period"), seen_by=request.user, where=_where(request))
    rows = present.export(queries.shown(found))
    if ending == "csv":
        response = HttpResponse(present.csv(rows), content_type="text/csv; charset=utf-8")
    elif ending == "xlsx":
        book = BytesIO()
        tables.write_xlsx({kpi_id: rows}, book)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response = HttpResponse(book.getvalue(), content_type=kind)
    else:
        raise NotFound(_("Files are made as CSV or XLSX."))
    response["Content-Disposition"] = f'attachment; filename="{kpi_id}-{found.span.label}.{ending}"'
    return response


@login_required
def kpi_left_out(request: UserRequest, kpi_id: str) -> HttpResponse:
    """The records that were left out because their currency has no rate on the day."""
    found = queries.kpi(kpi_id, request.GET.get("period"), seen_by=request.user, where=_where(request))
    rows = found.left_out
    columns = [
        name for name in ("order", "line", "deal", "item", "ordered_on", "created_on") if name in rows.columns
    ]
    kept = rows.select(*columns, *[name for name in ("currency",) if name in rows.columns])
    context = {
        "kpi": found.kpi,
        "span": found.span,
        "page": paged(request, Rows(kept, Writer())),
        "head": present.head(kept.columns),
        "address": urlencode({"period": found.span.label, **_where(request)}),
    }
    return render(request, "insight/left_out.html", context)


def _where(request: UserRequest) -> dict[str, str]:
    """What an address narrows the figures to."""
    return {name: request.GET[name] for name in DIMENSIONS if request.GET.get(name)}


def _shown(card: Card, writer: Writer, address: str, *, short: bool = True) -> Shown:
    href = f"{reverse('kpi', args=[card.kpi.id])}?{address}"
    answer = card.answer
    if answer is None:
        later = f"{reverse('kpi-card', args=[card.kpi.id])}?{address}" if card.split else ""
        return Shown(card.kpi, href, split=card.split, later=later)
    if not answer.figure.measurable:
        return Shown(
            card.kpi, href, why_not=writer.why_not(answer.figure), spark=tuple(present.spark(answer))
        )
    known = [(month, figure.value) for month, figure in answer.trend if figure.value is not None]
    course = ""
    if known:
        first, last = known[0], known[-1]
        course = _("From %(first)s in %(start)s to %(last)s in %(end)s") % {
            "first": writer.value(card.kpi, first[1], short=True),
            "start": formats.month(first[0]),
            "last": writer.value(card.kpi, last[1], short=True),
            "end": formats.month(last[0]),
        }
    return Shown(
        card.kpi,
        href,
        value=writer.value(card.kpi, answer.figure.value, short=short),
        counts=writer.counts(card.kpi, answer.figure),
        change=writer.change(answer),
        better=answer.better,
        thin=answer.thin,
        ripening=answer.ripening,
        spark=tuple(present.spark(answer)),
        course=course,
        goal=writer.value(card.kpi, card.goal.value, short=True) if card.goal else "",
        share=card.share,
        reached=card.reached,
    )


def _course(answer: Answer, writer: Writer, goal: Goal | None) -> Chart:
    """The last twelve months; the title says where the figure stands against them."""
    rows = [
        {"period": month, "kind": _("Actual"), "value": figure.value}
        for month, figure in answer.trend
        if figure.value is not None
    ]
    values = [figure.value for _month, figure in answer.trend[:-1] if figure.value is not None]
    title = str(answer.kpi.title)
    if values and answer.figure.value is not None and answer.span.months == 1:
        mean = sum(values) / len(values)
        title = _("%(kpi)s: %(value)s, against %(mean)s in the mean of the months before") % {
            "kpi": answer.kpi.title,
            "value": writer.value(answer.kpi, answer.figure.value, short=True),
            "mean": writer.value(answer.kpi, mean, short=True),
        }
    if goal and answer.span.months == 1:
        rows.append({"period": answer.span.start, "kind": _("Target value"), "value": goal.value})
    frame = pl.DataFrame(rows, schema={"period": pl.Date, "kind": pl.String, "value": pl.Float64})
    return lines(frame, y="value", by="kind", title=title, unit=_chart_unit(answer.kpi))


def _parts_chart(answer: Answer, names: Names) -> Chart:
    """The parts as bars, the largest first."""
    rows = [
        {"name": _part_name(names, answer.by, part.code), "value": part.figure.value}
        for part in answer.parts
        if part.figure.value is not None
    ]
    frame = pl.DataFrame(rows[:PARTS_DRAWN], schema={"name": pl.String, "value": pl.Float64})
    title = _("%(kpi)s by %(dimension)s") % {"kpi": answer.kpi.title, "dimension": DIMENSIONS[answer.by]}
    return bars(frame, x="name", y="value", title=title, unit=_chart_unit(answer.kpi), lying=True)


def _part(code: str, figure: Figure, answer: Answer, writer: Writer, by: str) -> dict[str, Any]:
    narrowed = urlencode({"period": answer.span.label, **answer.where, by: code})
    return {
        "name": _part_name(writer.names, by, code),
        "href": f"{reverse('kpi', args=[answer.kpi.id])}?{narrowed}",
        "value": writer.value(answer.kpi, figure.value),
        "numerator": writer.number(answer.kpi.counted_in[0], figure.numerator),
        "denominator": writer.number(answer.kpi.counted_in[1] or "number", figure.denominator),
        "why_not": writer.why_not(figure),
    }


def _part_name(names: Names, by: str, code: str) -> str:
    return _("none") if code == "-" else names.name(by, code)


def _chart_unit(kpi: Kpi) -> Any:
    return CHART_UNITS.get(kpi.unit, "quantity")


def _forms(request: UserRequest, answer: Answer) -> dict[str, Any]:
    """The forms that somebody may fill in on this page."""
    forms: dict[str, Any] = {}
    found, month = answer.kpi, answer.span.start
    if request.user.may("manage targets"):
        choices = queries.choices(request.user)
        scopes = [("", _("The company"))] if request.user.sees_all else []
        for kind in ("team", "territory"):
            if kind in found.by:
                scopes += [(f"{kind}:{code}", name) for code, name in choices[kind]]
        data = request.POST if request.POST.get("form") == "target" else None
        if scopes:
            forms["target_form"] = TargetForm(found, month, scopes, data)
    if found.id == "cac" and request.user.may("set budget"):
        data = request.POST if request.POST.get("form") == "spend" else None
        forms["spend_form"] = SpendForm(data, initial={"month": month})
    return forms


def _submitted(request: UserRequest, found: Kpi, forms: dict[str, Any]) -> HttpResponse | None:
    """Do what a form asks; back to the page, or nothing where the form is to be mended."""
    form = forms.get(f"{request.POST.get('form', '')}_form")
    if form is None or not form.is_valid():
        return None
    with refusals_on(form):
        said = _set(found, form, request) if isinstance(form, TargetForm) else _book(form, request)
        messages.success(request, said)
        return redirect(request.get_full_path())
    return None  # type: ignore[unreachable]  # where the form keeps a refusal


def _set(found: Kpi, form: TargetForm, request: UserRequest) -> str:
    kind, _sep, code = form.cleaned_data["scope"].partition(":")
    team = queries.team_called(code) if kind == "team" else None
    place = queries.territory_called(code) if kind == "territory" else None
    actions.set_target(found.id, form.when(), form.target(), team=team, territory=place, by=request.user)
    return _("The target is set.")


def _book(form: SpendForm, request: UserRequest) -> str:
    data = form.cleaned_data
    actions.book_spend(data["month"], data["kind"], form.cents(), note=data["note"], by=request.user)
    return _("The spending is booked.")


urlpatterns = [
    path("kpis/", kpis, name="kpis"),
    path("kpis/<slug:kpi_id>/", kpi, name="kpi"),
    path("kpis/<slug:kpi_id>/card/", kpi_card, name="kpi-card"),
    path("kpis/<slug:kpi_id>/left-out/", kpi_left_out, name="kpi-left-out"),
    path("kpis/<slug:kpi_id>/rows.<slug:ending>", kpi_file, name="kpi-file"),
]
