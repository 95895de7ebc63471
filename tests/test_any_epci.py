"""Any EPCI of metropolitan France has a calm state, and lives through a shock with closed books."""

from __future__ import annotations

import numpy as np
import pytest
from tests.worlds import live

from ressort.data import communes_table
from ressort.place import place
from ressort.scic import Cooperation
from ressort.shocks import KINDS, Shock
from ressort.territories import territory
from ressort.world import Rules, World, build_world

COUNT, CHUNKS = 200, 10
AGENTS = 500  # households of an EPCI, about
PERSONS = 2.2  # of a household, about
START, DAYS = 10, 60


def _draw() -> list[str]:
    """Return the codes of so many EPCI, the same ones each time."""
    table = communes_table()
    codes = sorted(set(table.loc[table["zone"] == "metro", "epci_code"]) - {""})
    return [str(code) for code in np.random.default_rng(2026).choice(codes, COUNT, replace=False)]


DRAWN = _draw()


def epci_world(code: str, k: int) -> World:
    """Return the world of an EPCI, with one kind of shock to come; every other one with a SCIC."""
    chosen = territory(code, kind="epci")
    coarse = max(1.0, chosen.population / PERSONS / AGENTS)
    shock = Shock(KINDS[k % len(KINDS)], START, 20, depth=0.9)
    cooperation = Cooperation() if k % 2 else None
    return build_world(place(chosen), Rules(), k, coarse, (shock,), cooperation)


def assert_sound(world: World, series: dict[str, np.ndarray]) -> None:
    """Assert calm until the shock, and possible values all through (`live` audits the books)."""
    assert all(np.isfinite(values).all() for values in series.values())
    assert series["essential"][:START].min() > 0.99
    assert np.ptp(series["output"][:START]) < 0.02 * series["output"][0]
    needs = [values for name, values in series.items() if name.startswith("need_")]
    assert min(n.min() for n in needs) >= 0
    assert max(n.max() for n in needs) <= 1 + 1e-12
    firms, homes = world.state.firms, world.state.homes
    for values in (firms.stock, firms.crop, firms.production, world.state.slots.stock):
        assert values.min() >= -1e-9
    assert (firms.cash >= -firms.credit - 1e-6 * firms.outlays_calm).all()
    assert homes.pantry.min() >= -1e-9
    assert homes.cash.min() >= -1e-6


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_epci_loads_rests_and_lives_through_a_shock(chunk: int) -> None:
    """A tenth of the drawn EPCI; the message of a failure names the code and the kind."""
    failures, deepest = [], 0.0
    for k in range(chunk, COUNT, CHUNKS):
        code, kind = DRAWN[k], KINDS[k % len(KINDS)]
        try:
            world = epci_world(code, k)
            series = live(world, DAYS)
            assert_sound(world, series)
        except Exception as error:  # every EPCI is tried, so that one run tells all that fail
            failures.append(f"{code} ({kind}): {type(error).__name__}: {error}")
            continue
        deepest = max(deepest, 1 - float(series["essential"].min()))
    assert not failures, "\n".join(failures)
    assert deepest > 0.3  # the shocks were felt


def test_small_and_large_ones_are_drawn() -> None:
    table = communes_table()
    people = table.groupby("epci_code")["population"].sum()[DRAWN]
    assert len(set(DRAWN)) == COUNT
    assert people.min() < 5_000
    assert people.max() > 400_000
