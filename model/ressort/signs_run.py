"""Runs all cells of the sign table, keeps each as it is done, and goes on where it stopped."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ressort import __version__
from ressort.errors import InputError
from ressort.metrics_groups import Members
from ressort.paired import Outcome, Trial, cell, live_arm
from ressort.signs import Declared, Mechanism
from ressort.simulation import Stage
from ressort.workers import each_in_processes

CELLS: Final = "cells.jsonl"
Key = tuple[str, str, int]  # mechanism, shock, seed
ArmKey = tuple[str, int]  # arm, calm years
Row = dict[str, Any]


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


def read_cells(folder: Path, own: Row) -> dict[Key, Row]:
    """Return the cells that an earlier run left, those that failed left out.

    InputError if they are of another table, version or resolution. A last line that was cut short
    by an interruption is passed over.
    """
    file = folder / CELLS
    if not file.exists():
        return {}
    lines = list(_lines(file))
    if not lines or lines[0] != own:
        raise InputError(
            f"{file}: of another version, table or resolution; choose another folder by --out, "
            "or take this file away"
        )
    found = {(r["mechanism"], r["shock"], r["seed"]): _floats(r) for r in lines[1:]}
    return {key: row for key, row in found.items() if "error" not in row}


def _lines(file: Path) -> Iterator[Row]:
    for line in file.read_text("utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def _floats(row: Row) -> Row:
    special = {"nan": math.nan, "inf": math.inf}
    return {k: special.get(v, v) if isinstance(v, str) else v for k, v in row.items()}


def _plain(row: Row) -> Row:
    """Return a row for strict JSON: what is not finite is put into words."""
    return {
        k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()
    }


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
    done = read_cells(folder, own)
    work = plan(table, chosen, shocks, changes)
    todo = units(work, seeds, done)
    total = len(work.pairs) * len(shocks) * len(seeds)
    finished = total - sum(len(unit.cells) for unit in todo)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / CELLS
    is_new = not file.exists()
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(own) + "\n" if is_new else "\n")  # ends a line that was cut short
        for rows in each_in_processes(work, do, todo, workers):
            for row in rows:
                out.write(json.dumps(_plain(row)) + "\n")
                done[row["mechanism"], row["shock"], row["seed"]] = row
            out.flush()
            finished += len(rows)
            if progress:
                progress(finished, total)
    keys = ((m, s, seed) for m in work.pairs for s in shocks for seed in seeds)
    return [done[key] for key in keys]
