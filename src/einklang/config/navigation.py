"""What stands in the navigation, in which order, and who sees it: data, read by the base page."""

from django.utils.translation import gettext_lazy as _

# (title, address name, icon, permission or "") in groups; an entry whose address does not exist is an error.
NAVIGATION = [
    (_("Start"), [(_("Home"), "home", "home", "")]),
    (
        _("Sell"),
        [
            (_("Pipeline"), "deals", "layout-kanban", ""),
            (_("Pipeline outlook"), "pipeline-outlook", "trending-up", "see demand"),
            (_("Accounts"), "accounts", "building-store", ""),
            (_("Customer value"), "customers", "heart-rate-monitor", ""),
            (_("Orders"), "orders", "shopping-cart", ""),
            (_("Can we deliver?"), "promise", "truck-delivery", "see supply"),
            (_("Kept units"), "reservations", "lock", "see supply"),
        ],
    ),
    (
        _("Plan"),
        [
            (_("Cycle"), "cycle", "refresh", ""),
            (_("Demand review"), "demand", "chart-line", ""),
            (_("Supply review"), "supply", "building-factory-2", ""),
            (_("Plan versions"), "plans", "versions", ""),
            (_("Quotas"), "quotas", "target-arrow", ""),
        ],
    ),
    (
        _("Supply"),
        [
            (_("Items"), "items", "package", ""),
            (_("Stock health"), "stock-health", "heartbeat", ""),
            (_("Plan grid"), "plan-grid", "table", "see supply"),
            (_("Scenarios"), "supply-scenarios", "git-compare", "see supply"),
            (_("Schedule"), "supply-schedule", "calendar-stats", "see supply"),
            (_("Lean"), "lean", "timeline", "see supply"),
            (_("Order proposals"), "order-proposals", "list-check", "see supply"),
            (_("On its way"), "open-supply", "truck", "see supply"),
            (_("Suppliers"), "suppliers", "building-warehouse", "see supply"),
        ],
    ),
    (
        _("Measure"),
        [
            (_("KPIs"), "kpis", "gauge", ""),
            (_("Forecast accuracy"), "accuracy", "crosshair", ""),
        ],
    ),
    (
        _("Keep"),
        [
            (_("Import"), "imports", "table-import", "import data"),
            (_("People"), "people", "users", ""),
            (_("Journal"), "journal", "book-2", "see journal"),
            (_("Jobs"), "jobs", "player-play", ""),
        ],
    ),
]
