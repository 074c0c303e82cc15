"""What the customers' room takes in from files; what was done and logged is only added to."""

from einklang.crm.models import Account, Activity, Contact, Deal, DealLine, Pipeline, Stage, StageEntry, Task
from einklang.kernel.intake import Target

TARGETS = (
    Target("crm.accounts", Account, ("code",)),
    Target("crm.contacts", Contact, ("code",)),
    Target("crm.pipelines", Pipeline, ("code",)),
    Target("crm.stages", Stage, ("pipeline", "code")),
    Target("crm.deals", Deal, ("code",)),
    Target("crm.deal_lines", DealLine, ("deal", "item")),
    Target("crm.stage_entries", StageEntry, ("deal", "stage", "at"), may_change=()),
    Target("crm.activities", Activity, ("account", "kind", "at", "by"), may_change=()),
    Target("crm.tasks", Task, ("owner", "title", "account", "due_on")),
)
