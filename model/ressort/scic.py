"""Setting up a SCIC out of what its members hold, and its life from day to day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort.calm import TINY, Economy, Membership, Solution
from ressort.errors import InputError
from ressort.parameters import Behaviour
from ressort.rules import cooperation as rules
from ressort.searches import introduce_members, link_members
from ressort.state import Floats, Rows, State, slot_buyers
from ressort.streams import stream
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.world import World

Bools = NDArray[np.bool_]
COLLEGES: Final = ("producers", "workers", "users", "public")


@dataclass(frozen=True)
class Voices:
    """Who is heard as the SCIC shares out: `heard` voices on what lacks, and `weight` of claims.

    `weight`: by establishment, shape (P,); None: all alike.
    """

    heard: int = 1
    weight: Floats | None = None


@dataclass(frozen=True)
class Cooperation:
    """How the SCIC is made: common stocks (E1), a register of spare capacity (E6), a fund (E11).

    `priority`: members that sell serve members before others (E4).

    `members`: drawn among all establishments, or as many among the healthier half of each branch.
    `founding`: "neutral", out of what members hold, or "added", out of nothing (as if given from
    outside; outputs must then say so). `on_failure`: what it holds is handed back, or lost to
    creditors outside. `placebo`: members, staff, fees and introductions, but no pool, no fund and
    no knowledge. `fund_eur`: the fund in euros instead of a share of members' cash.
    `free_rider_share`: of members, those that put in and pay nothing. `governed`: members decide
    by vote (E10) instead of the staff.
    """

    pool: bool = True
    register: bool = True
    fund: bool = True
    priority: bool = False
    members: str = "random"
    founding: str = "neutral"
    on_failure: str = "hand_back"
    placebo: bool = False
    fund_eur: float | None = None
    free_rider_share: float = 0.0
    governed: bool = False

    @property
    def pools(self) -> bool:
        """Whether there is a common pool."""
        return self.pool and not self.placebo

    @property
    def lends(self) -> bool:
        """Whether there is a solidarity fund."""
        return self.fund and not self.placebo


def draw_membership(
    economy: Economy,
    solution: Solution,
    cooperation: Cooperation | None,
    behaviour: Behaviour,
    seed: int,
) -> Membership:
    """Draw members; the same ones whatever the mechanisms, none without cooperation."""
    rng = stream(seed, "members")
    luck = rng.random(len(economy.firms.branch))
    firms = luck < behaviour.member_share
    homes = rng.random(len(economy.homes.size)) < behaviour.member_household_share
    if cooperation is None or not firms.any():
        return Membership(np.zeros_like(firms), np.zeros_like(homes), 0.0, behaviour.scic_wage)
    if cooperation.members == "healthier":
        firms = _among_healthier(firms, luck, economy, solution)
    staff = firms.sum() / behaviour.members_per_employee
    riders = None
    if cooperation.free_rider_share > 0.0:
        chance = stream(seed, "free_riders").random(len(firms))
        riders = firms & (chance < cooperation.free_rider_share)
    return Membership(firms, homes, float(staff), behaviour.scic_wage, riders)


def health(economy: Economy, solution: Solution) -> Floats:
    """Return how little each establishment hangs on the outside as it is founded, shape (P,).

    One less the mean of two shares: of its suppliers of what its output needs, those outside; of
    its sales, those outside. All else that could tell the healthy (days of cash, of stock, of
    wages in outlays) is the same for all establishments of a branch in calm times. No size is in
    it.
    """
    known, n = economy.slots, len(solution.output)
    needed = np.where(known.rating != 0, 1.0, 0.0)  # shelves: -1
    outside = needed * (economy.links.source < 0).mean(axis=1)
    number = np.bincount(known.producer, weights=needed, minlength=n)
    bought = np.bincount(known.producer, weights=outside, minlength=n) / np.maximum(1.0, number)
    sold = solution.exports / np.maximum(TINY, solution.output)
    worth: Floats = 1.0 - 0.5 * (bought + sold)
    return worth


def _among_healthier(drawn: Bools, luck: Floats, economy: Economy, solution: Solution) -> Bools:
    """Return as many members of each branch as were drawn, from its healthier half.

    The half is filled up with the next in health where it has too few. Branch by branch, so that
    what the pool holds stays near what it was. A branch of one establishment leaves no choice.
    """
    order = np.lexsort((luck, -health(economy, solution).round(9)))
    chosen = np.zeros_like(drawn)
    for branch in np.unique(economy.firms.branch):
        rows = order[economy.firms.branch[order] == branch]
        count = int(drawn[rows].sum())
        half = rows[: max(count, (len(rows) + 1) // 2)]
        chosen[half[np.argsort(luck[half], kind="stable")[:count]]] = True
    return chosen


def found_scic(
    state: State,
    goods: Rows,
    behaviour: Behaviour,
    cooperation: Cooperation,
    membership: Membership,
    seed: int,
) -> None:
    """Fill pool and fund from the members' own stocks and cash: nothing is added to the economy.

    But for a founding that is "added": then members keep what they have, and the column `added`
    tells what came from outside. Raises InputError for a fund above what members own.
    """
    scic = state.scic[0]
    if not membership.producers.any():
        return
    scic.active = True
    scic.staff = membership.staff
    scic.fee = membership.cost
    if membership.free_riders is not None:
        state.firms.free_rider = membership.free_riders
    if cooperation.pools:
        _fill_pool(state, goods, behaviour, cooperation, membership)
    if cooperation.lends:
        _fill_fund(state, behaviour, cooperation, membership, seed)
    if cooperation.founding == "added":
        scic.added = scic.pool.sum() + scic.fund


def _fill_pool(
    state: State,
    goods: Rows,
    behaviour: Behaviour,
    cooperation: Cooperation,
    membership: Membership,
) -> None:
    slots, scic = state.slots, state.scic[0]
    owner = slot_buyers(state.firms)
    given = membership.givers[owner] & goods.storable[slots.good]
    part = np.where(given, behaviour.pool_share * slots.stock_target, 0.0)
    # A stock that waits for its lorry may be small.
    part = np.minimum(part, slots.stock)
    scic.pool[:] = np.bincount(slots.good, weights=part, minlength=len(scic.pool))
    scic.pool_target[:] = scic.pool
    if cooperation.founding == "neutral":
        slots.stock -= part
        slots.stock_target -= part
        state.given[:] = part
    if behaviour.holding_reduction > 0.0:
        reduce_holdings(state, goods, behaviour, membership.producers[owner])


def reduce_holdings(state: State, goods: Rows, behaviour: Behaviour, of_members: Bools) -> None:
    """Let members want less stock of their own (E1), never less than a day of use at capacity.

    Nothing is sold: they order less until the excess is used up, and what they then do not spend is
    paid out as profits. `of_members`: purchases, shape (S,).
    """
    slots, firms = state.slots, state.firms
    use = slots.coefficient * firms.output_calm[slot_buyers(firms)]
    use[state.shelves.slot] += state.shelves.sales_calm
    least = np.minimum(slots.stock_target, behaviour.capacity_slack * use)
    less = np.maximum(least, (1.0 - behaviour.holding_reduction) * slots.stock_target)
    drop = np.where(of_members & goods.storable[slots.good], slots.stock_target - less, 0.0)
    slots.stock_target -= drop
    state.thrift[:] += drop


def _fill_fund(
    state: State,
    behaviour: Behaviour,
    cooperation: Cooperation,
    membership: Membership,
    seed: int,
) -> None:
    firms, scic = state.firms, state.scic[0]
    added = cooperation.founding == "added"
    if cooperation.fund_eur is not None and added:
        scic.fund = cooperation.fund_eur
        return
    share = behaviour.fund_share
    if cooperation.fund_eur is not None:
        share = _share_of_cash(cooperation.fund_eur, firms.cash_target[membership.givers], seed)
    part = np.where(membership.givers, share * firms.cash_target, 0.0)
    scic.fund = part.sum()
    if not added:
        scic.fund_share = share
        firms.cash -= part
        firms.cash_target -= part
        firms.put_in = part


def _share_of_cash(fund: float, cash: Floats, seed: int) -> float:
    """Return the share of members' cash that makes a fund, EUR; InputError if it is over all."""
    owned = float(cash.sum())
    if fund > owned:
        raise InputError(
            f"cooperation.fund_eur: {fund:,.0f} is more than the {owned:,.0f} EUR that members own "
            f"(seed {seed}); give at most that"
        )
    # A share of 1 could not be undone: targets of 0 tell nobody's normal cash.
    return min(fund / owned, 1.0 - 1e-9)


