"""The rules of producers, on numbers worked out by hand, and what must hold for any numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rows import FOOD, FUEL, amount, calm_day, cheap, one, plant, recipe, rules_of, share

from ressort.goods import AGRI, GOOD, TRADE, ProductionFunction, Rationing
from ressort.rules import delivery, firms, production, purchases
from ressort.state import FLOWS, JOB, RING, SHELF, SLOT

LIMITS = ("leontief", "strict", "half", "critical")  # from the hardest to the mildest


# ---------------------------------------------------------------- production
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("leontief", 0.0),  # the third input is out
        ("strict", 20.0),  # 2 of the important one at 0.1 a unit
        ("half", 50.0),  # critical 10 / 0.2; important (20 + 100) / 2 does not bind
        ("critical", 50.0),
        ("linear", 12.0 / 0.35),  # 10 + 2 + 0 of anything over 0.2 + 0.1 + 0.05
    ],
)
def test_inputs_limit_output_by_hand(name: str, expected: float) -> None:
    slots = recipe([10.0, 2.0, 0.0], [0.2, 0.1, 0.05], [2, 1, 0])
    firm = plant(end_slot=3)[0]
    function = int(ProductionFunction[name.upper()])
    assert production.input_limit(firm, slots, 100.0, function) == pytest.approx(expected)


@cheap
@given(
    rows=st.lists(
        st.tuples(st.floats(0, 1e4), st.floats(1e-3, 1.0), st.sampled_from([0, 1, 2])), max_size=6
    ),
    capacity=st.floats(0.0, 1e4),
    more=st.floats(0.0, 1e3),
)
def test_production_functions_are_ordered_and_grow_with_stock(
    rows: list[tuple[float, float, int]], capacity: float, more: float
) -> None:
    stocks, coefficients, ratings = [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]
    firm = plant(end_slot=len(rows))[0]

    def limits(stocks: list[float]) -> dict[str, float]:
        slots = recipe(stocks, coefficients, ratings)
        return {
            f.name.lower(): production.input_limit(firm, slots, capacity, int(f))
            for f in ProductionFunction
        }

    before, after = limits(stocks), limits([s + more for s in stocks])
    in_order = [before[name] for name in LIMITS]
    assert in_order == sorted(in_order)
    assert before["leontief"] <= before["linear"] * (1 + 1e-12)
    for name, limit in before.items():
        assert 0.0 <= limit <= capacity
        assert after[name] >= limit * (1 - 1e-12), name


def test_possible_output_is_the_least_of_machines_hands_and_inputs() -> None:
    """Machines 120 x 0.9 x (1 - 0.8 / 4) = 86.4; hands 120 x 0.5 x 0.9 = 54; input 8 / 0.2 = 40."""
    goods = GOOD.rows(22, machine_dependence=0.8)
    slots = recipe([8.0], [0.2], [2])

    def possible(**columns: Any) -> float:
        usual = {"broken": 1, "intact": 0.9, "able": 0.5, "staff": 9.0, "end_slot": 1}
        producer = plant(**(usual | columns))
        production.find_possible(producer, slots, goods, rules_of())
        return float(producer.possible[0])

    assert possible() == pytest.approx(40.0)
    assert possible(end_slot=0) == pytest.approx(54.0)
    assert possible(end_slot=0, able=1.0) == pytest.approx(86.4)
    assert possible(alive=False) == 0.0


@cheap
@given(supply=amount, first=amount, second=amount, more=st.floats(0.0, 1e5))
def test_sharing_a_supply(supply: float, first: float, second: float, more: float) -> None:
    orders, served, richer = np.array([first, second]), np.empty(2), np.empty(2)
    production.share_out(supply, orders, served)
    production.share_out(supply + more, orders, richer)
    assert ((served >= 0) & (served <= 1)).all()
    delivered = orders @ served
    assert delivered <= supply * (1 + 1e-12)
    assert delivered == pytest.approx(min(supply, first + second))
    if served[0] < 1:  # the second tier gets nothing before the first has all
        assert second * served[1] <= 1e-9 * supply
    assert (orders * richer >= orders * served - 1e-9 * (1 + supply)).all()


def test_sharing_a_supply_by_hand() -> None:
    served = np.empty(2)
    for supply, expected in ((30.0, (0.5, 0.0)), (80.0, (1.0, 0.5)), (100.0, (1.0, 1.0))):
        production.share_out(supply, np.array([60.0, 40.0]), served)
        assert served == pytest.approx(expected)
    production.share_out(0.0, np.zeros(2), served)
    assert (served == 1).all()  # who asks for nothing has all of it


def test_harvest_brings_in_all_that_stands() -> None:
    crop = 900.0
    assert production.release_crop(crop, 181, 182, 90) == 0.0
    for day in range(182, 182 + 90):
        brought = production.release_crop(crop, day, 182, 90)
        assert brought == pytest.approx(10.0)
        crop -= brought
    assert crop == pytest.approx(0.0, abs=1e-9)
    assert production.release_crop(900.0, 272, 182, 90) == 0.0


def test_makers_refill_their_store_and_farms_follow_nature() -> None:
    rules = rules_of(restock_days=30.0, harvest_share=0.5)
    # Orders 90 and a thirtieth of the 60 that lack: 92, unless less is possible.
    for possible, made in ((120.0, 92.0), (50.0, 50.0)):
        maker = plant(stock=240.0, stock_target=300.0, orders=[[60, 30]], possible=possible)[0]
        assert production.make_to_stock(maker, rules, calm_day()) == pytest.approx(made)
        assert maker.stock == pytest.approx(240.0 + made)
    # A farm ignores orders and overtime; half of what grows is harvested later.
    farm = plant(branch=AGRI, possible=120.0, orders=[[500, 0]], crop=40.0)[0]
    assert production.make_to_stock(farm, rules, calm_day()) == 100.0
    assert (farm.stock, farm.crop) == (50.0, 90.0)
    # Half of the fields yield half: capacity to spare (120 x 0.5 = 60) is no second field.
    farm = plant(branch=AGRI, possible=60.0, intact=0.5)[0]
    assert production.make_to_stock(farm, rules, calm_day()) == 50.0


def test_spoiling_takes_a_part_of_what_exceeds_twice_the_target() -> None:
    good = one(GOOD, shelf_life=10.0)
    full = plant(stock=250.0, stock_target=100.0)[0]
    assert production.spoil(full, good) == pytest.approx(5.0)
    assert full.stock == pytest.approx(245.0)
    assert production.spoil(plant(stock=200.0, stock_target=100.0)[0], good) == 0.0
    assert production.spoil(full, one(GOOD, shelf_life=0.0)) == 0.0  # it keeps


def test_inputs_replace_each_other_only_in_the_linear_recipe() -> None:
    """20 made of 0.3 + 0.1: 6 and 2; the first holds 3, so that 3 come from the other's 7 left."""
    for function, left in ((ProductionFunction.HALF, [0, 7]), (ProductionFunction.LINEAR, [0, 4])):
        slots, flows = recipe([3.0, 9.0], [0.3, 0.1], [1, 1]), one(FLOWS)
        slots.good = [FUEL, FOOD]
        firm = plant(end_slot=2, production=20.0)[0]
        production.use_inputs(firm, slots, int(function), flows)
        assert slots.stock == pytest.approx(left)
        assert flows.used[FUEL] + flows.used[FOOD] == pytest.approx(12.0 - sum(left))


