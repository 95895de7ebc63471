"""Runs all cells of the sign table, keeps each as it is done, and goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ressort import __version__
from ressort.cells import CELLS as CELLS
from ressort.cells import Row, keep, read_cells, run_missing
from ressort.metrics_groups import Members
from ressort.paired import Outcome, Trial, cell, live_arm
from ressort.signs import Declared, Mechanism
from ressort.simulation import Stage

Key = tuple[str, str, int]  # mechanism, shock, seed
ArmKey = tuple[str, int]  # arm, calm years


@dataclass(frozen=True)
class Plan:
    """What is the same for all seeds: stages by arm, trials by class of shock, who meets whom."""

    stages: Mapping[ArmKey, Stage]
    trials: Mapping[str, Trial]
    pairs: Mapping[str, tuple[ArmKey, ArmKey]]  # by mechanism: its arm, that compared with
    cooperates: Mapping[ArmKey, bool]


@dataclass(frozen=True)
class Unit:
    """What one process does in one go: the missing cells of one seed after as many calm years."""

    seed: int
    cells: tuple[tuple[str, str], ...]  # mechanism, shock


@dataclass(frozen=True)
class Changes:
    """What the caller sets otherwise than declared; None leaves it."""

    people_per_agent: float | None = None
    member_share: float | None = None


def plan(
    table: Declared,
    chosen: Sequence[Mechanism],
    shocks: Iterable[str],
    changes: Changes = Changes(),
) -> Plan:
    """Return the plan of a table: one place for all arms."""
    pairs: dict[str, tuple[ArmKey, ArmKey]] = {}
    for m in chosen:
        pairs[m.name] = ((m.name, m.calm_years), (m.against, m.calm_years))
    keys = {key for pair in pairs.values() for key in pair}
    scenarios = {
        key: table.scenario(*key, changes.people_per_agent, changes.member_share)
        for key in sorted(keys)
    }
    first = next(iter(scenarios.values()))
    place = Stage.of(first).place
    return Plan(
        stages={key: Stage(scenario, place) for key, scenario in scenarios.items()},
        trials={name: table.shocks[name].trial for name in shocks},
        pairs=pairs,
        cooperates={key: key[0] != "without" for key in scenarios},
    )


def units(work: Plan, seeds: Iterable[int], done: Mapping[Key, Row]) -> list[Unit]:
    """Return what is still to be done, seed by seed."""
    found = []
    for seed in seeds:
        by_years: dict[int, list[tuple[str, str]]] = {}
        for name, (arm, _) in work.pairs.items():
            missing = [(name, s) for s in work.trials if (name, s, seed) not in done]
            by_years.setdefault(arm[1], []).extend(missing)
        found += [Unit(seed, tuple(cells)) for _, cells in sorted(by_years.items()) if cells]
    return found


def do(work: Plan, unit: Unit) -> list[Row]:
    """Live the arms of a unit and return its cells; a cell that fails says why."""
    wanted = dict.fromkeys(s for _, s in unit.cells)
    trials = {s: work.trials[s] for s in wanted}
    arms = dict.fromkeys(key for name, _ in unit.cells for key in work.pairs[name])
    some = work.stages[next(iter(arms))]
    economy = some.economy(unit.seed)
    lived: dict[ArmKey, tuple[Members, dict[str, Outcome]] | str] = {}
    for key in arms:
        try:
            stage = work.stages[key]
            lived[key] = live_arm(stage, unit.seed, economy, work.cooperates[key], trials)
        except Exception as error:  # one arm that fails must not take the others with it
            lived[key] = f"{key[0]}: {type(error).__name__}: {error}"
    return [
        {"mechanism": name, "shock": s, "seed": unit.seed} | _values(lived, work.pairs[name], s)
        for name, s in unit.cells
    ]


def _values(
    lived: Mapping[ArmKey, tuple[Members, dict[str, Outcome]] | str],
    pair: tuple[ArmKey, ArmKey],
    shock: str,
) -> Row:
    one, other = lived[pair[0]], lived[pair[1]]
    if isinstance(one, str) or isinstance(other, str):
        return {"error": one if isinstance(one, str) else other}
    members = one[0]
    found: Row = dict(cell(one[1][shock], other[1][shock], members))
    found["added"] = one[1][shock].added
    return found


# ---------------------------------------------------------------- on disk
def head(table: Declared, changes: Changes) -> Row:
    """Return what two runs must share for their cells to stand side by side."""
    return {"ressort": __version__, "declared": table.fingerprint} | asdict(changes)


def _key(row: Row) -> Key:
    return row["mechanism"], row["shock"], row["seed"]


def run(
    table: Declared,
    chosen: Sequence[Mechanism],
    shocks: Sequence[str],
    seeds: Sequence[int],
    folder: Path,
    changes: Changes = Changes(),
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Run what is missing of the cells of a table and return all that was asked for.

    Each cell is written to `folder/cells.jsonl` once its unit is done. Rows that failed have a key
    `error`; the next run tries them again.
    """
    own = head(table, changes)
    done = read_cells(folder, own, _key, "version, table or resolution")
    work = plan(table, chosen, shocks, changes)
    todo = units(work, seeds, done)
    total = len(work.pairs) * len(shocks) * len(seeds)
    finished = total - sum(len(unit.cells) for unit in todo)
    rows = run_missing(work, do, todo, folder, own, workers)
    keep(rows, done, _key, finished, total, progress)
    keys = ((m, s, seed) for m in work.pairs for s in shocks for seed in seeds)
    return [done[key] for key in keys]
