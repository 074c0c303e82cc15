"""What the incentives room takes in from files: the quotas sellers had.

A record of the past, not the setting of a quota: nobody who may import everything else may also set quotas.
"""

from einklang.incentives.models import SellerQuota
from einklang.kernel.intake import Target

TARGETS = (Target("incentives.seller_quotas", SellerQuota, ("user", "start")),)
