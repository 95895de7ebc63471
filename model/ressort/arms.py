"""Arms of a comparison: the same scenario on the same seeds, with one thing changed about the SCIC.

Each is compared with the arm without cooperation: as the scenario says ("with"), a placebo (links
and fees, no sharing), members drawn from the healthier half ("selected"), a founding out of what
came from outside ("observed", not resource-neutral), and doses: a share of establishments that are
members, 0 to 1.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ressort.errors import InputError
from ressort.metrics_groups import GROUPS
from ressort.paired import MARGIN, Spread, cell, live_own, spread
from ressort.scenario import Scenario, check, load
from ressort.simulation import Stage, chosen_seeds
from ressort.workers import each_in_processes

WITH: Final = "with"
CHANGES: Final[Mapping[str, Mapping[str, Any]]] = {
    WITH: {},
    "placebo": {"placebo": True, "fund_eur": None},
    "selected": {"members": "healthier"},
    "observed": {"founding": "added"},
}
DOSES: Final = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
NAMES: Final = (*CHANGES, "dose")
OUTPUT_MARGIN: Final = 0.002  # of normal value added: a change of less counts as none (assumed)
MEASURED: Final = {"needs": (False, MARGIN), "output": (True, OUTPUT_MARGIN)}


@dataclass(frozen=True)
class ArmResult:
    """One arm against none. `needs`, `output`: by group; `exports`, `added`: EUR, medians.

    `needs`: change of unmet need as a share of that without, `output`: change of value added as a
    share of normal. `exports`: what customers beyond the border get more. `added`: what came from
    outside at the founding: the arm is resource-neutral if nothing did.
    """

    name: str
    needs: Mapping[str, Spread]
    output: Mapping[str, Spread]
    exports: float
    added: float
    seeds: int

    @property
    def resource_neutral(self) -> bool:
        """Whether nothing came from outside."""
        return not self.added > 0.0

    def as_records(self) -> list[dict[str, Any]]:
        """Return one flat row a group."""
        rows = []
        for group in GROUPS:
            row: dict[str, Any] = {"arm": self.name, "group": group}
            for name in MEASURED:
                one: Spread = getattr(self, name)[group]
                row |= {
                    f"{name}_{part}": getattr(one, part)
                    for part in ("median", "low", "high", "better", "worse", "equal", "sign")
                }
            row |= {"exports_eur": self.exports, "added_eur": self.added}
            rows.append(row | {"resource_neutral": self.resource_neutral, "seeds": self.seeds})
        return rows


def at_dose(scenario: Scenario, share: float) -> Scenario:
    """Return a scenario in which that share of establishments are members, of what there is."""
    return check(dosed(scenario.model_dump(), share), scenario.name)


def dosed(content: Mapping[str, Any], share: float) -> dict[str, Any]:
    """Return the same for what a scenario, or a part of one, says; `content` stays as it is."""
    found = copy.deepcopy(dict(content))
    found["parameters"] = {**found.get("parameters", {}), "member_share": share}
    for section in found["cooperation"].values():
        if isinstance(section, dict) and "member_share" in section:
            section["member_share"] = share
    if found.get("currency") is not None:
        found["currency"]["firm_share"] = share
    return found


def variants(scenario: Scenario, arms: Iterable[str]) -> dict[str, Scenario]:
    """Return the scenarios of arms by name; "dose" stands for several. InputError if unknown."""
    found: dict[str, Scenario] = {}
    for arm in dict.fromkeys((WITH, *arms)):
        if arm == "dose":
            found |= {f"dose {share:g}": at_dose(scenario, share) for share in DOSES}
        elif arm in CHANGES:
            _refuse_without_scic(scenario, arm)
            content = scenario.model_dump()
            content["cooperation"] |= CHANGES[arm]
            found[arm] = check(content, f"{scenario.name}, arm {arm}")
        else:
            raise InputError(f"--arms: no arm '{arm}'; choose from {', '.join(NAMES)}")
    return found


def _refuse_without_scic(scenario: Scenario, arm: str) -> None:
    if CHANGES[arm] and not scenario.cooperation.scic:
        raise InputError(
            f"--arms: '{arm}' changes the SCIC, and this scenario has none (scic = false); "
            "leave this arm out or take another scenario"
        )


def compare_arms(
    scenario: Scenario | str | Path,
    arms: Iterable[str] = ("placebo", "selected", "observed"),
    seeds: Iterable[int] | int | None = None,
    *,
    workers: int = 1,
    data: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[ArmResult]:
    """Run arms of a scenario on the same seeds, each against the arm without cooperation."""
    if not isinstance(scenario, Scenario):
        scenario = load(scenario, data)
    chosen = chosen_seeds(scenario, seeds)
    first = Stage.of(scenario, data)
    stages = {name: Stage(one, first.place) for name, one in variants(scenario, arms).items()}
    by_seed: dict[int, dict[str, dict[str, float]]] = {}
    for seed, rows in each_in_processes(stages, _cells_of_seed, chosen, workers):
        by_seed[seed] = rows
        if progress:
            progress(len(by_seed), len(chosen))
    return [_result(name, [by_seed[seed][name] for seed in chosen]) for name in stages]


def _cells_of_seed(
    stages: Mapping[str, Stage], seed: int
) -> tuple[int, dict[str, dict[str, float]]]:
    """Live all arms of a seed on one economy; return its cells by arm."""
    base = stages[WITH]
    economy = base.economy(seed)
    _, without = live_own(base, seed, economy, False)
    found = {}
    for name, stage in stages.items():
        members, outcome = live_own(stage, seed, economy, True)
        found[name] = cell(outcome, without, members) | {"added": outcome.added}
    return seed, found


def _result(name: str, rows: Sequence[Mapping[str, float]]) -> ArmResult:
    spreads = {
        outcome: {
            group: spread(
                np.array([row[f"{outcome}_{group}"] for row in rows]),
                more_is_better=good,
                margin=margin,
            )
            for group in GROUPS
        }
        for outcome, (good, margin) in MEASURED.items()
    }
    return ArmResult(
        name=name,
        needs=spreads["needs"],
        output=spreads["output"],
        exports=float(np.median([row["exports"] for row in rows])),
        added=float(np.median([row["added"] for row in rows])),
        seeds=len(rows),
    )
