"""A platform that installs market gardeners on small plots (S22, S26, S27, S44)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, INDEX
from ressort.goods import AGRI
from ressort.measures import added, farms
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, can_build
from ressort.measures.support import exit_ratios
from ressort.parameters import branch_traits
from ressort.rules.firms import close_firm
from ressort.state import FORMATS, N_SOURCES, OUTSIDE
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

GROCERY = FORMATS.index("grocery")
BUYERS = ("grocery", *BRANCHES)
NOBODY = -1
MONTHS = 12
OUTLETS_SEEN_EVERY = 30  # days after which the platform looks again at who could buy


class Growers(Measure):
    """Market gardeners installed by a platform: land, equipment, advice against a monthly fee.

    No rate of entry is set. A project starts on a day when land, a candidate, the money for a plot
    and customers are there at once and the plot bears the fee; it opens after the platform's delay.
    What is scarcest decides.
    """

    name = "growers"
    meaning = "a platform finds land, money and customers for market gardeners, and supports them"
    meaning_fr = (
        "une plateforme trouve terres, capitaux et débouchés pour installer des maraîchers, et "
        "les accompagne"
    )
    rows = ("S22", "S26", "S27", "S28", "S44")
    mechanism = "E15"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.rows_of("buyers", BUYERS, BUYERS)  # refuses strange names
        self.active = True
        self.unpaid_days = 0
        self.land = 0.0  # ha at hand
        self.communal = 0.0  # ha of it that no farm had
        self.on_public_land = 0.0  # ha of plots that stand on what a council offered
        self.public = 0.0  # ha offered by a council and not yet taken
        self.candidates = 0
        self.vacant = 0  # plots whose grower left
        self.pending: list[int] = []  # opening days of projects under way
        self.installed = 0
        self.left = 0
        self.fees = 0.0  # paid today, EUR
        self.outlets = 0.0  # EUR/day that may still be sold to buyers here
        self.outlets_day = -OUTLETS_SEEN_EVERY

    @property
    def brings_from_outside(self) -> bool:
        """A yearly grant."""
        return bool(self.set.grant > 0.0)

    # ------------------------------------------------------------------ before day 0
    def prepare(self, world: World) -> None:
        """Make room for growers, and take note of who has no work and what residents buy."""
        traits = branch_traits()
        self.output = self.set.plot_ha * self.set.output_per_ha / DAYS_A_YEAR
        self.wage = self.output * traits.value_added_share[AGRI] * self.set.wage_share
        # What a plot leaves beside what the grower lives on: nobody signs for a fee above it.
        self.surplus = self.output * traits.value_added_share[AGRI] - self.wage
        self.first = added.make_room(world, AGRI, self.set.room, self.output, self.wage)
        world.state.firms.all_year[self.first :] = 1.0
        homes = world.economy.homes
        idle = np.where(homes.retired, 0, np.maximum(0, homes.adults - homes.workers))
        self.idle: Floats = idle * homes.weight
        self.worker = np.full(self.set.room, NOBODY)  # household of each grower
        self.ratio: Floats = np.ones(self.set.room)  # of giving up, over that without support
        # Of each plot, ha that no farm had, and of these what a council offered.
        self.given: Floats = np.zeros(self.set.room)
        self.of_council: Floats = np.zeros(self.set.room)
        self.purchases = farms.food_purchases(world)

    # ------------------------------------------------------------------ money
    def cooperate(self, world: World) -> None:
        """Take fees, the year's money in daily parts, and pay the staff."""
        if not (self.is_on(world) and self.active):
            return
        firms = world.state.firms
        rows = self.at_work(world)
        fee = self.set.fee * MONTHS / DAYS_A_YEAR
        rows = rows[(firms.cash[rows] - firms.units[rows] + firms.credit[rows]) >= fee]
        firms.cash[rows] -= fee
        self.fees = fee * len(rows)
        self.cash += self.fees
        room = max(self.set.levy + self.set.grant, 2.0 * self.set.plot_cost) - self.cash
        if room > 0.0:
            self.levy(world, self.set.levy / DAYS_A_YEAR)
            self.receive_grant(world, self.set.grant / DAYS_A_YEAR)
        due = self.set.staff * world.rules.behaviour.scic_wage
        paid = self.pay_residents(world, due)
        self.unpaid_days = self.unpaid_days + 1 if paid < 0.999 * due else 0
        self.ratio = exit_ratios(rows - self.first, min(paid / max(due, 1e-9), 1.0), self.set)
        if self._fails(world):
            self._wind_up(world)

    def _fails(self, world: World) -> bool:
        """Whether the platform ends today, as any cooperative may, or unable to pay its staff."""
        luck = stream(world.seed, "growers_platform", world.tick).random()
        chance = 1.0 - (1.0 - world.rules.behaviour.scic_hazard) ** (1 / DAYS_A_YEAR)
        return bool(
            luck < chance * self.set.may_fail
            or self.unpaid_days > world.rules.behaviour.insolvency_days
        )

    def _wind_up(self, world: World) -> None:
        """End the platform: what it holds goes back to those who paid, residents and outside."""
        given = self.set.grant / max(self.set.levy + self.set.grant, 1e-9)
        world.flows.measures -= given * self.cash
        world.profits += (1.0 - given) * self.cash
        self.cash = 0.0
        self.active = False
        self.pending = []
        self.vacant = 0

    # ------------------------------------------------------------------ coming and going
    def adapt(self, world: World) -> None:
        """Let growers leave, open what is ready, look for land and people, start projects."""
        if self.is_on(world):
            self._leave(world)
            if self.active:
                self._search(world)
                self._open_what_is_ready(world)
                self._start_projects(world)
        self._observe(world)

    def at_work(self, world: World) -> NDArray[np.int64]:
        """Return the rows of growers in business."""
        return self.first + np.flatnonzero(world.state.firms.alive[self.first :][: self.set.room])

    def _leave(self, world: World) -> None:
        """Close growers who give up; clear the rows of all who closed."""
        state = world.state
        ratio = np.where(self.active, self.ratio, 1.0)
        chance = 1.0 - (1.0 - self.set.exit_rate) ** (ratio / DAYS_A_YEAR)
        luck = stream(world.seed, "growers_exit", world.tick).random(self.set.room)
        for k in np.flatnonzero(self.worker != NOBODY):
            row = self.first + int(k)
            if state.firms.alive[row] and luck[k] < chance[k]:
                close_firm(state.firms, row, state.slots, state.jobs, world.flows)
            if not state.firms.alive[row]:
                self._clear(world, int(k))

    def _clear(self, world: World, k: int) -> None:
        """Send customers outside, the grower back to benefits, the plot to the platform."""
        state, row = world.state, self.first + k
        slot, side = np.nonzero(state.source_calm == row)
        farms.drop_links(world, slot, side, row)
        world.index = added.unlist_seller(world.index, AGRI, row)
        job = state.jobs[state.firms.first_job[row]]
        state.homes.transfers[self.worker[k]] += self._benefit(world)
        self.idle[self.worker[k]] += job.posts
        job.household, job.wage = OUTSIDE, 0.0
        self.worker[k] = NOBODY
        self._free_land(k)
        self.left += 1
        self.vacant += self.active
        self.outlets_day = -OUTLETS_SEEN_EVERY

    def _free_land(self, k: int) -> None:
        """Take back what no farm had, for the next grower."""
        self.communal += float(self.given[k])
        self.public += float(self.of_council[k])
        self.on_public_land -= float(self.of_council[k])
        self.given[k] = self.of_council[k] = 0.0

    def _benefit(self, world: World) -> float:
        return float(world.rules.behaviour.inactive_income)

    def _search(self, world: World) -> None:
        """Find land as it changes hands, take what communes offer, and meet candidates."""
        turned_over = self.set.land_turnover * float(world.place.hectares.sum())
        communal = self.set.communal_land / DAYS_A_YEAR
        self.land += self.set.land_obtained * turned_over / DAYS_A_YEAR + communal
        self.communal += communal
        rng = stream(world.seed, "growers_people", world.tick)
        chance = 1.0 - np.exp(-1.0 / (self.set.patience_years * DAYS_A_YEAR))
        self.candidates -= int((rng.random(self.candidates) < chance).sum())
        self.candidates += self._newcomers(world)

    def offer(self, hectares: float) -> None:
        """Take public land that a council offers; no farm had it."""
        self.land += hectares
        self.communal += hectares
        self.public += hectares

    def _newcomers(self, world: World) -> int:
        """Draw how many without work turn up today and want to grow vegetables."""
        rng = stream(world.seed, "growers_arrivals", world.tick)
        mean = self.set.candidate_rate * float(self.idle.sum()) / DAYS_A_YEAR
        # Counted off one number, so that a higher rate never brings fewer.
        luck, count, chance = rng.random(), 0, np.exp(-mean)
        total = chance
        while luck >= total and chance > 0.0:
            count += 1
            chance *= mean / count
            total += chance
        return count

    def _start_projects(self, world: World) -> None:
        """Start projects while nothing lacks."""
        if world.tick - self.outlets_day >= OUTLETS_SEEN_EVERY:
            self.outlets = float(self._customers(world)[2].sum())
            self.outlets_day = world.tick
        # A vacant plot has its buildings; a new one waits for what they are made of.
        while not any(self._lacks(world).values()) and (self.vacant > 0 or can_build(world)):
            self.candidates -= 1
            if self.vacant > 0:
                self.vacant -= 1
            else:
                self.land -= self.set.plot_ha
                self.pay_outside(world, self.set.plot_cost)
            self.pending.append(world.tick + self.set.delay_days)

    def _lacks(self, world: World) -> dict[str, bool]:
        """Say of each limit whether it keeps one more project from starting today."""
        waiting = len(self.pending) + 1
        busy = int((self.worker != NOBODY).sum())
        plot = 0.0 if self.vacant > 0 else self.set.plot_cost
        start = waiting * self._working_capital(world)
        return {
            "land": self.vacant == 0 and self.land < self.set.plot_ha,
            "capital": self.cash < plot + start,
            "candidates": self.candidates < 1,
            "outlets": self.outlets < waiting * self.set.least_sold * self.output,
            "room": busy + waiting > self.set.room,
            "fee": self.set.fee * MONTHS / DAYS_A_YEAR > self.surplus,
        }

    def _working_capital(self, world: World) -> float:
        """Money that a new grower gets to begin with: cash and a first store of inputs."""
        firm = world.state.firms[self.first]
        inputs = slice(firm.first_slot, firm.end_slot)
        return float(firm.cash_target + world.state.slots.stock_target[inputs].sum())

    def _open_what_is_ready(self, world: World) -> None:
        """Open projects whose delay is over, if inputs can be bought and customers are there."""
        recipe = branch_traits().coefficients[:, AGRI] > 0.0
        day = world.day
        if not (np.all(day.outside[recipe] >= 1.0) and np.all(day.border[recipe] >= 1.0)):
            return
        while self.pending and self.pending[0] <= world.tick:
            if not self._open(world):
                return
            self.pending.pop(0)

    def _open(self, world: World) -> bool:
        """Open one grower; False if money, people or customers lack after all."""
        rng = stream(world.seed, "growers", self.installed)
        commune = _drawn(rng, world.place.hectares)
        km = world.index.distance[commune]
        reach = np.exp(-km / world.rules.behaviour.commuting_decay_km)
        near = self.idle * reach[world.state.homes.commune] * (self.idle >= 1.0)
        if self.cash < self._working_capital(world) or near.sum() <= 0.0:
            return False
        k = int(np.flatnonzero(self.worker == NOBODY)[0])
        row = self.first + k
        slot, side, flow = self._chosen(world, km)
        if flow.sum() < self.set.least_sold * self.output:
            return False
        self._settle_on_land(world, k, commune)
        self._found(world, row, commune)
        self._employ(world, k, _drawn(rng, near))
        farms.take_links(world, slot, side, row)
        world.state.firms.exports_calm[row] = max(0.0, self.output - float(flow.sum()))
        world.index = added.list_seller(world.index, AGRI, row)
        self.installed += 1
        self.outlets_day = -OUTLETS_SEEN_EVERY
        return True

    def _settle_on_land(self, world: World, k: int, commune: int) -> None:
        """Take the plot from farms nearby, but for what communes gave."""
        given = min(self.communal, self.set.plot_ha)
        self.communal -= given
        taken = min(self.public, given)  # what a council offers is taken first
        self.public -= taken
        self.on_public_land += taken
        self.given[k], self.of_council[k] = given, taken
        if given < self.set.plot_ha:
            farms.take_land(world, commune, self.set.plot_ha - given, self.set.land_most)

    def _found(self, world: World, row: int, commune: int) -> None:
        """Fill the tables of a new grower, its cash and its stores, out of the platform's money."""
        state = world.state
        firm = state.firms[row]
        firm.commune = commune
        firm.alive = True
        firm.staff = firm.jobs
        for column in ("broken", "short_days", "slack_days", "want_days"):
            firm[column] = 0
        firm.vacancy = 0.0
        firm.activity = 1.0
        firm.demand_expected = firm.output_calm
        firm.exports_kept = 1.0
        self.cash -= float(firm.cash_target)
        self.cost_today += float(firm.cash_target)
        firm.cash += firm.cash_target
        km = world.index.distance[commune]
        old = farms.old_farms(world)
        if len(old):
            neighbour = int(old[np.argmin(km[state.firms.commune[old]])])
            added.link_inputs(world, row, neighbour, never=(AGRI,))
        inputs = slice(firm.first_slot, firm.end_slot)
        slots = state.slots[inputs]
        lack = np.maximum(0.0, slots.stock_target - slots.stock - slots.in_transit)
        bought = lack * (self.pay_outside(world, float(lack.sum())) / max(float(lack.sum()), 1e-9))
        state.slots.stock[inputs] += bought
        world.flows.imported += np.bincount(
            slots.good, weights=bought, minlength=len(world.flows.imported)
        )

    def _employ(self, world: World, k: int, household: int) -> None:
        """Give the job to a resident without work, whose benefit ends."""
        state = world.state
        job = state.jobs[state.firms.first_job[self.first + k]]
        job.household, job.wage, job.held = household, self.wage, 1.0
        state.homes.transfers[household] -= self._benefit(world)
        self.idle[household] -= job.posts
        self.worker[k] = household

    # ------------------------------------------------------------------ customers
    def _customers(self, world: World) -> tuple[Any, Any, Floats, Any]:
        """Return purchases that go outside and that a plot could serve: slot, side, flow, buyer."""
        state = world.state
        slots, firms = state.slots, state.firms
        wanted = np.flatnonzero(slots.good == AGRI)
        owner = world.buyers[wanted]
        groceries = (firms.format[owner] == GROCERY) & (slots.shelf[wanted] >= 0)
        buyers = groceries & ("grocery" in self.set.buyers)
        for name in self.set.buyers:
            if name != "grocery":
                buyers |= firms.branch[owner] == INDEX[name]
        buyers &= firms.alive[owner] & (owner < world.n_drawn)
        wanted, owner = wanted[buyers], owner[buyers]
        flow = added.calm_flows(world, wanted, owner) / N_SOURCES
        outside = (state.source_calm[wanted] == OUTSIDE) & (slots.source[wanted] == OUTSIDE)
        at, side = np.nonzero(outside & ((flow > 0.0) & (flow <= self.output))[:, None])
        return wanted[at], side, flow[at], owner[at]

    def _chosen(self, world: World, km: Floats) -> tuple[Any, Any, Floats]:
        """Return customers of a new plot, nearest first, at most its output."""
        slot, side, flow, owner = self._customers(world)
        away = km[world.state.firms.commune[owner]]
        chosen, left = [], self.output
        for j in np.argsort(away, kind="stable"):
            if away[j] > self.set.reach_km:
                break
            if flow[j] <= left:
                chosen.append(j)
                left -= flow[j]
        rows = np.array(chosen, dtype=np.int64)
        return slot[rows], side[rows], flow[rows]

    # ------------------------------------------------------------------ what is seen
    def _observe(self, world: World) -> None:
        firms, years = world.state.firms, max(0.0, self.years(world))
        rows = self.at_work(world)
        delivered = float((firms.sold[rows] - firms.exported[rows]).sum())
        hectares = self.set.plot_ha * len(rows)
        people = float(world.place.population.sum())
        lacks = self._lacks(world) if self.is_on(world) and self.active else {}
        names = ("land", "capital", "candidates", "outlets", "room", "fee")
        reached = min(1.0, years / self.set.plan_years) if self.set.plan_years > 0.0 else 0.0
        self.observed = {
            "farms": float(len(rows)),
            "installed": float(self.installed),
            "left": float(self.left),
            "projects": float(len(self.pending)),
            "hectares": hectares,
            "waiting_land": self.land / self.set.plot_ha + self.vacant,
            "waiting_capital": self.cash / max(self.set.plot_cost, 1.0),
            "waiting_candidates": float(self.candidates),
            "outlets": self.outlets,
            "fees": self.fees if self.active else 0.0,
            **{f"lacks_{name}": float(lacks.get(name, False)) for name in names},
            "covered": delivered / max(self.set.vegetable_share * self.purchases, 1e-9),
            "covered_by_land": hectares * 1e4 / (self.set.vegetable_m2 * people),
            "platform": float(self.active),
            "account": self.cash,
            "plan_farms": reached * self.set.plan_farms,
            "plan_covered": reached * self.set.plan_coverage,
        }


def _drawn(rng: np.random.Generator, weight: Floats) -> int:
    """Draw an index in proportion to weights."""
    total = np.cumsum(weight)
    return int(min(np.searchsorted(total, rng.random() * total[-1]), len(total) - 1))