def decide(world: World) -> None:
    """End if it must; else let staff or members decide whether pool and fund are open."""
    state, how = world.state, world.cooperation
    scic = state.scic[0]
    if how is None or not scic.active:
        return
    if _fails(world):
        end(world)
        return
    if how.priority and not how.placebo:
        state.firms.priority[:] = state.firms.member
    if not how.governed:
        _decide_by_staff(world)


def _decide_by_staff(world: World) -> None:
    """Raise the alarm, open pool and fund after the decision delay, close them when it is over."""
    scic, behaviour = world.state.scic[0], world.rules.behaviour
    worst = trouble(world)
    if worst > behaviour.alarm_share:
        if scic.alarm_day < 0 and is_quorate(world):
            scic.alarm_day = world.tick
        if scic.alarm_day >= 0:
            waits = behaviour.decision_delay_days + extra_days(world)
            # What was agreed on holds while the alarm lasts, however members drift apart.
            scic.open = scic.open or world.tick - scic.alarm_day >= waits
    elif worst < 0.5 * behaviour.alarm_share:
        scic.alarm_day = -1
        scic.open = False


def trouble(world: World) -> float:
    """Return the share of members' stocks that are low, or of members short of means, the larger.

    That is what the staff sees every morning.
    """
    state = world.state
    return max(rules.shares_in_trouble(state.firms, state.slots, world.goods))


