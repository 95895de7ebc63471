"""The scalar parameters that rules read every day, as one record."""

from __future__ import annotations

from typing import Any

import numpy as np

from ressort.goods import ProductionFunction, Rationing
from ressort.parameters import Behaviour, records
from ressort.tables import Column as C
from ressort.tables import declare

_FLOATS = (
    "net_wage_share",
    "partial_pay",
    "unemployment_pay",
    "tax_rate",
    "saving_rate",
    "cash_adjust_days",
    "spending_boost",
    "income_memory_days",
    "pantry_restock_days",
    "stretch_below",
    "hoard_multiple",
    "hoard_trigger",
    "lean_rate",
    "lean_return_days",
    "household_search_rate",
    "layoff_trigger",
    "hire_rate",
    "activity_memory_days",
    "restock_days",
    "demand_memory_days",
    "entry_delay_days",
    "machine_life_days",
    "repair_days",
    "self_repair",
    "harvest_share",
    "trouble_fill",
    "search_rate",
    "return_days",
    "redirect_days",
    "pool_floor",
    "haul_cost",
    "loan_days",
    "price_rise",
    "price_fall",
    "price_ceiling",
)
_COUNTS = (
    "hoard_days",
    "layoff_delay_days",
    "hire_delay_days",
    "insolvency_days",
    "harvest_first_day",
    "harvest_days",
    "trouble_days",
    "match_delay_days",
    "search_reach",
    "haul_days",
)

SETTINGS = declare(
    "settings",
    C("production", "i4", "index", "production function"),
    C("exports_tier", "i4", "0/1", "tier of export orders and of investors"),
    C("dear", "i4", "0/1", "what is scarce becomes dear for households"),
    *(C(n, "f8", records()[n].unit, "see behaviour.toml") for n in _FLOATS),
    *(C(n, "i4", records()[n].unit, "see behaviour.toml") for n in _COUNTS),
)


def settings_record(
    behaviour: Behaviour,
    production: ProductionFunction,
    rationing: Rationing,
    prices: str = "fixed",
) -> np.record:
    """Return the settings of a run as one record."""
    values: dict[str, Any] = {n: getattr(behaviour, n) for n in (*_FLOATS, *_COUNTS)}
    values["production"] = int(production)
    # Exports are rationed like everyone else's orders, or served last.
    values["exports_tier"] = 0 if rationing is Rationing.PROPORTIONAL else 1
    values["dear"] = int(prices == "scarcity")
    record: np.record = SETTINGS.rows(1, **values)[0]
    return record
