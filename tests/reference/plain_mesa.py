"""The day of Ressort a second time, as plain Mesa agents: the reference for the fast engine.

Written from `docs/one-day.md`, without the compiled rules. Only the initial state, the parameters
and the streams of random numbers are shared with the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import mesa
from tests.reference.plain_household import Household
from tests.reference.plain_producer import Producer
from tests.reference.plain_scic import Scic
from tests.reference.plain_things import (
    CROSSES,
    KIND_OF,
    OPTIONAL,
    PROTECTED,
    SHELVES,
    STANDS_IN,
    Conditions,
    Good,
    Input,
    Item,
    Job,
    Purchase,
    Shelf,
)

from ressort.branches import BRANCHES
from ressort.goods import Rationing
from ressort.parameters import branch_traits
from ressort.shocks import Shock
from ressort.state import FORMATS, ITEMS, RING, SERVICES
from ressort.streams import stream
from ressort.world import World

DAYS_IN_YEAR = 365


class PlainModel(mesa.Model):
    """One territory of producers and households."""

    def __init__(self, world: World) -> None:
        """Copy a world on the morning of day 0; see `from_world`."""
        super().__init__(rng=world.seed)
        rules = world.rules
        self.run_seed = world.seed
        self.settings = SimpleNamespace(**rules.behaviour.as_dict())
        self.production_function = rules.production
        self.rationing = rules.rationing
        self.basket = rules.basket
        self.exports_tier = 0 if rules.rationing is Rationing.PROPORTIONAL else 1
        self.start_day_of_year = rules.start_day_of_year
        self.shocks: tuple[Shock, ...] = world.shocks
        self.codes = world.place.territory.codes
        self.distance: list[list[float]] = world.index.distance.tolist()
        self.machine_luck = stream(world.seed, "machines")
        self.tick = 0
        self.profits = 0.0  # of residents, today
        self.events: Counter[str] = Counter()
        self.goods = _goods(world)
        self.items = _items(world, self.goods)
        self.shops: dict[str, list[Producer]] = {kind: [] for kind in SHELVES}
        self.stock_beyond = {name: good.shelf_days for name, good in self.goods.items()}
        self.today = self._conditions()
        _Builder(self, world).build()
        self.scic = Scic.founded(self, world)
        # Mesa 3.3 counts the agents of each model in a table of the class and so keeps the model.
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    @classmethod
    def from_world(cls, world: World) -> PlainModel:
        """Return a model in the state of a world on the morning of day 0."""
        if world.tick != 0:
            raise ValueError("the plain model starts on day 0")
        return cls(world)

    @property
    def day_of_year(self) -> int:
        """0 to 364."""
        return (self.start_day_of_year + self.tick) % DAYS_IN_YEAR

    def step(self) -> None:
        """Live one day."""
        self._start()
        self.scic.decide()
        self.producers.do("receive")
        self._run_machines()
        self.producers.do("open_books")
        self.producers.do("place_orders")
        self.producers.do("take_orders_from_outside")
        self.households.do("go_shopping")
        self.producers.do("produce")
        self.producers.do("take_deliveries")
        self.households.do("consume")
        self.producers.do("collect")
        self._pay()
        self.scic.work()
        self.households.do("settle")
        self._adapt()
        self.tick += 1

    # ------------------------------------------------------------------ start
    def _conditions(self) -> Conditions:
        """Return normal conditions, times what the shocks of today leave of them."""
        normal = dict.fromkeys(self.goods, 1.0)
        today = Conditions(dict(normal), dict(normal), dict(normal), dict(normal), dict(normal))
        for shock in self.shocks:
            left = 1.0 - shock.depth * shock.strength(self.tick)
            if shock.kind == "import_cut":
                for name in shock.goods:
                    today.outside[name] *= left
                    today.beyond[name] *= left if shock.hits_surroundings else 1.0
            elif shock.kind == "border_closure":
                for name in shock.goods:
                    today.outside[name] *= left
                    today.border[name] *= left
                    today.exports[name] *= left
            elif shock.kind == "isolation":
                for name in [g.name for g in self.goods.values() if g.reach in CROSSES]:
                    today.outside[name] *= left
                    today.border[name] *= left
                    today.exports[name] *= left
                today.commuting *= left
            elif shock.kind == "commuting_cut":
                today.commuting *= left
            elif shock.kind == "grid_failure":
                today.outside["energy"] *= left
                today.border["energy"] *= left
                today.exports["energy"] *= left
            elif shock.kind == "export_loss":
                for name in shock.goods:
                    today.exports[name] *= left
            elif shock.kind == "demand_loss":
                for name in shock.branches or BRANCHES:
                    today.demand[name] *= left
            elif shock.kind == "payment_freeze":
                today.payments *= left
            elif shock.kind == "credit_crunch":
                today.credit *= left
        return today

    def _start(self) -> None:
        self.today = self._conditions()
        self._stock_shops_beyond()
        for producer in self.producers:
            producer.intact = producer.able = 1.0
            producer.credit = max(-producer.cash, self.today.credit * producer.credit_calm)
            for shock in self.shocks:
                left = 1.0 - shock.depth * shock.strength(self.tick)
                if shock.kind == "harvest_loss" and producer.good.name == "agri":
                    producer.intact *= left
                if shock.kind == "grid_failure" and producer.good.name == "energy":
                    producer.intact *= left
                if shock.kind == "capacity_loss" and self._is_hit(shock, producer):
                    producer.intact *= left
                if shock.kind == "labour_loss" and self._is_hit(shock, producer):
                    producer.able *= left
            producer.able *= 1.0 - producer.commuters * (1.0 - self.today.commuting)
        for shock in self.shocks:
            service = self._in_deficit(shock)
            if service is not None:
                service.run_deficit(shock.depth * shock.strength(self.tick))
            if shock.start_day == self.tick:
                self._destroy(shock)

    def _stock_shops_beyond(self) -> None:
        """Let shops beyond the border sell what is delivered to them and what they have left."""
        for good in self.goods.values():
            delivered = self.today.beyond[good.name]
            stock = self.stock_beyond[good.name]
            self.today.beyond[good.name] = min(1.0, delivered + stock)
            stock = max(0.0, stock - (1.0 - delivered))
            if delivered >= 1.0:
                stock = min(good.shelf_days, stock + good.shelf_days / good.shelf_restock_days)
            self.stock_beyond[good.name] = stock

    def _in_deficit(self, shock: Shock) -> Producer | None:
        """Return the producer of which a deficit takes money today and keeps successors away."""
        hit = sorted((p for p in self.producers if self._is_hit(shock, p)), key=lambda p: p.row)
        if shock.kind != "service_deficit" or shock.strength(self.tick) <= 0.0 or not hit:
            return None
        return max(hit, key=lambda p: p.jobs)

    def _is_near(self, shock: Shock, commune: int) -> bool:
        """Whether a commune is one that a shock hits."""
        return not shock.communes or self.codes[commune] in shock.communes

    def _is_hit(self, shock: Shock, producer: Producer) -> bool:
        """Whether a producer is of the branches and communes that a shock hits."""
        chosen = not shock.branches or producer.good.name in shock.branches
        return chosen and self._is_near(shock, producer.commune)

    def _destroy(self, shock: Shock) -> None:
        if shock.kind == "harvest_loss":
            for producer in self.producers:
                producer.crop -= shock.depth * shock.strength(self.tick) * producer.crop
        elif shock.kind == "employer_closure":
            alive = sorted((p for p in self.producers if p.alive), key=lambda p: p.row)
            if alive:
                max(alive, key=lambda p: p.jobs).close()
        elif shock.kind == "destruction":
            hit = {producer for producer in self.producers if self._is_hit(shock, producer)}
            for producer in hit:
                producer.lose(shock.depth)
            self.scic.lose(shock.depth, hit)
            for household in self.households:
                if self._is_near(shock, household.commune):
                    household.lose(shock.depth)
        elif shock.kind == "panic":
            luck = stream(self.run_seed, "panic", self.tick).random(len(self.households))
            for household in self.households:
                near = self._is_near(shock, household.commune)
                if near and luck[household.row] < shock.depth:
                    household.hoard = self.settings.hoard_days

    # ------------------------------------------------------------------ other phases
    def repairer(self) -> float:
        """Return the speed of repairs that the repairers at hand allow."""
        if self.today.commuting >= 1.0 or any(p.alive for p in self.goods["equipment"].makers):
            return 1.0
        return float(self.settings.self_repair)

    def _run_machines(self) -> None:
        luck = self.machine_luck.random((len(self.producers), 2)).tolist()
        for producer in self.producers:
            producer.run_machines(*luck[producer.row])

    def _pay(self) -> None:
        self.profits = 0.0
        for household in self.households:
            household.earned = 0.0
        self.producers.do("pay_wages")
        self.profits += self.scic.collect_fees()
        self.producers.do("pay_profits")

    def _adapt(self) -> None:
        self.producers.do("adapt_staff")
        self.producers.do("adapt_exports")
        n, seed, tick = len(self.producers), self.run_seed, self.tick
        luck = stream(seed, "suppliers", tick).random((2, n)).tolist()
        for producer in self.producers:
            producer.adapt_suppliers(luck[0][producer.row], luck[1][producer.row])
        shop_luck = stream(seed, "shops", tick).random(len(self.households)).tolist()
        for household in self.households:
            household.adapt_sellers(shop_luck[household.row])
        entry_luck = stream(seed, "entry", tick).random(n).tolist()
        closed = any(s.kind == "employer_closure" and s.strength(tick) > 0.0 for s in self.shocks)
        without_heir = [self._in_deficit(shock) for shock in self.shocks]
        for producer in self.producers:
            if producer.alive:
                if producer.short_days >= self.settings.insolvency_days:
                    producer.close()
            elif closed or producer in without_heir:
                continue
            elif entry_luck[producer.row] < 1.0 / self.settings.entry_delay_days:
                producer.open_again()

    def look_at(self, sellers: list[Producer], luck: float) -> Iterator[Producer]:
        """Yield the sellers that a search looks at, from a place that luck (0 to 1) decides."""
        n = len(sellers)
        first = int(luck * n)
        for step in range(min(n, self.settings.search_reach)):
            yield sellers[(first + step) % n]


def _goods(world: World) -> dict[str, Good]:
    reach = branch_traits().reach
    return {
        name: Good(
            name=name,
            reach=reach[i],
            storable=bool(row.storable),
            lead_days=int(row.lead_days),
            shelf_life_days=float(row.shelf_life),
            decay_km=float(row.decay_km),
            machine_dependence=float(row.machine_dependence),
            owners_local=float(row.owners_local),
            margin=float(row.margin),
            shelf_days=float(row.shelf_days),
            shelf_restock_days=float(row.shelf_restock_days),
        )
        for i, (name, row) in enumerate(zip(BRANCHES, world.goods, strict=True))
    }


def _items(world: World, goods: dict[str, Good]) -> dict[str, Item]:
    items = {}
    for i, name in enumerate((*PROTECTED, *OPTIONAL)):
        row = world.items[ITEMS.index(name)]
        items[name] = Item(
            row=i,
            good=goods[name],
            price=float(row.price),
            margin=float(row.margin),
            committed=float(row.committed),
            variable=float(row.variable),
            pantry_days=float(row.pantry_days),
            required=float(row.required),
        )
    behaviour = world.rules.behaviour
    for name, cap in zip(
        STANDS_IN, (behaviour.raw_food_share, behaviour.carless_share), strict=True
    ):
        items[name].cap = cap
    return items


class _Builder:
    """Makes the agents of a model from the tables of a world."""

    def __init__(self, model: PlainModel, world: World) -> None:
        self.model, self.state = model, world.state
        self.by_branch = [model.goods[name] for name in BRANCHES]
        self.producers: list[Producer] = []
        self.households: list[Household] = []

    def build(self) -> None:
        """Make producers and households, then what links them."""
        model, state = self.model, self.state
        for row, record in enumerate(state.firms):
            kind = FORMATS[record.format] if record.format >= 0 else None
            producer = Producer(model, row, self.by_branch[record.branch], kind, record)
            self.producers.append(producer)
            producer.good.makers.append(producer)
            if kind:
                model.shops[kind].append(producer)
        self.households = [Household(model, row, of) for row, of in enumerate(state.homes)]
        model.producers = model.agents_by_type[Producer]
        model.households = model.agents_by_type[Household]
        for producer, record in zip(self.producers, state.firms, strict=True):
            for row in range(record.first_slot, record.end_slot):
                self._add_purchase(producer, row)
            for row in range(record.first_job, record.end_job):
                self._add_job(producer, state.jobs[row])
            away = sum(job.posts for job in producer.job_rows if job.household is None)
            producer.commuters = away / producer.jobs
        for household, record in zip(self.households, state.homes, strict=True):
            self._add_sellers(household, record)

    def _producer(self, row: Any) -> Producer | None:
        return None if row < 0 else self.producers[row]

    def _add_purchase(self, owner: Producer, row: int) -> None:
        of = self.state.slots[row]
        arrivals = {day: float(self.state.transit[day, row]) for day in range(RING)}
        basics = (owner, self.by_branch[of.good], float(of.stock), float(of.stock_target), arrivals)
        purchase: Purchase
        if of.shelf < 0:
            purchase = Input(*basics, float(of.coefficient), int(of.rating))
            owner.inputs.append(purchase)
        else:
            purchase = Shelf(*basics, float(self.state.shelves[of.shelf].sales_calm))
            owner.shelves.append(purchase)
            owner.shelf_of[purchase.good.name] = purchase
        owner.purchases.append(purchase)
        purchase.sources = [self._producer(p) for p in of.source]
        purchase.calm_sources = tuple(self._producer(p) for p in self.state.source_calm[row])

    def _add_job(self, employer: Producer, of: Any) -> None:
        household = None if of.household < 0 else self.households[of.household]
        employer.job_rows.append(Job(household, float(of.posts), float(of.wage), float(of.held)))

    def _add_sellers(self, household: Household, of: Any) -> None:
        state, row = self.state, household.row
        for k, name in enumerate(SERVICES):
            household.provider[name] = self._producer(of.provider[k])
            household.calm_provider[name] = self._producer(state.provider_calm[row, k])
        for f, kind in enumerate(FORMATS):
            household.outlets[kind] = [self._producer(p) for p in of.outlet[f]]
            household.calm_outlets[kind] = [self._producer(p) for p in state.outlet_calm[row, f]]


assert {KIND_OF.get(name) for name in SERVICES} == {None}