def is_quorate(world: World) -> bool:
    """Whether enough members are in trouble for anything to be decided."""
    if world.coordination.quorum == 0.0:
        return True
    return world.coordination.is_reached(float(positions(world).mean()))


def extra_days(world: World) -> float:
    """Return the days that a decision takes to climb, and that members take to agree."""
    coordination = world.coordination
    if coordination.delay_days_per_level == 0.0 and coordination.heterogeneity == 0.0:
        return 0.0
    there = positions(world)
    return coordination.delay_days(len(there)) + coordination.debate_days(there)


def positions(world: World) -> Floats:
    """Return of each member in business whether it is in trouble (1) or not (0)."""
    state = world.state
    hit = rules.members_in_trouble(state.firms, state.slots, world.goods)
    there: Floats = hit[state.firms.member & state.firms.alive].astype(float)
    return there


def claims(world: World) -> Floats:
    """Return how much each establishment's lack counts for those who share out, shape (P,).

    1 if they know the truth and treat all alike; see `Coordination.perceived` and `World.voices`.
    """
    firms, voices = world.state.firms, world.voices
    alike = np.ones(len(firms))
    members = int((firms.member & firms.alive).sum())
    luck = stream(world.seed, "perceived", world.tick)
    seen = world.coordination.perceived(members, world.n_drawn, luck, voices.heard)
    if seen is not None:
        alike[: world.n_drawn] = seen
    return alike if voices.weight is None else alike * voices.weight


def end(world: World) -> None:
    """End the SCIC: what it holds goes back to members, or is lost; all are on their own again.

    Only in a phase after *start*. Goods on the road arrive all the same; loans are written off.
    What no living member takes back goes to creditors outside: nothing stays in a dead SCIC.
    """
    state, scic = world.state, world.state.scic[0]
    if world.cooperation is not None and world.cooperation.on_failure == "lost":
        _leave_to_creditors(world)
    state.given += state.thrift  # targets of members are to be those of before
    state.thrift[:] = 0.0
    rules.dissolve(state.firms, state.slots, world.goods, state.given, scic)
    state.firms.loan = 0.0  # of former members too
    _leave_to_creditors(world)
    state.firms.priority[:] = False


def _leave_to_creditors(world: World) -> None:
    """Leave what the SCIC holds to creditors outside."""
    scic = world.state.scic[0]
    world.flows.lost += scic.pool
    world.flows.scic_failure -= scic.cash + scic.fund
    scic.pool[:] = 0.0
    scic.cash = scic.fund = 0.0


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
    if scic.open:
        of_each = claims(world)
        if how.pools:
            rules.grant_from_pool(
                state.firms,
                state.slots,
                world.goods,
                scic,
                state.pooled,
                state.haul[(world.tick + world.settings.haul_days) % len(state.haul)],
                world.settings,
                world.flows,
                of_each,
            )
        if how.lends:
            rules.lend(state.firms, scic, world.settings, of_each)
    elif how.pools:
        rules.restock_pool(scic, world.day, world.settings, world.flows)


def _match(world: World) -> int:
    """Link members, as many as the staff can arrange today."""
    rate = world.state.scic[0].staff * world.rules.behaviour.matches_per_employee
    placebo = world.cooperation is not None and world.cooperation.placebo
    rows = introduce_members(world, rate) if placebo else link_members(world, rate)
    if len(rows) > 0:
        world.linked_by_scic = np.bincount(rows, minlength=len(world.state.slots))
    return len(rows)


def colleges(world: World) -> dict[str, int]:
    """Return how many there are in each college of the SCIC; none without one.

    Producers are member establishments in business, workers the jobs held there (in whole jobs)
    and the SCIC's own staff, users member households, public the council, which counts as one.
    """
    state, scic = world.state, world.state.scic[0]
    if not scic.active:
        return dict.fromkeys(COLLEGES, 0)
    firms = plain(state.firms)
    members = np.flatnonzero(firms["member"] & firms["alive"])
    return {
        "producers": len(members),
        "workers": round(float(firms["staff"][members].sum() + scic.staff)),
        "users": int(plain(state.homes)["member"].sum()),
        "public": 1,
    }
