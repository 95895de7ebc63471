"""Setting up a SCIC out of what its members hold, and its life from day to day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ressort.calm import Economy, Membership
from ressort.parameters import Behaviour
from ressort.rules import cooperation as rules
from ressort.searches import match_members
from ressort.state import Rows, State, slot_buyers
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World


@dataclass(frozen=True)
class Cooperation:
    """Which mechanisms the SCIC has.

    Common stocks (E1), shared capacity (E6), fund (E11), member priority (E4).
    """

    pool: bool = True
    register: bool = True
    fund: bool = True
    priority: bool = False


def draw_membership(
    economy: Economy, cooperation: Cooperation | None, behaviour: Behaviour, seed: int
) -> Membership:
    """Draw members; the same ones whatever the mechanisms, none without cooperation."""
    rng = stream(seed, "members")
    firms = rng.random(len(economy.firms.branch)) < behaviour.member_share
    homes = rng.random(len(economy.homes.size)) < behaviour.member_household_share
    if cooperation is None or not firms.any():
        return Membership(np.zeros_like(firms), np.zeros_like(homes), 0.0, behaviour.scic_wage)
    staff = firms.sum() / behaviour.members_per_employee
    return Membership(firms, homes, float(staff), behaviour.scic_wage)


def found_scic(
    state: State,
    goods: Rows,
    behaviour: Behaviour,
    cooperation: Cooperation,
    membership: Membership,
) -> None:
    """Fill pool and fund from the members' own stocks and cash: nothing is added to the economy."""
    firms, slots, scic = state.firms, state.slots, state.scic[0]
    if not membership.producers.any():
        return
    scic.active = True
    scic.staff = membership.staff
    scic.fee = membership.cost
    if cooperation.pool:
        owner = slot_buyers(firms)
        given = membership.producers[owner] & goods.storable[slots.good]
        part = np.where(given, behaviour.pool_share * slots.stock_target, 0.0)
        # A stock that waits for its lorry may be small.
        part = np.minimum(part, slots.stock)
        scic.pool[:] = np.bincount(slots.good, weights=part, minlength=len(scic.pool))
        scic.pool_target[:] = scic.pool
        slots.stock -= part
        slots.stock_target -= part
        state.given[:] = part
    if cooperation.fund:
        part = np.where(membership.producers, behaviour.fund_share * firms.cash_target, 0.0)
        scic.fund = part.sum()
        firms.cash -= part
        firms.cash_target -= part


def decide(world: World) -> None:
    """Raise the alarm, open pool and fund after the decision delay, close them when it is over."""
    state, how, behaviour = world.state, world.cooperation, world.rules.behaviour
    scic = state.scic[0]
    if how is None or not scic.active:
        return
    if _fails(world):
        fund_share = behaviour.fund_share if how.fund else 0.0
        rules.dissolve(state.firms, state.slots, world.goods, state.given, scic, fund_share)
        state.firms.priority[:] = False
        return
    if how.priority:
        state.firms.priority[:] = state.firms.member
    worst = max(rules.shares_in_trouble(state.firms, state.slots, world.goods))
    if worst > behaviour.alarm_share:
        if scic.alarm_day < 0:
            scic.alarm_day = world.tick
        scic.open = world.tick - scic.alarm_day >= behaviour.decision_delay_days
    elif worst < 0.5 * behaviour.alarm_share:
        scic.alarm_day = -1
        scic.open = False


def _fails(world: World) -> bool:
    """Whether the SCIC ends today: for reasons of its own, or unable to pay its staff."""
    scic = world.state.scic[0]
    luck = stream(world.seed, "scic", world.tick).random()
    daily = 1.0 - (1.0 - world.rules.behaviour.scic_hazard) ** (1 / 365.25)
    return bool(luck < daily or scic.unpaid_days > world.rules.behaviour.insolvency_days)


def pay_staff(world: World) -> float:
    """Collect the fees of the day and pay the staff; return their net pay, earned by residents.

    Its labour costs what other labour costs: contributions go outside.
    """
    scic = world.state.scic[0]
    if not scic.active:
        return 0.0
    behaviour = world.rules.behaviour
    pay = rules.collect_fees(
        world.state.firms, scic, behaviour.scic_wage, behaviour.scic_arrears_share
    )
    world.flows.contributions -= pay * (1.0 - behaviour.net_wage_share)
    return float(pay * behaviour.net_wage_share)


def work_for_members(world: World) -> None:
    """Match, grant and lend; buy back the pool after a crisis."""
    state, how = world.state, world.cooperation
    scic = state.scic[0]
    if how is None or not scic.active:
        return
    if how.register and world.failing_inputs > 0:
        world.links_made += _match(world)
    if scic.open and how.pool:
        rules.grant_from_pool(
            state.firms,
            state.slots,
            world.goods,
            scic,
            state.pooled,
            state.haul[(world.tick + world.settings.haul_days) % len(state.haul)],
            world.settings,
            world.flows,
        )
    if scic.open and how.fund:
        rules.lend(state.firms, scic, world.settings)
    if how.pool and not scic.open:
        rules.restock_pool(scic, world.day, world.settings, world.flows)


def _match(world: World) -> int:
    """Link members, as many as the staff can arrange today."""
    rate = world.state.scic[0].staff * world.rules.behaviour.matches_per_employee
    return match_members(world, rate)
