"""The SCIC of the plain model: common stocks, a register of spare capacity, a solidarity fund."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.reference.plain_things import Good, Purchase

from ressort.branches import BRANCHES
from ressort.scic import Cooperation
from ressort.streams import stream

if TYPE_CHECKING:
    from tests.reference.plain_mesa import PlainModel
    from tests.reference.plain_producer import Producer

    from ressort.world import World

DAYS_A_YEAR = 365.25
NO_DEBT = 1e-9  # share of the running cost that is rounding
HALF = 0.5  # share of a target under which a stock is low; share of the alarm that ends it
STRIDE = 7919  # a different member comes first each day


class Scic:
    """A cooperative of establishments, or the lack of one."""

    def __init__(self, model: PlainModel, how: Cooperation, of: Any) -> None:
        """Copy the SCIC from its record `of`; see `founded`."""
        self.model = model
        self.how = how
        self.active = bool(of.active)
        self.open = False
        self.alarm_day: int | None = None
        self.unpaid_days = 0
        self.cash = float(of.cash)
        self.fund = float(of.fund)
        self.staff = float(of.staff)
        self.pool = {name: float(of.pool[g]) for g, name in enumerate(BRANCHES)}
        self.pool_target = {name: float(of.pool_target[g]) for g, name in enumerate(BRANCHES)}

    @classmethod
    def founded(cls, model: PlainModel, world: World) -> Scic:
        """Return the SCIC that a world was built with."""
        return cls(
            model, world.cooperation or Cooperation(False, False, False), world.state.scic[0]
        )

    @property
    def members(self) -> list[Producer]:
        """Members in business."""
        return [p for p in self.model.producers if p.member and p.alive]

    def _storable(self, members: list[Producer]) -> Iterator[tuple[Producer, Purchase]]:
        """Yield the purchases that members keep stocks of."""
        for member in members:
            for purchase in member.purchases:
                if purchase.good.storable:
                    yield member, purchase

    def lose(self, share: float, hit: set[Producer]) -> None:
        """Lose a share of the part of the pool that lies with the members that are hit."""
        targets, struck = dict.fromkeys(self.pool, 0.0), dict.fromkeys(self.pool, 0.0)
        for member, purchase in self._storable(self.members):
            targets[purchase.good.name] += purchase.stock_target
            struck[purchase.good.name] += purchase.stock_target * (member in hit)
        for name, target in targets.items():
            if target > 0.0:
                self.pool[name] -= share * self.pool[name] * struck[name] / target

    # ------------------------------------------------------------------ deciding
    def decide(self) -> None:
        """End, or open and close pool and fund by the trouble of members."""
        if not self.active:
            return
        settings, tick = self.model.settings, self.model.tick
        a_day = 1.0 - (1.0 - settings.scic_hazard) ** (1.0 / DAYS_A_YEAR)
        luck = stream(self.model.run_seed, "scic", tick).random()
        if luck < a_day or self.unpaid_days > settings.insolvency_days:
            self._dissolve()
            return
        trouble = self._trouble()
        if trouble > settings.alarm_share:
            if self.alarm_day is None:
                self.alarm_day = tick
                self.model.events["alarm"] += 1
            self.open = tick - self.alarm_day >= settings.decision_delay_days
        elif trouble < HALF * settings.alarm_share:
            self.alarm_day = None
            self.open = False

    def _trouble(self) -> float:
        members = self.members
        stocks = [purchase for _, purchase in self._storable(members)]
        low = sum(purchase.stock < HALF * purchase.stock_target for purchase in stocks)
        short = sum(member.short_days > 0 for member in members)
        return max(low / max(1, len(stocks)), short / max(1, len(members)))

    def _dissolve(self) -> None:
        members = self.members
        stocks = list(self._storable(members))
        targets = dict.fromkeys(self.pool, 0.0)
        for _, purchase in stocks:
            targets[purchase.good.name] += purchase.stock_target
        output = sum(member.output_calm for member in members)
        for member in members:
            member.cash += (self.cash + self.fund) * member.output_calm / output
        for _, purchase in stocks:
            name = purchase.good.name
            purchase.stock += self.pool[name] * purchase.stock_target / targets[name]
        for name in {purchase.good.name for _, purchase in stocks}:
            self.pool[name] = 0.0
        if members:
            self.cash = self.fund = 0.0
        self.active = self.open = False
        self._release()
        self.model.events["dissolution"] += 1

    def _release(self) -> None:
        """Let all members, also closed ones, be on their own again."""
        settings = self.model.settings
        of_all = [producer for producer in self.model.producers if producer.member]
        for _, purchase in self._storable(of_all):
            if self.how.pool:
                purchase.stock_target /= 1.0 - settings.pool_share
        for producer in of_all:
            if self.how.fund:
                producer.cash_target /= 1.0 - settings.fund_share
            producer.loan = 0.0
            producer.member = False

    # ------------------------------------------------------------------ fees
    def collect_fees(self) -> float:
        """Collect the running cost from the members and return the net pay of the staff."""
        if not self.active:
            return 0.0
        settings, members = self.model.settings, self.members
        cost = self.staff * settings.scic_wage
        output = sum(member.output_calm for member in members)
        for member in members:
            fee = cost * member.output_calm / output
            if member.cash + member.credit >= fee:
                member.cash -= fee
                self.cash += fee
        pay = min(cost, max(0.0, self.cash))
        self.cash -= pay
        owed = cost - pay > max(settings.scic_arrears_share, NO_DEBT) * cost
        self.unpaid_days = self.unpaid_days + 1 if owed else 0
        return pay * settings.net_wage_share

    # ------------------------------------------------------------------ working
    def work(self) -> None:
        """Match, grant and lend, or buy back what was granted."""
        if not self.active:
            return
        if self.how.register:
            self._match()
        if self.how.pool and self.open:
            self._grant()
        if self.how.fund and self.open:
            self._lend()
        if self.how.pool and not self.open:
            self._buy_back()

    def _match(self) -> None:
        model, day = self.model, self.model.tick
        rate = self.staff * model.settings.matches_per_employee
        left = math.floor((day + 1) * rate) - math.floor(day * rate)
        rows = sorted(model.producers, key=lambda producer: producer.row)
        first = STRIDE * day % len(rows)
        delay = model.settings.match_delay_days
        for producer in rows[first:] + rows[:first]:
            if left > 0 and producer.member and producer.alive:
                found = producer.search(self._makers, delay)
                left -= found
                model.events["match"] += found

    @staticmethod
    def _makers(good: Good) -> list[Producer]:
        return [maker for maker in good.makers if maker.member]

    def _grant(self) -> None:
        settings, tick = self.model.settings, self.model.tick
        asked = dict.fromkeys(self.pool, 0.0)
        lacks = []
        for member, purchase in self._storable(self.members):
            floor = settings.pool_floor * purchase.stock_target
            lack = max(0.0, floor - purchase.stock - purchase.pooled)
            asked[purchase.good.name] += lack
            if lack > 0.0:
                lacks.append((member, purchase, lack))
        share = {name: min(1.0, self.pool[name] / all_) for name, all_ in asked.items() if all_}
        for member, purchase, lack in lacks:
            name, price = purchase.good.name, 1.0 + settings.haul_cost
            grant = min(share[name] * lack, max(0.0, member.cash + member.credit) / price)
            self.pool[name] = max(0.0, self.pool[name] - grant)
            self.cash += grant
            member.cash -= grant * price
            purchase.pooled += grant
            purchase.haul[tick + settings.haul_days] = grant
            self.model.events["grant"] += grant > 0.0

    def _lend(self) -> None:
        days = self.model.settings.loan_days
        short = [member for member in self.members if member.short_days > 0]
        wanted = [max(0.0, days * member.outlays_calm - member.loan) for member in short]
        if sum(wanted) <= 0.0:
            return
        share = min(1.0, self.fund / sum(wanted))
        for member, want in zip(short, wanted, strict=True):
            member.loan += share * want
            member.cash += share * want
            self.fund = max(0.0, self.fund - share * want)
            self.model.events["loan"] += share * want > 0.0

    def _buy_back(self) -> None:
        today = self.model.today
        for name, target in self.pool_target.items():
            if today.outside[name] >= 1.0 and today.border[name] >= 1.0:
                lacks = max(0.0, target - self.pool[name])
                bought = min(lacks / self.model.settings.restock_days, max(0.0, self.cash))
                self.pool[name] += bought
                self.cash -= bought
                self.model.events["buying_back"] += bought > 0.0
