"""The same scenario and seed give the same bits, wherever and however often they run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.states import columns, differences, digest
from tests.worlds import BOURG, ROOT, VILLAGE, live, place_of

from ressort.goods import ProductionFunction, Rationing
from ressort.scenario import Scenario, check
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.simulation import compare
from ressort.streams import stream
from ressort.world import Rules, World, build_world

# Everything that can happen: a cut, a closure, a SCIC, tiers and a season.
SHOCKS = (Shock("isolation", 3, 20, 0.9), Shock("employer_closure", 5, 10))
RULES = Rules(
    production=ProductionFunction.STRICT,
    rationing=Rationing.MEMBERS_FIRST,
    start_day_of_year=190,
)
DAYS = 30


def lived(
    seed: int = 5, days: int = DAYS, name: str = BOURG, cooperation: Cooperation | None = None
) -> World:
    world = build_world(place_of(name), RULES, seed, 4.0, SHOCKS, cooperation or Cooperation())
    live(world, days, audit=False)
    return world


def elsewhere(code: str, **environment: str) -> str:
    """Run code in a process of its own with the names of this file, and return what it prints."""
    names = "from tests.test_determinism import *; from tests.states import digest, columns\n"
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", names + code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_run_repeats_itself() -> None:
    assert differences(lived().state, lived().state) == set()
    assert digest(lived().state) == digest(lived().state)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_other_processes_and_threads_give_the_same_bits(threads: str) -> None:
    there = elsewhere(
        "print(digest(lived().state))",
        NUMBA_NUM_THREADS=threads,
        OMP_NUM_THREADS=threads,
        OPENBLAS_NUM_THREADS=threads,
        PYTHONHASHSEED=threads,  # nor does the order of sets matter
    )
    assert there == digest(lived().state)


def test_seeds_differ() -> None:
    assert len({digest(lived(seed, days=1).state) for seed in range(6)}) == 6


def small_scenario() -> Scenario:
    content: dict[str, Any] = {
        "territory": {"codes": [BOURG]},
        "run": {"days": 40, "people_per_agent": 4.0},
        "shocks": [{"kind": "isolation", "start_day": 10, "days": 15}],
    }
    return check(content)


def test_the_number_of_workers_does_not_matter() -> None:
    scenario, seeds = small_scenario(), (7, 2, 5)
    alone, together = (compare(scenario, seeds, workers=n) for n in (1, 2))
    assert alone.seeds == together.seeds == seeds
    for arm in ("with", "without"):
        for one, other in zip(alone.runs[arm], together.runs[arm], strict=True):
            assert one.seed == other.seed
            for a, b in (
                (one.series, other.series),
                (one.reference_series, other.reference_series),
            ):
                assert a.indicators.tobytes() == b.indicators.tobytes()
                assert a.communes.tobytes() == b.communes.tobytes()
            assert np.array_equal(
                [*one.metrics.values()], [*other.metrics.values()], equal_nan=True
            )


def test_a_seed_does_not_depend_on_its_company() -> None:
    """A seed run alone gives what it gives among others, in any order."""
    scenario = small_scenario()
    among = compare(scenario, (1, 2, 3)).runs["with"][1]
    alone = compare(scenario, (2,)).runs["with"][0]
    assert among.series.indicators.tobytes() == alone.series.indicators.tobytes()


def drawn(world: World) -> dict[str, np.ndarray]:
    """Return all that was drawn for a world before it was solved."""
    economy = world.economy
    parts = (economy.firms, economy.homes, economy.work, economy.slots, economy.links)
    return {
        f"{type(part).__name__}.{field}": np.asarray(getattr(part, field))
        for part in parts
        for field in part._fields
    }


def test_both_arms_meet_the_same_people_and_the_same_luck() -> None:
    """Same households, establishments, jobs and links, and same machine luck after a crisis."""
    worlds = [
        build_world(place_of(BOURG), RULES, 5, 4.0, SHOCKS, cooperation)
        for cooperation in (Cooperation(), None)
    ]
    one, other = (drawn(world) for world in worlds)
    for name, values in one.items():
        assert values.tobytes() == other[name].tobytes(), name
    for column in ("jobs", "machines", "branch", "commune", "format"):
        assert (worlds[0].state.firms[column] == worlds[1].state.firms[column]).all()
    for world in worlds:
        live(world, DAYS, audit=False)
    assert differences(worlds[0].state, worlds[1].state)  # they went different ways ...
    luck = [world.machine_luck.random(3).tolist() for world in worlds]
    assert luck[0] == luck[1]  # ... under the same stars


def test_a_shock_draws_nothing() -> None:
    shocked, calm = (
        build_world(place_of(BOURG), RULES, 5, 4.0, shocks, None) for shocks in (SHOCKS, ())
    )
    assert differences(shocked.state, calm.state) == set()
    live(shocked, DAYS, audit=False)
    live(calm, DAYS, audit=False)
    assert shocked.machine_luck.random() == calm.machine_luck.random()


def test_streams_are_named_and_keyed() -> None:
    first = stream(1, "machines").random(4).tolist()
    assert first == stream(1, "machines").random(4).tolist()
    others = [
        stream(1, "entry"),
        stream(2, "machines"),
        stream(1, "machines", 0),
        stream(1, "machines", 1),
    ]
    draws = [first, *(s.random(4).tolist() for s in others)]
    assert len({tuple(d) for d in draws}) == len(draws)


def test_plain_python_gives_the_same_numbers(tmp_path: Path) -> None:
    """The rules compiled or not: equal to 1e-9 over days with a shock, a SCIC and closures."""
    file, days = tmp_path / "plain.npz", 8
    code = (
        "import numpy, ressort.compiled\n"
        f"world = lived(days={days}, name={VILLAGE!r})\n"
        f"numpy.savez({str(file)!r}, **dict(columns(world.state)))\n"
        "from ressort.rules.work import pay_wages\n"
        "print(type(pay_wages).__name__)"
    )
    assert elsewhere(code, NUMBA_DISABLE_JIT="1") == "function"  # it was plain Python
    compiled = dict(columns(lived(days=days, name=VILLAGE).state))
    with np.load(file) as plain:
        assert set(plain) == set(compiled)
        for name, values in compiled.items():
            scale = np.abs(values.astype(float)).max(initial=0.0)
            np.testing.assert_allclose(
                plain[name].astype(float),
                values.astype(float),
                rtol=1e-9,
                atol=1e-12 * scale,
                err_msg=name,
            )
