"""Energy made by citizens, and what is left of it when the grid fails."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.worlds import BOURG, TOWN, VILLAGE, live, place_of

from ressort.branches import INDEX
from ressort.measures.local_generation import LocalGeneration, energy_use
from ressort.parameters import measure_records
from ressort.scenario import check
from ressort.shocks import Shock
from ressort.simulation import Run, simulate
from ressort.world import Rules, World, build_world

ENERGY = INDEX["energy"]


@cache
def run(seed: int = 1, kind: str = "grid_failure", **settings: Any) -> Run:
    """40 days in spring, with a failure of 6; no generation without settings."""
    group = {"local_generation": {"ready": True} | settings} if settings else {}
    shock = {"kind": kind, "start_day": 20, "days": 6}
    if kind == "import_cut":
        shock["goods"] = ["energy"]
    content = {
        "territory": {"name": BOURG},
        "run": {"days": 40, "people_per_agent": 8.0, "start_day_of_year": 80},
        "shocks": [shock],
        "cooperation": {"scic": False} | group,
    }
    return simulate(check(content), seed, audit=True)


def dark(run: Run) -> float:
    return run.metrics["m4_unmet_energy"]


@pytest.mark.parametrize("seed", [1, 2])
def test_only_an_island_with_storage_helps_when_the_grid_fails(seed: int) -> None:
    """Direction of S30."""
    none = dark(run(seed))
    assert none > 0.0
    assert dark(run(seed, share=0.3)) == pytest.approx(none)
    assert dark(run(seed, share=0.3, storage_hours=12.0)) == pytest.approx(none)
    assert dark(run(seed, share=0.3, islanding=True)) == pytest.approx(none)
    half = dark(run(seed, share=0.3, islanding=True, storage_hours=6.0))
    assert dark(run(seed, share=0.3, islanding=True, storage_hours=12.0)) < half < none


def test_what_an_island_can_use_without_storage_is_a_setting() -> None:
    """With a stream or a generator to hold the frequency, storage is not all."""
    assert dark(run(share=0.3, islanding=True, direct_use=0.5)) < dark(run())


def test_while_the_grid_stands_generation_tied_to_it_helps_too() -> None:
    """A supplier outside fails and the grid does not: no island is needed."""
    assert dark(run(kind="import_cut", share=0.3)) < dark(run(kind="import_cut"))


def test_in_calm_times_energy_made_here_takes_the_place_of_imports() -> None:
    """Without a part paid by residents, trade is as ever, and imports fall by what is made."""
    made, bare = run(share=0.1, own_share=0.0), run()
    of_day = made.reference_series.measures_frame()["local_generation.made"].to_numpy()
    fall = (bare.reference["imports"] - made.reference["imports"]).to_numpy()
    assert fall[:20] == pytest.approx(of_day[:20], rel=0.02)
    assert of_day.min() > 0.0


def test_plants_are_paid_by_residents_a_bank_and_users() -> None:
    half, none = run(share=0.1, own_share=0.5), run(share=0.1, own_share=0.0)
    cash = [r.daily["household_cash"].iloc[0] for r in (half, none)]
    debt = [r.measures["local_generation.debt"].iloc[0] for r in (half, none)]
    # What residents do not pay the bank lends; they begin to fill their purses on the first day.
    assert debt[1] > debt[0] > 0.0
    assert cash[1] - cash[0] == pytest.approx(debt[1] - debt[0], rel=0.05)
    debts = none.measures["local_generation.debt"]
    assert debts.iloc[-1] < debts.iloc[0]


def test_what_plants_bring_beyond_their_cost_is_paid_to_residents() -> None:
    """Plants for nothing: all sales are a gain, and shown as a negative cost."""
    free, bare = run(share=0.1, plant_years=0.0), run()
    made = free.reference_series.measures_frame()["local_generation.made"]
    assert free.yearly_cost == pytest.approx(-365 * made.mean() / free.population)
    cash = [r.reference["household_cash"].iloc[-1] for r in (free, bare)]
    assert cash[0] > cash[1]


def test_storage_that_sales_do_not_pay_leaves_a_debt_that_grows() -> None:
    """How it hurts: batteries for half a day cost more than the energy brings in."""
    island = run(share=0.1, own_share=0.0, islanding=True, storage_hours=24.0, interest=0.06)
    debts = island.measures["local_generation.debt"]
    assert debts.iloc[-1] > debts.iloc[0]


def test_generation_to_come_changes_nothing() -> None:
    later = run(share=0.3, from_year=0.109)
    assert later.series.indicators.tobytes() == run().series.indicators.tobytes()


def world_of(name: str, scale: float, *shocks: Shock, **settings: Any) -> World:
    records = measure_records()["local_generation"]
    values = {n: r.value for n, r in records.items()} | {"from_year": 0.0} | settings
    measure = LocalGeneration(values)
    return build_world(place_of(name), Rules(), 1, scale, shocks, measures=(measure,))


def test_what_land_allows_falls_with_density() -> None:
    """Direction of S41: the same share of the land covers less of the use of a denser place."""
    covered = []
    for name, scale in ((VILLAGE, 4.0), (TOWN, 40.0), ("clermont", 800.0)):
        world = world_of(name, scale, share=2.0)
        covered.append(world.measures[0].target / energy_use(world))  # type: ignore[attr-defined]
    village, town, city = covered
    assert village > town
    assert village > city
    assert city < 1.0 < village


def test_plants_are_built_over_years_and_stop_at_the_target() -> None:
    world = world_of(BOURG, 8.0, share=0.1, build_years=20 / 365)
    (plants,) = world.measures
    built = []
    for _ in range(30):
        live(world, 1)
        built.append(plants.built)  # type: ignore[attr-defined]
    target = plants.target  # type: ignore[attr-defined]
    assert built[9] == pytest.approx(0.5 * target)
    assert built[-1] == pytest.approx(target)


def test_a_failure_of_the_grid_stops_plants_of_the_place_and_what_comes_by_it() -> None:
    world = world_of(TOWN, 40.0, Shock("grid_failure", 1, 3, 0.75), share=0.1)
    live(world, 2)
    firms, day = world.state.firms, world.day
    assert day.outside[ENERGY] == pytest.approx(0.25, abs=0.05)
    assert day.exports[ENERGY] == 0.25
    plants = firms.branch == ENERGY
    assert plants.any()
    assert firms.intact[plants] == pytest.approx(0.25, abs=0.05)
    assert firms.intact[~plants].min() == 1.0
    assert day.commuting == 1.0
