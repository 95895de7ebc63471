"""The currency office: units for euros, euros for units, the reserve, fees and failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX
from ressort.measures.base import DAYS_A_YEAR, Floats, total
from ressort.measures.currency import notes
from ressort.measures.currency.seen import MONTH
from ressort.rules import passes
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World

ASSOCIATIONS = INDEX["other_services"]


# ---------------------------------------------------------------- euros become units
def fill_wallets(currency: Currency, world: World) -> None:
    """Start with wallets as they are after years, if so chosen and from day 0 on."""
    if currency.set.ready and currency.set.from_year == 0.0:
        _issue(currency, world, currency.holders)


def wanted(currency: Currency, world: World, rows: NDArray[np.int64]) -> Floats:
    """Units that members lack of what they spend in a month and are used to keep, by row.

    No more than what sellers they go to would take, than their wallet holds, or than that share of
    their euros which they are ready to change.
    """
    homes, share = plain(world.state.homes), currency.set.budget_share
    spendable, units = currency.spendable[rows], homes["units"][rows]
    daily = np.minimum(share * homes["budget_calm"][rows], spendable) * currency.confidence
    target = np.minimum(daily * MONTH, notes.wallet_limit(currency) * currency.people[rows])
    euros = np.maximum(0.0, homes["cash"][rows] - units) * world.day.payments
    lacks = np.minimum(target - units, share * euros)
    return np.maximum(0.0, lacks) * currency.members[rows]


def change(currency: Currency, world: World) -> float:
    """Let members whose day it is change euros into units; return what was changed."""
    who = currency.holders
    today = who[currency.change_day[who] == world.tick % MONTH]
    return _issue(currency, world, today, notes.usable(currency, world, currency.set.notes_share))


def _issue(currency: Currency, world: World, rows: NDArray[np.int64], share: float = 1.0) -> float:
    """Change a share of what members of `rows` want into units; return what was changed."""
    units = np.zeros(len(currency.members))
    units[rows] = wanted(currency, world, rows) * share
    total = float(units.sum())
    plain(world.state.homes)["units"][rows] += units[rows]
    currency.cash += total
    _place(currency)
    currency.log.add(world.tick, "changed", total)
    return total


def _place(currency: Currency) -> None:
    """Place that share of the reserve which is not wanted at once."""
    if not currency.halted:
        currency.placed = max(currency.placed, currency.set.placed_share * currency.cash)
    currency.placed = min(currency.placed, currency.cash)


# ---------------------------------------------------------------- units become euros
def at_once(currency: Currency, world: World) -> float:
    """Euros of the reserve that can be paid out today; a freeze holds those in banks, too."""
    return max(0.0, currency.cash - currency.placed) * float(world.day.payments)


def asked_back(currency: Currency, world: World) -> Floats:
    """Units that producers want euros for, by producer.

    In calm times part of what they cannot spend; without confidence of all they hold, and faster.
    """
    trust = currency.confidence
    speed = (1.0 + (currency.set.run_multiple - 1.0) * (1.0 - trust)) / currency.set.change_days
    # Nobody asks for euros that would be frozen.
    return passes.unwanted_units(
        plain(world.state.firms),
        currency.users,
        np.where(currency.joined, currency.spent_lately, 0.0),
        np.where(currency.joined, currency.set.idle_accepted, 0.0).astype(float),
        float(trust),
        float(min(1.0, speed)),
        float(world.day.payments),
    )


def needed_back(currency: Currency, world: World) -> Floats:
    """Units that producers change back because they lack euros for a usual day's outlays."""
    firms = plain(world.state.firms)
    if not currency.set.change_in_need:
        return np.zeros(len(firms))
    euros = firms["cash"] - firms["units"] + firms["credit"]
    lacks = np.clip(firms["outlays_calm"] - euros, 0.0, np.maximum(0.0, firms["units"]))
    needed: Floats = lacks * firms["alive"] * float(world.day.payments)
    return needed


def change_back(currency: Currency, world: World) -> None:
    """Pay producers euros for units, less the fee, as far as the reserve at once goes.

    When it does not go far enough all get the same share of what they ask for, notice is given for
    what is placed, and the office counts as halted.
    """
    asked = np.maximum(asked_back(currency, world), needed_back(currency, world))
    asked = asked * notes.usable(currency, world, currency.set.till_share)
    wanted = total(world, asked)
    liquid = at_once(currency, world)
    share = min(1.0, liquid / wanted) if wanted > 0.0 else 1.0
    back = share * asked
    firms, users = plain(world.state.firms), currency.users
    fee = currency.set.fee * back
    firms["units"][users] -= back[users]
    firms["cash"][users] -= fee[users]
    currency.cash = max(0.0, currency.cash - total(world, back))
    currency.fees += total(world, fee)
    currency.changed_back += back
    currency.log.add(world.tick, "changed_back", total(world, back))
    currency.log.add(world.tick, "left_firms", total(world, back))
    currency.halted = share < 1.0
    if currency.halted:
        currency.placed -= currency.placed / currency.set.notice_days
    else:
        redeem_outside(currency, world)
    currency.placed = min(currency.placed, currency.cash)


def redeem_outside(currency: Currency, world: World) -> None:
    """Pay euros for units that ended beyond the border."""
    paid = min(currency.outside, at_once(currency, world))
    currency.outside -= paid
    currency.cash -= paid
    world.flows.measures -= paid


