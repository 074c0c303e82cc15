"""What can mend each kind of exception, the most usual first; accepting it, with a reason, is always open.

An open order comes sooner or later, is expected when the plan counts it, or is cancelled; planned orders are
released today; a work centre gets more hours of overtime; an item gets another safety stock.
"""

MENDS: dict[str, tuple[str, ...]] = {
    "lost": ("hours",),
    "late": ("hours",),
    "overload": ("hours",),
    "shortage": ("release", "more_safety"),
    "demand_late": ("release",),
    "order_at_risk": ("release", "more_safety"),
    "lead_time_too_short": ("release", "more_safety"),
    "past_due": ("expect", "cancel"),
    "reschedule_in": ("sooner",),
    "reschedule_out": ("later", "cancel"),
    "below_safety_stock": ("release", "less_safety"),
    "cancel": ("cancel",),
    "excess": ("less_safety",),
}
MORE_HOURS = 0.1  # of a month's regular hours, where a work centre is full
MOST_HOURS = 0.25  # of them, however much a lost sale would ask for
