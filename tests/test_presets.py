"""Every ready-made scenario lives through a year on its own territory, with its books closed."""

from __future__ import annotations

import numpy as np
import pytest
from tests.worlds import live

from ressort.federation import Federation
from ressort.federation import live as live_together
from ressort.scenario import CalmSection, load
from ressort.scenario_files import scenario_names
from ressort.simulation import Stage

YEAR = 365
MOST_HOMES = 2000


@pytest.mark.slow
@pytest.mark.parametrize("name", scenario_names())
def test_a_year_of_every_scenario(name: str) -> None:
    """The arm with cooperation, audited every day; calm years are left out, measures begin at once.

    Household agents are coarser than in the scenario, establishments are as they are.
    """
    scenario = load(name)
    people = scenario.resolve_territory().population
    coarse = max(scenario.run.people_per_agent, people / MOST_HOMES)
    run = scenario.run.model_copy(update={"people_per_agent": coarse})
    scenario = scenario.model_copy(update={"run": run, "calm": CalmSection()})
    if scenario.federation is not None:
        lived = live_together(Federation.of(scenario, 1, audit=True), YEAR)
        assert lived.series.shape[1] == YEAR
        assert np.isfinite(lived.series).all()
        return
    series = live(Stage.of(scenario).world(1, True), YEAR)
    assert len(series["output"]) == YEAR
    assert all(np.isfinite(values).all() for values in series.values())
    assert series["establishments"][-1] > 0
