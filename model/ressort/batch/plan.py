"""What a batch is made of: points of a design, arms, draws and replicates, and their numbers.

A *point* changes some places of a scenario (its factors). A *run* is one point on one seed, in all
arms, so that arms are always paired. Runs are numbered round by round (all points of the first
seed, then of the second), so that a batch that goes on to more seeds keeps its numbers.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

import numpy as np

from ressort.errors import InputError
from ressort.scenario import Scenario, check

ALL_INDICATORS: Final = ("all",)
SHOCKS: Final = "shocks"
Content = Mapping[str, Any]


@dataclass(frozen=True)
class Arm:
    """One side of each comparison: a name, whether it cooperates, and what it changes."""

    name: str
    cooperation: bool = True
    changes: Content = field(default_factory=dict)  # key such as "cooperation.mechanisms": value


@dataclass(frozen=True)
class Point:
    """One point of the design: the values of the factors, by key."""

    scenario_id: int
    factors: Content


@dataclass(frozen=True)
class Case:
    """One run: a point on a seed. `draw`: people and establishments; `replicate`: luck of the days.

    `replication_id` counts the seeds of a point. `seed` draws people and establishments, `luck`
    everything that happens to them.
    """

    run_id: int
    scenario_id: int
    replication_id: int
    draw: int
    replicate: int
    seed: int
    luck: int


@dataclass(frozen=True)
class Kept:
    """What is kept of each run beside its metrics: daily series by name, or none."""

    series: tuple[str, ...] = ("essential", "output")
    reference: bool = True  # also of the paired runs without the shock
    communes: bool = False  # needs met by commune


@dataclass(frozen=True)
class Stop:
    """When a point has seeds enough: the interval of a paired difference is narrow enough.

    The mean difference of `metric` between the first and the second of `arms`; its interval at
    `level`, by bootstrap over draws, is to be at most `width` wide, in the unit of the metric.
    Looked at every `step` draws, from `least` on, and never beyond `most`.
    """

    metric: str
    arms: tuple[str, str]
    width: float
    level: float
    least: int
    step: int
    most: int


@dataclass(frozen=True)
class Plan:
    """All that decides what the runs of a batch give. `draws` and `replicates` a point."""

    name: str
    base: Content  # the scenario that points and arms change
    arms: tuple[Arm, ...]
    points: tuple[Point, ...]
    first_seed: int = 1
    draws: int = 10
    replicates: int = 1
    kept: Kept = Kept()
    stop: Stop | None = None
    design: Content = field(default_factory=dict)  # as given, for the analysis

    def __len__(self) -> int:
        return len(self.points) * self.draws * self.replicates

    def case(self, run_id: int) -> Case:
        """Return a run by its number; also of seeds beyond `draws`, which a stop rule may ask."""
        replication, scenario = divmod(run_id, len(self.points))
        draw, replicate = divmod(replication, self.replicates)
        seed = self.first_seed + draw
        return Case(run_id, scenario, replication, draw, replicate, seed, luck_of(seed, replicate))

    def families(self) -> tuple[tuple[int, ...], ...]:
        """Return for each point those that differ from it in their shocks alone, it included.

        Runs of such points on one seed share the days before the shock and those without it.
        """
        found: dict[str, list[int]] = {}
        for point in self.points:
            others = {k: v for k, v in point.factors.items() if k.split(".")[0] != SHOCKS}
            found.setdefault(repr(sorted(others.items())), []).append(point.scenario_id)
        of_point = {one: tuple(family) for family in found.values() for one in family}
        return tuple(of_point[point.scenario_id] for point in self.points)

    def content(self, point: Point, arm: Arm) -> dict[str, Any]:
        """Return the scenario of a point in an arm, as a mapping that is not yet checked."""
        content = copy.deepcopy(dict(self.base))
        for key, value in (*point.factors.items(), *arm.changes.items()):
            put(content, key, value)
        return content

    def scenario(self, point: Point, arm: Arm) -> Scenario:
        """Return the checked scenario of a point in an arm; InputError that names both."""
        where = f"point {point.scenario_id}, arm {arm.name}"
        return check(self.content(point, arm), where)


def luck_of(seed: int, replicate: int) -> int:
    """Return the seed of what happens to a draw: its own for the first replicate.

    So a run with one replicate is the run of `ressort run` with that seed.
    """
    if replicate == 0:
        return seed
    keys = (crc32(b"replicate"), replicate)
    return int(np.random.SeedSequence(seed, spawn_key=keys).generate_state(1, np.uint64)[0] >> 1)


def put(content: dict[str, Any], key: str, value: Any) -> None:
    """Set a place of a nested mapping, named like `shocks.0.depth`; sections are made as needed.

    InputError if a number names no item of a list, or a part of the key is no section.
    """
    here: Any = content
    parts = key.split(".")
    for k, part in enumerate(parts[:-1]):
        here = _inside(here, part, ".".join(parts[: k + 1]))
    if isinstance(here, list):
        here[_place(here, parts[-1], key)] = value
    elif isinstance(here, dict):
        here[parts[-1]] = value
    else:
        raise InputError(f"{key}: {'.'.join(parts[:-1])} is a single value, not a section")


def _inside(here: Any, part: str, key: str) -> Any:
    if isinstance(here, list):
        return here[_place(here, part, key)]
    if not isinstance(here, dict):
        raise InputError(f"{key}: lies within a single value; name a section or a setting")
    if here.get(part) is None:
        here[part] = {}
    return here[part]


def _place(items: list[Any], part: str, key: str) -> int:
    if part.isdecimal() and int(part) < len(items):
        return int(part)
    raise InputError(f"{key}: {part} is no item of a list of {len(items)}; count from 0")
