"""Cases with a closed form: how long a stock lasts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.worlds import BOURG, VILLAGE, live, place_of

from ressort.branches import BRANCHES, INDEX
from ressort.goods import ProductionFunction
from ressort.parameters import Behaviour
from ressort.place import Place
from ressort.shocks import Shock
from ressort.world import Rules, build_world

FOREVER = 1000
FOOD = ("food", "agri")


def without_producers(name: str) -> Place:
    """Return a place where nothing is made and no shop is found: only pantries stand."""
    found = place_of(name)
    return dataclasses.replace(
        found, jobs=np.zeros_like(found.jobs), hectares=np.zeros_like(found.hectares)
    )


def first_day_under(series: np.ndarray, level: float) -> int:
    """Return the first day on which a series is under a level, or its length."""
    under = series < level
    return int(under.argmax()) if under.any() else len(series)


@pytest.mark.parametrize("pantry_days", [1.5, 3.0, 6.0, 30.0, 90.0])
def test_no_supply_lasts_the_stock(pantry_days: float) -> None:
    """No imports, no local output: T = S, within a day, whatever the size of the place."""
    rules = Rules(Behaviour({"stock_scale": pantry_days / 3.0}), basket="current")
    for name in (VILLAGE, BOURG):
        world = build_world(
            without_producers(name), rules, 1, 1.0, (Shock("isolation", 0, FOREVER),)
        )
        series = live(world, int(pantry_days) + 10)
        assert abs(first_day_under(series["need_food"], 0.8) - pantry_days) <= 1.0


@pytest.mark.parametrize("stock", [6.0, 16.0, 30.0])
@pytest.mark.parametrize("coverage", [0.02, 0.30, 0.54, 0.70])
def test_stock_over_gap(stock: float, coverage: float) -> None:
    """With a share c still supplied and all use served: T = S / (1 - c), within a day.

    S is what people keep at home and what the shops beyond the border, theirs here, have in stock.
    """
    rules = Rules(Behaviour({"stock_scale": stock / 3.0}), basket="current")
    shock = Shock("import_cut", 0, FOREVER, depth=1.0 - coverage, goods=FOOD)
    world = build_world(without_producers(VILLAGE), rules, 1, 1.0, (shock,))
    expected = (stock + world.goods.shelf_days[INDEX["food"]]) / (1.0 - coverage)
    series = live(world, int(expected) + 10, audit=False)
    assert abs(first_day_under(series["need_food"], 1.0) - expected) <= 1.0
    # Afterwards just the share that is supplied is met.
    assert series["need_food"][-1] == pytest.approx(coverage, abs=1e-6)


@pytest.mark.parametrize(("level", "coverage"), [(0.8, 0.02), (0.8, 0.54), (0.6, 0.30)])
def test_rationing_at_home_stretches_the_stock(level: float, coverage: float) -> None:
    """People who use only what they require, a: T = S / (a - c), within a day.

    They begin once the shops beyond the border, theirs here, have nothing left: F / (1 - c) later.
    """
    stock = 16.0
    # One item meets the need, and everyone uses and requires the same: use 1, requirement a.
    behaviour = Behaviour({"stock_scale": stock / 15.0, "stretch_below": 0.999})
    shock = Shock("import_cut", 0, FOREVER, depth=1.0 - coverage, goods=("pharma",))
    world = build_world(without_producers(VILLAGE), Rules(behaviour), 1, 1.0, (shock,))
    medicine = world.items[world.items.good == INDEX["pharma"]]
    use = medicine.committed[0]  # wholly committed: the same for each person
    assert medicine.variable[0] == 0.0
    required = np.where(world.items.good == INDEX["pharma"], level * use, world.items.required)
    world.items.required[:] = required
    world.items.need_required[world.items.good == INDEX["pharma"]] = level * use
    shops = world.goods.shelf_days[INDEX["pharma"]] / (1.0 - coverage)
    expected = shops + stock / (level - coverage)
    series = live(world, int(expected) + 10, audit=False)
    assert abs(first_day_under(series["need_medicine"], 1.0) - expected) <= 1.5


def test_a_plant_runs_as_long_as_its_critical_input() -> None:
    """A maker cut from one critical input stops after the days of it that it holds, +- a day."""
    rules = Rules(
        Behaviour({"machine_life_days": 1e12, "search_rate": 0.0}),
        production=ProductionFunction.CRITICAL,
    )
    shock = Shock("import_cut", 0, FOREVER, goods=("fuel",))
    world = build_world(place_of(BOURG), rules, 2, 2.0, (shock,))
    firms, slots = world.state.firms, world.state.slots
    fuel = INDEX["fuel"]
    held = {}
    for p in np.flatnonzero(firms.branch == INDEX["transport"]):
        for s in range(firms.first_slot[p], firms.end_slot[p]):
            outside = (slots.source[s] < 0).all()
            if slots.good[s] == fuel and outside and slots.rating[s] == 2:
                days = slots.stock[s] + sum(world.state.transit[:, s])
                held[p] = days / (slots.coefficient[s] * firms.output_calm[p])
    assert held
    stopped = dict.fromkeys(held)
    for day in range(80):
        live(world, 1, audit=False)
        for p in held:
            if stopped[p] is None and firms.production[p] < 0.5 * firms.output_calm[p]:
                stopped[p] = day
    for p, days in held.items():
        # It sells a little less as its customers fail too, hence not before, and soon after.
        assert stopped[p] is not None
        assert days - 1.0 <= stopped[p] <= days + 6.0, (BRANCHES[firms.branch[p]], days, stopped[p])
