"""A producer of the plain model: buys, makes, sells, employs, closes and opens again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import mesa
from tests.reference.plain_things import (
    TROUBLE_MOST,
    WORKS_AGAIN,
    Good,
    Input,
    Job,
    Purchase,
    Shelf,
    dispatched,
    moved_lean,
    share_out,
)

from ressort.goods import ProductionFunction, Rationing

if TYPE_CHECKING:
    from tests.reference.plain_mesa import PlainModel

ESSENTIAL: tuple[str, ...] = ("agri", "food", "pharma", "energy", "water", "trade", "transport")
ESSENTIAL += ("health_social", "info_comm", "fuel")
DEBT_SHARE = 0.999  # share of wages paid under which a day is short
RESTRAINT = 0.99  # share of orders sent under which a day is short
HALF_A_POST = 0.5
BUSY = 0.9  # share of its staff at work from which a producer recalls
EXPORTS_FALL = 0.98


class Producer(mesa.Agent):
    """An establishment, which makes the good of its branch."""

    model: PlainModel

    def __init__(self, model: PlainModel, row: int, good: Good, kind: str | None, of: Any) -> None:
        """Copy the producer from its record `of` in the table of producers."""
        super().__init__(model)
        self.row = row
        self.good = good
        self.kind = kind  # of shop
        self.alive = bool(of.alive)
        self.member = bool(of.member)
        self.commune = int(of.commune)
        self.machines = int(of.machines)
        self.broken = int(of.broken)
        self.jobs = float(of.jobs)
        self.staff = float(of.staff)
        self.output_calm = float(of.output_calm)
        self.capacity = float(of.capacity)
        self.exports_calm = float(of.exports_calm)
        self.investment_calm = float(of.investment_calm)
        self.wage_bill = float(of.wage_bill)
        self.stock = float(of.stock)
        self.stock_target = float(of.stock_target)
        self.crop = float(of.crop)
        self.demand_expected = float(of.demand_expected)
        self.exports_kept = float(of.exports_kept)
        self.activity = float(of.activity)
        self.cash = float(of.cash)
        self.cash_target = float(of.cash_target)
        self.credit = self.credit_calm = float(of.credit)
        self.outlays_calm = float(of.outlays_calm)
        self.restock_days = float(of.restock_days)
        self.loan = 0.0
        self.slack_days = self.want_days = self.short_days = 0
        self.vacancy = 0.0
        self.intact = self.able = self.restraint = 1.0
        self.orders = [0.0, 0.0]
        self.served = [1.0, 1.0]
        self.plan = 0.0  # output for which it orders inputs
        self.possible = self.production = self.sold = self.exported = 0.0
        self.purchases: list[Purchase] = []  # inputs and shelves, in the order of the start
        self.inputs: list[Input] = []
        self.shelves: list[Shelf] = []
        self.shelf_of: dict[str, Shelf] = {}  # by good
        self.job_rows: list[Job] = []
        self.commuters = 0.0  # share of its jobs in calm times
        self.tier = self._tier()

    def _tier(self) -> int:
        """Return the tier in which it is served as a buyer."""
        if self.model.rationing is Rationing.ESSENTIAL_FIRST:
            return 0 if self.good.name in ESSENTIAL else 1
        if self.model.rationing is Rationing.MEMBERS_FIRST:
            return 0 if self.member else 1
        return 0

    def tier_at(self, seller: Producer) -> int:
        """Return the tier in which a seller serves it."""
        if seller.members_first:
            return 0 if self.member else 1
        return self.tier

    @property
    def members_first(self) -> bool:
        """Whether it serves members of the SCIC before others."""
        scic = self.model.scic
        return scic.how.priority and scic.active and self.member

    @property
    def tier_of_exports(self) -> int:
        """Return the tier in which it serves customers outside, and investors."""
        return 1 if self.members_first else self.model.exports_tier

    def works_for(self, tier: int) -> bool:
        """Whether customers of a tier who left may come back."""
        return self.can_sell and self.served[tier] > WORKS_AGAIN

    @property
    def can_sell(self) -> bool:
        """Whether it is in business and can make anything today."""
        return self.alive and self.possible > 0.0

    def run_deficit(self, share: float) -> None:
        """Spend outside its calm profit and a share of its calm outlays, as far as it can pay."""
        if self.alive:
            made = self.output_calm * (1.0 - sum(i.coefficient for i in self.inputs))
            loss = share * self.outlays_calm + max(0.0, made - self.wage_bill)
            self.cash -= min(loss, max(0.0, self.cash + self.credit))

    @property
    def export_orders(self) -> float:
        """Orders of customers outside, at the share of them kept now."""
        crossing = min(self.exports_kept, self.model.today.exports[self.good.name])
        return self.exports_calm * crossing

    @property
    def room(self) -> float:
        """What it could still deliver to new local buyers: idle capacity and what it exports."""
        room = self.possible - (sum(self.orders) - self.export_orders)
        return min(room, self.stock) if self.good.storable else room

    def lose(self, share: float) -> None:
        """Lose a share of stocks, crop and sound machines."""
        self.stock *= 1.0 - share
        self.crop *= 1.0 - share
        for purchase in self.purchases:
            purchase.stock *= 1.0 - share
        self.broken += round(share * (self.machines - self.broken))

    # ------------------------------------------------------------------ morning
    def receive(self) -> None:
        """Take in what was dispatched for today; what cannot cross is refunded."""
        for purchase in self.purchases:
            arrived = purchase.arrivals.pop(self.model.tick, 0.0)
            crossed = arrived * self.model.today.border[purchase.good.name]
            purchase.in_transit = max(0.0, purchase.in_transit - arrived)
            purchase.stock += crossed
            self.cash += arrived - crossed
            granted = purchase.haul.pop(self.model.tick, 0.0)
            purchase.stock += granted
            purchase.pooled = max(0.0, purchase.pooled - granted)

    def run_machines(self, break_luck: float, repair_luck: float) -> None:
        """Let at most one machine break and one be repaired."""
        if not self.alive or self.good.machine_dependence <= 0.0:
            return
        settings, broken = self.model.settings, self.broken
        running = self.machines - broken
        if break_luck < 1.0 - (1.0 - 1.0 / settings.machine_life_days) ** running:
            self.broken += 1
            self.model.events["breakdown"] += 1
        if broken == 0:
            return
        parts = 1.0
        for purchase in self.inputs:
            if purchase.good.name == "equipment":
                parts = min(1.0, purchase.stock / purchase.stock_target)
        a_day = parts * self.model.repairer() / settings.repair_days
        if repair_luck < 1.0 - (1.0 - a_day) ** broken:
            self.broken -= 1
            self.model.events["repair"] += 1

    # ------------------------------------------------------------------ orders
    def open_books(self) -> None:
        """Start the day without orders."""
        self.orders = [0.0, 0.0]
        for shelf in self.shelves:
            shelf.asked = [0.0, 0.0]
        for purchase in self.purchases:
            purchase.order = 0.0
            purchase.dispatched = [0.0, 0.0]

    def place_orders(self) -> None:
        """Order what is used, and what lacks of the targets, as far as money goes."""
        self.restraint = 1.0
        if not self.alive:
            return
        self.plan = self._planned_output()
        for purchase in self.purchases:
            purchase.order = self._wanted(purchase)
        total = sum(purchase.order for purchase in self.purchases)
        means = max(0.0, self.cash + self.credit - self.wage_bill)
        if total > means:
            self.restraint = means / total
        not_frozen = means * self.model.today.payments
        cut = not_frozen / total if total > not_frozen else 1.0
        for purchase in self.purchases:
            purchase.order *= cut
            self._send(purchase)

    def _planned_output(self) -> float:
        """Return the output for which inputs are ordered."""
        if self.good.name == "agri":
            return self.output_calm
        refill = 0.0
        if self.good.storable:
            refill = (self.stock_target - self.stock) / self.model.settings.restock_days
        return max(0.0, min(self.capacity, self.demand_expected + refill))

    @staticmethod
    def _wanted(purchase: Purchase) -> float:
        use = purchase.use
        if not purchase.good.storable:
            return max(0.0, purchase.stock_target - max(0.0, purchase.stock - use))
        road = (purchase.good.lead_days - 1) * use * purchase.part_outside
        lacks = purchase.stock_target + road - purchase.held
        return max(0.0, use + lacks / purchase.restock_days)

    def _send(self, purchase: Purchase) -> None:
        good, today = purchase.good, self.model.today
        for k, source in enumerate(purchase.sources):
            part = purchase.order * purchase.part(k)
            if source is not None:
                source.orders[self.tier_at(source)] += part
                continue
            calm = purchase.calm_use * purchase.part(k)
            sent = dispatched(today.outside[good.name], part, calm)
            purchase.dispatched[k] = sent
            purchase.in_transit += sent
            purchase.arrivals[self.model.tick + good.lead_days] += sent
            self.cash -= sent

    def take_orders_from_outside(self) -> None:
        """Receive the orders of investors and of customers outside."""
        if not self.alive:
            return
        invested = self.investment_calm * self.model.today.demand[self.good.name]
        self.orders[self.tier_of_exports] += invested + self.export_orders

    # ------------------------------------------------------------------ production
    def produce(self) -> None:
        """Make the output of the day and share it among those who ordered."""
        self.possible = self._most_output() if self.alive else 0.0
        for shelf in self.shelves:
            shelf.served = share_out(shelf.stock, shelf.asked)
        if self.good.storable:
            self.production = self._farm() if self.good.name == "agri" else self._manufacture()
            self.served = share_out(self.stock, self.orders)
            self.sold = self._sales()
            self.stock = max(0.0, self.stock - self.sold)
            self._spoil()
        else:
            self.served = share_out(self.possible, self.orders)
            self.sold = self.production = self._sales()
        self._use_inputs()
        exports = self.export_orders if self.alive else 0.0
        self.exported = self.served[self.tier_of_exports] * exports

    def _most_output(self) -> float:
        """Return the most that machines, staff and inputs allow."""
        machines = 1.0 - self.good.machine_dependence * self.broken / self.machines
        limit = min(
            self.capacity * self.intact * machines,
            self.capacity * self.able * self.staff / self.jobs,
        )
        function = self.model.production_function
        if function is ProductionFunction.LINEAR:
            needed = sum(i.coefficient for i in self.inputs)
            return min(limit, sum(i.stock for i in self.inputs) / needed) if needed else limit
        most = limit
        for i in self.inputs:
            allows = i.stock / i.coefficient
            strict = function is ProductionFunction.STRICT and i.rating == 1
            if function is ProductionFunction.LEONTIEF or i.rating == 2 or strict:
                most = min(most, allows)
            elif i.rating == 1 and function is ProductionFunction.HALF:
                most = min(most, 0.5 * (allows + limit))
        return most

    def _farm(self) -> float:
        settings = self.model.settings
        made = min(self.possible, self.output_calm * self.intact)
        since = self.model.day_of_year - settings.harvest_first_day
        harvested = 0.0
        if 0 <= since < settings.harvest_days:
            harvested = self.crop / (settings.harvest_days - since)
        self.crop += settings.harvest_share * made - harvested
        self.stock += (1.0 - settings.harvest_share) * made + harvested
        return made

    def _manufacture(self) -> float:
        lacks = (self.stock_target - self.stock) / self.model.settings.restock_days
        made = min(self.possible, max(0.0, sum(self.orders) + lacks))
        self.stock += made
        return made

    def _spoil(self) -> None:
        excess = self.stock - 2.0 * self.stock_target
        if self.good.shelf_life_days > 0.0 and excess > 0.0:
            self.stock -= excess / self.good.shelf_life_days

    def _sales(self) -> float:
        """Return what is sold; a shop sells its margin on what customers take home."""
        total = 0.0
        for tier in (0, 1):
            margins = sum(s.good.margin * s.asked[tier] for s in self.shelves)
            total += sum(s.good.margin * s.asked[tier] * s.found(tier) for s in self.shelves)
            total += max(0.0, self.orders[tier] - margins) * self.served[tier]
        return total

    def _use_inputs(self) -> None:
        lack = 0.0
        for i in self.inputs:
            needed = i.coefficient * self.production
            used = min(i.stock, needed)
            i.stock -= used
            lack += needed - used
        left = sum(i.stock for i in self.inputs)
        if self.model.production_function is ProductionFunction.LINEAR and lack > 0.0 < left:
            for i in self.inputs:
                i.stock -= min(1.0, lack / left) * i.stock

    # ------------------------------------------------------------------ deliveries and pay
    def take_deliveries(self) -> None:
        """Receive and pay what local sources deliver; remember who failed."""
        if not self.alive:
            return
        settings = self.model.settings
        for purchase in self.purchases:
            served = [self._delivered(purchase, k) for k in (0, 1)]
            for k in (0, 1):
                failed = served[k] < settings.trouble_fill
                purchase.trouble[k] = min(TROUBLE_MOST, purchase.trouble[k] + 1) if failed else 0
            purchase.lean = moved_lean(
                purchase.lean, served, settings.lean_rate, settings.lean_return_days
            )

    def _delivered(self, purchase: Purchase, k: int) -> float:
        """Take in what source k delivers and return the share of the order that it served."""
        part = purchase.order * purchase.part(k)
        source = purchase.sources[k]
        if source is None:
            border = self.model.today.border[purchase.good.name]
            return purchase.dispatched[k] / part * border if part > 0.0 else 1.0
        got = part * source.served[self.tier_at(source)]
        purchase.stock += got
        self.cash -= got
        return source.served[self.tier_at(source)]

    def collect(self) -> None:
        """Take the money of the day's sales and learn from the orders."""
        memory = self.model.settings.demand_memory_days
        self.demand_expected += (sum(self.orders) - self.demand_expected) / memory
        self.cash += self.sold
        for shelf in self.shelves:
            taken = sum(shelf.asked[t] * shelf.found(t) for t in (0, 1))
            shelf.stock = max(0.0, shelf.stock - taken)
            self.cash += taken
            shelf.sales_expected += (sum(shelf.asked) - shelf.sales_expected) / memory

    def pay_wages(self) -> None:
        """Pay hours worked; the state pays residents for hours and jobs lost."""
        settings = self.model.settings
        hours = 0.0
        if self.staff > 0.0:
            hours = self.production / (self.output_calm * self.staff / self.jobs)
        due = hours * sum(job.wage * job.held for job in self.job_rows)
        paid = min(due, max(0.0, self.cash + self.credit))
        share = paid / due if due > 0.0 else 1.0
        self.cash -= paid
        for job in self.job_rows:
            if job.household is None:
                continue
            net = job.wage * settings.net_wage_share
            lost = max(0.0, 1.0 - hours)
            in_post = share * hours + settings.partial_pay * lost
            job.household.earned += job.held * net * in_post
            job.household.earned += (1.0 - job.held) * net * settings.unemployment_pay
        if self.alive and (share < DEBT_SHARE or self.restraint < RESTRAINT):
            self.short_days += 1
        else:
            self.short_days = 0

    def pay_profits(self) -> None:
        """Pay out what exceeds the cash target, to the fund first, then to the owners."""
        excess = self.cash - self.cash_target
        if not self.alive or excess <= 0.0:
            return
        repaid = min(excess, self.loan)
        self.loan -= repaid
        self.model.scic.fund += repaid
        self.model.profits += self.good.owners_local * (excess - repaid)
        self.cash = self.cash_target

    # ------------------------------------------------------------------ staff
    def adapt_staff(self) -> None:
        """Lay off after a long lull, recall when orders come back."""
        if not self.alive:
            return
        settings = self.model.settings
        ran = self.production / self.output_calm
        self.activity += (ran - self.activity) / settings.activity_memory_days
        manned = self.staff / self.jobs
        self.slack_days = (
            self.slack_days + 1 if self.activity < settings.layoff_trigger * manned else 0
        )
        if self.slack_days > settings.layoff_delay_days:
            self._lay_off(self.jobs * self.activity / settings.layoff_trigger)
            self.slack_days = 0
        wanted = self.jobs * min(1.0, self.demand_expected / self.output_calm)
        busy = self.activity >= BUSY * manned
        wants = wanted > self.staff + HALF_A_POST and busy
        self.want_days = self.want_days + 1 if wants else 0
        if self.want_days > settings.hire_delay_days:
            self._recall(wanted)

    def _lay_off(self, enough: float) -> None:
        ended = max(0, math.floor(self.staff - enough))
        self.staff -= ended
        self.model.events["layoff"] += ended
        left = float(ended)
        for job in reversed(self.job_rows):
            of_row = min(left, job.held * job.posts)
            job.held -= of_row / job.posts
            left -= of_row

    def _recall(self, wanted: float) -> None:
        self.vacancy += self.model.settings.hire_rate * self.jobs
        missing = max(0, math.ceil(wanted - HALF_A_POST - self.staff))
        filled = min(missing, math.floor(self.vacancy))
        self.staff += filled
        self.vacancy -= filled
        self.model.events["recall"] += filled
        left = float(filled)
        for job in self.job_rows:
            of_row = min(left, (1.0 - job.held) * job.posts)
            job.held += of_row / job.posts
            left -= of_row
        if self.staff + HALF_A_POST >= wanted:
            self.vacancy = 0.0

    # ------------------------------------------------------------------ customers and suppliers
    def adapt_exports(self) -> None:
        """Turn export orders down while orders are not met, and take them up again."""
        served, days = min(self.served), self.model.settings.redirect_days
        change = (served - 1.0) / days if served < EXPORTS_FALL else 1.0 / days
        self.exports_kept = min(1.0, max(0.0, self.exports_kept + change))

    def adapt_suppliers(self, search_luck: float, return_luck: float) -> None:
        """Look for a source instead of one that fails; go back to one that works again."""
        rate = self.model.settings.search_rate
        if self.alive and search_luck < rate:
            found = self.search(lambda good: self.model.look_at(good.makers, search_luck / rate))
            self.model.events["supplier_search"] += found
        self._return(return_luck)

    def search(self, candidates: Callable[[Good], Iterable[Producer]], agreeing: int = 0) -> bool:
        """Look for a new source among the candidates for a good; return whether one was found.

        `agreeing`: days that it takes to agree with one, once it is known.
        """
        patience = self.model.settings.trouble_days + agreeing
        failing = [p for p in self.purchases if max(p.trouble) >= patience]
        if not failing:
            return False
        worst = max(failing, key=self._at_stake)
        k = 0 if worst.trouble[0] >= patience else 1
        best = self._best_source(worst, candidates)
        if best is None or best in worst.sources:
            return False
        worst.sources[k] = best
        worst.trouble[k] = 0
        best.orders[1] += 0.5 * worst.calm_use
        return True

    @staticmethod
    def _at_stake(purchase: Purchase) -> float:
        """Order of urgency: the output that hangs on what lacks."""
        return max(0.0, 1.0 - purchase.stock / purchase.stock_target) * purchase.stake

    def _best_source(
        self, purchase: Purchase, candidates: Callable[[Good], Iterable[Producer]]
    ) -> Producer | None:
        good, order = purchase.good, 0.5 * purchase.calm_use
        best, most = None, 0.0
        for maker in candidates(good):
            room = maker.room
            if not maker.alive or maker is self or room <= 0.0 or room < 0.5 * order:
                continue
            km = self.model.distance[self.commune][maker.commune]
            score = room * math.exp(-km / good.decay_km)
            if score > most:
                best, most = maker, score
        return best

    def _return(self, luck: float) -> None:
        ready = [
            (purchase, k)
            for purchase in self.purchases
            for k in (0, 1)
            if purchase.sources[k] is not purchase.calm_sources[k] and purchase.calm_source_works(k)
        ]
        none_returns = (1.0 - 1.0 / self.model.settings.return_days) ** len(ready)
        if ready and luck > none_returns:
            purchase, k = ready[-1]
            purchase.sources[k] = purchase.calm_sources[k]
            purchase.trouble[k] = 0
            self.model.events["supplier_return"] += 1

    # ------------------------------------------------------------------ closing and entering
    def close(self) -> None:
        """Go out of business."""
        self.alive = False
        self.stock = self.crop = 0.0
        for purchase in self.purchases:
            purchase.stock = 0.0
        for job in self.job_rows:
            job.held = 0.0
        self.staff = self.activity = 0.0
        self.cash = self.loan = 0.0
        self.model.events["closure"] += 1

    def open_again(self) -> None:
        """Start again with founders' money and a staff, customers outside still to be won."""
        self.alive = True
        self.cash = self.cash_target
        self.broken = self.short_days = self.slack_days = self.want_days = 0
        self.vacancy = 0.0
        for job in self.job_rows:
            job.held = 1.0
        self.staff = self.jobs
        self.activity = 1.0
        self.demand_expected = self.output_calm
        self.exports_kept = 0.0
        self.model.events["entry"] += 1
