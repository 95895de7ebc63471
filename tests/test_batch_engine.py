"""Batches of runs: same bits wherever they are done, and nothing lost whatever fails."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests import batch_plans
from tests.batch_plans import ARMS, BASE, Memory, plan

from ressort.batch import engine as engine_module
from ressort.batch import executors
from ressort.batch.engine import by_point, replay, run_scenarios
from ressort.batch.executors import Engine, Job
from ressort.batch.plan import Arm, Kept, Plan, Point, Stop
from ressort.batch.processes import Processes
from ressort.batch.records import DONE, FAILED, ChunkResult, Record
from ressort.batch.seeds import Seeds, differences, width
from ressort.batch.work import Bench, run_chunk
from ressort.errors import InputError, LedgerError, RessortError
from ressort.indicators import NAMES
from ressort.parameters import Behaviour
from ressort.place import PARAMETERS, place
from ressort.recorder import Recorder
from ressort.scenario import Scenario
from ressort.simulation import COST, Stage, compare, run_arm, run_pair

SERIAL = Engine("serial")


def done_by(engine: Engine, given: Plan, **options: Any) -> Memory:
    store = Memory(given)
    run_scenarios(given, store=store, executor=engine, **options)
    assert store.todo() == []
    return store


# ---------------------------------------------------------------- one chunk
def test_a_run_is_a_seed_of_a_comparison() -> None:
    """Metrics and series are those of `compare`, to the last bit of what is kept."""
    given = plan(draws=2, kept=Kept(("essential", "output")))
    result = run_chunk(given, [2, 0])
    assert [(r.run_id, r.status) for r in result.records] == [(0, DONE), (2, DONE)]
    scenario = given.scenario(given.points[0], ARMS[0])
    pairs = compare(scenario, seeds=[1, 2])
    metrics = result.tables["metrics"].to_pandas()
    assert metrics.run_id.tolist() == [0, 0, 2, 2]
    expected = pairs.table().sort_values(["seed", "arm"])
    assert metrics.arm.tolist() == expected.arm.tolist()
    names = list(metrics.columns[2:])
    assert COST in names
    np.testing.assert_array_equal(metrics[names].to_numpy(), expected[names].to_numpy())
    series = result.tables["series"].to_pandas()
    assert list(series.columns) == ["run_id", "arm", "kind", "day", "essential", "output"]
    one = series[(series.run_id == 2) & (series.arm == "without")]
    for kind, daily in (
        ("shocked", pairs.runs["without"][1].daily),
        ("reference", pairs.runs["without"][1].reference),
    ):
        mine = one[one.kind == kind]
        assert mine.day.tolist() == daily.day.tolist()
        np.testing.assert_array_equal(mine.output, daily.output.astype(np.float32))


def test_tables_have_the_types_that_are_promised() -> None:
    given = plan(kept=Kept(("all",), reference=False, communes=True))
    tables = run_chunk(given, [1]).tables
    assert set(tables) == {"metrics", "series", "communes"}
    metrics, series, communes = (tables[n].schema for n in ("metrics", "series", "communes"))
    assert metrics.field("run_id").type == pa.int64()
    assert all(field.type == pa.float64() for field in list(metrics)[2:])
    assert series.names == ["run_id", "arm", "kind", "day", *NAMES]
    assert series.field("day").type == pa.int16()
    assert all(field.type == pa.float32() for field in list(series)[4:])
    assert set(tables["series"]["kind"].to_pylist()) == {"shocked"}
    assert communes.names == ["run_id", "arm", "day", "commune", "needs_met"]
    assert (communes.field("commune").type, communes.field("needs_met").type) == (
        pa.string(),
        pa.float32(),
    )
    run = run_pair(Stage.of(given.scenario(given.points[1], ARMS[0])), 1)[0]
    first = tables["communes"].to_pandas().query("arm == 'with'")
    wide = first.pivot(index="day", columns="commune", values="needs_met")
    np.testing.assert_array_equal(wide.to_numpy(), run.communes.astype(np.float32).to_numpy())
    assert wide.columns.tolist() == list(run.codes)
    assert len(run.codes) > 1
    assert "series" not in run_chunk(replace(given, kept=Kept(())), [1]).tables


def test_replicates_have_the_people_of_their_draw_and_luck_of_their_own() -> None:
    given = plan(draws=1, replicates=2, points=(Point(0, {}),))
    tables = run_chunk(given, [0, 1]).tables
    case = given.case(1)
    assert (case.seed, case.luck == case.seed) == (1, False)
    stage = Stage.of(given.scenario(given.points[0], ARMS[0]))
    expected = run_arm(stage, case.luck, True, economy=stage.economy(case.seed))
    of_run = tables["metrics"].to_pandas().set_index(["run_id", "arm"])
    assert of_run.loc[(1, "with"), "m5_loss_area_output"] == expected.metrics["m5_loss_area_output"]
    assert of_run.loc[(0, "with"), "m5_loss_area_output"] != expected.metrics["m5_loss_area_output"]


def test_all_arms_are_judged_by_the_members_of_the_first_that_cooperates() -> None:
    """Wherever it stands in the plan; and each arm keeps its place in the tables."""
    fewer = Arm("fewer", changes={"parameters.member_share": 0.1})
    arms = (ARMS[1], ARMS[0], fewer)
    metrics = run_chunk(plan(arms=arms), [0]).tables["metrics"].to_pandas().set_index("arm")
    assert metrics.index.tolist() == ["without", "with", "fewer"]
    scenario = plan().scenario(plan().points[0], ARMS[0])
    one, other = run_pair(Stage.of(scenario), 1)
    assert metrics.unmet_per_member["with"] == one.metrics["unmet_per_member"]
    assert metrics.unmet_per_member["without"] == other.metrics["unmet_per_member"]
    stage = Stage.of(plan().scenario(plan().points[0], fewer))
    same_people = run_arm(stage, 1, True, members=one.members)
    assert metrics.unmet_per_member["fewer"] == same_people.metrics["unmet_per_member"]
    own_members = run_arm(stage, 1, True).members
    assert own_members.firms.sum() < one.members.firms.sum()


def test_an_arm_with_other_people_has_members_of_its_own() -> None:
    larger = Arm("larger", changes={"territory.size": 3000})
    result = run_chunk(plan(arms=(*ARMS, larger)), [0])
    assert result.records[0].status == DONE
    assert result.tables["metrics"]["arm"].to_pylist() == ["with", "without", "larger"]


def test_a_place_is_built_once_for_all_that_does_not_touch_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = []
    of = Stage.of

    def noting(scenario: Scenario, data: Path | None = None) -> Stage:
        built.append(scenario)
        return of(scenario, data)

    monkeypatch.setattr(Stage, "of", noting)
    key = "parameters.search_rate"
    points = tuple(Point(k, {key: value}) for k, value in enumerate((0.1, 0.2)))
    bench = Bench(plan(points=points))
    places = {id(bench.stage(point, arm).place) for point in (0, 1) for arm in (0, 1)}
    assert len(built) == len(places) == 1
    points = tuple(
        Point(k, {f"parameters.{PARAMETERS[0]}": value}) for k, value in enumerate((1500.0, 1600.0))
    )
    bench = Bench(plan(points=points))
    assert bench.stage(0, 0).place is bench.stage(0, 1).place
    assert bench.stage(0, 0).place is not bench.stage(1, 0).place


def test_a_place_hangs_on_no_other_parameter() -> None:
    """Else runs would be given the place of another point."""
    read = set()

    class Noting(Behaviour):
        def __getattr__(self, name: str) -> Any:
            if not name.startswith("_"):
                read.add(name)
            return super().__getattr__(name)

    behaviour = Noting()
    read.clear()
    place(plan().scenario(plan().points[0], ARMS[0]).resolve_territory(), behaviour)
    assert read == set(PARAMETERS)


# ---------------------------------------------------------------- runs that fail
def test_a_run_that_fails_is_told_and_the_others_are_done() -> None:
    points = (Point(0, {}), Point(1, {"shocks.0.start_day": 99}))
    result = run_chunk(plan(points=points), [0, 1, 2])
    assert [r.status for r in result.records] == [DONE, FAILED, DONE]
    record = result.records[1]
    assert record.error_kind == "InputError"
    assert "point 1, arm with" in record.error
    assert "\n" not in record.error
    assert record.traceback.startswith("Traceback")
    assert set(result.tables["metrics"]["run_id"].to_pylist()) == {0, 2}
    assert run_chunk(plan(points=points), [1]).tables == {}


def test_memory_that_is_not_there_fails_a_run_and_an_interrupt_goes_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lacking(*_: object) -> None:
        raise MemoryError("cannot allocate\n8 GiB")

    monkeypatch.setattr(Bench, "run", lacking)
    record = run_chunk(plan(), [0]).records[0]
    assert (record.error_kind, record.error) == ("MemoryError", "cannot allocate 8 GiB")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Bench, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_chunk(plan(), [0])


def test_a_run_that_takes_too_long_fails_between_two_days() -> None:
    given = plan()
    assert run_chunk(given, [0], seconds_a_run=1e-9).records[0].status == DONE  # it may compile
    records = run_chunk(given, [1, 2], seconds_a_run=1e-9).records
    assert [(r.status, r.error_kind) for r in records] == [(FAILED, "TimedOut")] * 2
    assert "engine.seconds_a_run" in records[0].error
    assert [r.status for r in run_chunk(given, [1, 2], seconds_a_run=60.0).records] == [DONE] * 2


def test_a_watch_sees_each_morning_and_changes_nothing() -> None:
    given = plan()
    stage = Stage.of(given.scenario(given.points[0], ARMS[0]))
    mornings: list[int] = []
    watched = run_arm(stage, 1, True, watch=lambda: mornings.append(1))
    days, start = BASE["run"]["days"], BASE["shocks"][0]["start_day"]
    assert len(mornings) == days + (days - start)
    plain = run_arm(stage, 1, True)
    np.testing.assert_array_equal(watched.series.indicators, plain.series.indicators)
    assert dict(watched.metrics) == pytest.approx(dict(plain.metrics), rel=0, abs=0, nan_ok=True)


def test_audit_reaches_the_books(monkeypatch: pytest.MonkeyPatch) -> None:
    audits = []
    init = Recorder.__init__

    def noting(self: Recorder, world: Any, days: int, audit: bool, *rest: Any) -> None:
        audits.append(audit)
        init(self, world, days, audit, *rest)

    monkeypatch.setattr(Recorder, "__init__", noting)
    run_chunk(plan(), [0])
    run_chunk(plan(), [0], audit=True)
    assert audits == [False] * 2 + [True] * 2


# ---------------------------------------------------------------- the same bits everywhere
@pytest.fixture(scope="module")
def expected() -> Memory:
    return done_by(SERIAL, plan())


def test_any_chunk_gives_the_same_bits(expected: Memory) -> None:
    assert expected.counts() == batch_plans.Counts(6, 6, 0)
    for chunk in (1, 3, 7):
        store = done_by(Engine("serial", chunk=chunk), plan())
        assert store.digest() == expected.digest()
        assert len(store.chunks) == -(-6 // chunk)


def test_processes_give_the_same_bits(expected: Memory) -> None:
    told: list[Any] = []
    store = done_by(Engine("processes", 2, chunk=3), plan(), progress=told.append)
    assert store.digest() == expected.digest()
    assert [counts.done for counts in told] == [0, 3, 6]


def test_interrupted_batches_go_on_to_the_same_bits(expected: Memory) -> None:
    store = Memory(plan())

    def interrupt(counts: Any) -> None:
        if counts.done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_scenarios(plan(), store=store, executor=Engine("serial", chunk=2), progress=interrupt)
    assert 0 < store.counts().done < 6
    run_scenarios(plan(), store=store, executor=SERIAL)
    assert store.digest() == expected.digest()


def test_nothing_left_to_do_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    store = done_by(SERIAL, plan())
    monkeypatch.setattr(engine_module, "open_executor", lambda *_: pytest.fail("started"))
    assert run_scenarios(plan(), store=store, executor=Engine("processes")).done == 6


def test_runs_of_a_point_lie_together() -> None:
    points = tuple(Point(k, {"run.people_per_agent": n}) for k, n in enumerate((10, 20)))
    assert by_point(plan(points=points), range(6)) == [0, 2, 4, 1, 3, 5]


def test_runs_that_differ_in_shocks_alone_lie_together_seed_by_seed() -> None:
    """They share the days before the shock and those without one."""
    keys: list[dict[str, Any]] = [
        {"shocks.0.days": 6},
        {"shocks.0.days": 12},
        {"run.people_per_agent": 20.0},
    ]
    points = tuple(Point(k, key) for k, key in enumerate(keys))
    assert plan(points=points).families() == ((0, 1), (0, 1), (2,))
    assert by_point(plan(points=points), range(9)) == [0, 1, 3, 4, 6, 7, 2, 5, 8]


SHOCKS: list[list[dict[str, Any]]] = [
    [{"kind": "import_cut", "start_day": 3, "days": 8}],
    [
        {"kind": "isolation", "start_day": 3, "days": 8},
        {"kind": "panic", "start_day": 5, "days": 2},
    ],
    [{"kind": "destruction", "start_day": 3, "days": 1, "depth": 0.5}],
    [{"kind": "payment_freeze", "start_day": 3, "days": 8, "depth": 0.9}],
    [{"kind": "import_cut", "start_day": 7, "days": 4}],  # another day: nothing to share
]
MUCH: dict[str, Any] = {
    "scic": True,
    "ptce": {},
    "guarantee": {},
    "governance": {},
    "employment_smoothing": {},
}


def test_what_points_share_changes_nothing() -> None:
    """Shocks one after the other from one morning give what each gives on its own."""
    arms = (Arm("much", changes={"cooperation": MUCH, "currency": {}}), Arm("none", False))
    points = tuple(Point(k, {"shocks": shocks}) for k, shocks in enumerate(SHOCKS))
    together = plan(1, points=points, arms=arms, kept=Kept(("all",), communes=True))
    alone = [
        plan(
            1, base=BASE | {"shocks": shocks}, points=(Point(0, {}),), arms=arms, kept=together.kept
        )
        for shocks in SHOCKS
    ]
    found = run_chunk(together, range(len(SHOCKS)), audit=True)
    assert [record.error for record in found.records] == [""] * len(SHOCKS)
    for k, one in enumerate(alone):
        expected = run_chunk(one, [0], audit=True)
        for name, table in expected.tables.items():
            every = found.tables[name].to_pandas()
            rows = every[every.run_id == k].drop(columns="run_id")
            other = table.to_pandas().drop(columns="run_id")
            pd.testing.assert_frame_equal(rows.reset_index(drop=True), other, check_exact=True)


def test_chunks_grow_to_seconds_and_shrink_at_the_end() -> None:
    pace = engine_module._Pace(0)
    assert pace.size(10_000, 2) == 1
    pace.see([Record(0, DONE, 0.05)])
    assert pace.size(10_000, 2) == 60
    assert pace.size(40, 2) == 10
    assert pace.size(1, 2) == 1
    for _ in range(40):
        pace.see([Record(0, DONE, 30.0)])
    assert pace.size(10_000, 2) == 1
    assert engine_module._Pace(7).size(2, 2) == 7


def test_what_was_lived_without_an_audit_is_not_taken_for_audited() -> None:
    points = tuple(Point(k, {"shocks": shocks}) for k, shocks in enumerate(SHOCKS[:2]))
    bench = Bench(plan(1, points=points))
    bench.run(bench.plan.case(0), False, None)
    bench.run(bench.plan.case(1), True, None)
    audited = [before.morning.ledger is not None for before in bench.before.values()]
    assert audited == [False, False, True, True]


# ---------------------------------------------------------------- what goes wrong
def test_failed_runs_do_not_end_a_batch(expected: Memory) -> None:
    store = done_by(Engine("serial", chunk=4), plan(), task=batch_plans.some_fail)
    assert store.failures() == {1: "ValueError", 4: "ValueError"}
    assert store.records[1].error == "run 1 is bad"
    assert store.counts().done == 4
    run_scenarios(plan(), store=store, executor=SERIAL, retry_failed=True)
    assert store.digest() == expected.digest()


def test_a_chunk_that_is_lost_costs_the_guilty_run_alone() -> None:
    store = done_by(Engine("serial", chunk=6), plan(), task=batch_plans.chunk_raises)
    assert store.failures() == {4: "RuntimeError"}
    assert "lost" in store.records[4].traceback


def test_a_task_that_hands_back_other_runs_is_found_out() -> None:
    def forgets(given: Plan, run_ids: Any, **options: Any) -> ChunkResult:
        return run_chunk(given, [k for k in run_ids if k != 5], **options)

    store = done_by(Engine("serial", chunk=6), plan(), task=forgets)
    assert store.failures() == {5: "WrongRuns"}


def test_a_killed_worker_loses_nothing(
    expected: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESSORT_TEST_FOLDER", str(tmp_path))
    store = done_by(Engine("processes", 1, chunk=4), plan(), task=batch_plans.kills_once)
    assert (tmp_path / "seen").exists()
    assert store.counts().failed == 0
    assert store.digest() == expected.digest()


def test_a_run_that_kills_its_workers_is_told_and_the_others_are_done() -> None:
    store = done_by(Engine("processes", 1, chunk=4), plan(), task=batch_plans.kills_always)
    assert store.failures() == {3: "WorkerKilled"}
    assert "SIGKILL" in store.records[3].error
    assert store.counts().done == 5


def test_a_process_that_answers_no_more_is_ended(
    expected: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "GRACE", 4.0)
    monkeypatch.setattr(executors, "FIRST_RUN", 20.0)
    engine = Engine("processes", 1, chunk=1, seconds_a_run=0.1)
    store = done_by(engine, plan(draws=2), task=batch_plans.hangs)
    assert store.failures() == {3: "TimedOut"}
    assert store.counts().done == 3


def test_memory_of_a_process_is_limited() -> None:
    engine = Engine("processes", 1, chunk=6, memory_gb=2.0)
    store = done_by(engine, plan(), task=batch_plans.eats_memory)
    assert store.failures() == {3: "MemoryError"}


def test_idle_processes_may_be_killed_and_come_back() -> None:
    given = plan()
    with_processes = Processes(Job(given), 1)
    try:
        with_processes.submit((0,))
        assert isinstance(with_processes.completed().answer, ChunkResult)
        first = with_processes.team[0].process
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
        first.join()
        with_processes.submit((1,))
        assert isinstance(with_processes.completed().answer, ChunkResult)
        assert with_processes.team[0].process is not first
    finally:
        with_processes.close()


def test_the_store_that_cannot_write_ends_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    class Full(Memory):
        def save(self, result: ChunkResult) -> None:
            raise RessortError("disk full")

    monkeypatch.setattr(executors.Serial, "close", lambda self: closed.append(self))
    with pytest.raises(RessortError, match="disk full"):
        run_scenarios(plan(), store=Full(plan()), executor=SERIAL)
    assert len(closed) == 1


def test_what_would_fail_everywhere_is_refused_at_once() -> None:
    federation = {**BASE, "federation": {"copies": 2}}
    with pytest.raises(InputError, match="federation"):
        done_by(SERIAL, plan(base=federation))
    with pytest.raises(InputError, match=r"keep\.series"):
        done_by(SERIAL, plan(kept=Kept(("outputt",))))
    with pytest.raises(InputError, match="another plan"):
        run_scenarios(plan(), store=Memory(plan(draws=2)), executor=SERIAL)
    with pytest.raises(InputError, match="'cloud' is none of serial, processes, dask"):
        done_by(Engine("cloud"), plan())


# ---------------------------------------------------------------- replay
def test_replay_gives_the_run_and_its_rows(expected: Memory) -> None:
    again = replay(expected, 3)
    assert (again.case.run_id, again.case.scenario_id, again.case.seed) == (3, 1, 2)
    assert again.point.factors == {"shocks.0.days": 12}
    assert again.record.status == DONE
    mine = again.result.tables["metrics"].to_pandas()
    stored = expected.table("metrics").to_pandas()
    stored = stored[stored.run_id == 3].reset_index(drop=True)
    np.testing.assert_array_equal(mine.iloc[:, 2:].to_numpy(), stored.iloc[:, 2:].to_numpy())


def test_replay_audits_and_tells_what_failed(
    expected: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unbalanced(self: Any, world: Any) -> None:
        raise LedgerError(day=2, account="cash", gap=1.0)

    monkeypatch.setattr("ressort.ledger.Ledger.audit", unbalanced)
    again = replay(expected, 0)
    assert (again.record.status, again.record.error_kind) == (FAILED, "LedgerError")
    assert "LedgerError: day 2: cash" in again.record.traceback
    assert replay(expected, 0, audit=False).record.status == DONE


# ---------------------------------------------------------------- how many seeds
STOP = Stop(
    "m5_loss_area_output", ("with", "without"), width=1e9, level=0.9, least=2, step=2, most=6
)


def test_seeds_are_added_until_the_interval_is_narrow(tmp_path: Path) -> None:
    """To one point of two; a batch that stops and goes on asks for the same."""
    given = plan(draws=2, stop=replace(STOP, width=width_between(tmp_path)))
    store = Memory(given, _folder(tmp_path, "whole"))
    run_scenarios(given, store=store, executor=SERIAL)
    draws = {p: sum(given.case(k).scenario_id == p for k in store.asked) for p in (0, 1)}
    assert sorted(draws.values())[0] < sorted(draws.values())[1] <= 6
    assert all((n - 2) % 2 == 0 for n in draws.values())

    parts = Memory(given, _folder(tmp_path, "parts"))

    def interrupt(counts: Any) -> None:
        if counts.done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_scenarios(given, store=parts, executor=Engine("serial", chunk=1), progress=interrupt)
    run_scenarios(given, store=parts, executor=SERIAL)
    assert parts.asked == store.asked
    assert parts.digest() == store.digest()


def width_between(tmp_path: Path) -> float:
    """Return a width that lies between those of the two points at two draws."""
    given = plan(draws=2)
    store = Memory(given, _folder(tmp_path, "first"))
    run_scenarios(given, store=store, executor=SERIAL)
    found = differences(given, STOP, store.files("metrics"))
    widths = [width(found[p][:2], STOP.level, p) for p in (0, 1)]
    assert widths[0] != widths[1]
    return sum(widths) / 2


def _folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


def test_no_interval_can_be_narrow_enough_beyond_most(tmp_path: Path) -> None:
    given = plan(draws=2, stop=replace(STOP, width=0.0, step=3, most=4))
    store = Memory(given, tmp_path)
    run_scenarios(given, store=store, executor=SERIAL)
    assert store.counts().done == 8
    assert Seeds(plan(draws=2)).more(store.files("metrics")) == []


def test_the_interval_is_that_of_a_mean() -> None:
    values = np.random.default_rng(1).normal(0.0, 1.0, 400)
    expected = 2 * 1.645 * values.std() / np.sqrt(len(values))
    assert width(values, 0.9, 0) == pytest.approx(expected, rel=0.1)
    assert width(values, 0.9, 0) == width(values, 0.9, 0)
    assert width(np.full(5, 2.0), 0.9, 0) == 0.0
    assert width(np.array([1.0, np.nan]), 0.9, 0) == np.inf
    assert width(np.array([1.0, 2.0, np.inf]), 0.9, 0) == np.inf


def test_failed_draws_are_left_out_of_the_interval(tmp_path: Path) -> None:
    given = plan(draws=3, stop=STOP)
    store = Memory(given, tmp_path)
    run_scenarios(given, store=store, executor=SERIAL, task=batch_plans.some_fail)
    found = differences(given, STOP, store.files("metrics"))
    failed = [(given.case(k).scenario_id, given.case(k).draw) for k in store.failures()]
    assert {tuple(map(int, place)) for place in np.argwhere(np.isnan(found[:, :3]))} == set(failed)
