"""New firms take the place of closed ones, and work."""

from __future__ import annotations

import numpy as np
import pytest
from tests.worlds import BOURG, TOWN, live, place_of

from ressort.day import live_one_day
from ressort.parameters import Behaviour
from ressort.rules.firms import close_firm
from ressort.world import Rules, build_world


@pytest.mark.parametrize(("name", "people_per_agent"), [(BOURG, 4.0), (TOWN, 40.0)])
def test_an_economy_that_lost_a_third_of_its_firms_comes_back(
    name: str, people_per_agent: float
) -> None:
    """With entry after 20 days on average, firms, staff and output are back within a year."""
    rules = Rules(Behaviour({"entry_delay_days": 20.0}))
    world = build_world(place_of(name), rules, 1, people_per_agent)
    firms = world.state.firms
    live_one_day(world)
    for p in np.flatnonzero(np.random.default_rng(0).random(len(firms)) < 1 / 3):
        close_firm(firms, int(p), world.state.slots, world.state.jobs, world.flows)
    series = live(world, 360, audit=False)
    calm = firms.output_calm.sum()
    assert series["establishments"][0] < 0.8 * len(firms)
    assert firms.alive.all()
    assert (firms.staff > 0).all()
    assert firms.production.sum() > 0.97 * calm
