"""The tables of a stored batch, as the analyses take them: the only part that knows the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from ressort.analysis.tables import Factor, factors_of
from ressort.batch.plan import Content, Plan, Point
from ressort.errors import InputError
from ressort.metrics import AUTONOMY_DAYS, RECOVERY_DAYS

# Days at the end of a run in which a time cannot be seen any more.
UNSEEN: Final = {
    "m6_days_to_recover": RECOVERY_DAYS,
    "m6_days_to_recover_output": RECOVERY_DAYS,
    "m8_autonomy_days": AUTONOMY_DAYS,
}
DATED: Final = ("run.days", ".start_day", ".first_day")  # ends of keys that move what is watched


@dataclass(frozen=True)
class Batch:
    """Results of a batch (see `tables`), all points of its design, and until when times are seen.

    `points`: factors by scenario_id; `horizons`: days by metric, the least of all points and arms.
    `asked`: runs of the plan, of which `results` holds those that are done.
    """

    name: str
    results: pd.DataFrame
    points: pd.DataFrame
    design: Content
    factors: tuple[Factor, ...]
    arms: tuple[str, ...]
    horizons: dict[str, float]
    asked: int


RUNS: Final = (
    "SELECT metrics.*, scenario_id, replication_id, draw, replicate "
    "FROM metrics JOIN runs USING (run_id) ORDER BY run_id, arm"
)


def read(folder: Path) -> Batch:
    """Return the tables of a store; it may still be written to. InputError if nothing is done."""
    from ressort.batch import query
    from ressort.batch.store import Store

    with Store.open(folder) as store:
        plan, asked = store.plan, store.counts().asked
    runs = query.frame(folder, RUNS)
    if runs.empty:
        raise InputError(f"{folder}: no run is done; `ressort status {folder}` says why")
    return batch_of(plan, runs, asked)


def batch_of(plan: Plan, runs: pd.DataFrame, asked: int) -> Batch:
    """Return the tables of a plan; `runs`: as of `RUNS`, run_id, arm, and one column a metric."""
    points = table_of(plan.points)
    return Batch(
        plan.name,
        runs.assign(arm=runs["arm"].astype(str)).join(points, on="scenario_id"),
        points,
        plan.design,
        factors_of(plan.design, [str(key) for key in points.columns]),
        tuple(arm.name for arm in plan.arms),
        horizons(plan),
        asked,
    )


def table_of(points: Sequence[Point]) -> pd.DataFrame:
    """Return the factors of points by scenario_id, as they were given."""
    keys = list(dict.fromkeys(key for point in points for key in point.factors))
    index = pd.Index([point.scenario_id for point in points], name="scenario_id")
    columns = {key: _column([p.factors.get(key) for p in points], index) for key in keys}
    return pd.DataFrame(columns, index=index)


def _column(values: list[Any], index: pd.Index) -> pd.Series:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return pd.Series(values, index=index, dtype=None if numbers else object)


def horizons(plan: Plan) -> dict[str, float]:
    """Return the day after the shock until which times are seen at all points, in all arms."""
    watched = []
    for arm in plan.arms:
        alike: dict[str, Point] = {}
        for point in plan.points:
            alike.setdefault(repr([v for k, v in point.factors.items() if _moves(k, v)]), point)
        for point in alike.values():
            scenario = plan.scenario(point, arm)
            watched.append(scenario.run.days - scenario.shock_day())
    return {name: float(max(0, min(watched) - days)) for name, days in UNSEEN.items()}


def _moves(key: str, value: Any) -> bool:
    """Return whether a factor may move the days watched: a date, or a whole section."""
    return key.endswith(DATED) or isinstance(value, list | tuple | dict)
