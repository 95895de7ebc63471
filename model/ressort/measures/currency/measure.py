"""The currency as a measure: who holds units, and when in the day what is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.measures.base import Floats, Identity, Measure, total
from ressort.measures.currency import hits, income, invoices, network, notes, office, public
from ressort.measures.currency.seen import MONTH, Log
from ressort.rules import passes
from ressort.rules import units as rules
from ressort.streams import stream
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.world import World

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]
NONE: Floats = np.zeros(0)


class Currency(Measure):
    """A local currency, backed one to one by euros.

    Units that residents and producers hold are part of their money: the tables say which part
    (`units`), and the rules of the day that money does not limit never see the difference. `cash`
    is the reserve. `fees` (EUR) passes through the office in a day. `outside` and `council`: units
    held by creditors beyond the border and by the council; `lost`: backing lost with a bank;
    `pledges` (by producer) and `unbacked`: units that output or nothing stands behind.
    """

    name = "currency"
    meaning = "a local currency, changed one to one for euros, circulates among members"
    meaning_fr = (
        "une monnaie locale, échangée à parité contre des euros, circule entre ses adhérents"
    )
    rows = ("S34", "S35", "S36", "S37")
    mechanism = "E3"  # its setting `clearing` is E2
    changes_conditions = False

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.launched = False
        self.fees = self.outside = self.council = self.lost = self.unbacked = 0.0
        self.placed = 0.0  # part of the reserve that comes back with notice
        self.confidence = self.coverable = 1.0  # the latter: see `income.coverable`
        self.halted = False  # the office could not pay all that was asked for yesterday
        self.frozen = False  # payments in euros were frozen yesterday
        self.log = Log()
        self.hits = hits.Hits()
        # By household: share of it that is a member, habit, usual spending where units are taken,
        # persons who receive the income.
        self.members = self.habit = self.spendable = self.recipients = NONE
        # By producer: output pledged, units spent of late, taken and changed back in a year.
        self.pledges = self.spent_lately = self.took = self.changed_back = NONE
        self.invoices: invoices.Invoices | None = None  # none if all is paid on delivery
        self.first_day = 0
        self.on_cycles = 0.0  # share of open invoices that the last clearing found on cycles
        self.joined: Bools = np.zeros(0, dtype=bool)
        self.eligible: Bools = np.zeros(0, dtype=bool)
        self.change_day = self.joined_on = np.zeros(0, dtype=np.int64)
        # Rows of the households and of the producers that may hold units, few of all.
        self.holders: Longs = np.zeros(0, dtype=np.int64)
        self.users: Longs = np.zeros(0, dtype=np.int64)
        # Of the morning: what leans were when orders were written, and euros for purchases.
        self.home_leans = self.slot_leans = self.means = NONE
        self.people = NONE  # that each household stands for

    # ------------------------------------------------------------------ its place in the day
    @property
    def brings_from_outside(self) -> bool:
        """An income that is granted."""
        return bool(self.set.income_granted and self.set.recipients * self.set.income_month > 0.0)

    def prepare(self, world: World) -> None:
        """Make room for wallets; draw who would be a member."""
        n, p = len(world.state.homes), len(world.state.firms)
        self.members = network.draw_members(self, world)
        self.people = np.array(plain(world.state.homes)["people"])
        self.home_leans = np.zeros(world.state.homes.lean.shape)
        self.change_day = stream(world.seed, "currency days").integers(0, MONTH, n)
        self.habit = np.full(n, float(self.set.habit))
        self.spendable, self.recipients = np.zeros(n), np.zeros(n)
        self.pledges, self.spent_lately = np.zeros(p), np.zeros(p)
        self.took, self.changed_back = np.zeros(p), np.zeros(p)
        self.joined, self.joined_on = np.zeros(p, dtype=bool), np.zeros(p, dtype=np.int64)
        self.eligible = network.eligible(self, world)
        self.log.open(n, p)

    def set_conditions(self, world: World) -> None:
        """See to the units of who was closed by a shock, and to a reserve in a failing bank."""
        if self.launched:
            self.log.begin_day(world.tick)
            invoices.bury(self, world)
            office.bury(self, world)
            office.lose_placed(self, world)

    def decide(self, world: World) -> None:
        """Start when it is time; say who takes units today and what may be spent."""
        if not self.launched and self.years(world) >= self.set.launch_years:
            self.log.begin_day(world.tick)
            self.coverable = income.coverable(self, world)
            network.launch(self, world)
            office.fill_wallets(self, world)
            self.invoices = invoices.open_books(self, world)
            self.first_day = world.tick
            self.launched = True
        if not self.launched:
            return
        hits.lose_acceptor(self, world)
        self._update_confidence(world)
        hits.doubt(self, world)
        self._open_the_day(world)

    def _update_confidence(self, world: World) -> None:
        start = min((s.start_day for s in world.shocks), default=-1)
        frozen = bool(world.day.payments < 1.0)
        self.confidence += (1.0 - self.confidence) / self.set.recovery_days
        if frozen:
            self.confidence = min(self.confidence, self.set.freeze_confidence)
        if self.halted:
            self.confidence = min(self.confidence, self.set.halt_confidence)
        if start >= 0 <= self.set.news_after and world.tick == start + self.set.news_after:
            self.confidence = min(self.confidence, self.set.news_confidence)
        if self.set.erase_habits and world.tick == start:
            self.habit[:] = 0.0

    def _open_the_day(self, world: World) -> None:
        state = world.state
        firms, homes = plain(state.firms), plain(state.homes)
        users, holders = self.users, self.holders
        trust: Any = self.confidence
        if self.set.sinks:
            trust = np.where(network.is_sink(self, world), 1.0, self.confidence)
        limit = np.broadcast_to(self.set.firm_limit * trust, self.joined.shape)
        limit = notes.till_limit(self, world, limit)
        credit = np.zeros(len(firms))
        if self.set.credit_days > 0.0:
            credit[users] = self.set.credit_days * firms["outlays_calm"][users]
            credit = np.where(self.joined, credit, 0.0)
        payments = float(world.day.payments)
        invoices.begin(self, world, credit)
        self.means = passes.open_tills(firms, users, self.joined, np.array(limit), credit, payments)
        # Those who have lost the habit take their first steps anew.
        ready = np.maximum(self.habit[holders], 1.0 / self.set.learn_days)
        homes["at_hand"][holders] = ready * np.maximum(0.0, homes["units"][holders])
        notes.hold_back(self, world)
        invoices.give_terms(self, world)
        self._go_where_units_are_taken(world)
        counted = slice(None) if self.log.counts_today(world.tick) else holders
        self.home_leans[counted] = homes["lean"][counted]
        if len(self.slot_leans) != len(state.slots):
            self.slot_leans = np.zeros(len(state.slots))
        passes.note_leans(firms, self._payers(world), plain(state.slots), self.slot_leans)

    def _payers(self, world: World) -> Longs:
        """Producers whose payments are looked at today: of all while payments are counted."""
        everyone = self.log.counts_today(world.tick) or self.invoices is not None
        return np.arange(len(world.state.firms)) if everyone else self.users

    def _go_where_units_are_taken(self, world: World) -> None:
        """Lean members, out of habit or need, to that one of two sellers which takes units.

        Who cannot pay a usual day in euros and can spend more in units goes nowhere else.
        """
        homes, firms = plain(world.state.homes), plain(world.state.firms)
        payments, who, users = world.day.payments, self.holders, self.users
        shift = self.set.lean_shift * self.members[who] * self.habit[who]
        if payments < 1.0:
            euros = np.maximum(0.0, homes["cash"][who] - homes["units"][who]) * payments
            shift[(euros < homes["budget_calm"][who]) & (homes["at_hand"][who] > euros)] = 0.5
            means = self.means[users]
            short = means < firms["outlays_calm"][users] - firms["wage_bill"][users]
            needy = users[short & (firms["at_hand"][users] > means)]
            rules.turn_to_accepting(firms, needy, plain(world.state.slots))
        if shift.any():
            rules.prefer_accepting(homes, who, firms, shift)

    def trade(self, world: World) -> None:
        """Settle in units what payers and payees agree to, all out of what they held at dawn."""
        if not self.launched:
            return
        state = world.state
        firms, homes = plain(state.firms), plain(state.homes)
        spent, paid, got = np.zeros(len(homes)), np.zeros(len(firms)), np.zeros(len(firms))
        users, holders = self.users, self.holders
        rules.pay_sellers(
            *(homes, holders, world.items, firms, state.shelves, self.home_leans, spent, got)
        )
        counting = self.log.counts_today(world.tick)
        if self.invoices is not None:
            between = invoices.trade(self, world, paid, got, counting)
        else:
            between = rules.pay_suppliers(
                *(firms, self._payers(world), state.slots, state.shelves, world.day),
                *(self.slot_leans, self.means, counting, paid, got),
            )
        if counting:
            bought = rules.count_purchases(
                homes, world.items, firms, state.shelves, self.home_leans
            )
            self.log.note_trade(world, bought, between)
        homes["units"][holders] -= spent[holders]
        firms["units"][users] += got[users] - paid[users]
        self._remember(world, spent, paid, got)
        income.redeem(self, world)

    def _remember(self, world: World, spent: Floats, paid: Floats, got: Floats) -> None:
        who = self.holders
        use = (1.0 - self.habit[who]) / self.set.learn_days
        fading = self.habit[who] / self.set.forget_days
        self.habit[who] += np.where(spent[who] > 0.0, use, -fading) * (self.members[who] > 0.0)
        self.spent_lately *= 1.0 - 1.0 / self.set.keep_days
        self.spent_lately += paid
        self.took *= 1.0 - 1.0 / 365
        self.took += got
        self.changed_back *= 1.0 - 1.0 / 365
        self.log.note_payments_in_units(world.tick, spent, paid, got)

    def cooperate(self, world: World) -> None:
        """Pay wages in units, pay the autonomy income, change and change back, pay the office."""
        if not self.launched:
            return
        if self.log.counts_today(world.tick):
            earned = float(plain(world.state.homes)["income"].sum() - world.flows.jobless_pay)
            self.log.note_earnings(earned, float(world.profits))
        self._pay_workers(world)
        office.collect_dues(self, world)
        office.take_demurrage(self, world)
        office.change_back(self, world)
        income.pay(self, world)
        hits.forge(self, world)
        changed = office.change(self, world)
        office.spend_fees(self, world, changed)

    def _pay_workers(self, world: World) -> None:
        state = world.state
        firms, homes = plain(state.firms), plain(state.homes)
        if self.set.wage_share <= 0.0:
            return
        users, who = self.users, self.holders
        limit = notes.wallet_limit(self) * self.people[who] * self.members[who] * self.confidence
        room, got, paid = np.zeros(len(homes)), np.zeros(len(homes)), np.zeros(len(firms))
        room[who] = np.maximum(0.0, limit - homes["units"][who])
        net = float(world.settings.net_wage_share)
        share = self.set.wage_share * notes.running(self, world)
        rules.pay_workers(firms, users, state.jobs, share, net, room, paid, got)
        firms["units"][users] -= paid[users]
        homes["units"][who] += got[who]
        self.spent_lately += paid
        self.log.add_wages(world.tick, paid)

    def adapt(self, world: World) -> None:
        """Take taxes, settle with who closed; once a month, see who joins and leaves."""
        if not self.launched:
            return
        public.take_taxes(self, world)
        public.pay_staff(self, world)
        public.spend(self, world)
        invoices.bury(self, world)
        office.bury(self, world)
        office.part_with_units(self, world)
        if world.tick % MONTH == 0:
            network.change(self, world)
        self.observed = self.log.observe(self, world)
        self.frozen = bool(world.day.payments < 1.0)

    # ------------------------------------------------------------------ what the audit asks
    def units(self, world: World) -> float:
        """Units in all hands."""
        return self._inside(world) + self.outside + self.council

    def _inside(self, world: World) -> float:
        homes, firms = plain(world.state.homes), plain(world.state.firms)
        return float(homes["units"].sum()) + total(world, firms["units"])

    def in_wallets(self, world: World) -> tuple[Floats, Floats]:
        """Units by household and by producer, looked up only where there may be any."""
        homes, firms = plain(world.state.homes), plain(world.state.firms)
        of_homes, of_firms = np.zeros(len(homes)), np.zeros(len(firms))
        of_homes[self.holders] = homes["units"][self.holders]
        of_firms[self.users] = firms["units"][self.users]
        return of_homes, of_firms

    def mass(self, world: World) -> float:
        """Units in all hands, as `units` finds them by looking everywhere."""
        of_homes, of_firms = self.in_wallets(world)
        inside = float(of_homes.sum()) + total(world, of_firms)
        return inside + self.outside + self.council

    def euros(self, world: World) -> float:
        """Reserve and fees, less the units that residents and producers count as money."""
        return self.cash + self.fees - self._inside(world)

    def audit(self, world: World) -> Iterable[Identity]:
        """Units are what the reserve and pledges back; nobody owes euros because he holds units."""
        firms, homes = plain(world.state.firms), plain(world.state.homes)
        backing = self.cash + self.lost + float(self.pledges.sum()) + self.unbacked
        yield "units issued", self.units(world), backing
        yield "units in wallets", self.mass(world), self.units(world)
        if self.invoices is not None:
            of_table, of_sums = self.invoices.gaps()
            yield "invoices", of_table, 0.0
            yield "what is owed", of_sums, 0.0
        of_firms = firms["cash"] + firms["credit"] - firms["units"]
        for who, left in (
            ("euros of a producer", of_firms[firms["alive"]]),
            ("euros of a household", homes["cash"] - homes["units"]),
            ("units of a household", homes["units"]),
            ("reserve at once", np.array([self.cash - self.placed])),
        ):
            yield who, float(left.min(initial=0.0)) / float(left.max(initial=1.0)), 0.0
