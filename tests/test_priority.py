"""Member priority (E4) moves goods from others to members; it makes none."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.rows import calm_day
from tests.worlds import BOURG, live, place_of

from ressort.day import PHASES, live_one_day
from ressort.goods import ITEM
from ressort.parameters import Behaviour
from ressort.rules import sellers, sourcing
from ressort.rules.production import share_out
from ressort.scenario import check
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.state import FIRM, HOME, NO_SHOP, OUTSIDE, SHELF, slot_buyers
from ressort.world import Rules, World, build_world

HALF = {"member_share": 0.5, "member_household_share": 0.5, "scic_hazard": 0.0, "scic_wage": 0.0}
BARE = Cooperation(pool=False, register=False, fund=False)
FIRST = replace(BARE, priority=True)
CUT = Shock("import_cut", 5, 40, depth=0.5)
SEEDS = (1, 2, 3, 4)
MARGIN = 0.10  # of total unmet needs: hunger is not linear in goods, nor output in inputs
ROUNDING = 1e-6


def bourg(how: Cooperation, seed: int = 2, shock: Shock | None = CUT, **changes: float) -> World:
    shocks = () if shock is None else (shock,)
    rules = Rules(Behaviour(HALF | changes))
    return build_world(place_of(BOURG), rules, seed, 4.0, shocks, how)


def until_consumed(world: World) -> World:
    """Live the day up to what households bring home."""
    for phase in PHASES:
        phase.run(world)
        if phase.name == "consume":
            return world
    raise AssertionError


def two_days(day: int = 27) -> tuple[World, World]:
    """Return one morning of scarcity lived without priority and with it."""
    off = bourg(BARE, 1, Shock("import_cut", 5, 40))
    for _ in range(day):
        live_one_day(off)
    on = deepcopy(off)
    on.cooperation = FIRST
    return until_consumed(off), until_consumed(on)


def unmet(world: World) -> tuple[float, float]:
    """Return days of need unmet of members and of others."""
    homes = world.state.homes
    lacks = homes.unmet.sum(axis=1)
    return float(lacks[homes.member].sum()), float(lacks[~homes.member].sum())


@settings(deadline=None, derandomize=True)  # the first call compiles
@given(supply=st.floats(0.0, 200.0), members=st.floats(0.01, 100.0), others=st.floats(0.01, 100.0))
def test_what_is_delivered_does_not_depend_on_who_is_first(
    supply: float, members: float, others: float
) -> None:
    together, apart = np.ones(2), np.ones(2)
    share_out(supply, np.array([members + others, 0.0]), together)
    share_out(supply, np.array([members, others]), apart)
    sold = members * apart[0] + others * apart[1]
    assert sold == pytest.approx((members + others) * together[0], rel=1e-12)
    assert apart[0] >= together[0] * (1 - 1e-12)
    assert apart[1] <= together[0] * (1 + 1e-12)


def test_on_the_day_itself_sellers_sell_the_same() -> None:
    """Same stocks, same orders: a maker sells the same to the cent, to other buyers."""
    off, on = two_days()
    before, after = off.state.firms, on.state.firms
    makers = before.format == NO_SHOP
    short = makers & before.member & (before.served[:, 0] < 1.0 - 1e-9)
    assert short.sum() >= 3
    np.testing.assert_allclose(after.sold[makers], before.sold[makers], rtol=1e-9, atol=1e-9)
    assert (after.served[short, 0] >= before.served[short, 0] - 1e-12).all()
    assert (after.served[short, 1] <= before.served[short, 0] + 1e-12).all()
    assert (after.served[short, 0] > after.served[short, 1]).any()


def test_sellers_outside_the_scic_serve_as_ever() -> None:
    _, on = two_days()
    firms = on.state.firms
    assert (firms.priority == firms.member).all()
    assert (firms.orders[~firms.member, 1] == 0.0).all()  # all in the first tier
    assert (firms.orders[firms.member, 1] > 0.0).any()


@pytest.mark.parametrize("service", [0, -1])
def test_households_judge_a_seller_by_how_it_serves_them(service: int) -> None:
    """A provider or shop that serves members in full is found by them, and not by others."""
    homes: Any = HOME.rows(2, member=[True, False])
    first: Any = FIRM.rows(1, alive=True, priority=True, output_calm=10.0, possible=5.0)
    items, shelves = ITEM.rows(1, service=service), SHELF.rows(1, served=1.0)
    first.served = [[1.0, 0.2]]
    rows, day = np.zeros(1, dtype=np.int32), calm_day()
    found = [
        sellers.best_nearby(h, first, shelves, items, 0, rows, np.zeros(1), 9.0, day, 0.0, 1)
        for h in homes
    ]
    assert found == [0, sourcing.NOBODY]
    back = sellers.provider_works_again if service == 0 else sellers.shop_works_again
    assert [back(h, items[0], first, 0, day) for h in homes] == [True, False]


def test_establishments_go_back_to_a_seller_that_serves_them() -> None:
    _, on = two_days()
    firms, slots, first = on.state.firms, on.state.slots, serves_members_alone(on)
    calm = on.state.source_calm
    lost = (calm >= 0) & first[calm]
    slots.source[lost] = OUTSIDE
    luck = np.ones(len(firms))  # each goes back to one if it can
    sourcing.return_to_suppliers(firms, slots, calm, on.settings, on.day, luck)
    back = (lost & (slots.source == calm)).any(axis=1)
    member = firms.member[slot_buyers(firms)]
    assert back[member].any()
    assert not back[~member].any()


def serves_members_alone(world: World) -> NDArray[np.bool_]:
    """Let member sellers serve members in full and others hardly."""
    firms = world.state.firms
    first = np.asarray(firms.priority & (firms.possible > 0.0))
    firms.served[:] = 1.0
    firms.served[first, 1] = 0.2
    return first


@pytest.fixture(scope="module")
def pairs() -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Unmet needs of members and others over 45 days, without and with priority, by seed."""
    found = []
    for seed in SEEDS:
        off, on = bourg(BARE, seed), bourg(FIRST, seed)
        live(off, 45, audit=False)
        live(on, 45)  # accounts close every day
        found.append((unmet(off), unmet(on)))
    return found


