"""Batch files and designs: what is run, with which values and seeds; and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ressort.batch.design import load
from ressort.batch.plan import Plan, luck_of, put
from ressort.batch.sampling import LEVELS, Factor, points
from ressort.errors import InputError

BASE = """
[base]
territory = {synthetic = "slice", size = 300}
run = {days = 30, people_per_agent = 10.0}
[[base.shocks]]
kind = "import_cut"
start_day = 5
days = 10
"""
DEPTH = """
[[factors]]
key = "shocks.0.depth"
"""
RANGE = DEPTH + "low = 0.1\nhigh = 0.9"
X = Factor("a.x", 2.0, 8.0)
Y = Factor("a.y", 1.0, 100.0, log=True)
N = Factor("a.n", 1, 3, whole=True)


def written(folder: Path, text: str) -> Path:
    file = folder / "try.toml"
    file.write_text(text, "utf-8")
    return file


def plan_of(folder: Path, text: str) -> Plan:
    return load(written(folder, text))[0]


def test_a_factorial_has_all_combinations_and_both_arms(tmp_path: Path) -> None:
    text = BASE + DEPTH + "values = [0.5, 1.0]" + '[[factors]]\nkey = "run.days"\nvalues = [30, 40]'
    plan = plan_of(tmp_path, text.replace("][[", "]\n[["))
    got = [(p.factors["shocks.0.depth"], p.factors["run.days"]) for p in plan.points]
    assert got == [(0.5, 30), (0.5, 40), (1.0, 30), (1.0, 40)]
    assert [(a.name, a.cooperation) for a in plan.arms] == [("with", True), ("without", False)]
    assert len(plan) == 4 * 10
    scenario = plan.scenario(plan.points[3], plan.arms[0])
    assert (scenario.shocks[0].depth, scenario.run.days) == (1.0, 40)


def test_arms_change_keys_of_their_own(tmp_path: Path) -> None:
    arms = '[[arms]]\nname = "pool"\n[arms.set]\n"cooperation.mechanisms" = ["pool"]\n'
    plan = plan_of(tmp_path, BASE + arms + '[[arms]]\nname = "no"\ncooperation = false\n')
    assert plan.scenario(plan.points[0], plan.arms[0]).cooperation.mechanisms == ("pool",)
    assert plan.scenario(plan.points[0], plan.arms[1]).cooperation.mechanisms != ("pool",)


def test_a_scenario_may_be_named_and_its_file_lie_beside(tmp_path: Path) -> None:
    beside = tmp_path / "mine.toml"
    beside.write_text('extends = "issoire-import-cut"\n[run]\ndays = 33\n', "utf-8")
    plan = plan_of(tmp_path, 'scenario = "mine.toml"\n')
    assert plan.scenario(plan.points[0], plan.arms[0]).run.days == 33
    assert plan.name == "try"


def test_runs_are_numbered_round_by_round_so_that_more_seeds_keep_their_numbers() -> None:
    from dataclasses import replace

    drawn = points("list", (), 0, 1, [{"run.days": d} for d in (30, 40, 50)])
    plan = Plan("p", {}, (), drawn, first_seed=7, draws=4, replicates=2)
    cases = [plan.case(k) for k in range(len(plan))]
    assert len(cases) == 24
    assert [c.scenario_id for c in cases[:4]] == [0, 1, 2, 0]
    assert {(c.draw, c.replicate) for c in cases} == {(d, r) for d in range(4) for r in range(2)}
    assert {c.seed for c in cases if c.draw == 3} == {10}
    longer = replace(plan, draws=9)
    assert [longer.case(k) for k in range(24)] == cases


def test_the_first_replicate_is_the_run_of_the_seed_and_others_have_luck_of_their_own() -> None:
    assert luck_of(5, 0) == 5
    lucks = {luck_of(seed, r) for seed in range(50) for r in range(1, 50)}
    assert len(lucks) == 50 * 49
    assert min(lucks) > 1_000  # far from any seed that people write


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol", "saltelli", "morris"])
def test_points_lie_in_the_ranges_and_are_drawn_again_the_same(kind: str) -> None:
    one = points(kind, (X, Y, N), 16, 3, ())
    other = points(kind, (X, Y, N), 16, 3, ())
    assert one == other != points(kind, (X, Y, N), 16, 4, ())
    x = np.array([p.factors["a.x"] for p in one])
    y = np.array([p.factors["a.y"] for p in one])
    assert 2.0 <= x.min() < x.max() <= 8.0
    assert 1.0 <= y.min() < 10.0 < y.max() <= 100.0
    assert {p.factors["a.n"] for p in one} == {1, 2, 3}
    assert all(isinstance(p.factors["a.n"], int) for p in one)
    expected = {"latin_hypercube": 16, "sobol": 16, "saltelli": 16 * 5, "morris": 16 * 4}
    assert len(one) == expected[kind]


def test_a_latin_hypercube_has_one_point_in_each_slice() -> None:
    x = np.array([p.factors["a.x"] for p in points("latin_hypercube", (X, Y), 20, 1, ())])
    assert sorted(((x - 2.0) / 6.0 * 20).astype(int)) == list(range(20))


def test_morris_moves_one_factor_at_a_time_on_a_grid() -> None:
    x = [tuple(p.factors.values()) for p in points("morris", (X, Y), 5, 1, ())]
    for k in range(0, len(x), 3):
        for one, other in zip(x[k : k + 2], x[k + 1 : k + 3], strict=True):
            assert sum(a != b for a, b in zip(one, other, strict=True)) == 1
    grid = 2.0 + 6.0 * np.linspace(0.0, 1.0, LEVELS)
    assert all(np.abs(grid - a).min() < 1e-12 for a, _ in x)


@given(st.floats(0.0, 1.0), st.integers(1, 5), st.integers(0, 9))
def test_each_value_of_a_factor_has_an_equal_part(u: float, count: int, low: int) -> None:
    values = tuple(f"v{k}" for k in range(count))
    assert Factor("a.b", values=values).at(u) == values[min(int(u * count), count - 1)]
    whole = Factor("a.b", low, low + count, whole=True).at(u)
    assert low <= whole <= low + count
    assert whole == min(low + int(u * (count + 1)), low + count)


def test_a_key_reaches_lists_and_makes_sections() -> None:
    content: dict[str, Any] = {"shocks": [{"days": 3}], "run": {"days": 5}}
    put(content, "shocks.0.days", 9)
    put(content, "parameters.pantry_days", 4.0)
    assert content == {
        "shocks": [{"days": 9}],
        "run": {"days": 5},
        "parameters": {"pantry_days": 4.0},
    }
    for key in ("shocks.1.days", "run.days.x", "shocks.first.days"):
        with pytest.raises(InputError, match=key.split(".")[0]):
            put(content, key, 1)


FAULTS = [
    ("", "give either scenario"),
    ('scenario = "issoire-import-cut"' + BASE, "give either scenario"),
    ('scenario = "nowhere"', "nowhere"),
    (BASE + DEPTH + "values = [2.0]", "shocks.0.depth"),
    (BASE + DEPTH + "values = [0.5]\nlow = 0.1", "either values"),
    (BASE + DEPTH + "low = 0.5", "low and high go together"),
    (BASE + DEPTH + "low = 0.9\nhigh = 0.1", "is not below"),
    (BASE + DEPTH + "low = 0.1\nhigh = 0.9", 'kind = "factorial" needs values'),
    (
        BASE + "[design]\nkind = 'sobol'\nsize = 10" + DEPTH + "low = 0.1\nhigh = 0.9",
        "take 8 or 16",
    ),
    (BASE + "[design]\nkind = 'sobol'" + RANGE, "needs size"),
    (BASE + "[design]\nkind = 'morris'\nsize = 4" + DEPTH + "values = [0.1]", "needs low and high"),
    (BASE + "[design]\nkind = 'list'", "[[points]]"),
    (BASE + "[design]\nsize = 4", "takes no size"),
    (BASE + "[design]\nkind = 'latin'", "latin_hypercube"),
    (BASE + "[seeds]\ndraw = 4", "did you mean 'draws'"),
    (BASE + "[seeds]\ndraws = 0", "at least 1"),
    (BASE + "[stop]\nmetric = 'm3_dept'\nwidth = 1.0", "did you mean 'm3_depth'"),
    (BASE + "[stop]\nmetric = 'm3_depth'\nwidth = 1.0\narms = ['with', 'with']", "stop.arms"),
    (BASE + "[stop]\nmetric = 'm3_depth'\nwidth = 1.0\nmost = 5", "stop.most"),
    (BASE + "[keep]\nseries = ['essentials']", "no series 'essentials'"),
    (BASE + "[engine]\nexecutor = 'threads'", "processes"),
    (BASE + "[engine.cluster]\nkind = 'address'", "tcp://HOST:PORT"),
    (BASE + "[engine.cluster]\nkind = 'slurm'", "cores is needed"),
    (BASE + "[[arms]]\nname = 'a'\n[[arms]]\nname = 'a'", "a second time"),
    (BASE + "[[arms]]\nname = 'a'\n[arms.set]\n'shocks.3.days' = 4", "shocks.3: 3 is no item"),
    (BASE + DEPTH + "values = [0.5]" + DEPTH + "values = [0.7]", "a second time"),
    (
        BASE + '[[factors]]\nkey = "territory.size"\nlow = 300.0\nhigh = 400.5\nwhole = true',
        "whole",
    ),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_what_is_wrong_is_told_in_one_line_with_the_file(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as fault:
        plan_of(tmp_path, text)
    assert said in str(fault.value)
    assert "try.toml" in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_file_with_all_sections_is_read(tmp_path: Path) -> None:
    text = (
        BASE
        + DEPTH
        + "low = 0.2\nhigh = 0.9\n"
        + (
            "[design]\nkind = 'latin_hypercube'\nsize = 6\nseed = 9\n"
            "[seeds]\nfirst = 100\ndraws = 3\nreplicates = 2\n"
            "[stop]\nmetric = 'm3_depth'\nwidth = 0.1\nleast = 5\nmost = 50\n"
            "[keep]\nseries = ['all']\nreference = false\n"
            "[engine]\nexecutor = 'dask'\nworkers = 4\nchunk = 20\nseconds_a_run = 60.0\n"
            "[engine.cluster]\nkind = 'slurm'\ncores = 8\nmemory = '16GB'\nwalltime = '01:00:00'\n"
        )
    )
    plan, engine = load(written(tmp_path, text))
    assert (len(plan.points), plan.draws, plan.replicates) == (6, 5, 2)  # least draws of the rule
    assert plan.stop is not None
    assert plan.stop.arms == ("with", "without")
    assert "essential" in plan.kept.series
    assert not plan.kept.reference
    assert (engine.cluster.kind, engine.cluster.cores) == ("slurm", 8)