def test_a_shop_earns_its_margin_on_what_customers_take_home() -> None:
    """Asked 40 at a margin of 0.5; shelf 0.6, staff 0.9: 20 x 0.6, and 10 of services x 0.9."""
    goods = GOOD.rows(22, margin=0.5)
    shop = plant(branch=TRADE, format=0, end_shelf=1, orders=[[30, 0]], served=[[0.9, 1]])[0]
    slots = recipe([0.0], [0.0], [2])
    shelves = SHELF.rows(1, asked=[[40, 0]], served=[[0.6, 1]])
    assert production.sold_by_shop(shop, slots, shelves, goods) == pytest.approx(21.0)


# ---------------------------------------------------------------- orders
@cheap
@given(use=amount, wanted=amount, held=amount, days=st.floats(1.0, 100.0), more=amount)
def test_orders_are_never_negative_and_fall_with_what_is_held(
    use: float, wanted: float, held: float, days: float, more: float
) -> None:
    order = purchases.order_up_to(use, wanted, held, days)
    assert order >= 0
    assert purchases.order_up_to(use, wanted, held + more, days) <= order
    if held == wanted:
        assert order == use


def test_order_of_an_input_by_hand() -> None:
    """Use 0.2 x 100 = 20; road 2 x 20 x 0.25 = 10; gap 200 + 10 - 100 - 30 - 5 over 10 days."""
    firm = plant()[0]
    slot = one(
        SLOT, coefficient=0.2, stock=100, stock_target=200, in_transit=30, lean=0.25, shelf=-1
    )
    slot.source[:] = (-1, 0)
    good = one(GOOD, storable=True, lead_days=3, shelf_restock_days=5.0)
    shelves = SHELF.rows(1, sales_expected=20.0)

    def order() -> float:
        return purchases.wanted_order(firm, 100.0, slot, shelves, good, 5.0)

    assert order() == pytest.approx(20 + 75 / 10)
    slot.shelf, slot.coefficient = 0, 0.0  # a shelf: expected sales, its own restocking time
    assert order() == pytest.approx(20 + 75 / 5)
    # A service: up to the target, after today's use.
    slot.shelf, slot.coefficient, good.storable = -1, 0.2, False
    assert order() == pytest.approx(200 - (100 - 20))
    slot.stock = 10.0
    assert order() == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("columns", "planned"),
    [
        ({"demand_expected": 80.0}, 80.0),
        ({"demand_expected": 80.0, "stock_target": 90.0}, 83.0),  # a thirtieth of 90 to refill
        ({"demand_expected": 80.0, "stock": 3000.0}, 0.0),
        ({"demand_expected": 500.0}, 120.0),  # no more than capacity
        ({"demand_expected": 80.0, "branch": AGRI}, 100.0),  # crops grow whatever the orders
        ({"demand_expected": 80.0, "branch": TRADE, "stock_target": 90.0}, 80.0),  # no store
    ],
)
def test_inputs_are_bought_for_the_planned_output(
    columns: dict[str, float], planned: float
) -> None:
    goods = GOOD.rows(22, storable=True)
    goods.storable[TRADE] = False
    firm = plant(**columns)[0]
    plan = purchases.planned_output(firm, goods[firm.branch], rules_of(restock_days=30.0))
    assert plan == pytest.approx(planned)


