"""A household of the plain model: shops, uses, earns, and changes its shops."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mesa
from tests.reference.plain_things import (
    ALL_MET,
    NEEDS,
    OPTIONAL,
    PANTRY,
    PROTECTED,
    SHELVES,
    STANDS_IN,
    Item,
    dispatched,
    moved_lean,
)

from ressort.goods import Rationing

if TYPE_CHECKING:
    from tests.reference.plain_mesa import PlainModel
    from tests.reference.plain_producer import Producer

SAVES_FROM = 0.9  # share of its usual cash from which a household saves
PASSABLE = 0.5  # a seller that serves no more is not chosen


class Household(mesa.Agent):
    """People who live together, and others like them: it stands for `people` persons."""

    model: PlainModel

    def __init__(self, model: PlainModel, row: int, of: Any) -> None:
        """Copy the household from its record `of` in the table of households."""
        super().__init__(model)
        self.row = row
        self.member = bool(of.member)
        self.commune = int(of.commune)
        self.people = float(of.people)
        self.transfers = float(of.transfers)
        self.outside_wage = float(of.outside_wage)
        self.ownership = float(of.ownership)
        self.income = float(of.income)
        self.income_expected = float(of.income_expected)
        self.cash = float(of.cash)
        self.cash_target = float(of.cash_target)
        self.earned = 0.0  # wages and what replaces them, today
        self.hoard = 0
        self.pantry = dict(zip(PANTRY, of.pantry.tolist(), strict=True))
        self.gap = {"food": 0.0, "fuel": 0.0}
        self.met = dict.fromkeys(NEEDS, 1.0)
        self.unmet = dict.fromkeys(NEEDS, 0.0)
        self.lean = dict.fromkeys(SHELVES, 0.5)
        self.provider: dict[str, Producer | None] = {}
        self.outlets: dict[str, list[Producer | None]] = {}
        self.calm_provider: dict[str, Producer | None] = {}
        self.calm_outlets: dict[str, list[Producer | None]] = {}
        self.wants = dict.fromkeys(model.items, 0.0)
        self._set_needs(float(of.discretionary))

    def _set_needs(self, discretionary: float) -> None:
        """Set calm use and requirement of each item, and requirement of each need."""
        self.usual: dict[str, float] = {}
        self.required: dict[str, float] = {}
        self.need_required = dict.fromkeys(NEEDS, 0.0)
        for name, item in self.model.items.items():
            usual = self.people * item.committed + discretionary * item.variable
            required = self.people * item.required
            if self.model.basket == "current":
                required = usual if item.need else 0.0
            self.usual[name], self.required[name] = usual, required
            if item.need:
                self.need_required[item.need] += required

    def tier(self, item: Item, seller: Producer) -> int:
        """Return the tier in which a seller serves it."""
        if seller.members_first:
            return 0 if self.member else 1
        match self.model.rationing:
            case Rationing.PROPORTIONAL:
                return 0
            case Rationing.PRODUCERS_FIRST:
                return 1
            case Rationing.ESSENTIAL_FIRST:
                return 0 if item.need else 1
            case _:
                return 0 if self.member else 1

    def part(self, item: Item, k: int) -> float:
        """Return the share of its shopping that it does at the k-th outlet."""
        lean = self.lean[item.kind]
        return lean if k == 0 else 1.0 - lean

    def lose(self, share: float) -> None:
        """Lose a share of what is kept at home."""
        for name in PANTRY:
            self.pantry[name] *= 1.0 - share

    # ------------------------------------------------------------------ shopping
    def go_shopping(self) -> None:
        """Write the list of the day, protected items first, and take it to the sellers."""
        settings = self.model.settings
        today = self.model.today
        money = max(0.0, self.cash) * today.payments
        keeps = 1.0 - settings.tax_rate - settings.saving_rate
        room = keeps * self.income_expected
        room += (self.cash - self.cash_target) / settings.cash_adjust_days
        for name in PROTECTED:
            item = self.model.items[name]
            want = self._want(item) * today.demand[name]
            if want * item.price > money:
                want = money / item.price
            money -= want * item.price
            room -= want * item.price
            self.wants[name] = want
        optional = [self.model.items[name] for name in OPTIONAL]
        usual_cost = sum(self.usual[item.name] * item.price for item in optional)
        scale = 0.0
        if usual_cost > 0.0:
            scale = min(settings.spending_boost, max(0.0, min(money, room) / usual_cost))
        for item in optional:
            self.wants[item.name] = today.demand[item.name] * self.usual[item.name] * scale
        for item in self.model.items.values():
            self._ask(item)

    def _want(self, item: Item) -> float:
        """Return what is wanted of a protected item if money allows."""
        settings, name = self.model.settings, item.name
        want = self.usual[name]
        if name in PANTRY:
            multiple = settings.hoard_multiple if self.hoard > 0 else 1.0
            usual_pantry = item.pantry_days * self.usual[name] * multiple
            lacks = usual_pantry - self.pantry[name]
            want = max(0.0, want + lacks / settings.pantry_restock_days)
        if name in STANDS_IN:
            most = item.cap * self.need_required[item.need]
            want += min(self.gap[STANDS_IN[name]], most)
        return want

    def _ask(self, item: Item) -> None:
        """Take the order of an item to its local sellers."""
        want = self.wants[item.name]
        if not item.kind:
            provider = self.provider[item.name]
            if provider is not None:
                provider.orders[self.tier(item, provider)] += want
            return
        for k, outlet in enumerate(self.outlets[item.kind]):
            if outlet is not None:
                tier = self.tier(item, outlet)
                part = want * self.part(item, k)
                outlet.shelf_of[item.name].asked[tier] += part
                outlet.orders[tier] += part * item.margin

    # ------------------------------------------------------------------ what is found and used
    def consume(self) -> None:
        """Pay for what was found, use it, and see which needs are met."""
        settings = self.model.settings
        covered = dict.fromkeys(NEEDS, 0.0)
        saw_empty_shelves = False
        for name, item in self.model.items.items():
            found = self._found(item)
            self.cash -= found * item.price
            used = found
            if name in PANTRY:
                used = self._use_pantry(item, found)
                saw_empty_shelves |= self._seen(item) < settings.hoard_trigger * self.wants[name]
            if item.need:
                most = max(self.required[name], item.cap * self.need_required[item.need])
                covered[item.need] += min(used, most)
            if name in self.gap:
                self.gap[name] = max(0.0, self.usual[name] - used)
        for need, amount in covered.items():
            share = min(1.0, amount / self.need_required[need])
            self.met[need] = 1.0 if share > ALL_MET else share
            self.unmet[need] += self.people * (1.0 - self.met[need])
        self.hoard = settings.hoard_days if saw_empty_shelves else max(0, self.hoard - 1)
        for kind, shelf in SHELVES.items():
            first = self.model.items[shelf[0]]
            served = [self._outlet_share(first, k) for k in (0, 1)]
            self.lean[kind] = moved_lean(
                self.lean[kind], served, settings.lean_rate, settings.lean_return_days
            )

    def _found(self, item: Item) -> float:
        want = self.wants[item.name]
        if item.kind:
            return sum(want * self.part(item, k) * self._outlet_share(item, k) for k in (0, 1))
        provider = self.provider[item.name]
        if provider is not None:
            return want * provider.served[self.tier(item, provider)]
        return dispatched(self.model.today.outside[item.name], want, self.usual[item.name])

    def _seen(self, item: Item) -> float:
        """Return what of its order stands on the shelves; a queue is not an empty shelf."""
        want, seen = self.wants[item.name], 0.0
        for k, outlet in enumerate(self.outlets[item.kind]):
            if outlet is None:
                share = self._outlet_share(item, k)
            else:
                share = outlet.shelf_of[item.name].served[self.tier(item, outlet)]
            seen += want * self.part(item, k) * share
        return seen

    def _outlet_share(self, item: Item, k: int) -> float:
        """Return the share of its order that it finds at the k-th outlet."""
        outlet = self.outlets[item.kind][k]
        if outlet is not None:
            return outlet.shelf_of[item.name].found(self.tier(item, outlet))
        part = self.wants[item.name] * self.part(item, k)
        if part <= 0.0:
            return 1.0
        supply = self._served_beyond(item)
        return dispatched(supply, part, self.usual[item.name] * self.part(item, k)) / part

    def _served_beyond(self, item: Item) -> float:
        """Return the share served by shops beyond the border, which take goods and a way there."""
        today = self.model.today
        return min(today.beyond[item.name], today.outside["trade"], today.border[item.name])

    def _use_pantry(self, item: Item, found: float) -> float:
        """Put what was found in the pantry and return what is used of it."""
        name = item.name
        held = self.pantry[name] + found
        wish = self.usual[name]
        days = self.model.settings.stretch_below * item.pantry_days + 1.0
        if held < days * self.usual[name]:
            wish = min(wish, self.required[name])
        used = min(held, wish)
        self.pantry[name] = held - used
        return used

    # ------------------------------------------------------------------ income
    def settle(self) -> None:
        """Receive income, pay tax, save."""
        settings, commuting = self.model.settings, self.model.today.commuting
        self.income = self.earned + self.transfers
        self.income += self.outside_wage * (commuting + (1.0 - commuting) * settings.partial_pay)
        self.income += self.ownership * self.model.profits
        rate = settings.tax_rate
        if self.cash + self.income >= SAVES_FROM * self.cash_target:
            rate += settings.saving_rate
        self.cash += self.income * (1.0 - rate)
        change = self.income - self.income_expected
        self.income_expected += change / settings.income_memory_days

    # ------------------------------------------------------------------ other sellers
    def adapt_sellers(self, luck: float) -> None:
        """Look for a seller instead of one that fails, or go back to one that works again."""
        settings = self.model.settings
        if luck < settings.household_search_rate:
            self._replace_first_failing(luck / settings.household_search_rate)
        elif luck > 1.0 - 1.0 / settings.return_days:
            self._go_back()

    def _replace_first_failing(self, luck: float) -> None:
        least = self.model.settings.trouble_fill
        for item in self.model.items.values():
            if not item.need:
                continue
            if not item.kind:
                if self._serves(item, self.provider[item.name]) < least:
                    new = self._best_seller(item, item.good.makers, luck)
                    self._note_search(new, self.provider[item.name])
                    self.provider[item.name] = new or self.provider[item.name]
                    return
                continue
            outlets = self.outlets[item.kind]
            for k in (0, 1):
                if self._serves(item, outlets[k]) < least:
                    new = self._best_seller(item, self.model.shops[item.kind], luck)
                    if new is not outlets[1 - k]:
                        self._note_search(new, outlets[k])
                        outlets[k] = new or outlets[k]
                    return

    def _note_search(self, new: Producer | None, old: Producer | None) -> None:
        if new is not None and new is not old:
            self.model.events["household_search"] += 1

    def _serves(self, item: Item, seller: Producer | None) -> float:
        """Return the share that a seller serves of orders like its own."""
        if seller is None and item.kind:
            return min(1.0, self._served_beyond(item))
        if seller is None:
            return min(1.0, self.model.today.outside[item.name])
        if not item.kind:
            return seller.served[self.tier(item, seller)]
        return seller.shelf_of[item.name].found(self.tier(item, seller))

    def _best_seller(self, item: Item, sellers: list[Producer], luck: float) -> Producer | None:
        decay = item.good.decay_km if not item.kind else self.model.goods["trade"].decay_km
        best, most = None, 0.0
        for seller in self.model.look_at(sellers, luck):
            if not seller.can_sell:
                continue
            km = self.model.distance[self.commune][seller.commune]
            spare = max(0.0, self._serves(item, seller) - PASSABLE)
            score = seller.output_calm * spare * math.exp(-km / decay)
            if score > most:
                best, most = seller, score
        return best

    def _go_back(self) -> None:
        for name in PROTECTED:
            item = self.model.items[name]
            if not item.kind:
                calm = self.calm_provider[name]
                if self.provider[name] is not calm and self._works_again(item, calm):
                    self.provider[name] = calm
                    self.model.events["household_return"] += 1
                    return
                continue
            outlets = self.outlets[item.kind]
            for k, calm in enumerate(self.calm_outlets[item.kind]):
                if outlets[k] is not calm and self._works_again(item, calm):
                    outlets[k] = calm
                    self.model.events["household_return"] += 1
                    return

    def _works_again(self, item: Item, seller: Producer | None) -> bool:
        if seller is not None:
            return seller.works_for(self.tier(item, seller))
        if item.kind:
            return self._served_beyond(item) >= 1.0
        today = self.model.today
        return today.outside[item.name] >= 1.0 and today.border[item.name] >= 1.0
