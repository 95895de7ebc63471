"""What a batch costs beside the simulation itself: choosing, checking, tables, writing, index.

Bare runs and runs of a batch take turns, the same seeds in the same process, so that both meet the
same machine; processor time, of which others on the machine take nothing. Runs are of some 50 ms:
long ones hide what a batch costs. *Many seeds* is one point; in *many points* each run has a
scenario of its own, which must be checked. *Workers*: what this process spends while another does
the runs, as a share of theirs.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from benchmarks.lines import Line, say
from benchmarks.worlds import warm_up

from ressort.batch.engine import run_scenarios
from ressort.batch.executors import Engine
from ressort.batch.plan import Arm, Plan, Point
from ressort.batch.store import Store
from ressort.simulation import Stage, run_pair

TARGET: Final = 1.05
TURNS: Final = 5
RUNS: Final = 40  # a turn: as many as make a chunk of two seconds
BASE: Final[dict[str, Any]] = {
    "territory": {"synthetic": "uniform", "size": 2000},
    "run": {"days": 12, "people_per_agent": 10},
    "shocks": [{"kind": "import_cut", "start_day": 2, "days": 5}],
}
ARMS: Final = (Arm("with"), Arm("without", cooperation=False))


def measure() -> list[Line]:
    """Return the cost of a run in a batch over that of the bare run, and that of this process."""
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        return [
            _beside_bare(Path(folder), "many seeds", False),
            _beside_bare(Path(folder), "many points", True),
            _beside_workers(Path(folder)),
        ]


def plan(many_points: bool, turn: int, runs: int = RUNS) -> Plan:
    """Return as many runs, of a point a seed or of seeds of one point, others each turn."""
    points = tuple(
        Point(k, {"parameters.search_rate": 0.05 + 1e-4 * k})
        for k in range(runs if many_points else 1)
    )
    seeds, first = (1 if many_points else runs), 1 + turn * runs
    return Plan("bench", BASE, ARMS, points, first_seed=first, draws=seeds)


def _beside_bare(folder: Path, name: str, many_points: bool) -> Line:
    ratios, bare = [], []
    for turn in range(TURNS):
        say(f"batch, {name}: turn {turn + 1} of {TURNS}")
        given = plan(many_points, turn)
        stages = [Stage.of(given.scenario(point, ARMS[0])) for point in given.points]
        begin = time.process_time()
        for run_id in range(len(given)):
            case = given.case(run_id)
            run_pair(stages[case.scenario_id], case.seed)
        bare.append((time.process_time() - begin) / RUNS)
        begin = time.process_time()
        _do(folder / f"{many_points}-{turn}", given, Engine("serial", chunk=RUNS))
        ratios.append((time.process_time() - begin) / RUNS / bare[-1])
    ratio = float(np.median(ratios))
    return Line(
        f"a run in a batch / the bare run, {name}, chunks of {RUNS}",
        f"at most {TARGET}",
        f"{ratio:.3f} (turns: {min(ratios):.3f} to {max(ratios):.3f}; "
        f"{1e3 * float(np.median(bare)):.0f} ms a run)",
        ratio <= TARGET,
    )


def _do(folder: Path, given: Plan, engine: Engine) -> None:
    with Store.create(folder, given) as store:
        run_scenarios(given, store=store, executor=engine)


def _beside_workers(folder: Path) -> Line:
    say("batch, workers")
    given = plan(False, TURNS, runs=5 * RUNS)
    begin, wall = time.process_time(), time.perf_counter()
    _do(folder / "workers", given, Engine("processes", 1))
    spent, wall = time.process_time() - begin, time.perf_counter() - wall
    share = spent / len(given)
    return Line(
        "processor time of the client a run, one worker",
        "",
        f"{1e3 * share:.2f} ms ({len(given) / wall:.1f} runs a second, its start included)",
        None,
    )
