"""The S&OP balance: what to make, buy, store, delay or lose, with the hours there are, at least cost.

For item i, period t, resource r (all quantities 0 or more):

    stock    I[t-1] + coming + (P + C)[t-LT] = Y + parents' use / (1 - scrap) + X + I[t]
    demand   Y + L + B[t] = D + B[t-1]                  B at the end is 0, or priced at full value
    hours    sum(hours * P) + set-ups <= available + O   or, with a workforce, days * h * W + O, O <= k * W
    crew     W[t] = W[t-1] + hired - fired
    safety   I + short >= safety stock;   I <= maximum;   I <= what came in within the shelf life

P make (or buy), C subcontract, Y ship, I stock, B backlog, L lost, O overtime, X expired. A cost left
blank closes that way out. The hour price (shadow price) of a resource is what one more hour in that
period would save.
"""

from einklang.engine.supply.balance.answer import Bottleneck, Plan
from einklang.engine.supply.balance.problem import Settings
from einklang.engine.supply.balance.run import balance

__all__ = ["Bottleneck", "Plan", "Settings", "balance"]
