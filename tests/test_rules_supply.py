"""The rules of arrivals, repairs and the search for sellers, on numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rows import FOOD, FUEL, calm_day, cheap, one, plant, recipe, rules_of, share

from ressort.branches import INDEX
from ressort.goods import EQUIPMENT, GOOD, ITEM
from ressort.rules import arrivals, sellers, sourcing
from ressort.state import FIRM, FLOWS, HOME, SHELF, SLOT

WATER = INDEX["water"]


# ---------------------------------------------------------------- arrivals and machines
def test_what_may_not_cross_the_border_is_refunded() -> None:
    firm, slots, flows, day = plant(end_slot=1), recipe([1.0], [0.1], [2]), one(FLOWS), calm_day()
    slots.good, slots.in_transit, day.border[FUEL] = FUEL, 10.0, 0.25
    due = np.array([8.0])
    arrivals.receive(firm, slots, due, day, flows)
    assert (slots.stock[0], slots.in_transit[0], firm.cash[0], due[0]) == (3.0, 2.0, 6.0, 0.0)
    assert (flows.imported[FUEL], flows.refunds) == (2.0, 6.0)


@cheap
@given(chance=share, count=st.integers(0, 50))
def test_chance_of_any(chance: float, count: int) -> None:
    assert arrivals.of_any(chance, count) == pytest.approx(1 - (1 - chance) ** count, abs=1e-12)


@pytest.mark.parametrize(
    ("commuting", "mechanic", "stock", "chance"),
    [
        (1.0, False, 40.0, 0.5 / 5),  # parts: 40 of 80
        (0.5, False, 80.0, 0.25 / 5),  # no repairer here, none can come
        (0.5, True, 80.0, 1.0 / 5),
        (1.0, False, 0.0, 0.0),
    ],
)
def test_repairs_need_parts_and_a_repairer(
    commuting: float, mechanic: bool, stock: float, chance: float
) -> None:
    """With 2 machines down one is repaired if the draw is under 1 - (1 - q)^2."""
    goods = GOOD.rows(22, machine_dependence=1.0)
    rules, day = rules_of(self_repair=0.25, repair_days=5.0, machine_life_days=10.0), calm_day()
    day.commuting = commuting
    least = 1 - (1 - chance) ** 2

    def broken_after(first: float, second: float) -> int:
        producers: Any = FIRM.rows(2, alive=[True, mechanic], branch=[FOOD, EQUIPMENT])
        producers.machines, producers.broken, producers.end_slot = 4, 2, [1, 0]
        slots = SLOT.rows(1, good=EQUIPMENT, shelf=-1, stock=stock, stock_target=80.0)
        luck = np.array([[first, second], [1.0, 1.0]])
        arrivals.run_machines(producers, slots, goods, rules, day, luck)
        return int(producers.broken[0])

    assert broken_after(1.0, least + 1e-9) == 2
    assert chance == 0 or broken_after(1.0, least - 1e-9) == 1
    # One of the two that run breaks with chance 1 - 0.9^2 = 0.19.
    assert (broken_after(0.189, 1.0), broken_after(0.191, 1.0)) == (3, 2)


# ---------------------------------------------------------------- looking for sellers
def test_the_seller_with_most_to_spare_nearby_is_found() -> None:
    """Spare 60, 90, 200; at 0, 10 and 50 km with a decay of 10: 60, 33, 1.3."""
    sellers = FIRM.rows(4, branch=FOOD, alive=True, commune=[0, 1, 2, 0])
    sellers.possible = [100.0, 150.0, 220.0, 500.0]
    sellers.orders[:, 0] = [50.0, 60.0, 20.0, 0.0]
    sellers.exports_calm, sellers.exports_kept = [10.0, 0.0, 0.0, 0.0], 1.0
    km, rows = np.array([0.0, 10.0, 50.0]), np.arange(4, dtype=np.int32)

    def best(
        order: float,
        reach: int = 4,
        start: float = 0.0,
        members: bool = False,
        storable: bool = False,
    ) -> int:
        return sourcing.best_seller(
            sellers, rows, 3, order, storable, km, 10.0, calm_day(), start, reach, members
        )

    assert best(100.0) == 0
    assert best(130.0) == 1  # the first cannot serve half of it
    assert best(1000.0) == sourcing.NOBODY
    assert best(100.0, reach=2, start=0.5) == 2  # looks at the third and at itself
    assert best(100.0, members=True) == sourcing.NOBODY
    sellers.alive[0] = False
    assert best(100.0) == 1
    sellers.member[2] = True
    assert best(100.0, members=True) == 2
    sellers.stock = [500.0, 65.0, 25.0, 0.0]  # goods must be in store: 65 at 10 km, 25 at 50 km
    assert best(100.0, storable=True) == 1
    sellers.stock[1] = 49.0
    assert best(100.0, storable=True) == sourcing.NOBODY
    assert sourcing.pull(20.0, 10.0) == pytest.approx(math.exp(-2))


def test_the_purchase_on_which_most_output_hangs_is_the_most_urgent() -> None:
    firm, slots = plant(end_slot=3)[0], recipe([5.0, 2.0, 0.0], [0.1] * 3, [2, 1, 0])
    slots.stock_target = 10.0
    goods, shelves = GOOD.rows(22), SHELF.rows(0)

    def urgent() -> int:
        return int(sourcing.most_urgent(firm, slots, shelves, goods, 3))

    assert urgent() == sourcing.NOBODY
    slots.trouble[:, 1] = 3
    assert urgent() == 0  # half of 100 against 0.8 of 50; nobody waits for the last, which is out
    slots.stock[0] = 6.5
    assert urgent() == 1  # 0.35 of 100
    slots.trouble[1, 1] = 2
    assert urgent() == 0


def test_a_shelf_is_urgent_for_its_margin() -> None:
    """Among shelves that are nearly empty the one with most margin counts, not the emptiest."""
    firm, slots = plant(end_slot=2)[0], recipe([0.0, 0.01], [0.0, 0.0], [2, 2])
    slots.stock_target, slots.good, slots.shelf = 10.0, [FUEL, FOOD], [0, 1]
    slots.trouble[:, 0] = 3
    goods, shelves = GOOD.rows(22), SHELF.rows(2, slot=[0, 1], sales_calm=[10.0, 40.0])
    goods.margin[[FUEL, FOOD]] = 0.2
    assert sourcing.most_urgent(firm, slots, shelves, goods, 3) == 1


def test_a_firm_reopened_without_staff_is_no_seller_yet() -> None:
    """Nobody orders from it, so that it serves all; it can make nothing, and is not chosen."""
    firms: Any = FIRM.rows(2, alive=True, served=1.0, output_calm=[90.0, 10.0], possible=[0.0, 5.0])
    day, rows = calm_day(), np.arange(2, dtype=np.int32)
    assert [sourcing.works_again(firms, p, FOOD, 0, day) for p in (0, 1)] == [False, True]
    items, shelves = ITEM.rows(1, service=0, good=WATER), SHELF.rows(0)
    home: Any = one(HOME)

    def nearest() -> int:
        return sellers.best_nearby(
            home, firms, shelves, items, 0, rows, np.zeros(1), 10.0, day, 0.0, 2
        )

    assert nearest() == 1
    firms.possible[0] = 1.0  # the first hand is at work
    assert nearest() == 0
    assert sourcing.works_again(firms, 0, FOOD, 0, day)
    firms.alive[0] = False
    assert nearest() == 1


def test_buyers_go_back_when_the_old_source_works() -> None:
    day, rules = calm_day(), rules_of(return_days=4.0)
    producers = plant(end_slot=1)

    def source_after(luck: float, border: float = 1.0) -> int:
        slots, calm = recipe([1.0], [0.1], [2]), np.array([[-1, -1]], dtype=np.int32)
        slots.source, day.border[0] = [[-1, 0]], border
        sourcing.return_to_suppliers(producers, slots, calm, rules, day, np.array([luck]))
        return int(slots.source[0, 1])

    assert source_after(0.76) == -1  # one chance in four
    assert source_after(0.74) == 0
    assert source_after(0.99, border=0.9) == 0