@cheap
@given(order=amount, normal=amount, supply=share)
def test_the_outside_sends_no_more_than_asked_or_its_share(
    order: float, normal: float, supply: float
) -> None:
    sent = purchases.dispatched(order, normal, supply)
    assert 0 <= sent <= order
    assert sent == order if supply >= 1 else sent <= supply * normal


def test_orders_outside_are_paid_and_take_to_the_road() -> None:
    """Use 20 a day, of which 40 % are dispatched and arrive in 3 days; means cut the rest."""
    goods = GOOD.rows(22, storable=True, lead_days=3)
    for cash, restraint in ((100.0, 1.0), (16.0, 0.5)):  # wages of 2 come first
        firm = plant(cash=cash, wage_bill=2.0, end_slot=1)
        slots = recipe([0.0], [0.2], [2])
        slots.good, slots.stock, slots.stock_target = FUEL, 200.0, 240.0
        transit, day, flows = np.zeros((RING, 1)), calm_day(7), one(FLOWS)
        day.outside[FUEL] = 0.4
        purchases.order_inputs(
            firm, slots, SHELF.rows(0), goods, np.zeros(1), transit, rules_of(), day, flows
        )
        assert slots.order[0] == pytest.approx(restraint * (20 + (240 + 40 - 200) / 10))
        sent = 8.0  # 0.4 of the calm use, less than what was ordered
        assert firm.restraint[0] == pytest.approx(restraint)
        assert transit[(7 + 3) % RING, 0] == pytest.approx(sent)
        assert slots.in_transit[0] == pytest.approx(sent)
        assert firm.cash[0] == pytest.approx(cash - sent)
        assert flows.imports == pytest.approx(-sent)


