"""The S&OP balance: what to make, buy, move, store, delay or lose, within all limits, at least cost.

For item i at site l, period t, segment s, resource r, supplier v (all quantities 0 or more):

    stock    I[t-1] + coming + yield * (P + C)[t-LT] + X in[t-LT]
                 = Y + X out + parents' use / (1 - scrap) + E + I[t]
    demand   Y + L + B[t] = D + B[t-1] by segment;  L <= lost share * D;  B at the end is 0 or priced in full
    hours    sum(hours * P) + set-ups <= available + O;  with a workforce days * h * W + O, O <= k * W
    crew     W[t] = W[t-1] + hired - fired
    stock    I + short >= safety stock;  I - excess <= policy stock;  I <= maximum;  I[T] >= final stock
    life     I <= what came in within the shelf life (cumulative: what expires first is used first)
    lots     P = multiple * n;  minimum * u <= P <= M * u;  each lot u takes its set-up
    supply   P = sum(V[v]);  minimum <= V <= maximum by period, and in all by contract
    prices   sum(q) = 1, D = sum(q * D(level)), prices only fall;  q whole, or mixed (the concave model)
    fence    P = former plan within the fence, P + less - more = former plan beyond it

P make (or buy), C subcontract, X transfer, Y ship, I stock, B backlog, L lost, O overtime, E expired. A cost
left blank closes that way out. The shadow price of a limit is what one unit more of it would save, that of
a demand what one unit more of it would cost. Where no plan keeps all limits, the sentence names those that
clash and what each alone would have to give.
"""

from einklang.engine.supply.balance.answer import Plan
from einklang.engine.supply.balance.bottlenecks import Bottleneck
from einklang.engine.supply.balance.frames import Tables
from einklang.engine.supply.balance.read import read
from einklang.engine.supply.balance.run import balance, balanced
from einklang.engine.supply.balance.settings import Settings

__all__ = ["Bottleneck", "Plan", "Settings", "Tables", "balance", "balanced", "read"]
