"""Traits of goods, the basket of people, and the structural choices of a run."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, INDEX, N_BRANCHES, NEEDS
from ressort.parameters import Behaviour, BranchTraits
from ressort.state import (
    ITEMS,
    N_ITEMS,
    OPTIONAL,
    PROTECTED,
    SERVICES,
    SHELVES,
    STORED,
    SUBSTITUTES,
    Rows,
)
from ressort.tables import Column as C
from ressort.tables import declare

TRADE: Final = INDEX["trade"]
AGRI: Final = INDEX["agri"]
EQUIPMENT: Final = INDEX["equipment"]
ENERGY: Final = INDEX["energy"]


class ProductionFunction(IntEnum):
    """How a lack of inputs limits output (Pichler et al. 2022)."""

    LEONTIEF = 0  # every input binds
    STRICT = 1  # critical and important inputs bind
    HALF = 2  # critical inputs bind; a missing important input halves output
    CRITICAL = 3  # only critical inputs bind
    LINEAR = 4  # inputs replace each other


class Rationing(IntEnum):
    """Who is served first when there is not enough."""

    PROPORTIONAL = 0
    PRODUCERS_FIRST = 1
    ESSENTIAL_FIRST = 2
    MEMBERS_FIRST = 3


BASKETS: Final = ("survival", "essential", "current")

GOOD = declare(
    "goods",
    C("storable", "?", "yes/no", "the maker holds a stock"),
    C("lead_days", "i4", "days", "order to arrival from outside"),
    C("shelf_life", "f8", "days", "spoiling time of excess stock, 0 keeps"),
    C("decay_km", "f8", "km", "reach of sellers"),
    C("machine_dependence", "f8", "share", "capacity lost without machines"),
    C("owners_local", "f8", "share", "profits paid to residents"),
    C("margin", "f8", "EUR/EUR", "shop margin over the basic price"),
    C("stock_days", "f8", "days", "finished goods held by the maker"),
    C("shelf_days", "f8", "days", "held by an outlet"),
    C("shelf_restock_days", "f8", "days", "a shelf gap is ordered back in"),
)

STORED_GOODS: Final = np.array([INDEX[g] for g in STORED], dtype=np.int32)  # in pantries

ITEM = declare(
    "items",
    C("good", "i4", "index", "the good"),
    C("need", "i4", "index", "the need it meets, -1 for none"),
    C("service", "i4", "index", "place in SERVICES, -1 if sold in a shop"),
    C("format", "i4", "index", "kind of shop, -1 if a service"),
    C("shelf", "i4", "index", "place on that shop's shelves"),
    C("stored", "i4", "index", "place in the pantry, -1 if not kept"),
    C("stands_in", "i4", "index", "substitution that it serves, -1 for none"),
    C("replaced", "i4", "index", "substitution that serves it, -1 for none"),
    C("tier", "i4", "0-2", "served first or second; 2: by membership"),
    C("current", "?", "yes/no", "what is required is the household's own calm use"),
    C("price", "f8", "EUR/EUR", "paid by the household, margin included"),
    C("public_price", "f8", "EUR/EUR", "paid by the state, margin included"),
    C("margin", "f8", "EUR/EUR", "shop margin"),
    C("committed", "f8", "EUR/person/day", "consumption that income does not change"),
    C("variable", "f8", "EUR/EUR", "consumption per EUR of discretionary spending"),
    C("pantry_days", "f8", "days", "days kept at home"),
    C("cap", "f8", "share", "most of the need's requirement that it can meet"),
    C("required", "f8", "EUR/person/day", "requirement of the basket"),
    C("need_required", "f8", "EUR/person/day", "the same for all goods of its need"),
)


def goods_table(traits: BranchTraits, behaviour: Behaviour) -> Rows:
    """Return the traits of goods as the rules take them, one row a branch."""
    shelf_days = np.maximum(1.0, traits.shelf_days * behaviour.stock_scale)
    return GOOD.rows(
        N_BRANCHES,
        storable=traits.output_stock_days > 0,
        lead_days=traits.lead_days,
        shelf_life=traits.shelf_life_days,
        decay_km=traits.decay_km,
        machine_dependence=traits.machine_dependence,
        owners_local=traits.owners_local,
        margin=traits.margin,
        stock_days=traits.output_stock_days * behaviour.stock_scale,
        shelf_days=shelf_days,
        shelf_restock_days=np.minimum(behaviour.restock_days, shelf_days),
    )


def items_table(
    traits: BranchTraits, behaviour: Behaviour, basket: str, rationing: Rationing
) -> Rows:
    """Return what households buy and require, one row an item in the order of payment."""
    goods = np.array([INDEX[g] for g in ITEMS])
    price = 1 + traits.margin[goods]
    public = traits.public_share[goods]
    consumption = traits.consumption[goods]
    committed = consumption * traits.committed_share[goods]
    paid = price * (1 - public)
    mean_discretionary = float(((consumption - committed) * paid).sum())
    need = np.array([NEEDS.index(n) if n else -1 for _, n in PROTECTED] + [-1] * len(OPTIONAL))
    shares = {
        "survival": traits.survival_share,
        "essential": traits.essential_share,
        "current": np.ones(N_BRANCHES),
    }
    required = np.where(need >= 0, consumption * shares[basket][goods], 0.0)
    by_need = [required[need == n].sum() for n in range(len(NEEDS))] + [0.0]
    place = {g: (f, k) for f, shelf in enumerate(SHELVES) for k, g in enumerate(shelf)}
    rows = ITEM.rows(
        N_ITEMS,
        good=goods,
        need=need,
        service=_places(SERVICES),
        format=[place[g][0] if g in place else -1 for g in ITEMS],
        shelf=[place[g][1] if g in place else -1 for g in ITEMS],
        stored=_places(STORED),
        stands_in=-1,
        replaced=-1,
        tier=_household_tiers(need, rationing),
        current=basket == "current",
        price=paid,
        public_price=price * public,
        margin=traits.margin[goods],
        committed=committed,
        variable=(consumption - committed) / mean_discretionary,
        pantry_days=traits.pantry_days[goods] * behaviour.stock_scale,
        cap=1.0,
        required=required,
        need_required=np.array(by_need)[need],
    )
    for k, (missing, other, limit) in enumerate(SUBSTITUTES):
        rows.replaced[ITEMS.index(missing)] = k
        rows.stands_in[ITEMS.index(other)] = k
        rows.cap[ITEMS.index(other)] = getattr(behaviour, limit)
    return rows


def _places(among: tuple[str, ...]) -> list[int]:
    return [among.index(g) if g in among else -1 for g in ITEMS]


def _household_tiers(need: NDArray[np.int_], rationing: Rationing) -> NDArray[np.float64]:
    """Return the tier of households' orders by item; 2 means by membership."""
    return {
        Rationing.PROPORTIONAL: np.zeros(N_ITEMS),
        Rationing.PRODUCERS_FIRST: np.ones(N_ITEMS),
        Rationing.ESSENTIAL_FIRST: np.where(need >= 0, 0.0, 1.0),
        Rationing.MEMBERS_FIRST: np.full(N_ITEMS, 2.0),
    }[rationing]


# Branches that serve an essential need or the chain behind it: their own purchases come first under
# the essential-first rule.
ESSENTIAL_BRANCHES: Final = frozenset(
    {"agri", "food", "pharma", "energy", "water", "trade", "transport", "health_social"}
    | {"info_comm", "fuel"}
)


def buyer_tiers(
    branch: NDArray[np.int16], member: NDArray[np.bool_], rationing: Rationing
) -> NDArray[np.int8]:
    """Return the tier of producers' orders, one value a producer."""
    if rationing in (Rationing.PROPORTIONAL, Rationing.PRODUCERS_FIRST):
        return np.zeros(len(branch), dtype=np.int8)
    if rationing is Rationing.MEMBERS_FIRST:
        return np.where(member, 0, 1).astype(np.int8)
    essential = np.array([b in ESSENTIAL_BRANCHES for b in BRANCHES])
    return np.where(essential[branch], 0, 1).astype(np.int8)
