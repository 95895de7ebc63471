"""The tables that analyses start from: pairs of arms, one value a run, factors by point.

`results` has one row a run and arm: run_id, scenario_id, draw, replicate, arm, one column a factor
and one a metric, in the metric's unit; infinite where the horizon ended first (censored), NaN where
the metric means nothing.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.errors import InputError, listed, named
from ressort.metrics import METRICS
from ressort.metrics_groups import GROUP_METRICS

Floats = NDArray[np.float64]

UNITS: Final = {m.name: m.unit for m in (*METRICS, *GROUP_METRICS)}
BETTER_IF_MORE: Final = frozenset(
    m.name for m in (*METRICS, *GROUP_METRICS) if m.judged and not m.more_is_worse
)  # of all others, running cost and what measures hold at the start among them, less is better
DESCRIPTIVE: Final = frozenset(
    m.name for m in (*METRICS, *GROUP_METRICS) if not m.judged
)  # of these neither more nor less is better
RUN: Final = ["scenario_id", "draw", "replicate"]
NO_METRICS: Final = frozenset({"run_id", "replication_id", "arm", "seed", "luck", "seconds", *RUN})


@dataclass(frozen=True)
class Factor:
    """What varies between points: a key of the scenario, between two numbers or among values."""

    key: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    values: tuple[Any, ...] = ()

    def share(self, value: Any) -> float:
        """Return where in its range a number lies, 0 to 1; nan without a range."""
        if self.low is None or self.high is None:
            return math.nan
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (float(value) - self.low) / (self.high - self.low)


def factors_of(design: Mapping[str, Any], keys: Sequence[str]) -> tuple[Factor, ...]:
    """Return the factors of a design in its order, then keys of points that it does not declare."""
    given = {f["key"]: f for f in design.get("factors", ())}
    declared = [
        Factor(
            key, f.get("low"), f.get("high"), f.get("scale") == "log", tuple(f.get("values") or ())
        )
        for key, f in given.items()
    ]
    return (*declared, *(Factor(key) for key in keys if key not in given))


def check_metric(results: pd.DataFrame, metric: str, keys: Sequence[str] = ()) -> None:
    """Raise InputError if the table has no such metric."""
    possible = [
        str(c)
        for c in results.columns
        if c not in NO_METRICS and c not in keys and pd.api.types.is_float_dtype(results[c])
    ]
    if metric not in possible:
        near = difflib.get_close_matches(metric, possible, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose from {listed(possible)}"
        raise InputError(f"metric: no {named(metric)} in these results; {hint}")


def check_arms(results: pd.DataFrame, arms: Sequence[str]) -> None:
    """Raise InputError unless all arms are there, each once."""
    present = sorted(str(a) for a in results["arm"].unique())
    strange = [arm for arm in arms if arm not in present]
    if strange:
        raise InputError(
            f"arms: no {named(strange[0])} in these results; choose from {listed(present)}"
        )
    if len(set(arms)) != len(arms):
        raise InputError(f"arms: {named(arms[0])} twice; give two different ones")


def pairs(results: pd.DataFrame, metric: str, arms: tuple[str, str]) -> pd.DataFrame:
    """Return scenario_id, draw, replicate, `first` and `second`: a metric in two arms of a run.

    Runs that lack one of the arms are left out. Ordered by point, draw and replicate.
    """
    check_metric(results, metric)
    check_arms(results, arms)
    sides = [
        results.loc[results["arm"] == arm, [*RUN, metric]].rename(columns={metric: side})
        for arm, side in zip(arms, ("first", "second"), strict=True)
    ]
    return sides[0].merge(sides[1], on=RUN, validate="one_to_one").sort_values(RUN, kind="stable")


def outcomes(
    results: pd.DataFrame, metric: str, arms: Sequence[str], horizon: float | None = None
) -> pd.DataFrame:
    """Return scenario_id, draw, replicate and `value`: a metric in one arm, or first less second.

    Censored times count as `horizon` days, in which the mean is the restricted mean; InputError if
    there are such and no horizon is known. Runs in which the metric means nothing are left out.
    """
    if len(arms) == 2:
        table = pairs(results, metric, (arms[0], arms[1]))
        sides = [
            restricted(table[side].to_numpy(float), metric, horizon) for side in table[[*SIDES]]
        ]
        value = sides[0] - sides[1]
    else:
        check_metric(results, metric)
        check_arms(results, arms)
        table = results.loc[results["arm"] == arms[0]].sort_values(RUN, kind="stable")
        value = restricted(table[metric].to_numpy(float), metric, horizon)
    found = table[RUN].assign(value=value).dropna(subset="value").reset_index(drop=True)
    if found.empty:
        raise InputError(f"{metric}: defined in none of the runs; choose another metric")
    return found


SIDES: Final = ("first", "second")


def restricted(times: Floats, metric: str, horizon: float | None) -> Floats:
    """Return values with those beyond the horizon cut to it; InputError if it is not known.

    A lead that is minus infinite (nobody acted in time) is cut to as many days before.
    """
    if not np.isinf(times).any():
        return times
    if horizon is None or not math.isfinite(horizon):
        raise InputError(
            f"{metric}: censored in {int(np.isinf(times).sum())} runs, and the day on which "
            "watching ended is not known; give --horizon DAYS"
        )
    return np.clip(times, -horizon, horizon)


def inputs(results: pd.DataFrame, factors: Sequence[Factor]) -> pd.DataFrame:
    """Return the values of the factors by scenario_id, those alone that take more than one."""
    keys = [f.key for f in factors]
    lacking = [key for key in keys if key not in results.columns]
    if lacking:
        raise InputError(f"factors: no column {named(lacking[0])} in these results")
    table = results.drop_duplicates("scenario_id").set_index("scenario_id")[keys].sort_index()
    varying = [key for key in keys if table[key].map(as_text).nunique() > 1]
    if not varying:
        raise InputError("factors: no factor varies between points; nothing to compare them by")
    return table[varying]


@dataclass(frozen=True)
class Column:
    """A column of numbers that trees and emulators see: a factor, or whether it is one value."""

    key: str
    value: str | None = None  # of a factor that is no number: the column is 1 where it is this


def encoded(table: pd.DataFrame) -> tuple[Floats, tuple[Column, ...]]:
    """Return the values of factors as numbers, shape (points, columns), and what columns are.

    Numbers stay; a factor of two words or switches is one column, of more one column each.
    """
    columns: list[Column] = []
    arrays: list[Floats] = []
    for key in map(str, table.columns):
        if is_number(table[key]):
            columns.append(Column(key))
            arrays.append(table[key].to_numpy(float))
            continue
        texts = table[key].map(as_text)
        values = sorted(texts.unique())
        for value in values[1:] if len(values) == 2 else values:
            columns.append(Column(key, value))
            arrays.append((texts == value).to_numpy(float))
    return np.column_stack(arrays), tuple(columns)


def is_number(values: pd.Series) -> bool:
    """Return whether a factor is a number, and no switch."""
    return all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in values)


def as_text(value: Any) -> str:
    """Return the value of a factor as it is written in a scenario.

    >>> as_text(True), as_text("pool"), as_text(0.5), as_text(["pool", "fund"])
    ('true', 'pool', '0.5', '["pool", "fund"]')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    return json.dumps(value, ensure_ascii=False)


def cells(values: pd.DataFrame) -> pd.DataFrame:
    """Return means over replicates, one row a point, one column a draw; NaN where there is none."""
    return values.pivot_table(index="scenario_id", columns="draw", values="value", aggfunc="mean")


def means(values: pd.DataFrame) -> pd.Series:
    """Return the mean of each point over its draws, each draw the same weight."""
    return cells(values).mean(axis=1)