# ---------------------------------------------------------------- dues, fees and gifts
def collect_dues(currency: Currency, world: World) -> None:
    """Collect, once a month, the dues of members whose euros allow it."""
    if world.tick % MONTH > 0:
        return
    part = MONTH / DAYS_A_YEAR
    firms, homes = plain(world.state.firms), plain(world.state.homes)
    due = part * currency.set.dues_person * homes["people"] * currency.members
    payments = world.day.payments
    due = np.where((homes["cash"] - homes["units"]) * payments >= due, due, 0.0)
    of_firms = np.where(currency.joined & firms["alive"], part * currency.set.dues_firm, 0.0)
    euros = firms["cash"] - firms["units"] + firms["credit"]
    of_firms = np.where(euros * payments >= of_firms, of_firms, 0.0)
    homes["cash"] -= due
    firms["cash"] -= of_firms
    currency.fees += float(due.sum()) + total(world, of_firms)


def take_demurrage(currency: Currency, world: World) -> None:
    """Take the day's demurrage of all units held here; its euros leave the reserve for the fees."""
    share = currency.set.demurrage / DAYS_A_YEAR
    # The reserve is a running total, the mass a sum over wallets: they agree to rounding.
    if share <= 0.0 or currency.cash < (1.0 - 1e-9) * currency.mass(world):
        return
    for name, holders, n in (
        ("left_homes", plain(world.state.homes), len(world.state.homes)),
        ("left_firms", plain(world.state.firms), world.n_drawn),
    ):
        lost = share * np.maximum(0.0, holders["units"])
        holders["units"] -= lost
        holders["cash"] -= lost
        taken = float(lost[:n].sum() + lost[n:].sum())
        currency.cash -= taken
        currency.fees += taken
        currency.log.add(world.tick, name, taken)
    currency.cash = max(0.0, currency.cash)
    currency.placed = min(currency.placed, currency.cash)


def spend_fees(currency: Currency, world: World, changed: float) -> None:
    """Give associations their share of what was changed, out of the fees; the rest pays staff."""
    if currency.fees <= 0.0:
        return
    firms = plain(world.state.firms)
    gift = min(currency.fees, currency.set.gift * changed)
    if gift > 0.0:
        index = world.index
        begin, end = index.first_of_branch[ASSOCIATIONS : ASSOCIATIONS + 2]
        size = passes.output_of(firms, index.by_branch[begin:end])
        in_all = total(world, size)
        gift = gift if in_all > 0.0 else 0.0
        passes.hand_out(firms, gift * size / max(in_all, 1e-9))
    wages = currency.fees - gift
    net = float(world.settings.net_wage_share)
    world.profits += net * wages
    world.flows.contributions -= (1.0 - net) * wages
    currency.cost_today += currency.fees
    currency.fees = 0.0


# ---------------------------------------------------------------- failures
def bury(currency: Currency, world: World) -> None:
    """Settle the units of producers that closed: the liquidator changes them back at par.

    What they owed is lost by those who hold units, producers first (loss rule of mutual credit).
    """
    firms = plain(world.state.firms)
    dead = currency.users[~firms["alive"][currency.users]]
    has = (firms["units"][dead] != 0.0) | currency.joined[dead] | (currency.pledges[dead] > 0.0)
    dead = dead[has]
    if not dead.size:
        return
    held = float(np.maximum(0.0, firms["units"][dead]).sum())
    owed = float(np.maximum(0.0, -firms["units"][dead]).sum())
    firms["units"][dead] = 0.0
    currency.log.add(world.tick, "left_firms", held)
    currency.joined[dead] = False
    currency.unbacked += float(currency.pledges[dead].sum())
    currency.pledges[dead] = currency.took[dead] = currency.changed_back[dead] = 0.0
    if held <= at_once(currency, world):
        currency.cash -= held
        currency.placed = min(currency.placed, currency.cash)
    else:  # creditors get the units instead
        currency.outside += held
        world.flows.bank_losses += held
    if owed > 0.0:
        _share_loss(currency, world, owed)


def _share_loss(currency: Currency, world: World, owed: float) -> None:
    left = owed
    for name, holders in (
        ("left_firms", plain(world.state.firms)),
        ("left_homes", plain(world.state.homes)),
    ):
        held = np.maximum(0.0, holders["units"])
        total = float(held.sum())
        lost = min(left, total) / max(total, 1e-9) * held
        holders["units"] -= lost
        holders["cash"] -= lost
        left -= float(lost.sum())
        currency.log.add(world.tick, name, float(lost.sum()))
    currency.unbacked += left
    world.flows.bank_losses -= owed  # euros of the closed, which the bank took for its own
    currency.log.add(world.tick, "credit_lost", owed)


def lose_placed(currency: Currency, world: World) -> None:
    """Lose a share of what is placed when a freeze begins with the failure of the bank."""
    if currency.frozen or world.day.payments >= 1.0 or currency.set.bank_loss <= 0.0:
        return
    lost = currency.set.bank_loss * currency.placed
    currency.placed -= lost
    currency.cash -= lost
    currency.lost += lost
    world.flows.measures -= lost


def part_with_units(currency: Currency, world: World) -> None:
    """Let who spent more euros than he had part with units to his bank instead.

    It happens only if something that knows no units, such as another measure, took euros.
    """
    firms, homes = plain(world.state.firms), plain(world.state.homes)
    users = currency.users
    for name, holders, rows, line in (
        ("left_firms", firms, users, firms["credit"][users]),
        ("left_homes", homes, currency.holders, 0.0),
    ):
        means = np.maximum(0.0, holders["cash"][rows] + line)
        over = np.zeros(len(holders))
        over[rows] = np.maximum(0.0, holders["units"][rows] - means)
        total = float(over.sum())
        if total > 0.0:
            holders["units"] -= over
            currency.outside += total
            world.flows.measures += total
            currency.log.add(world.tick, "parted", total)
            currency.log.add(world.tick, name, total)
