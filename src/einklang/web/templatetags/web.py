"""What templates say: money, quantities and dates in the reader's language; charts, icons, cards, pages.

`{{ order.amount_cents|money:order.currency }}`, `{{ item.stock|quantity }}`, `{{ share|percent }}`,
`{{ period|month }}`, `{% chart demand %}`, `{% icon "package" %}`, `{% empty title hint %}`,
`{% sort_link "code" _("Code") %}`, `{% pager page %}`, `{% kpi_card label value %}`.
"""

import datetime as dt
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString

from einklang.web import formats
from einklang.web.charts import Chart
from einklang.web.forms import widget_class

register = template.Library()

register.filter("money", formats.money)
register.filter("money_whole", formats.money_whole)
register.filter("money_short", formats.money_short)
register.filter("quantity", formats.quantity)
register.filter("percent", formats.percent)
register.filter("month", formats.month)
register.filter("day", formats.day)
register.filter("moment", formats.moment)


@register.filter
def iso(value: dt.date | dt.datetime) -> str:
    """A date as machines write it, for `<time datetime>` and addresses."""
    return value.isoformat()


@register.filter
def widget(field: BoundField) -> SafeString:
    """A form field's input in the house's look."""
    return field.as_widget(attrs={"class": widget_class(field)})


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One drawing of the sprite; with a label it speaks, without one it is decoration."""
    drawing = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, drawing
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', drawing)


@register.simple_tag(takes_context=True)
def again(context: Context, name: str) -> str:
    """The plain text of a block that stands further down, for the browser's title."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    with context.push():
        return " ".join(strip_tags(block.nodelist.render(context)).split())


@register.inclusion_tag("web/chart.html")
def chart(drawing: Chart) -> dict[str, Any]:
    """A chart with its message above and its numbers as a table beneath."""
    return {"chart": drawing}


@register.inclusion_tag("web/empty.html")
def empty(title: str, hint: str = "", href: str = "", action: str = "", icon: str = "box") -> dict[str, str]:
    """What a page says when there is nothing yet: what that means, and what to do next."""
    return {"title": title, "hint": hint, "href": href, "action": action, "icon": icon}


@register.inclusion_tag("web/kpi_card.html")
def kpi_card(label: str, value: str, hint: str = "", href: str = "", tone: str = "") -> dict[str, str]:
    """One number on a card; `tone` is good, bad or warn, and is never the only sign of it."""
    return {"label": label, "value": value, "hint": hint, "href": href, "tone": tone}


@register.inclusion_tag("web/pager.html", takes_context=True)
def pager(context: Context, page: "Page[Any]") -> dict[str, Any]:
    """Where in a long list the reader is, with links that keep the filters."""
    paginator = page.paginator
    return {
        "page": page,
        "request": context["request"],
        "steps": paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "gap": paginator.ELLIPSIS,
    }


@register.simple_tag(takes_context=True)
def query(context: Context, **changed: Any) -> str:
    """The page's own address with some parameters changed; None takes one out."""
    asked = context["request"].GET.copy()
    for name, value in changed.items():
        asked.pop(name, None)
        if value is not None:
            asked[name] = str(value)
    return f"?{asked.urlencode()}"


@register.inclusion_tag("web/sort_link.html", takes_context=True)
def sort_link(context: Context, name: str, label: str, default: str = "") -> dict[str, Any]:
    """A column heading that sorts by it, downwards at the second click, and keeps the filters."""
    now = context["request"].GET.get("sort", default)
    direction = {name: "up", f"-{name}": "down"}.get(now, "")
    return {
        "label": label,
        "direction": direction,
        "href": query(context, sort=f"-{name}" if direction == "up" else name, page=None),
    }
