"""The autonomy income: units issued against output that accepting producers pledge (S37)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ressort.branches import INDEX
from ressort.errors import RessortError
from ressort.measures.base import Floats, total
from ressort.rules import units as rules
from ressort.streams import stream
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World

DAYS_A_MONTH = 365 / 12


def coverable(currency: Currency, world: World) -> float:
    """Return the share of the income in units that calm output could back if all here pledged.

    An income larger than that waits in line. Raises RessortError if no unit of it could ever be
    issued, because nobody here can pledge.
    """
    chosen = currency.set
    due = chosen.recipients * chosen.income_month * chosen.income_units / DAYS_A_MONTH
    if due <= 0.0:
        return 1.0
    firms = plain(world.state.firms)
    pledges = np.isin(firms["branch"], [INDEX[g] for g in chosen.pledged_goods])
    pledges &= currency.eligible
    if not chosen.unbacked and not pledges.any():
        raise RessortError(
            "currency.pledged_goods: no establishment here is of these branches and may accept, so "
            "that no unit of the income could ever be paid; name other branches, or set "
            "income_units = 0.0"
        )
    most = chosen.pledge_share * total(world, firms["output_calm"] * pledges)
    return min(1.0, most / due)


def choose_recipients(currency: Currency, world: World) -> None:
    """Draw who receives the income, persons by household; recipients become members.

    Those who already buy from sellers here that may accept come first: nobody takes units that he
    knows he cannot spend.
    """
    left = float(currency.set.recipients)
    if left <= 0.0:
        return
    homes, firms = plain(world.state.homes), plain(world.state.firms)
    people = np.asarray(homes["people"])
    luck = stream(world.seed, "currency income").random(len(people))
    firms["accepts"] = currency.eligible & firms["alive"]
    here = np.zeros(len(people))
    rules.share_spendable(homes, world.items, firms, here)
    for h in np.argsort(luck + (here <= 0.0), kind="stable"):
        if left <= 0.0:
            break
        currency.recipients[h] = min(left, people[h])
        left -= currency.recipients[h]
    currency.members[currency.recipients > 0.0] = 1.0


def deliverable(currency: Currency, world: World) -> Floats:
    """Return the output of today that each accepting producer would give for the income, EUR."""
    firms = plain(world.state.firms)
    goods = np.isin(firms["branch"], [INDEX[g] for g in currency.set.pledged_goods])
    gives: Floats = (
        currency.set.pledge_share * firms["possible"] * (goods & currency.joined & firms["alive"])
    )
    return gives


def pay(currency: Currency, world: World) -> None:
    """Pay the income of the day: units as far as pledges go, euros as far as there are any.

    Units are new: producers pledge output for them, at most `pledge_days` of what they give. When
    recipients do not spend them there the pledges stay out, and the next payments wait. The income
    comes on top of what recipients have, and is not taxed.
    """
    entitled = currency.recipients * currency.set.income_month / DAYS_A_MONTH
    due = float(entitled.sum())
    if due <= 0.0:
        return
    in_units = currency.set.income_units * due
    room = currency.set.pledge_days * deliverable(currency, world) - currency.pledges
    room = np.maximum(0.0, room)
    most = total(world, room)
    backed = min(in_units, most)
    if backed > 0.0:
        currency.pledges += backed * room / most
    issued = in_units if currency.set.unbacked else backed
    currency.unbacked += issued - backed
    euros = _euros(currency, world, due - in_units)
    homes = plain(world.state.homes)
    homes["units"] += issued * entitled / due
    homes["cash"] += (issued + euros) * entitled / due
    currency.log.note_income(world.tick, issued + euros, due)
    currency.log.add(world.tick, "issued", issued)


def _euros(currency: Currency, world: World, amount: float) -> float:
    if currency.set.income_granted:
        world.flows.measures += amount
        return amount
    paid = min(amount, currency.fees)
    currency.fees -= paid
    return paid


def redeem(currency: Currency, world: World) -> None:
    """Cancel units that came home to producers who pledged output: it has now been given."""
    if not currency.pledges.any():
        return
    firms = plain(world.state.firms)
    given = np.minimum(currency.pledges, np.maximum(0.0, firms["units"]))
    firms["units"] -= given
    firms["cash"] -= given
    currency.pledges -= given
    currency.cost_today += total(world, given)
    currency.log.add(world.tick, "given", total(world, given))
    currency.log.add(world.tick, "left_firms", total(world, given))
