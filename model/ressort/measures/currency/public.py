"""The council takes units for taxes and passes them on, or changes them back (S36)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ressort.measures.base import total
from ressort.measures.currency import office
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World


def take_taxes(currency: Currency, world: World) -> None:
    """Let members pay a share of the day's taxes in units; the euros stay with them."""
    if currency.set.tax_share <= 0.0:
        return
    homes = plain(world.state.homes)
    tax = currency.set.tax_share * float(world.settings.tax_rate) * homes["income"]
    paid = np.minimum(np.maximum(0.0, homes["units"]) * currency.habit, tax) * currency.members
    total = float(paid.sum())
    homes["units"] -= paid
    currency.council += total
    world.flows.taxes += total
    currency.log.add(world.tick, "taxes", total)
    currency.log.add(world.tick, "paid", total)
    currency.log.add(world.tick, "taken", total)


def spend(currency: Currency, world: World) -> None:
    """Pay accepting sellers of public services in units for euros, or change units back."""
    amount = currency.council / currency.set.council_days
    if amount <= 0.0:
        return
    if currency.set.council_changes_back:
        amount = min(amount, office.at_once(currency, world))
        currency.cash -= amount
        currency.placed = min(currency.placed, currency.cash)
        world.flows.measures -= amount
        currency.log.add(world.tick, "changed_back", amount)
        currency.log.add(world.tick, "left_council", amount)
    else:
        amount = _pay_sellers(currency, world, amount)
    currency.council -= amount


def _pay_sellers(currency: Currency, world: World, amount: float) -> float:
    """Pay units instead of euros for public purchases, as far as sellers can give change."""
    firms = plain(world.state.firms)
    euros = firms["cash"] + firms["credit"] - firms["units"] - firms["wage_bill"]
    room = np.maximum(0.0, np.minimum(euros, firms["sold"])) * (firms["accepts"] & firms["alive"])
    most = total(world, room)
    amount = min(amount, most, float(world.flows.public_purchases))
    if amount <= 0.0:
        return 0.0
    firms["units"] += amount * room / most
    world.flows.public_purchases -= amount
    for name in ("paid", "taken", "of_council"):
        currency.log.add(world.tick, name, amount)
    return amount
