"""What the arms of a comparison change, cell by cell: needs, output, recovery, sales, cost.

Pairs of runs on the same people, luck and shock are compared; several runs of a draw (replicates,
points of a cell) count as one, by their median. Times that the horizon cut off are never dropped:
the change of recovery is that of min(time, horizon), and told with the shares that were cut off.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.analysis import bootstrap
from ressort.analysis.tables import pairs
from ressort.arms import OUTPUT_MARGIN
from ressort.comparison.evidence import Evidence
from ressort.metrics import RECOVERY_DAYS
from ressort.paired import LEVEL, MARGIN, Spread, change, sign_of, spread
from ressort.simulation import COST

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """What an arm changes against another in a cell; `runs`: pairs; `censored`: share by arm.

    `kind`: "relative" (share of what is unmet in the other arm), "points" (share of normal),
    "restricted" (difference of min(days, horizon)) or "absolute". `spread`: over draws. `draws`: of
    people and establishments, those in which the change is undefined included.
    """

    territory: str
    shock: str
    arm: str
    against: str
    outcome: str
    group: str
    unit: str
    spread: Spread
    censored: Mapping[str, float]
    runs: int
    kind: str
    draws: int = 0


@dataclass(frozen=True)
class _Outcome:
    outcome: str
    group: str
    metric: str
    unit: str
    kind: str
    is_loss: bool = False  # a metric of loss whose change is told with the other sign
    more_is_better: bool = True


OUTCOMES: Final = (
    _Outcome("needs", "total", "m4_unmet_person_days", "share", "relative", more_is_better=False),
    _Outcome("needs", "members", "unmet_per_member", "share", "relative", more_is_better=False),
    _Outcome("needs", "others", "unmet_per_other", "share", "relative", more_is_better=False),
    _Outcome("output", "total", "m5_loss_area_output", "share", "points", True),
    _Outcome("output", "members", "output_lost_members", "share", "points", True),
    _Outcome("output", "others", "output_lost_others", "share", "points", True),
    _Outcome("recovery", "total", "m6_days_to_recover", "days", "restricted", more_is_better=False),
    _Outcome("exports", "outside", "exports_lost_eur", "EUR", "absolute", True),
    _Outcome("calm", "total", "calm_output", "EUR/head/year", "absolute"),
    _Outcome("cost", "total", COST, "EUR/head/year", "absolute", more_is_better=False),
)


def findings(evidence: Evidence) -> list[Finding]:
    """Return what each arm changes against the reference, cell by cell, outcome by outcome."""
    return [
        found
        for territory, shock in evidence.cells
        for arm in evidence.compared
        for found in _of_cell(evidence, territory, shock, arm)
    ]


def deciding(needs: Finding, output: Finding | None) -> Finding:
    """Return what decides the sign of a cell: unmet need, or output where need does not move.

    Need does not move if its sign is "0", or if nothing lacked in half of the draws.
    """
    moves = 2 * needs.spread.defined > needs.draws and needs.spread.sign != "0"
    return needs if moves or output is None else output


def watched(evidence: Evidence, shock: str) -> float:
    """Return the days after the shock until which recovery can be seen."""
    return float(max(0, evidence.design["shocks"][shock]["watched"] - RECOVERY_DAYS))


def _of_cell(evidence: Evidence, territory: str, shock: str, arm: str) -> Iterator[Finding]:
    against = evidence.reference
    rows = evidence.of(territory, shock)
    if against is None or not {arm, against} <= set(rows["arm"]):
        return
    people = evidence.people(territory)
    for outcome in OUTCOMES:
        if outcome.metric not in rows or rows[outcome.metric].isna().all():
            continue
        table = pairs(rows, outcome.metric, (arm, against))
        values = _changes(table, outcome, people, watched(evidence, shock))
        cut = outcome.kind == "restricted"
        censored = {
            name: float(np.isinf(table[side]).mean()) if cut else 0.0
            for name, side in ((arm, "first"), (against, "second"))
        }
        yield Finding(
            territory, shock, arm, against, outcome.outcome, outcome.group, outcome.unit,
            _spread(values, table, outcome), censored, len(table), outcome.kind,
            table["draw"].nunique(),
        )  # fmt: skip


def _changes(table: pd.DataFrame, outcome: _Outcome, people: float, horizon: float) -> Floats:
    """Return the change of each pair."""
    one, other = table["first"].to_numpy(float), table["second"].to_numpy(float)
    if outcome.kind == "relative":
        scale = people if outcome.metric == "m4_unmet_person_days" else 1.0
        return np.array(
            [
                np.nan if np.isnan(a) or np.isnan(b) else change(a / scale, b / scale)
                for a, b in zip(one, other, strict=True)
            ]
        )
    if outcome.kind == "restricted":
        return np.minimum(one, horizon) - np.minimum(other, horizon)
    return other - one if outcome.is_loss else one - other


def _spread(values: Floats, table: pd.DataFrame, outcome: _Outcome) -> Spread:
    draws = table["draw"].to_numpy(np.int64)
    by_draw = pd.Series(values).groupby(draws).median().to_numpy(float)
    if outcome.kind == "relative":
        return spread(by_draw, more_is_better=outcome.more_is_better)
    margin = OUTPUT_MARGIN if outcome.kind == "points" else _margin(table, outcome)
    found = spread(by_draw, more_is_better=outcome.more_is_better, margin=margin)
    if outcome.kind != "restricted":
        return found
    mean = bootstrap.mean(values, draws, np.ones(len(values)))
    is_known = not np.isnan(mean.low)
    return dataclasses.replace(
        found,
        median=mean.value,
        low=mean.low,
        high=mean.high,
        confidence=LEVEL if is_known else 0.0,
        sign=sign_of(-mean.high, -mean.value, -mean.low, margin) if is_known else "?",
    )


def _margin(table: pd.DataFrame, outcome: _Outcome) -> float:
    """Return what counts as no change: 2 % of what is usual in the other arm."""
    sizes = table["second"].replace([np.inf, -np.inf], np.nan).abs()
    usual = float(sizes.median())
    return MARGIN * usual if np.isfinite(usual) and outcome.kind != "relative" else 0.0
