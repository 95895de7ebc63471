"""Deciding for many: levels, days, noise, quorum; nothing of it unless asked for (S03)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rows import one, rules_of
from tests.worlds import BOURG

from ressort import scic
from ressort.branches import INDEX
from ressort.coordination import Coordination, levels
from ressort.errors import InputError
from ressort.goods import GOOD
from ressort.rules import cooperation as rules
from ressort.scenario import Scenario, check
from ressort.simulation import Run, Stage, simulate
from ressort.state import FIRM, FLOWS, SCIC, SLOT

FOOD = INDEX["food"]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def scenario(parameters: dict[str, Any] | None = None, **sections: Any) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"name": BOURG},
        "run": {"days": 45, "people_per_agent": 10.0},
        "shocks": [{"kind": "import_cut", "start_day": 5, "days": 30}],
        "parameters": {"member_share": 0.6, "decision_delay_days": 0} | (parameters or {}),
    }
    return check(content | sections)


@pytest.mark.parametrize(
    ("units", "height"), [(0, 0), (1, 0), (2, 1), (5, 1), (6, 2), (25, 2), (26, 3), (125, 3)]
)
def test_levels_are_the_least_power_of_the_span(units: int, height: int) -> None:
    assert levels(units, 5) == height


@given(st.integers(1, 10**7), st.integers(2, 50))
def test_levels_gather_all_and_no_more(units: int, span: int) -> None:
    height = levels(units, span)
    assert span**height >= units
    assert height == 0 or span ** (height - 1) < units


def test_each_level_takes_its_days() -> None:
    slow = Coordination(span=5, delay_days_per_level=3.0)
    assert [slow.delay_days(n) for n in (1, 5, 6, 125, 126)] == [0.0, 3.0, 6.0, 9.0, 12.0]


def test_debate_takes_longest_where_members_are_split_in_halves() -> None:
    debating = Coordination(heterogeneity=40.0)
    days = [debating.debate_days(np.repeat([0.0, 1.0], [10 - k, k])) for k in (0, 2, 5, 10)]
    assert days == pytest.approx([0.0, 6.4, 10.0, 0.0])


def test_noise_is_mean_one_and_grows_with_levels() -> None:
    noisy = Coordination(span=5, noise_per_level=0.2)
    assert noisy.perceived(1, 4, rng()) is None
    spreads = []
    for units, height in ((5, 1), (625, 4)):
        seen = noisy.perceived(units, 200_000, rng())
        assert seen is not None
        assert seen.mean() == pytest.approx(1.0, abs=0.005)
        spreads.append(float(np.log(seen).std()))
        assert spreads[-1] == pytest.approx(0.2 * height**0.5, rel=0.01)
    assert spreads[1] == pytest.approx(2.0 * spreads[0], rel=0.01)


def test_hearing_more_voices_lowers_the_error_by_the_square_root() -> None:
    noisy = Coordination(span=5, noise_per_level=0.2)
    one_voice, hundred = (noisy.perceived(25, 100_000, rng(), heard) for heard in (1, 100))
    assert one_voice is not None
    assert hundred is not None
    assert np.log(one_voice).std() == pytest.approx(10.0 * np.log(hundred).std(), rel=0.02)


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.floats(0.0, 5.0), min_size=3, max_size=3), st.floats(0.0, 30.0))
def test_misjudged_claims_give_no_more_than_there_is_nor_than_lacks(
    claims: list[float], pool: float
) -> None:
    """Totals are kept whatever is believed; with true claims all get alike."""
    n = len(claims)
    goods: Any = GOOD.rows(len(INDEX), storable=True)
    firms: Any = FIRM.rows(n, alive=True, member=True, cash=1e6)
    firms.first_slot, firms.end_slot = np.arange(n), np.arange(1, n + 1)
    slots: Any = SLOT.rows(n, good=FOOD, stock=0.0, stock_target=40.0)
    head, pooled, due = one(SCIC), np.zeros(n), np.zeros(n)
    head.pool[FOOD] = pool
    rule = rules_of(pool_floor=0.25, haul_cost=0.0)
    rules.grant_from_pool(
        firms, slots, goods, head, pooled, due, rule, one(FLOWS), np.array(claims)
    )
    assert pooled.sum() + head.pool[FOOD] == pytest.approx(pool)
    assert (pooled <= 10.0 + 1e-9).all()
    if len(set(claims)) == 1 and claims[0] >= 1.0:
        assert pooled == pytest.approx(min(10.0, pool / n))


def opened_on(run: Run) -> int:
    """Return the day on which the pool opened first, the length of the run if it never did."""
    opened = np.flatnonzero(run.daily["scic_open"] > 0.0)
    return int(opened[0]) if len(opened) else len(run.daily)


def test_levels_delay_the_scic_by_their_days() -> None:
    """Members are counted, so that the delay is that of their number's levels."""
    usual, slow = (
        simulate(scenario({"coordination_span": 5, "coordination_delay_days": days}))
        for days in (0.0, 2.0)
    )
    world = Stage.of(scenario()).world(1, cooperation=True)
    members = len(scic.positions(world))
    assert opened_on(slow) - opened_on(usual) == pytest.approx(2 * levels(members, 5), abs=1)


def test_a_full_quorum_never_opens() -> None:
    """No share of members in trouble is above all of them."""
    assert opened_on(simulate(scenario({"coordination_quorum": 1.0}))) == 45
    assert opened_on(simulate(scenario({"coordination_quorum": 0.05}))) < 45


def test_noise_misallocates_and_leaves_the_books_closed() -> None:
    true, noisy = (
        simulate(scenario({"coordination_noise": noise, "coordination_span": 5}), audit=True)
        for noise in (0.0, 0.5)
    )
    days = opened_on(true)
    assert opened_on(noisy) == days
    assert (noisy.daily["scic_pool"] >= true.daily["scic_pool"] - 1e-6)[days : days + 3].all()
    assert (noisy.daily["scic_pool"] > true.daily["scic_pool"] + 1.0)[days : days + 3].any()


def test_a_council_waits_for_its_levels_too() -> None:
    """Its communes are counted; a single one needs no level."""

    def sold(days: float, codes: list[str]) -> np.ndarray[Any, Any]:
        case = scenario(
            {"coordination_span": 2, "coordination_delay_days": days},
            territory={"codes": codes},
            cooperation={"scic": False},
            council={"reserve": {"delay_days": 0}},
        )
        return np.asarray(simulate(case).measures["reserve.open"])

    two = [BOURG, "63258"]
    assert sold(3.0, two).argmax() - sold(0.0, two).argmax() == 3
    assert (sold(3.0, [BOURG]) == sold(0.0, [BOURG])).all()


def test_costs_of_zero_change_no_bit() -> None:
    base = simulate(scenario())
    spans = simulate(scenario({"coordination_span": 2}))
    assert base.series.indicators.tobytes() == spans.series.indicators.tobytes()


def test_a_span_of_one_is_refused() -> None:
    with pytest.raises(InputError, match="coordination_span"):
        scenario({"coordination_span": 1})