def test_members_gain_and_others_lose(
    pairs: list[tuple[tuple[float, float], tuple[float, float]]],
) -> None:
    """Nowhere the other way round; with no member shop in need of it (seed 3), nothing moves."""
    for (members, others), (members_first, others_last) in pairs:
        assert members_first <= members * (1 + ROUNDING)
        assert others_last >= others * (1 - ROUNDING)
    moved = [first[0] < 0.95 * off[0] and first[1] > 1.02 * off[1] for off, first in pairs]
    assert sum(moved) >= 3


def test_the_total_moves_little_and_either_way(
    pairs: list[tuple[tuple[float, float], tuple[float, float]]],
) -> None:
    changes = [sum(first) / sum(off) - 1.0 for off, first in pairs]
    assert max(abs(change) for change in changes) < MARGIN
    assert min(changes) < 0.0 < max(changes)


def test_in_calm_times_nothing_changes() -> None:
    """Every indicator, every day: where all are served in full, nobody needs to be first."""
    off, on = bourg(BARE, shock=None), bourg(FIRST, shock=None)
    a, b = live(off, 15), live(on, 15)
    assert on.state.firms.priority.any()
    for name, series in a.items():
        np.testing.assert_allclose(b[name], series, rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("day", [20, 27])
def test_customers_outside_pay_too(day: int) -> None:
    """They are members of nothing: what short member sellers export falls, more is sold here."""
    off, on = two_days(day)
    before, after = off.state.firms, on.state.firms
    short = before.member & (before.served[:, 0] < 1.0 - 1e-9)
    exports = [float(f.exported[short].sum()) for f in (before, after)]
    here = [float((f.sold - f.exported)[short].sum()) for f in (before, after)]
    assert exports[1] < exports[0]
    assert here[1] > here[0]


def test_the_scenario_says_so_and_the_default_does_not() -> None:
    content = {"territory": {"name": BOURG}}
    default = check(content).mechanisms()
    assert default is not None
    assert not default.priority
    asked = check(content | {"cooperation": {"mechanisms": ["fund", "priority"]}}).mechanisms()
    assert asked == Cooperation(pool=False, register=False, priority=True)


def test_priority_ends_with_the_scic() -> None:
    world = bourg(FIRST, scic_hazard=0.0)
    live_one_day(world)
    assert world.state.firms.priority.any()
    world.state.scic[0].unpaid_days = 10_000
    live_one_day(world)
    assert not world.state.scic[0].active
    assert not world.state.firms.priority.any()
