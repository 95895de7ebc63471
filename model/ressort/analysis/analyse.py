"""All analyses of a batch that are asked for, each on its own, so that one may lack its data."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from ressort.analysis import convergence as converging
from ressort.analysis import differences as differing
from ressort.analysis import discovery, emulator, scoring, sensitivity, tables
from ressort.analysis import survival as surviving
from ressort.analysis.bootstrap import plain
from ressort.analysis.reading import Batch
from ressort.analysis.tables import BETTER_IF_MORE
from ressort.errors import InputError

WHAT: Final = (
    "differences",
    "convergence",
    "sensitivity",
    "scoring",
    "discovery",
    "emulator",
    "survival",
)
ALONE: Final = ("convergence", "sensitivity", "scoring", "discovery", "emulator")  # of one arm, too


@dataclass(frozen=True)
class Asked:
    """What is asked of a batch: a metric, in one arm or as the difference of two.

    `condition`: for discovery, "" for "the first arm is better"; `width`: of the interval wanted;
    `horizon`: days up to which times are looked at, None for those of the batch; `absolute`: size
    from which on a difference counts, beside 2 %.
    """

    metric: str
    arms: tuple[str, ...]
    condition: str = ""
    width: float | None = None
    horizon: float | None = None
    absolute: float = 0.0

    @property
    def pair(self) -> tuple[str, str]:
        """The two arms; InputError if only one was asked for."""
        if len(self.arms) != 2:
            raise InputError("arms: this compares two; give --arms FIRST,SECOND")
        return self.arms[0], self.arms[1]


@dataclass(frozen=True)
class Found:
    """Results by analysis, and why others are missing; `restricted`: horizon if times were cut."""

    asked: Asked
    batch: Batch
    results: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    restricted: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        runs = self.batch.results["run_id"].nunique()
        content = {
            "batch": self.batch.name,
            "metric": self.asked.metric,
            "arms": list(self.asked.arms),
            "runs": int(runs),
            "asked": self.batch.asked,
            "restricted_to_days": self.restricted,
            "missing": self.missing,
        }
        return dict(plain(content | self.results))


def analyse(batch: Batch, asked: Asked, what: Sequence[str] = ()) -> Found:
    """Return the analyses of `what`; without, all that the batch allows, and why not the others.

    InputError if one that was asked for by name cannot be done.
    """
    tables.check_metric(batch.results, asked.metric, [f.key for f in batch.factors])
    tables.check_arms(batch.results, asked.arms)
    horizon = asked.horizon if asked.horizon is not None else batch.horizons.get(asked.metric)
    found = Found(asked, batch, restricted=_cut(batch, asked, horizon))
    work = _Work(batch, asked, horizon)
    for name in what or (WHAT if len(asked.arms) == 2 else ALONE):
        if not what and name == "survival" and asked.metric not in surviving.TIMES:
            continue
        try:
            found.results[name] = work.all[name]()
        except InputError as error:
            if what:
                raise
            found.missing[name] = str(error)
    return found


def _cut(batch: Batch, asked: Asked, horizon: float | None) -> float | None:
    rows = batch.results["arm"].isin(asked.arms)
    values = batch.results.loc[rows, asked.metric].to_numpy(float)
    return horizon if any(math.isinf(v) for v in values) else None


class _Work:
    """The analyses of one batch, by name; what several need is made once."""

    def __init__(self, batch: Batch, asked: Asked, horizon: float | None) -> None:
        self.batch = batch
        self.asked = asked
        self.horizon = horizon
        self._values: pd.DataFrame | None = None
        self.all: dict[str, Callable[[], Any]] = {name: getattr(self, name) for name in WHAT}

    def values(self) -> pd.DataFrame:
        if self._values is None:
            results, asked = self.batch.results, self.asked
            self._values = tables.outcomes(results, asked.metric, asked.arms, self.horizon)
        return self._values

    def inputs(self) -> pd.DataFrame:
        return tables.inputs(self.batch.points.reset_index(), self.batch.factors)

    def differences(self) -> dict[str, Any]:
        margin = differing.Margin(absolute=self.asked.absolute)
        in_all, by_point = differing.differences(
            self.batch.results, self.asked.metric, self.asked.pair, margin
        )
        return {"in_all": in_all, "by_point": by_point}

    def convergence(self) -> converging.Convergence:
        return converging.convergence(self.values(), self.asked.width)

    def sensitivity(self) -> sensitivity.Sensitivity:
        batch = self.batch
        return sensitivity.sensitivity(self.values(), batch.points, batch.design, batch.factors)

    def scoring(self) -> scoring.Scores:
        return scoring.feature_scores(self.values(), self.inputs())

    def discovery(self) -> discovery.Discovery:
        better = ">" if self.asked.metric in BETTER_IF_MORE else "<"
        usual = f"{discovery.DIFFERENCE} {better} 0"
        condition = discovery.parse(self.asked.condition or usual)
        if not self.asked.condition and len(self.asked.arms) == 1:
            raise InputError('discovery: of one arm, say where; give --condition "METRIC > NUMBER"')
        results, metric = self.batch.results, self.asked.metric
        labelled, unknown = discovery.labels(results, condition, metric, self.asked.arms)
        return discovery.discover(labelled, unknown, self.inputs(), condition)

    def emulator(self) -> emulator.Emulator:
        return emulator.emulate(self.values(), self.inputs())

    def survival(self) -> surviving.Survival:
        if self.horizon is None and self.asked.metric in surviving.TIMES:
            raise InputError(
                "survival: how long runs were watched is not known; give --horizon DAYS"
            )
        horizon = self.horizon if self.horizon is not None else math.nan
        return surviving.survival(self.batch.results, self.asked.metric, self.asked.pair, horizon)
