"""The council takes units for taxes and passes them on, or changes them back (S36)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ressort.branches import INDEX
from ressort.measures.base import Floats, total
from ressort.measures.currency import notes, office
from ressort.tables import plain

EMPLOYERS: Final = (INDEX["public_admin"], INDEX["education"])

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World


def take_taxes(currency: Currency, world: World) -> None:
    """Let members pay a share of the day's taxes in units; the euros stay with them."""
    if currency.set.tax_share <= 0.0:
        return
    homes = plain(world.state.homes)
    tax = currency.set.tax_share * float(world.settings.tax_rate) * homes["income"]
    held = np.maximum(0.0, homes["units"]) * currency.habit
    held *= notes.usable(currency, world, currency.set.notes_share)
    paid = np.minimum(held, tax) * currency.members
    total = float(paid.sum())
    homes["units"] -= paid
    currency.council += total
    world.flows.taxes += total
    currency.log.add(world.tick, "taxes", total)
    currency.log.add(world.tick, "paid", total)
    currency.log.add(world.tick, "taken", total)


def pay_staff(currency: Currency, world: World) -> None:
    """Pay members who work for the public a share of today's net wages in units for euros.

    The council has the units from taxes and keeps as many euros of what it would have paid for
    public services. Nobody gets more than his wallet holds.
    """
    share = currency.set.public_wage_share * notes.running(currency, world)
    if share <= 0.0 or currency.council <= 0.0:
        return
    homes = plain(world.state.homes)
    limit = notes.wallet_limit(currency) * homes["people"] * currency.confidence
    room = np.minimum(limit, homes["cash"]) - homes["units"]
    room = np.minimum(room, share * _public_wages(world)) * currency.members
    room = np.maximum(0.0, room)
    most = float(room.sum())
    amount = min(most, currency.council, float(world.flows.public_purchases))
    if amount <= 0.0:
        return
    homes["units"] += amount * room / most
    currency.council -= amount
    world.flows.public_purchases -= amount
    currency.log.add(world.tick, "paid", amount)
    currency.log.add(world.tick, "to_staff", amount)


def _public_wages(world: World) -> Floats:
    """Return the net wages that public employers paid today by household, EUR."""
    firms, jobs = plain(world.state.firms), plain(world.state.jobs)
    public = np.flatnonzero(np.isin(firms["branch"], EMPLOYERS) & (firms["staff"] > 0.0))
    usual = firms["output_calm"][public] * firms["staff"][public] / firms["jobs"][public]
    hours = np.zeros(len(firms))
    here = firms["production"][public] / usual + firms["lent"][public] / firms["staff"][public]
    hours[public] = np.maximum(0.0, here)
    rows = (jobs["household"] >= 0) & (hours[jobs["producer"]] > 0.0)
    wages = (jobs["wage"] * jobs["held"])[rows] * hours[jobs["producer"][rows]]
    net = float(world.settings.net_wage_share) * wages
    count = len(world.state.homes)
    return np.bincount(jobs["household"][rows], weights=net, minlength=count).astype(float)


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
