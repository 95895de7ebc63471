"""The dose curve of a local currency: what it changes as more people and more firms take part.

Each dose is a scenario with its `[currency]` at another share of member households (`adoption`) and
of accepting establishments (`firm_share`). All doses of a seed live on the same people, luck and
shocks, and each is compared with the same scenario without a currency; other cooperation stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ressort import __version__
from ressort.cells import Row, keep, read_cells, run_missing
from ressort.errors import InputError
from ressort.measures.currency import Currency, CurrencySection
from ressort.metrics_groups import Members
from ressort.paired import cell, live_own
from ressort.scenario import Scenario, check
from ressort.scenario_federation import refuse_federation
from ressort.simulation import Stage
from ressort.world import World

POINTS: Final = (0.0, 0.013, 0.05, 0.1, 0.3, 0.6, 1.0)
LINES: Final = ("both", "people", "firms")  # what the dose is of; the other stays as it is
EUSKO: Final[float] = CurrencySection.model_validate({}).adoption  # its published reach
Pair = tuple[float, float]  # share of households that are members, of establishments that accept
Key = tuple[float, float, int]  # the same, seed


@dataclass(frozen=True)
class Dose:
    """One point of a line: its share, and the two shares that it stands for."""

    line: str
    share: float
    adoption: float
    firm_share: float

    @property
    def pair(self) -> Pair:
        """What is lived."""
        return self.adoption, self.firm_share


@dataclass(frozen=True)
class Plan:
    """What is the same for all seeds: the stage without a currency, and that of each pair."""

    without: Stage
    stages: Mapping[Pair, Stage]


@dataclass(frozen=True)
class Unit:
    """What one process does in one go: the missing pairs of one seed."""

    seed: int
    pairs: tuple[Pair, ...]


def points_of(text: str) -> tuple[float, ...]:
    """Return the shares that a text lists, in order; InputError for what is none.

    >>> points_of("1, 0.013,0")
    (0.0, 0.013, 1.0)
    """
    shares = []
    for part in (p.strip() for p in text.split(",") if p.strip()):
        try:
            share = float(part)
        except ValueError:
            share = float("nan")
        if not 0.0 <= share <= 1.0:
            raise InputError(
                f"--points: '{part}' is no share from 0 to 1; give shares such as 0,0.013,0.3,1"
            )
        shares.append(share)
    if len(set(shares)) < 2:
        raise InputError("--points: at least two shares are needed; give some such as 0,0.013,1")
    return tuple(sorted(set(shares)))


def with_currency(scenario: Scenario) -> Scenario:
    """Return a scenario with a currency, one of usual values if it has none."""
    refuse_federation(scenario)
    if scenario.currency is not None:
        return scenario
    return check(scenario.model_dump() | {"currency": {}}, scenario.name)


def grid(scenario: Scenario, points: Sequence[float] = POINTS) -> list[Dose]:
    """Return the doses of a scenario with a currency, line by line."""
    assert scenario.currency is not None
    people, firms = scenario.currency.adoption, scenario.currency.firm_share
    found = []
    for share in points:
        pairs = (share, share), (share, firms), (people, share)
        found += [Dose(line, share, *pair) for line, pair in zip(LINES, pairs, strict=True)]
    return sorted(found, key=lambda dose: LINES.index(dose.line))  # stable: by share within


def at_dose(scenario: Scenario, pair: Pair | None) -> Scenario:
    """Return a scenario at other shares, or without its currency."""
    content = scenario.model_dump()
    if pair is None:
        content["currency"] = None
    else:
        content["currency"] |= {"adoption": pair[0], "firm_share": pair[1]}
    return check(content, scenario.name)


def plan(scenario: Scenario, doses: Sequence[Dose], data: Path | None = None) -> Plan:
    """Return the plan of a scenario: one place for all."""
    without = Stage.of(at_dose(scenario, None), data)
    pairs = dict.fromkeys(dose.pair for dose in doses)
    return Plan(without, {pair: Stage(at_dose(scenario, pair), without.place) for pair in pairs})


def takes_part(world: World) -> Members:
    """Return who takes part in the currency of a world: establishments, and households."""
    (currency,) = (m for m in world.measures if isinstance(m, Currency))
    return Members(firms=np.array(currency.joined[: world.n_drawn]), homes=currency.members >= 0.5)


def do(work: Plan, unit: Unit) -> list[Row]:
    """Live the missing pairs of a seed and return their cells; one that fails says why."""
    economy = work.without.economy(unit.seed)
    _, without = live_own(work.without, unit.seed, economy, True)
    found = []
    for pair in unit.pairs:
        row: Row = {"adoption": pair[0], "firm_share": pair[1], "seed": unit.seed}
        try:
            stage = work.stages[pair]
            members, outcome = live_own(stage, unit.seed, economy, True, takes_part)
            row |= cell(outcome, without, members)
        except Exception as error:  # one that fails must not take the others with it
            row["error"] = f"{pair}: {type(error).__name__}: {error}"
        found.append(row)
    return found


def head(scenario: Scenario) -> Row:
    """Return what two runs must share for their cells to stand side by side."""
    content = scenario.model_dump(mode="json", exclude={"seeds"})
    text = json.dumps(content, sort_keys=True, default=str)
    return {"ressort": __version__, "scenario": hashlib.sha256(text.encode()).hexdigest()}


def _key(row: Row) -> Key:
    return row["adoption"], row["firm_share"], row["seed"]


def run(
    scenario: Scenario,
    doses: Sequence[Dose],
    seeds: Sequence[int],
    folder: Path,
    *,
    workers: int = 1,
    data: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[Pair, list[dict[str, Any]]]:
    """Run what is missing of a grid; return the cells of each pair, seed by seed.

    Each cell is written to `folder/cells.jsonl` once its seed is done. Rows that failed have a key
    `error`; the next run tries them again.
    """
    own = head(scenario)
    done = read_cells(folder, own, _key, "version or scenario")
    work = plan(scenario, doses, data)
    missing = {seed: tuple(p for p in work.stages if (*p, seed) not in done) for seed in seeds}
    todo = [Unit(seed, pairs) for seed, pairs in missing.items() if pairs]
    total = len(work.stages) * len(seeds)
    finished = total - sum(len(unit.pairs) for unit in todo)
    rows = run_missing(work, do, todo, folder, own, workers)
    keep(rows, done, _key, finished, total, progress)
    return {pair: [done[(*pair, seed)] for seed in seeds] for pair in work.stages}
