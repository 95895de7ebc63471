"""The local multiplier and the velocities: by hand, and from the books of a day."""

from __future__ import annotations

import numpy as np
import pytest
from tests.currencies import CUT, FREE, FREEZE, WIDE, measure_of, world_of

from ressort.day import live_one_day
from ressort.measures.currency import flows
from ressort.measures.currency.seen import DAILY, Count, cycles, euro_velocity, velocity
from ressort.multiplier import COUNCIL, HOUSEHOLDS, OUTSIDE, PRODUCERS, full, lm3, respent


def payments(**rows: list[float]) -> np.ndarray:
    """Return a matrix from rows of payers: to households, producers, council, outside."""
    names = ("households", "producers", "council", "outside")
    return np.array([rows.get(name, [0.0] * 4) for name in names])


# Producers take in 100 and pay 40 to residents and 20 among themselves; residents take in 50 and
# spend 30 here.
TOWN = payments(
    households=[0.0, 30.0, 0.0, 20.0],
    producers=[40.0, 20.0, 0.0, 40.0],
    outside=[10.0, 50.0, 0.0, 0.0],
)


# ------------------------------------------------------------------ the multiplier by hand
def test_three_rounds_by_hand() -> None:
    """A euro for producers: 0.6 is re-spent, of which 0.4 come to residents, who spend 0.6 of it.

    Third round: 0.4 · 0.6 + 0.2 · 0.6 = 0.36.
    """
    assert lm3(TOWN) == pytest.approx(1.0 + 0.6 + 0.36)
    assert lm3(TOWN, HOUSEHOLDS) == pytest.approx(1.0 + 0.6 + 0.6 * 0.6)


def test_all_rounds_by_hand() -> None:
    """x_p = 1 + 0.2 x_p + 0.6 x_h and x_h = 0.4 x_p: x_p = 1 / 0.56."""
    assert full(TOWN) == pytest.approx(1.4 / 0.56)
    within = payments(producers=[0.0, 50.0, 0.0, 50.0], outside=[0.0, 50.0, 0.0, 0.0])
    assert [lm3(within), full(within)] == pytest.approx([1.75, 2.0])


def test_what_is_kept_is_not_respent_and_what_is_drawn_down_is_shared() -> None:
    """Producers that took in 100 and pay 50 here multiply as if the other half had left.

    Those that pay 200 after taking in 100 re-spend the half that stays here, not all of it.
    """
    keeping = payments(producers=[50.0, 0.0, 0.0, 0.0], outside=[0.0, 100.0, 0.0, 0.0])
    assert lm3(keeping) == pytest.approx(1.5)
    drawing = payments(producers=[100.0, 0.0, 0.0, 100.0], outside=[0.0, 100.0, 0.0, 0.0])
    assert lm3(drawing) == pytest.approx(1.5)
    assert respent(drawing).sum(axis=0).max() <= 1.0


def test_money_that_never_leaves_multiplies_without_end_but_lm3_is_three() -> None:
    closed = payments(households=[0.0, 70.0, 0.0, 0.0], producers=[70.0, 0.0, 0.0, 0.0])
    assert lm3(closed) == pytest.approx(3.0)
    assert full(closed) == np.inf
    elsewhere = payments(producers=[0.0, 0.0, 0.0, 9.0], council=[0.0, 0.0, 5.0, 0.0])
    assert full(elsewhere) == 1.0  # the council's circle is never reached
    assert lm3(np.zeros((4, 4))) == full(np.zeros((4, 4))) == 1.0


# ------------------------------------------------------------------ what is seen, by hand
def amounts(**given: float) -> dict[str, float]:
    return dict.fromkeys(DAILY, 0.0) | given


# A year in balance: 100 are issued, spent by residents; producers pay 20 of it on and 30 as wages,
# which residents spend again; 100 are changed back.
YEAR = amounts(changed=100.0, spent=130.0, wages=30.0, paid=180.0, left_firms=100.0)


def test_who_pays_whom_in_units_by_hand() -> None:
    found = flows.in_units(
        YEAR | {"taxes": 7.0, "of_council": 5.0, "left_council": 2.0, "paid": 192.0}
    )
    by_hand = payments(
        households=[0.0, 130.0, 7.0, 0.0],
        producers=[30.0, 20.0, 0.0, 100.0],
        council=[0.0, 5.0, 0.0, 2.0],
        outside=[100.0, 0.0, 0.0, 0.0],
    )
    assert found == pytest.approx(by_hand)


