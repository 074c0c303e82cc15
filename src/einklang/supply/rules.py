"""The planning rules of the house: service by class, what stock costs, when a lead time is a month.

Amounts are shares of an item's cost; they decide what the plan prefers, not what is booked.
"""

DAYS_A_MONTH = 30.4375
PLANNER = 3  # counts up when the same data and rules would give another plan
SERVICE = {"A": 0.98, "B": 0.95, "C": 0.90}
HOLDING_A_MONTH = 0.02  # a quarter of its cost a year, for money, room and risk
SHORT_OF_SAFETY_A_MONTH = 0.06  # dearer than holding, cheaper than a lost sale
END_STOCK_IS_WORTH = 0.98  # of its cost: kept for the months after the plan, never made for its own sake
SHORT_AT_THE_END_MONTHS = 6  # stock below safety at the end of the plan counts as if it stayed so as long
LATE_A_MONTH = 0.05  # of the price, while a customer waits
LOSING_COSTS_AT_LEAST = 1.25  # of the cost: a sale is never dropped because its price is low
FENCE_IN_LOST_SALES = 10.0  # what is fixed gives way last: a unit off it counts as ten lost sales
REVIEW_MONTHS = 1.0  # a plan is made once a month
OVERSTOCK_MONTHS = 6
BAND_IN_DEVIATIONS = 2 * 1.2815515655446004  # an 80 % interval, from its low to its high end

# Another rule makes another plan of the same data; plans name the rules they were made by.
ALL = {name: value for name, value in sorted(globals().items()) if name.isupper()}
