"""The rows that a run leaves: metrics, daily series, needs met by commune; and their tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ressort import indicators
from ressort.batch.plan import ALL_INDICATORS, Kept, Plan
from ressort.errors import InputError
from ressort.recorder import Series
from ressort.simulation import COST, SETUP, Run

KINDS: Final = ("shocked", "reference")
Singles = NDArray[np.float32]


@dataclass(frozen=True)
class ArmRows:
    """What is kept of one arm of a run: series by kind, shape (days, series); (days, C)."""

    metrics: Mapping[str, float]
    first_day: int
    series: Mapping[str, Singles]
    codes: tuple[str, ...]
    communes: Singles | None


@dataclass(frozen=True)
class Rows:
    """What is kept of one run, arm by arm in the order of the plan."""

    run_id: int
    arms: tuple[ArmRows, ...]


def names_kept(kept: Kept) -> tuple[str, ...]:
    """Return the series kept of each run; InputError for a name that no series has."""
    if kept.series == ALL_INDICATORS:
        return indicators.NAMES
    strange = [name for name in kept.series if name not in indicators.NAMES]
    if strange:
        raise InputError(
            f"keep.series: no series {strange[0]!r}; give `all`, or names of ressort.indicators"
        )
    return kept.series


def rows_of(run: Run, kept: Kept) -> ArmRows:
    """Return what is kept of one arm of a run, its yearly cost among the metrics."""
    names = names_kept(kept)
    lived = {"shocked": run.series}
    if kept.reference:
        lived["reference"] = run.reference_series
    return ArmRows(
        metrics={**run.metrics, COST: run.yearly_cost, SETUP: run.setup_per_head},
        first_day=run.series.first_day,
        series={kind: _chosen(one, names) for kind, one in lived.items()} if names else {},
        codes=run.codes,
        communes=run.series.communes.astype(np.float32) if kept.communes else None,
    )


def _chosen(series: Series, names: Sequence[str]) -> Singles:
    columns = [indicators.NAMES.index(name) for name in names]
    return series.indicators[:, columns].astype(np.float32)


def tables_of(plan: Plan, rows: Sequence[Rows]) -> dict[str, pa.Table]:
    """Return the tables of runs, in their order; see `records.ChunkResult`. No run, no table."""
    if not rows:
        return {}
    arms = [arm.name for arm in plan.arms]
    found = {"metrics": _metrics(arms, rows)}
    names = names_kept(plan.kept)
    if names:
        found["series"] = _series(arms, names, rows)
    if plan.kept.communes:
        found["communes"] = _communes(arms, rows)
    return found


def _metrics(arms: Sequence[str], rows: Sequence[Rows]) -> pa.Table:
    every = [one.metrics for run in rows for one in run.arms]
    names = list(every[0])
    return pa.table(
        {
            "run_id": np.repeat(np.array([run.run_id for run in rows], np.int64), len(arms)),
            "arm": _words(np.tile(np.arange(len(arms), dtype=np.int32), len(rows)), arms),
            **{n: np.array([metrics[n] for metrics in every], dtype=np.float64) for n in names},
        }
    )


def _series(arms: Sequence[str], names: Sequence[str], rows: Sequence[Rows]) -> pa.Table:
    blocks = [
        (run.run_id, k, KINDS.index(kind), one.first_day, values)
        for run in rows
        for k, one in enumerate(run.arms)
        for kind, values in one.series.items()
    ]
    lengths = [len(values) for *_, values in blocks]
    values = np.concatenate([block[-1] for block in blocks])
    return pa.table(
        {
            "run_id": np.repeat(np.array([b[0] for b in blocks], np.int64), lengths),
            "arm": _words(np.repeat(np.array([b[1] for b in blocks], np.int32), lengths), arms),
            "kind": _words(np.repeat(np.array([b[2] for b in blocks], np.int32), lengths), KINDS),
            "day": _days((b[3], len(b[-1])) for b in blocks),
            **{name: np.ascontiguousarray(values[:, k]) for k, name in enumerate(names)},
        }
    )


def _communes(arms: Sequence[str], rows: Sequence[Rows]) -> pa.Table:
    """Return needs met, day by day and within a day commune by commune."""
    runs, of_arms, days, codes, values = [], [], [], [], []
    for run in rows:
        for k, one in enumerate(run.arms):
            assert one.communes is not None
            n = len(one.communes)
            runs.append(np.full(one.communes.size, run.run_id, np.int64))
            of_arms.append(np.full(one.communes.size, k, np.int32))
            days.append(np.repeat(_days([(one.first_day, n)]), len(one.codes)))
            codes.append(pa.array(one.codes * n, pa.string()))
            values.append(one.communes.ravel())
    return pa.table(
        {
            "run_id": np.concatenate(runs),
            "arm": _words(np.concatenate(of_arms), arms),
            "day": np.concatenate(days),
            "commune": pa.concat_arrays(codes),
            "needs_met": np.concatenate(values),
        }
    )


def _days(blocks: Iterable[tuple[int, int]]) -> NDArray[np.int16]:
    days: NDArray[np.int16] = np.concatenate(
        [np.arange(first, first + n, dtype=np.int16) for first, n in blocks]
    )
    return days


def _words(codes: NDArray[Any], words: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(codes, pa.array(words, pa.string()))
