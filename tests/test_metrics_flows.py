"""M9 to M11: flows of a day as the books have them, and each formula by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.worlds import BOURG

from ressort import flows, metrics
from ressort.branches import INDEX, N_BRANCHES
from ressort.day import live_one_day
from ressort.flows import Traded, Trader, measure_flows
from ressort.recorder import Recorder, fork
from ressort.rules.trading import (
    ALL,
    BEYOND,
    CRITICAL,
    CRITICAL_OUTSIDE,
    HERE,
    N_SUMS,
    NEW,
    SHELF_BEYOND,
    SHELF_HERE,
    new_trade,
)
from ressort.scenario import check
from ressort.simulation import Stage
from ressort.world import World


def world(**shock: object) -> World:
    shocks = [{"kind": "import_cut", "start_day": 1, "days": 6, **shock}]
    run = {"days": 20, "people_per_agent": 4}
    scenario = check({"territory": {"name": BOURG}, "run": run, "shocks": shocks})
    return Stage.of(scenario).world(3, cooperation=False)


# ---------------------------------------------------------------- the day
@pytest.mark.parametrize("days", [1, 3, 9])
def test_purchases_outside_are_those_that_were_paid_for(days: int) -> None:
    """Of a calm day, of days of a cut, and after it: as the ledger has them, good by good."""
    here = world()
    for _ in range(days - 1):
        live_one_day(here)
    before = np.array(here.state.slots.in_transit)
    trader = Trader(here, here.tick + 1)
    arrived = np.array(here.state.transit[here.tick % len(here.state.transit)])
    live_one_day(here)
    trader.see(here)
    traded = trader.traded(here)
    paid = -float(here.flows.imports)
    assert traded.trade[[BEYOND, SHELF_BEYOND]].sum() == pytest.approx(paid, rel=1e-9, abs=1e-9)
    sent = np.array(here.state.slots.in_transit) - before + arrived
    by_good = np.bincount(here.state.slots.good, weights=sent, minlength=N_BRANCHES)
    found = traded.trade[[BEYOND, SHELF_BEYOND]].sum(axis=(0, 2))
    np.testing.assert_allclose(found, by_good, rtol=1e-7, atol=1e-6)


def test_purchases_here_are_what_sellers_were_asked_for_and_sent() -> None:
    """Makers that sell to establishments alone sold just that."""
    here = world()
    for _ in range(4):
        live_one_day(here)
    trader = Trader(here, here.tick + 1)
    live_one_day(here)
    trader.see(here)
    traded = trader.traded(here).trade[[HERE, SHELF_HERE]].sum(axis=(0, 2))
    firms = here.state.firms
    sold = np.bincount(firms.branch, weights=firms.sold, minlength=N_BRANCHES)
    assert traded.sum() > 0.0
    assert (traded <= sold * (1 + 1e-9) + 1e-9).all()


def test_only_the_last_days_are_counted() -> None:
    here = world()
    whole, last = Trader(here, flows.LAST_DAYS), Trader(here, 20)
    for _ in range(20):
        live_one_day(here)
        whole.see(here)
        last.see(here)
        if here.tick <= 6:
            assert last.trade.sum() == 0.0
    assert 0.0 < last.trade.sum() < whole.trade.sum()


def test_who_watches_changes_nothing() -> None:
    watched, alone = Recorder(world(), 12, audit=False, start=1), world()
    watched.live_until(12)
    while alone.tick < 12:
        live_one_day(alone)
    for name in ("firms", "slots", "homes"):
        assert getattr(watched.world.state, name).tobytes() == getattr(alone.state, name).tobytes()


def test_runs_from_one_morning_are_counted_apart() -> None:
    here = world()
    trader = Trader(here, 14)
    twin = fork(here, shocks=False)
    live_one_day(here)
    trader.see(here)
    counted = trader.trade.copy()
    live_one_day(twin)
    np.testing.assert_array_equal(trader.trade, counted)


# ---------------------------------------------------------------- formulas
def test_distance_is_the_share_of_flows_that_moved() -> None:
    one, other = np.array([2.0, 2.0, 0.0]), np.array([1.0, 0.0, 1.0])
    assert flows.distance(one, other) == pytest.approx(0.5)
    assert flows.distance(one, 7 * one) == 0.0
    assert flows.distance(one, np.array([0.0, 0.0, 5.0])) == 1.0
    assert math.isnan(flows.distance(one, np.zeros(3)))


def test_alpha_and_robustness_of_a_matrix_by_hand() -> None:
    """T = [[3, 1], [1, 3]]: A = .75 ln 1.5 + .25 ln .5, C = -(.75 ln .375 + .25 ln .125)."""
    ascendency = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    capacity = -(0.75 * math.log(3 / 8) + 0.25 * math.log(1 / 8))
    found = flows.alpha(np.array([[3.0, 1.0], [1.0, 3.0]]))
    assert found == pytest.approx(ascendency / capacity)
    power = found**1.288
    assert flows.robustness(found) == pytest.approx(-math.e * power * math.log(power))


def test_local_share_follows_inputs_upstream() -> None:
    """A euro of the second needs 0.4 of the first, which keeps half: 0.5 + 0.4 x 0.5 = 0.7."""
    here = np.array([[0.0, 40.0], [0.0, 0.0]])
    half = np.array([0.5, 0.5])
    assert flows.local_share(here, np.array([0.0, 100.0]), half) == pytest.approx(0.7)
    assert math.isnan(flows.local_share(np.eye(2) * 200.0, np.array([100.0, 100.0]), half))


def test_lasting_change_is_that_of_the_last_sixty_days() -> None:
    run, usual = np.r_[np.zeros(70), np.full(60, 0.9)], np.ones(130)
    assert metrics.lasting_change(run, usual) == pytest.approx(-0.1)
    assert math.isnan(metrics.lasting_change(run[:59], usual[:59]))


def made(
    here: float, beyond: float, new: float = 0.0, critical: tuple[float, float] = (4.0, 1.0)
) -> Traded:
    trade, sums = new_trade(), np.zeros(N_SUMS)
    trade[HERE, 0, 1], trade[BEYOND, 2, 1] = here, beyond
    sums[ALL], sums[NEW] = here + beyond, new
    sums[CRITICAL], sums[CRITICAL_OUTSIDE] = critical
    return Traded(trade, sums, np.full(N_BRANCHES, 100.0), np.ones(N_BRANCHES, dtype=np.int32))


def test_metrics_by_hand() -> None:
    run, usual = made(6.0, 4.0, new=2.0), made(2.0, 2.0, new=0.2)
    run.alive[[INDEX["food"], INDEX["water"], INDEX["light"]]] = 0  # light serves no need
    usual.alive[INDEX["water"]] = 0  # nobody was there before
    found = measure_flows(run, usual)
    assert found["m9_services_lost"] == 1.0
    assert found["m9_structure"] == pytest.approx(0.1)
    assert found["m10_new_links"] == pytest.approx(0.2 - 0.05)
    assert found["m10_local_coverage"] == pytest.approx(0.1)
    assert found["m11_import_dependence"] == 0.25
    assert all(math.isnan(v) for v in measure_flows(None, usual).values())
