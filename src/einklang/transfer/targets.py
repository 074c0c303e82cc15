"""All tables of the house that can be taken in and given out, in the order they can be filled."""

from einklang.catalog.intake import TARGETS as CATALOG
from einklang.crm.intake import TARGETS as CRM
from einklang.incentives.intake import TARGETS as INCENTIVES
from einklang.kernel.intake import Targets
from einklang.orders.intake import TARGETS as ORDERS
from einklang.people.intake import TARGETS as PEOPLE

TARGETS = Targets([*PEOPLE, *CATALOG, *CRM, *ORDERS, *INCENTIVES])
