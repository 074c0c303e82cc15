"""What the catalogue takes in from files: all of it are master records, which a later file may change."""

from einklang.catalog.models import (
    BomLine,
    CapacityChange,
    Cost,
    Family,
    Item,
    Location,
    Price,
    Promotion,
    RoutingStep,
    Supplier,
    SupplyTerm,
    WorkCentre,
)
from einklang.kernel.intake import Target

TARGETS = (
    Target("catalog.families", Family, ("code",)),
    Target("catalog.items", Item, ("code",)),
    Target("catalog.prices", Price, ("item", "currency", "valid_from")),
    Target("catalog.costs", Cost, ("item", "valid_from"), see="see cost"),
    Target("catalog.bom_lines", BomLine, ("parent", "component", "valid_from")),
    Target("catalog.work_centres", WorkCentre, ("code",)),
    Target("catalog.capacity_changes", CapacityChange, ("work_centre", "start", "end")),
    Target("catalog.routing_steps", RoutingStep, ("item", "sequence")),
    Target("catalog.suppliers", Supplier, ("code",)),
    Target("catalog.supply_terms", SupplyTerm, ("item", "supplier"), see="see cost"),
    Target("catalog.locations", Location, ("code",)),
    Target("catalog.promotions", Promotion, ("code",)),
    Target("catalog.promotion_items", Promotion.items.through, ("promotion", "item")),
)
