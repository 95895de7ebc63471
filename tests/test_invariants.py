"""What must hold every day of every run: money, goods and people are conserved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import BOURG, TOWN, VILLAGE, live, place_of

from ressort.day import live_one_day
from ressort.errors import LedgerError
from ressort.goods import BASKETS, ProductionFunction, Rationing
from ressort.ledger import Ledger
from ressort.parameters import Behaviour
from ressort.scic import Cooperation
from ressort.shocks import KINDS, Shock
from ressort.world import Rules, build_world

SHOCKS = {
    "import_cut": Shock("import_cut", 5, 30),
    "isolation": Shock("isolation", 5, 45),
    "employer_closure": Shock("employer_closure", 5, 40),
    "labour_loss": Shock("labour_loss", 5, 30, depth=0.6, shape="ramp", ramp_days=10),
}
PLACES = {VILLAGE: (1.0, 90), TOWN: (10.0, 90), "clermont": (200.0, 60)}


@pytest.mark.parametrize("shock", SHOCKS)
@pytest.mark.parametrize("name", PLACES)
def test_books_close_on_20_seeds(name: str, shock: str) -> None:
    """20 seeds x 3 territories x 4 shocks, each audited every day; odd seeds have a SCIC."""
    people_per_agent, days = PLACES[name]
    for seed in range(20):
        cooperation = Cooperation() if seed % 2 else None
        world = build_world(
            place_of(name), Rules(), seed, people_per_agent, (SHOCKS[shock],), cooperation
        )
        series = live(world, days)
        assert np.isfinite(series["output"]).all()
        assert series["establishments"][0] == len(world.state.firms)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    production=st.sampled_from(ProductionFunction),
    rationing=st.sampled_from(Rationing),
    basket=st.sampled_from(BASKETS),
    kind=st.sampled_from(KINDS),
    depth=st.floats(0.05, 1.0),
    length=st.integers(1, 50),
    start=st.integers(0, 364),
    cooperation=st.sampled_from([None, Cooperation(), Cooperation(register=False)]),
    firm_cash_days=st.floats(0.0, 30.0),
    liquid_days=st.floats(0.5, 100.0),
    insolvency_days=st.integers(1, 40),
    entry_delay_days=st.floats(1.0, 100.0),
    scic_hazard=st.floats(0.0, 0.999),
    seed=st.integers(0, 2**31),
)
def test_books_close_under_any_rules(
    production: ProductionFunction,
    rationing: Rationing,
    basket: str,
    kind: str,
    depth: float,
    length: int,
    start: int,
    cooperation: Cooperation | None,
    seed: int,
    **parameters: float,
) -> None:
    """Nothing leaks whatever the rules, the poverty, the shock and the season."""
    rules = Rules(Behaviour(parameters), production, rationing, basket, start)
    shock = Shock(kind, 3, length, depth)
    world = build_world(place_of(BOURG), rules, seed, 4.0, (shock,), cooperation)
    series = live(world, 70)
    for need in ("essential", "need_water", "need_food"):
        assert ((series[need] >= 0) & (series[need] <= 1)).all()
    assert (world.state.firms.staff <= world.state.firms.jobs + 1e-9).all()
    assert (world.state.firms.staff >= -1e-9).all()


def test_people_are_counted_once() -> None:
    """Persons represented add up to the census, whatever the resolution."""
    for people_per_agent in (1.0, 3.0, 7.5, 1000.0):
        world = build_world(place_of(TOWN), Rules(), 1, people_per_agent)
        homes = world.state.homes
        by_commune = np.bincount(homes.commune, weights=homes.people)
        np.testing.assert_allclose(by_commune, world.place.population, rtol=1e-12)


def test_audit_finds_a_planted_leak() -> None:
    """The audit is not blind: a lost euro or a lost loaf is named with its day."""
    world = build_world(place_of(VILLAGE), Rules(), 1)
    ledger = Ledger.open(world)
    live_one_day(world)
    ledger.audit(world)
    live_one_day(world)
    world.state.homes.cash[3] -= 1.0
    with pytest.raises(LedgerError, match="day 1: euros"):
        ledger.audit(world)
    world.state.homes.cash[3] += 1.0
    world.state.homes.pantry[3, 0] += 0.5
    with pytest.raises(LedgerError, match="day 1: good food"):
        ledger.audit(world)
    world.state.homes.pantry[3, 0] -= 0.5
    world.state.firms.cash[0] = -2 * world.state.firms.credit[0] - 1.0
    with pytest.raises(LedgerError):
        ledger.audit(world)
