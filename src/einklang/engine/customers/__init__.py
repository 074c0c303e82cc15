"""What customers are worth, how likely they stay away and why, and what the silence costs.

Without a contract nobody gives notice. So value is expected orders (BG/NBD) times what an order brings
(Gamma-Gamma), and risk is the chance of no order in the next weeks, learned from earlier days and measured
on later ones; with too little history it is the plain rule of the own rhythm. Customers on contract, with
facts and an outcome each, are told by :func:`contract_risk`.
"""

from einklang.engine.customers.buying import Buying, fit_buying
from einklang.engine.customers.check import HeldBack, held_back
from einklang.engine.customers.contract import ContractRisk, contract_risk
from einklang.engine.customers.frames import ORDERS, SUMMARY, summarised
from einklang.engine.customers.learning import Learned, Measured, learn
from einklang.engine.customers.lost import Lost, lost_to_silence, lost_to_stockouts
from einklang.engine.customers.reasons import SENTENCES, sentence
from einklang.engine.customers.rhythm import churn, churn_rate
from einklang.engine.customers.risk import Risk, risk, tell
from einklang.engine.customers.spending import Spending, fit_spending
from einklang.engine.customers.value import Fitted, Worth, fit_value, lifetime_value

__all__ = [
    "ORDERS",
    "SENTENCES",
    "SUMMARY",
    "Buying",
    "ContractRisk",
    "Fitted",
    "HeldBack",
    "Learned",
    "Lost",
    "Measured",
    "Risk",
    "Spending",
    "Worth",
    "churn",
    "churn_rate",
    "contract_risk",
    "fit_buying",
    "fit_spending",
    "fit_value",
    "held_back",
    "learn",
    "lifetime_value",
    "lost_to_silence",
    "lost_to_stockouts",
    "risk",
    "sentence",
    "summarised",
    "tell",
]