def test_units_multiply_as_far_as_they_are_not_changed_back() -> None:
    """Producers take in 150: 50 are re-spent, 100 changed back; residents spend all they get."""
    found = flows.in_units(YEAR)
    assert lm3(found) == pytest.approx(1.0 + 50.0 / 150.0 + (30.0 + 20.0 / 3.0) / 150.0)
    back = flows.in_units(YEAR | {"wages": 0.0, "spent": 100.0, "paid": 100.0})
    assert lm3(back) == full(back) == 1.0  # all that is taken is changed back


def test_cycles_are_payments_of_a_unit_between_its_issue_and_its_end() -> None:
    """In a steady state: all rounds after the issue, and velocity over the rate of leaving."""
    assert cycles(YEAR) == pytest.approx(1.8)
    assert full(flows.in_units(YEAR), HOUSEHOLDS) == pytest.approx(1.0 + cycles(YEAR))
    held = YEAR | {"held": 365 * 40.0}
    assert velocity(held, 365) == pytest.approx(cycles(held) * 100.0 / 40.0)
    assert np.isnan(cycles(amounts(paid=5.0)))


def test_velocity_of_units_by_hand() -> None:
    """73 days, 40 units held, 30 paid among residents and firms, taxes apart: 150 a year."""
    total = amounts(held=73 * 40.0, paid=36.0, taxes=4.0, of_council=2.0, spent=30.0)
    assert velocity(total, 73) == pytest.approx(30.0 * 5 / 40.0)
    assert velocity(amounts(held=10 * 40.0, paid=3.0), 10) == pytest.approx(3.0 * 365 / 30 / 40.0)


def test_velocity_of_euros_by_hand() -> None:
    """Two days: 90 a day are paid here, 3 650 held, which turn over nine times a year.

    What goes to and comes from outside is no payment here, as for units.
    """
    counts = [Count(TOWN, 3000.0), Count(TOWN, 4300.0)]
    assert euro_velocity(counts) == pytest.approx(365 * 90.0 / 3650.0)
    assert euro_velocity([]) == 0.0


# ------------------------------------------------------------------ the books of a day
@pytest.mark.parametrize("shock", [CUT, FREEZE])
def test_what_sectors_take_in_and_pay_explains_what_they_hold(shock: dict[str, object]) -> None:
    """No payment of the day is missing, none is counted twice: on a counted day in the shock.

    Without dues and fees nothing else moves money.
    """
    world = world_of(WIDE | FREE, 1, {**shock, "start_day": 28})
    for _ in range(30):
        live_one_day(world)
    before = [float(table.cash.sum()) for table in (world.state.homes, world.state.firms)]
    live_one_day(world)
    held = [float(table.cash.sum()) for table in (world.state.homes, world.state.firms)]
    assert float(world.flows.founding) == float(world.flows.bank_losses) == 0.0
    found = flows.in_any_money(measure_of(world).log.counted, world.flows)
    gained = found.sum(axis=0) - found.sum(axis=1)
    for sector in (HOUSEHOLDS, PRODUCERS):
        scale = found[:, sector].sum()
        assert held[sector] - before[sector] == pytest.approx(gained[sector], abs=1e-9 * scale)
    assert found[COUNCIL].sum() == found[:, COUNCIL].sum() == 0.0
    assert found[OUTSIDE].sum() > 0.0


def test_a_day_lets_both_multipliers_be_seen() -> None:
    """Nearly all that is taken in units in the first months is kept: little of it is re-spent."""
    world = world_of(WIDE | FREE, 1, CUT | {"start_day": 39})
    for _ in range(31):
        live_one_day(world)
    seen = measure_of(world).observed
    assert 1.0 < seen["lm3"] < seen["multiplier"] < seen["euro_lm3"] < seen["euro_multiplier"] < 3.0
    total = dict.fromkeys(DAILY, 0.0) | dict(
        zip(DAILY, map(float, measure_of(world).log.days.sum(axis=0)), strict=True)
    )
    assert seen["cycles"] == pytest.approx(total["paid"] / flows.left(total))
    assert flows.left(total) == pytest.approx(total["changed_back"])
