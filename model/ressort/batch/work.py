"""Doing a chunk of runs, one after the other, in whatever process it is done.

A run that fails is told by its record, and the next one begins. What a run gives hangs on the plan
and its number alone: neither on its chunk nor on the process.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

from ressort.batch.plan import Arm, Case, Plan
from ressort.batch.records import DONE, FAILED, ChunkResult, Record
from ressort.batch.rows import Rows, rows_of, tables_of
from ressort.calm import Economy
from ressort.errors import RessortError
from ressort.metrics_groups import Members
from ressort.place import PARAMETERS, Place
from ressort.scenario import Scenario
from ressort.scenario_federation import refuse_federation
from ressort.simulation import Before, Run, Stage, live_before, run_shock

FIRST_RUN: Final = 120.0  # seconds more for the first run of a process: it may have to compile
MOST_TEXT: Final = 20_000  # characters of a traceback that are kept
PLACES: Final = 8  # kept by a process: a place is quick to use and slow to make
STAGES: Final = 64

Watch = Callable[[], None]


class TimedOut(RessortError):
    """A run took longer than it may."""


def run_chunk(
    plan: Plan,
    run_ids: Sequence[int],
    *,
    audit: bool = False,
    seconds_a_run: float | None = None,
) -> ChunkResult:
    """Do runs of a plan in the order given; what they give is ordered by number.

    `audit` checks the books every day. A run that takes more than `seconds_a_run` fails; it is
    looked at between days. Runs that fail have a record with the cause, and no rows.
    """
    bench = _bench_of(plan)
    records: dict[int, Record] = {}
    rows: dict[int, Rows] = {}
    for run_id in run_ids:
        begin = time.perf_counter()
        try:
            rows[run_id] = bench.run(plan.case(run_id), audit, seconds_a_run)
            records[run_id] = Record(run_id, DONE, time.perf_counter() - begin)
        except Exception as error:
            records[run_id] = failed(run_id, error, time.perf_counter() - begin)
    return ChunkResult(
        tuple(records[k] for k in sorted(records)),
        tables_of(plan, [rows[k] for k in sorted(rows)]),
    )


def failed(run_id: int, error: BaseException, seconds: float = 0.0) -> Record:
    """Return the record of a run that ended in an error."""
    told = "".join(traceback.format_exception(error))
    kind = type(error).__name__
    return Record(run_id, FAILED, seconds, kind, one_line(error) or kind, told[-MOST_TEXT:])


def one_line(error: object) -> str:
    """Return a message in one line."""
    return " ".join(str(error).split())[:1000]


class Bench:
    """What the runs of a plan share in one process: scenarios, places, and people of a seed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.place = lru_cache(PLACES)(self._place)
        self.stage = lru_cache(STAGES)(self._stage)
        self.drawn_for: tuple[int, int] | None = None
        self.economies: dict[str, Economy] = {}
        self.families = plan.families()
        self.before: dict[str, Before] = {}
        self.before_of: tuple[int, int] | None = None
        self.is_warm = False

    def run(self, case: Case, audit: bool, seconds: float | None) -> Rows:
        """Do one run: all arms on the same people and establishments, and on the same luck.

        Group metrics of all arms are about the same members, as in a comparison: those of the first
        arm that cooperates, or would if it did.
        """
        if seconds is not None and not self.is_warm:
            seconds += FIRST_RUN
        watch = None if seconds is None else until(seconds)
        arms = self.plan.arms
        first = next((k for k, arm in enumerate(arms) if arm.cooperation), 0)
        order = [first, *(k for k in range(len(arms)) if k != first)]
        rows, members = {}, None
        for k in order:
            run = self._run_arm(case, arms[k], k, members, audit, watch)
            members = members or run.members
            rows[k] = rows_of(run, self.plan.kept)
            del run  # its world may be large, and the next arm has one too
        self.is_warm = True
        return Rows(case.run_id, tuple(rows[k] for k in range(len(arms))))

    def _run_arm(
        self,
        case: Case,
        arm: Arm,
        place_in_plan: int,
        members: Members | None,
        audit: bool,
        watch: Watch | None,
    ) -> Run:
        stage = self.stage(case.scenario_id, place_in_plan)
        economy = self._economy(stage, case)
        if members is not None and not _are_of(members, economy):
            members = None
        family = self.families[case.scenario_id]
        key = ""  # nobody comes back to what a point has for itself
        if len(family) > 1:
            # What was lived without an audit cannot stand for what is to be audited.
            key = repr((audit, place_in_plan, _but_for_shocks(stage.scenario)))
        if self.before_of != (family[0], case.luck):
            self.before.clear()
            self.before_of = (family[0], case.luck)
        before = self.before.get(key)
        if before is None:
            before = live_before(
                stage,
                case.luck,
                arm.cooperation,
                audit=audit,
                economy=economy,
                members=members,
                watch=watch,
            )
        if key:
            self.before[key] = before
        return run_shock(stage, case.luck, arm.cooperation, before, watch=watch)

    def _economy(self, stage: Stage, case: Case) -> Economy:
        """Return people and establishments of a seed, drawn once for all arms and replicates.

        An arm with parameters of its own draws for itself, from the same streams: what they do not
        touch comes out the same.
        """
        wanted = (self.families[case.scenario_id][0], case.seed)
        if self.drawn_for != wanted:
            self.economies.clear()
            self.drawn_for = wanted
        scenario = stage.scenario
        people = scenario.run.people_per_agent
        key = repr((scenario.territory, scenario.run.jobs, people, scenario.parameters))
        if key not in self.economies:
            self.economies[key] = stage.economy(case.seed)
        return self.economies[key]

    def _stage(self, scenario_id: int, arm: int) -> Stage:
        scenario = self.plan.scenario(self.plan.points[scenario_id], self.plan.arms[arm])
        refuse_federation(scenario)
        behaviour = scenario.rules().behaviour
        hangs_on = tuple(getattr(behaviour, name) for name in PARAMETERS)
        key = repr((scenario.territory, scenario.run.jobs, hangs_on))
        return Stage(scenario, self.place(Keyed(key, scenario)))

    def _place(self, keyed: Keyed) -> Place:
        return Stage.of(keyed.scenario).place


class Keyed:
    """A scenario that equals another if both lie in the same place."""

    def __init__(self, key: str, scenario: Scenario) -> None:
        self.key = key
        self.scenario = scenario

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _but_for_shocks(scenario: Scenario) -> tuple[int, dict[str, Any]]:
    """Return what decides the days before a shock, and those without one."""
    content = scenario.model_dump(exclude={"name", "title", "title_fr", "shocks"})
    return scenario.shock_day(), content


def _are_of(members: Members, economy: Economy) -> bool:
    return len(members.firms) == len(economy.firms.jobs) and len(members.homes) == len(
        economy.homes.commune
    )


def until(seconds: float) -> Watch:
    """Return what raises TimedOut when it is called later than in so many seconds."""
    end = time.monotonic() + seconds

    def watch() -> None:
        if time.monotonic() > end:
            raise TimedOut(
                f"took more than {seconds:g} s; allow more by engine.seconds_a_run, "
                "or run fewer days or agents"
            )

    return watch


_benches: list[Bench] = []  # of this process: the bench of the plan last worked on


def _bench_of(plan: Plan) -> Bench:
    if not _benches or _benches[0].plan is not plan:
        _benches[:] = [Bench(plan)]
    return _benches[0]
