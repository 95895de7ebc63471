"""Sellers ask more of households while they cannot serve all that is asked of them."""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.rules.production import found_on_shelf
from ressort.state import NO_SHOP, Rows


@inlined
def lacking(firm: Rows, shelves: Rows) -> float:
    """Share of what was asked of a seller today that it could not serve."""
    sold, asked = 0.0, 0.0
    if firm.format == NO_SHOP:
        for tier in range(2):
            asked += firm.orders[tier]
            sold += firm.orders[tier] * firm.served[tier]
    else:
        for k in range(firm.first_shelf, firm.end_shelf):
            for tier in range(2):
                asked += shelves[k].asked[tier]
                sold += shelves[k].asked[tier] * found_on_shelf(firm, shelves[k], tier)
    return 0.0 if asked <= 0.0 else max(0.0, 1.0 - sold / asked)


@inlined
def next_premium(premium: float, lack: float, settings: Rows) -> float:
    """Premium of tomorrow: up with what lacks, towards the ceiling; down once all is served."""
    if lack > 1e-9:  # rounding is no scarcity
        return premium + settings.price_rise * lack * (settings.price_ceiling - premium)
    return premium * (1.0 - settings.price_fall)


@compiled
def adjust_prices(firms: Rows, shelves: Rows, settings: Rows) -> None:
    """Set the premiums that households meet tomorrow; a closed seller has none."""
    for p in range(len(firms)):
        firm = firms[p]
        lack = lacking(firm, shelves)
        firm.premium = next_premium(firm.premium, lack, settings) if firm.alive else 0.0
