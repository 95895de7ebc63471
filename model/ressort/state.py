"""The tables of state, with the unit and meaning of each column.

Money is in euros, goods in euros at base-year prices, flows per day. `*_calm` columns are the
steady state and never change during a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import N_BRANCHES, N_NEEDS
from ressort.tables import Column as C
from ressort.tables import declare

Rows = Any  # a table of records or one of its rows: NumPy's types do not know their columns
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

OUTSIDE: Final = -1  # the seller, employer or worker is beyond the border
N_SOURCES: Final = 2  # supply relationships per input, and outlets known per kind of shop
RING: Final = 8  # days ahead that deliveries can be under way; longer than any lead

# Kinds of shop, with the goods that each has on its shelves.
FORMATS: Final = ("grocery", "pharmacy", "station", "store")
SHELVES: Final = (
    ("food", "agri"),
    ("pharma",),
    ("fuel",),
    ("light", "chemicals", "materials", "equipment"),
)
NO_SHOP: Final = -1

# What households buy, in the order in which they pay for it, with the need it meets.
PROTECTED: Final = (
    ("water", "water"),
    ("food", "food"),
    ("agri", "food"),
    ("energy", "energy"),
    ("health_social", "care"),
    ("pharma", "medicine"),
    ("construction", "shelter"),
    ("materials", "shelter"),
    ("fuel", "mobility"),
    ("transport", "mobility"),
    ("info_comm", "communication"),
    ("real_estate", ""),
    ("public_admin", ""),
    ("education", ""),
)
OPTIONAL: Final = (
    "light",
    "chemicals",
    "equipment",
    "horeca",
    "finance",
    "business_services",
    "other_services",
)
ITEMS: Final = (*(good for good, _ in PROTECTED), *OPTIONAL)
N_PROTECTED: Final = len(PROTECTED)
N_ITEMS: Final = len(ITEMS)
STORED: Final = ("food", "agri", "pharma", "fuel")  # kept at home
SERVICES: Final = tuple(g for g in ITEMS if not any(g in shelf for shelf in SHELVES))
# What stands in for what is missing, and the parameter that limits it.
SUBSTITUTES: Final = (("food", "agri", "raw_food_share"), ("fuel", "transport", "carless_share"))

# Buyers read the first columns of many sellers, which lie scattered: they share 64 bytes.
FIRM = declare(
    "producers",
    C("branch", "i2", "index", "branch, and the good it makes"),
    C("format", "i1", "index", "kind of shop, -1 for none"),
    C("tier", "i1", "0/1", "its purchases are served first (0) or second (1)"),
    C("alive", "?", "yes/no", "in business"),
    C("member", "?", "yes/no", "member of the SCIC"),
    C("priority", "?", "yes/no", "serves members of the SCIC before others today (E4)"),
    C("accepts", "?", "yes/no", "takes local currency today"),
    C("members_first", "?", "yes/no", "a shop that serves members of the common store first"),
    C("keeps_jobs", "?", "yes/no", "lays nobody off today"),
    C("free_rider", "?", "yes/no", "a member that pays no fees"),
    C("first_shelf", "i4", "row", "its first shelf in `shelves`"),
    C("orders", "f8", "EUR/day", "orders received today, served first and second", (2,)),
    C("served", "f8", "share", "share of each tier of orders delivered today", (2,)),
    C("premium", "f8", "share", "scarcity premium over the base price; 0 with fixed prices"),
    C("held_back", "f8", "share", "of the premium that it does not ask of households (E5)"),
    C("commune", "i4", "index", "commune of the territory"),
    C("first_slot", "i4", "row", "its first purchase in `slots`"),
    C("end_slot", "i4", "row", "one past its last purchase"),
    C("end_shelf", "i4", "row", "one past its last shelf"),
    C("first_job", "i4", "row", "its first row in `jobs`"),
    C("end_job", "i4", "row", "one past its last row in `jobs`"),
    C("machines", "i4", "count", "machines"),
    C("broken", "i4", "count", "machines down"),
    C("slack_days", "i4", "days", "days in a row of too little work"),
    C("want_days", "i4", "days", "days in a row of wanting more staff"),
    C("short_days", "i4", "days", "days in a row without the means to pay"),
    C("patience", "i4", "days", "without means for which it is borne with, beyond the usual"),
    C("respite", "i4", "days", "without means that its creditors have granted so far (E9)"),
    C("jobs", "f8", "jobs", "jobs in calm times"),
    C("staff", "f8", "jobs", "jobs held"),
    C("output_calm", "f8", "EUR/day", "output in calm times"),
    C("capacity", "f8", "EUR/day", "most output with all machines and staff"),
    C("exports_calm", "f8", "EUR/day", "sales outside in calm times"),
    C("investment_calm", "f8", "EUR/day", "sales to local investors in calm times"),
    C("wage_bill", "f8", "EUR/day", "labour cost at full staff and normal hours"),
    C("intact", "f8", "share", "capacity that shocks leave today"),
    C("able", "f8", "share", "staff who can work today"),
    C("stock", "f8", "EUR", "finished goods"),
    C("stock_target", "f8", "EUR", "finished goods wanted"),
    C("crop", "f8", "EUR", "standing crop (farms)"),
    C("all_year", "f8", "share", "farm output that has no season, beyond what all farms have"),
    C("demand_expected", "f8", "EUR/day", "running mean of orders received"),
    C("exports_kept", "f8", "share", "export orders still taken"),
    C("possible", "f8", "EUR/day", "most output of the day"),
    C("production", "f8", "EUR/day", "output of the day"),
    C("sold", "f8", "EUR/day", "deliveries of the day"),
    C("exported", "f8", "EUR/day", "of which outside"),
    C("activity", "f8", "share", "running mean of output over normal output"),
    C("vacancy", "f8", "jobs", "recalls earned and not yet made"),
    C("cash", "f8", "EUR", "money held, negative within the credit line"),
    C("cash_target", "f8", "EUR", "money kept before profits are paid out"),
    C("credit", "f8", "EUR", "credit line"),
    C("credit_calm", "f8", "EUR", "credit line in calm times, without sureties"),
    C("covered", "f8", "EUR", "part of the credit line that sureties stand for"),
    C("outlays_calm", "f8", "EUR/day", "payments in calm times"),
    C("restock_days", "f8", "days", "an input gap is ordered back in"),
    C("restraint", "f8", "share", "share of the wanted orders that its means cover, frozen or not"),
    C("loan", "f8", "EUR", "owed to the solidarity fund"),
    C("lent", "f8", "jobs", "work of its staff elsewhere today, negative: work of others here"),
    C("repair_skill", "f8", "share", "of a repairer's work that its own staff can do"),
    C("units", "f8", "EUR", "part of `cash` that is local currency, negative if owed"),
    C("at_hand", "f8", "EUR", "local currency that it may spend today"),
    C("fees_paid", "f8", "EUR", "fees paid to the SCIC"),
    C("put_in", "f8", "EUR", "cash put into the solidarity fund by a member"),
    C("guaranteed", "f8", "share", "of the wages of lost hours that it pays itself"),
    C("reserve", "f8", "EUR", "kept beyond `cash_target`, nobody's, never paid out"),
    C("reserve_share", "f8", "share", "of profits that goes to `reserve`"),
    C("reserve_most", "f8", "EUR", "`reserve` from which on nothing is added"),
    C("less_equity", "f8", "share", "by which hiring and founding anew are slower"),
    C("borrowed", "f8", "machines", "of others at work here today, negative: own ones elsewhere"),
    C("debt_left", "f8", "EUR", "owed to the bank when it closed last"),
    C("due", "f8", "EUR", "kept for invoices of other producers: due today, late in the evening"),
    C("dear_sales", "f8", "EUR/day", "sales to households today while dear, at base prices"),
)

# One row a purchase: 64 bytes, because the rows of all purchases are read several times a day.
SLOT = declare(
    "slots",
    C("coefficient", "f8", "EUR/EUR", "use per unit of output, 0 for shelf goods"),
    C("stock", "f8", "EUR", "held by the buyer"),
    C("stock_target", "f8", "EUR", "wanted"),
    C("in_transit", "f8", "EUR", "paid and dispatched outside, not yet arrived"),
    C("order", "f8", "EUR/day", "order of the day"),
    C("lean", "f8", "share", "share of orders sent to the first source"),
    C("source", "i4", "index", "the two sellers, -1 outside", (N_SOURCES,)),
    C("shelf", "i4", "row", "row in `shelves`, -1 for inputs"),
    C("good", "i1", "index", "the good"),
    C("rating", "i1", "0-2", "2 critical, 1 important, 0 neither (shelf goods: 2)"),
    C("trouble", "i1", "days", "days in a row that each source failed", (N_SOURCES,)),
)

SHELF = declare(
    "shelves",
    C("slot", "i4", "row", "row in `slots`, where the stock is"),
    C("sales_calm", "f8", "EUR/day", "sales in calm times, basic prices"),
    C("sales_expected", "f8", "EUR/day", "running mean of what customers ask for"),
    C("asked", "f8", "EUR/day", "asked for today, served first and second", (2,)),
    C("served", "f8", "share", "share of each tier found on the shelf", (2,)),
)

HOME = declare(
    "households",
    C("commune", "i4", "index", "commune of residence"),
    C("persons", "i1", "persons", "persons in the household"),
    C("workers", "i1", "persons", "employed persons in calm times"),
    C("member", "?", "yes/no", "member of the SCIC"),
    C("hoard", "i1", "days", "days of hoarding left"),
    C("store_member", "?", "yes/no", "member of the common store"),
    C("people", "f8", "persons", "persons that this row stands for"),
    C("discretionary", "f8", "EUR/day", "calm spending beyond committed consumption"),
    C("budget_calm", "f8", "EUR/day", "consumption spending in calm times"),
    C("transfers", "f8", "EUR/day", "pensions and benefits in calm times"),
    C("outside_wage", "f8", "EUR/day", "net wages earned beyond the border"),
    C("ownership", "f8", "share", "share of locally owned profits"),
    C("income", "f8", "EUR/day", "income of the day"),
    C("income_expected", "f8", "EUR/day", "running mean of income"),
    C("cash", "f8", "EUR", "money held"),
    C("cash_target", "f8", "EUR", "money usually held"),
    C("units", "f8", "EUR", "part of `cash` that is local currency"),
    C("at_hand", "f8", "EUR", "local currency that it is ready to spend today"),
    C("lean", "f8", "share", "custom of the first shop of each kind", (len(FORMATS),)),
    C("provider", "i4", "index", "seller of each service", (len(SERVICES),)),
    C("outlet", "i4", "index", "shops known, by kind", (len(FORMATS), N_SOURCES)),
    C("order", "f8", "EUR/day", "shopping list of the day", (N_ITEMS,)),
    C("pantry", "f8", "EUR", "stocks at home", (len(STORED),)),
    C("gap", "f8", "EUR/day", "what lacked yesterday and can be replaced", (len(SUBSTITUTES),)),
    C("met", "f8", "share", "needs met today", (N_NEEDS,)),
    C("unmet", "f8", "person-days", "needs unmet since the start", (N_NEEDS,)),
)

JOB = declare(
    "jobs",
    C("producer", "i4", "index", "the employer (rows are sorted by it)"),
    C("household", "i4", "index", "the worker's household, -1 lives outside"),
    C("posts", "f8", "jobs", "jobs held in calm times"),
    C("wage", "f8", "EUR/day", "labour cost of these jobs at normal hours"),
    C("held", "f8", "share", "of these jobs still held"),
)

SCIC = declare(
    "scic",
    C("active", "?", "yes/no", "exists and has not failed"),
    C("open", "?", "yes/no", "pool and fund are open"),
    C("unpaid_days", "i4", "days", "days in a row that its staff was not paid"),
    C("alarm_day", "i4", "day", "day of the alarm, -1 for none"),
    C("cash", "f8", "EUR", "working account"),
    C("fund", "f8", "EUR", "solidarity fund"),
    C("staff", "f8", "persons", "employees"),
    C("fee", "f8", "EUR/day", "running cost, shared by living members in proportion to output"),
    C("pool", "f8", "EUR", "pooled stock by good", (N_BRANCHES,)),
    C("pool_target", "f8", "EUR", "pooled stock wanted by good", (N_BRANCHES,)),
    C("fund_share", "f8", "share", "of its cash that a member put into the fund"),
    C("added", "f8", "EUR", "goods and cash that came from outside at the founding"),
)

MONEY_FLOWS: Final = (
    ("exports", "paid by customers outside"),
    ("investment", "paid by investors"),
    ("public_purchases", "paid by the state for residents' consumption"),
    ("imports", "paid for goods and services dispatched outside"),
    ("refunds", "paid back for what could not cross the border"),
    ("household_imports", "paid by residents to sellers outside"),
    ("taxes", "taxes of residents"),
    ("saving", "saving of residents, placed outside"),
    ("contributions", "social contributions"),
    ("commuters", "net wages of workers who live outside"),
    ("transfers", "pensions, benefits, wages earned outside"),
    ("jobless_pay", "partial and full unemployment pay"),
    ("profits", "profits of owners outside"),
    ("bank_losses", "debts that closed firms leave, less their cash"),
    ("founding", "capital of new firms"),
    ("haulage", "haulage of pooled goods"),
    ("pool_imports", "paid for goods bought for the pool"),
    ("measures", "grants from outside for measures, less what measures buy there"),
    ("scic_failure", "account and fund of a failed SCIC, taken by creditors outside"),
)
GOODS_FLOWS: Final = (
    ("produced", "made here"),
    ("imported", "arrived from outside"),
    ("used", "used by producers"),
    ("consumed", "used by residents"),
    ("exported", "sold outside"),
    ("invested", "sold to local investors"),
    ("spoiled", "lost with time"),
    ("lost", "destroyed, or left by closed firms"),
)
FLOWS = declare(
    "flows",
    *(C(name, "f8", "EUR/day", f"{text}; + into the territory") for name, text in MONEY_FLOWS),
    *(C(name, "f8", "EUR/day", f"{text}, by good", (N_BRANCHES,)) for name, text in GOODS_FLOWS),
)

DAY = declare(
    "day",
    C("number", "i4", "day", "days since the start of the run"),
    C("day_of_year", "i4", "day", "0 to 364"),
    C("commuting", "f8", "share", "commuters who cross the border"),
    C("outside", "f8", "share", "normal supply that the outside dispatches", (N_BRANCHES,)),
    C("border", "f8", "share", "arrivals that may cross the border", (N_BRANCHES,)),
    C("exports", "f8", "share", "export orders that may cross the border", (N_BRANCHES,)),
    C("demand", "f8", "share", "usual purchases that residents and investors make", (N_BRANCHES,)),
    C("payments", "f8", "share", "means that may be spent in a day"),
    C("credit", "f8", "share", "of producers' usual credit lines that banks grant"),
    C("beyond", "f8", "share", "of what is asked for that shops beyond have", (N_BRANCHES,)),
)

TABLES: Final = (FIRM, SLOT, SHELF, HOME, JOB, SCIC, FLOWS, DAY)


def slot_buyers(firms: Rows) -> NDArray[np.int64]:
    """Return the producer of each purchase, row by row of `slots`, shape (S,)."""
    return np.repeat(np.arange(len(firms)), firms["end_slot"] - firms["first_slot"])


@dataclass
class State:
    """All that changes from day to day.

    `transit` and `haul`: arrivals from outside and from the pool by day to come and slot, shape
    (RING, S). `pooled`: granted by the pool and on its way, shape (S,). What a member's targets
    fell by as it entered, shape (S,): `given`, handed to the pool, `thrift`, no longer held (E1).
    `*_calm`: the relationships of calm times, to which buyers go back. `beyond`: stocks of shops
    beyond the border, in days of normal sales by good, shape (22,).
    """

    firms: Rows
    slots: Rows
    shelves: Rows
    homes: Rows
    jobs: Rows
    scic: Rows
    transit: Floats
    haul: Floats
    pooled: Floats
    given: Floats
    thrift: Floats
    beyond: Floats
    source_calm: Ints
    provider_calm: Ints
    outlet_calm: Ints


@dataclass(frozen=True)
class Index:
    """Sellers by branch and by kind of shop, and distances; fixed during a run.

    `by_branch[first_of_branch[b]:first_of_branch[b + 1]]` are the producers of branch b; likewise
    `outlets` by format. `distance`: km by road between communes, shape (C, C).
    """

    by_branch: Ints
    first_of_branch: Ints
    outlets: Ints
    first_of_format: Ints
    distance: Floats