def test_a_freeze_cuts_orders_and_is_no_lack_of_means() -> None:
    """Orders of 24 (use 20, gap 40 in 10 days): means 98, of which a tenth may be spent; or 12."""
    goods = GOOD.rows(22, storable=True, lead_days=1)
    for cash, ordered, restraint in ((100.0, 9.8, 1.0), (14.0, 1.2, 0.5)):
        firm, day = plant(cash=cash, wage_bill=2.0, end_slot=1), calm_day()
        slots = recipe([0.0], [0.2], [2])
        slots.good, slots.stock, slots.stock_target, day.payments = FUEL, 200.0, 240.0, 0.1
        purchases.order_inputs(
            firm,
            slots,
            SHELF.rows(0),
            goods,
            np.zeros(1),
            np.zeros((RING, 1)),
            rules_of(),
            day,
            one(FLOWS),
        )
        assert slots.order[0] == pytest.approx(ordered)
        assert firm.restraint[0] == pytest.approx(restraint)


def test_export_orders_take_the_lesser_of_will_and_border() -> None:
    for kept, border, expected in ((0.7, 1.0, 35.0), (0.7, 0.2, 10.0), (1.0, 1.0, 50.0)):
        firm, day = plant(exports_calm=50.0, exports_kept=kept)[0], calm_day()
        day.exports[FOOD] = border
        assert purchases.export_orders(firm, day) == pytest.approx(expected)
    firm = plant(exports_calm=50.0, investment_calm=5.0)
    purchases.take_export_orders(firm, rules_of(Rationing.ESSENTIAL_FIRST), calm_day())
    assert firm.orders[0].tolist() == [0.0, 55.0]  # exports come second


# ---------------------------------------------------------------- delivery
def test_custom_leans_to_the_better_supplied() -> None:
    rules = rules_of(lean_rate=0.1, lean_return_days=20.0)
    assert delivery.leaning(0.5, 1.0, 0.4, rules) == pytest.approx(0.56)
    assert delivery.leaning(0.9, 1.0, 1.0, rules) == pytest.approx(0.9 - 0.4 / 20)
    assert delivery.leaning(0.94, 1.0, 0.0, rules) == 0.95
    assert delivery.leaning(0.06, 0.0, 1.0, rules) == 0.05
    assert [delivery.trouble_days(d, s, 0.8) for d, s in ((2, 0.7), (2, 0.8), (100, 0.0))] == [
        3,
        0,
        100,
    ]


@cheap
@given(lean=st.floats(0.05, 0.95), first=share, second=share, rate=st.floats(0, 1))
def test_no_source_is_ever_left_alone(
    lean: float, first: float, second: float, rate: float
) -> None:
    rules = rules_of(lean_rate=rate, lean_return_days=30.0)
    assert 0.05 <= delivery.leaning(lean, first, second, rules) <= 0.95


# ---------------------------------------------------------------- firms
@cheap
@given(kept=share, served=share, days=st.floats(1.0, 100.0))
def test_exports_give_way_in_proportion(kept: float, served: float, days: float) -> None:
    after = firms.exports_kept(kept, served, days)
    assert 0 <= after <= 1
    if served < 0.98:
        assert after == pytest.approx(max(0.0, kept - (1 - served) / days))
    else:
        assert after == pytest.approx(min(1.0, kept + 1 / days))


def test_closing_loses_stocks_and_debts_and_opening_starts_anew() -> None:
    rules, flows = rules_of(insolvency_days=5, entry_delay_days=10.0), one(FLOWS)
    firm = plant(
        end_slot=1, end_job=1, cash=-7.0, stock=3.0, crop=2.0, short_days=5, cash_target=50.0
    )
    firm.loan, firm.broken = 4.0, 2
    slots, jobs = recipe([6.0], [0.1], [2]), JOB.rows(1, posts=10.0, held=True)
    slots.good = FUEL
    assert firms.close_and_open(firm, slots, jobs, rules, flows, np.zeros(1)) == (1, 0)
    assert (flows.lost[FOOD], flows.lost[FUEL], flows.bank_losses) == (5.0, 6.0, 7.0)
    held = (firm.cash, firm.stock, firm.crop, firm.loan, firm.staff, firm.activity, slots.stock)
    assert not any(column[0] for column in held)
    assert not firm.alive[0]
    assert not jobs.held[0]
    assert firms.close_and_open(firm, slots, jobs, rules, flows, np.full(1, 0.1)) == (0, 0)
    assert firms.close_and_open(firm, slots, jobs, rules, flows, np.full(1, 0.099)) == (0, 1)
    assert (firm.cash[0], firm.broken[0], firm.short_days[0], firm.staff[0]) == (50.0, 0, 0, 10.0)
    assert flows.founding == 50.0
