"""Simulating a seed and comparing arms: pairing, audit, seeds and results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.states import differences
from tests.worlds import BOURG, VILLAGE, place_of

import ressort
from ressort import day as day_module
from ressort import indicators
from ressort.day import live_one_day
from ressort.errors import InputError, LedgerError, RessortError
from ressort.mesa_model import TerritoryModel
from ressort.metrics import NAMES as OWN_NAMES
from ressort.metrics_groups import NAMES as GROUP_NAMES
from ressort.scenario import Scenario, check
from ressort.scic import Cooperation
from ressort.simulation import COST, SETUP, Stage, compare, fork, run_arm, simulate
from ressort.world import Rules, World, build_world

METRIC_NAMES = (*OWN_NAMES, *GROUP_NAMES)

DAYS, SHOCK_DAY = 60, 12


def scenario(**changes: Any) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"codes": [BOURG]},
        "run": {"days": DAYS, "people_per_agent": 4.0},
        "seeds": {"first": 3, "count": 2},
        "shocks": [{"kind": "isolation", "start_day": SHOCK_DAY, "days": 20}],
    }
    return check(content | changes)


# ---------------------------------------------------------------- one run
def test_a_run_has_its_days_and_metrics() -> None:
    run = simulate(scenario(), seed=5, audit=True)
    assert list(run.daily.columns) == ["day", *indicators.NAMES]
    assert run.daily.day.tolist() == list(range(DAYS))
    assert run.reference.shape == run.daily.shape
    assert np.isfinite(run.daily.to_numpy()).all()
    assert tuple(run.metrics) == METRIC_NAMES
    assert run.communes.shape == (DAYS, 1)
    assert list(run.communes.columns) == [BOURG]
    assert run.seed == 5
    assert run.population == pytest.approx(place_of(BOURG).population.sum())
    assert run.world is not None
    assert (run.households, run.producers) == (
        len(run.world.state.homes),
        len(run.world.state.firms),
    )


def test_runs_are_one_until_the_shock() -> None:
    """Bit for bit before its first day, apart from it on."""
    for cooperation in (True, False):
        run = simulate(scenario(), seed=5, cooperation=cooperation)
        calm = run.reference_series.indicators
        shocked = run.series.indicators
        np.testing.assert_array_equal(shocked[:SHOCK_DAY], calm[:SHOCK_DAY])
        assert (shocked[SHOCK_DAY] != calm[SHOCK_DAY]).any()
        np.testing.assert_array_equal(
            run.series.communes[:SHOCK_DAY], run.reference_series.communes[:SHOCK_DAY]
        )


def test_the_reference_is_the_run_without_the_shock() -> None:
    """Forking on the day of the shock or never having heard of it is the same."""
    with_shock, without = simulate(scenario(), seed=5), simulate(scenario(shocks=[]), seed=5)
    np.testing.assert_array_equal(with_shock.reference_series.indicators, without.series.indicators)
    for name, value in without.metrics.items():
        if name not in ("m1_readiness", "calm_output") and not name.startswith("m11_"):  # levels
            assert value == 0 or not np.isfinite(value), name


def test_metrics_are_those_of_the_days() -> None:
    run = simulate(scenario(), seed=5, cooperation=False)
    ratio = (run.daily.essential / run.reference.essential)[SHOCK_DAY:]
    assert run.metrics["m3_depth"] == pytest.approx(1 - ratio.min())
    assert run.metrics["m5_loss_area"] == pytest.approx(1 - ratio.mean())
    lost = (run.reference.need_food - run.daily.need_food)[SHOCK_DAY:].sum() * run.population
    assert run.metrics["m4_unmet_food"] == pytest.approx(lost)
    assert run.metrics["m3_depth"] > 0


def test_a_run_can_go_on_as_a_mesa_model() -> None:
    run = simulate(scenario(), seed=5)
    model = run.model
    assert isinstance(model, TerritoryModel)
    assert model.tick == DAYS
    model.step()
    assert model.tick == DAYS + 1


def test_scenarios_are_taken_by_name_and_file(tmp_path: Path) -> None:
    text = (
        f'[territory]\ncodes = ["{VILLAGE}"]\n[run]\ndays = 8\n'
        '[[shocks]]\nkind = "import_cut"\nstart_day = 2\ndays = 3\n'
    )
    file = tmp_path / "village.toml"
    file.write_text(text, "utf-8")
    by_path, by_text = simulate(file, seed=2), simulate(str(file), seed=2)
    pd.testing.assert_frame_equal(by_path.daily, by_text.daily)
    assert by_path.scenario.name == "village"
    with pytest.raises(InputError, match="clermont-import-cut"):
        simulate("clermont-import-cutt")


def test_public_names_are_those_promised() -> None:
    for name in ("load", "simulate", "compare", "territory", "LedgerError", "TerritoryModel"):
        assert name in ressort.__all__
        assert callable(getattr(ressort, name))
    assert ressort.metrics.METRICS
    assert ressort.indicators.INDICATORS
    assert callable(ressort.results.read)
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = ressort.simulat


# ---------------------------------------------------------------- forks
def test_a_fork_has_a_life_of_its_own() -> None:
    world = build_world(place_of(BOURG), Rules(), 3, 4.0, scenario().shock_list(1), Cooperation())
    for _ in range(SHOCK_DAY + 3):
        live_one_day(world)
    calm, twin = fork(world, shocks=False), fork(world, shocks=True)
    before = {name: float(world.flows[name]) for name in ("exports", "imports")}
    for _ in range(5):
        live_one_day(twin)
        live_one_day(calm)
    assert {name: float(world.flows[name]) for name in before} == before
    assert world.tick == SHOCK_DAY + 3
    assert differences(calm.state, twin.state)
    for _ in range(5):
        live_one_day(world)
    assert differences(world.state, twin.state) == set()


# ---------------------------------------------------------------- audit
def leak(what: str) -> Any:
    """Return a phase that makes or loses something on day 4."""

    def settle(world: World) -> None:
        day_module.settle(world)
        if world.tick == 4:
            if what == "money":
                world.state.homes.cash[0] += 1.0
            elif what == "goods":
                world.state.firms.stock[0] += 100.0
            elif what == "people":
                world.state.homes.people[0] += 1.0
            elif what == "debt":
                firms = world.state.firms
                gap = firms.cash[0] + 2 * firms.credit[0] + 1.0
                firms.cash[0] -= gap
                world.flows.profits -= gap

    return settle


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("money", "day 4: euros is off by 1"),
        ("goods", "day 4: good .* is off by 100"),
        ("people", "day 4: people is off by 1"),
        ("debt", "day 4: debt above the credit line of a producer"),
    ],
)
def test_the_audit_names_day_and_account(
    what: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    phases = tuple(
        phase._replace(run=leak(what)) if phase.name == "settle" else phase
        for phase in day_module.PHASES
    )
    monkeypatch.setattr(day_module, "PHASES", phases)
    with pytest.raises(LedgerError, match=message) as caught:
        simulate(scenario(), seed=5, audit=True)
    assert caught.value.day == 4
    assert caught.value.exit_code == 1
    if what in ("money", "debt"):  # who does not ask is not told
        simulate(scenario(), seed=5)


def test_an_audited_run_is_the_same_run() -> None:
    audited, plain = simulate(scenario(), seed=5, audit=True), simulate(scenario(), seed=5)
    pd.testing.assert_frame_equal(audited.daily, plain.daily)


def test_the_audit_covers_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    phases = tuple(
        phase._replace(run=leak("money")) if phase.name == "settle" else phase
        for phase in day_module.PHASES
    )
    monkeypatch.setattr(day_module, "PHASES", phases)
    with pytest.raises(LedgerError, match="day 4: euros"):
        compare(scenario(), 1, audit=True)


# ---------------------------------------------------------------- comparisons
def test_a_comparison_has_both_arms_of_each_seed() -> None:
    told: list[tuple[int, int]] = []
    result = compare(scenario(), progress=lambda done, total: told.append((done, total)))
    assert result.seeds == (3, 4)
    assert told == [(1, 2), (2, 2)]
    table = result.table()
    assert list(table.columns) == ["seed", "arm", *METRIC_NAMES, COST, SETUP]
    assert list(zip(table.arm, table.seed, strict=True)) == [
        ("with", 3),
        ("with", 4),
        ("without", 3),
        ("without", 4),
    ]
    for arm, cooperation in (("with", True), ("without", False)):
        for seed, run in zip(result.seeds, result.runs[arm], strict=True):
            assert (run.seed, run.cooperation) == (seed, cooperation)
            alone = simulate(scenario(), seed=seed, cooperation=cooperation)
            pd.testing.assert_frame_equal(run.daily, alone.daily)
            with pytest.raises(RessortError, match="simulate"):
                _ = run.model
    costs = table.groupby("arm")[COST].mean()
    assert costs["without"] == 0
    assert costs["with"] > 0


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [
        (None, (3, 4)),
        (3, (3, 4, 5)),
        ([9, 1], (9, 1)),
        (iter((7,)), (7,)),
        (range(2), (0, 1)),
        (np.array([5, 6]), (5, 6)),
    ],
)
def test_seeds_are_given_as_a_number_or_a_list(seeds: Any, expected: tuple[int, ...]) -> None:
    short = scenario(run={"days": 2, "people_per_agent": 40.0}, shocks=[])
    assert compare(short, seeds).seeds == expected


def test_arms_can_be_run_one_by_one() -> None:
    stage = Stage.of(scenario())
    economy = stage.economy(5)
    given, drawn = run_arm(stage, 5, True, economy=economy), run_arm(stage, 5, True)
    pd.testing.assert_frame_equal(given.daily, drawn.daily)


def test_mechanisms_of_the_scenario_reach_the_with_arm() -> None:
    only = scenario(cooperation={"mechanisms": ["fund"]})
    world = simulate(only, seed=5).world
    assert world is not None
    assert world.cooperation == Cooperation(pool=False, register=False, fund=True)
    assert simulate(only, seed=5, cooperation=False).daily.scic_active.max() == 0


@pytest.mark.parametrize("seeds", [0, -1, [], [1, 1], [1, -2], [1.5], "3", True, [None]])
def test_seeds_that_cannot_be_repeated_are_refused(seeds: object) -> None:
    with pytest.raises(InputError, match=r"^seeds?: "):
        compare(scenario(), seeds)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [None, -1, 1.0, "1", True])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    with pytest.raises(InputError, match="seed: a whole number"):
        simulate(scenario(), seed)  # type: ignore[arg-type]


def test_seeds_may_come_from_numpy() -> None:
    few = scenario()
    assert compare(few, np.int64(1)).seeds == (few.seeds.first,)  # type: ignore[arg-type]
