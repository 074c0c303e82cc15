"""The tables a schedule is made of."""

from einklang.engine.frames import Frame, day, number, text, whole

ITEMS = Frame(
    "items",
    {
        "item": text(),
        "on_hand": number("units", optional=True, blank=True, at_least=0),
        "lead_time": number("days", optional=True, blank=True, at_least=0),
        "lot_min": number("units", optional=True, blank=True, at_least=0),
        "lot_multiple": number("units", optional=True, blank=True, at_least=0),
        "lot_max": number("units", optional=True, blank=True, at_least=0),
        "material_cost": number("money per unit", optional=True, blank=True, at_least=0),
    },
    ("item",),
    "Stock, lots, and how many days it takes to buy, or to make where there is no routing. What has neither "
    "parts, steps nor lead time comes from nowhere but its stock.",
)
STEPS = Frame(
    "routing",
    {
        "item": text(),
        "step": whole("in order", at_least=0),
        "resource": text(blank=True),
        "hours": number("hours per unit", at_least=0),
        "setup_hours": number("hours per lot", optional=True, blank=True, at_least=0),
    },
    ("item", "step", "resource"),
    "Steps in order. Rows of one step need their resources at once; without a resource it is a wait.",
)
RESOURCES = Frame(
    "resources",
    {
        "resource": text(),
        "hours_per_day": number("hours", at_least=0),
        "machines": whole("machines", optional=True, blank=True, at_least=1),
        "working_days": text(optional=True, blank=True),
        "shadow_price": number("money per hour", optional=True, blank=True, at_least=0),
    },
    ("resource",),
    "Work centres: hours on a working day, all machines together, and which days are worked, Monday first. "
    "With a number of machines each step stays on one of them without a break; without, hours are shared.",
)
CALENDAR = Frame(
    "calendar",
    {"resource": text(), "day": day(), "hours": number("hours", at_least=0)},
    ("resource", "day"),
    "Days with other hours than usual.",
)
ORDERS = Frame(
    "demand",
    {
        "order": text(),
        "item": text(),
        "quantity": number("units", at_least=0),
        "due": day(),
        "priority": number("lowest first", optional=True, blank=True),
        "price": number("money per unit", optional=True, blank=True, at_least=0),
    },
    ("order",),
    "What is to be delivered by the end of which day.",
)
RECEIPTS = Frame(
    "receipts",
    {
        "item": text(),
        "due": day(),
        "quantity": number("units", at_least=0),
        "reference": text(optional=True, blank=True),
    },
    (),
    "What is on its way: there in the morning of its day.",
)
UNDER_WAY = Frame(
    "under_way",
    {
        "reference": text(),
        "item": text(),
        "quantity": number("units", at_least=0),
        "step": whole("first step still to do", optional=True, blank=True, at_least=0),
    },
    ("reference",),
    "Orders already being made: parts drawn, these steps still to do.",
)
