"""A batch as one NetCDF file, for xarray and its like: runs x arms x kinds x days.

Metrics by run and arm, series by run, arm, kind and day, needs met by run, arm, day and commune.
What each run is (point, seeds, factors) are coordinates along `run`, which goes by point, then by
seed. Written some runs at a time by h5netcdf, which xarray reads; what there is no value of is NaN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ressort import indicators, metrics, metrics_groups, summary
from ressort.batch import query
from ressort.batch.blocks import Blocks
from ressort.batch.store import Store
from ressort.errors import InputError

DIMENSIONS: Final = {
    "metrics": ("arm",),
    "series": ("arm", "kind", "day"),
    "communes": ("arm", "day", "commune"),
}
CELLS: Final = 1 << 16  # of a variable that are compressed together
AT_ONCE: Final = 4  # such pieces that are held at a time
OF_RUNS: Final = ("scenario_id", "replication_id", "draw", "replicate", "seed", "luck", "seconds")
MEANINGS: Final = {
    "run": "number of the run",
    "arm": "side of the comparison",
    "kind": "run with the shock, or its pair without",
    "day": "day of the run",
    "commune": "code of the commune (INSEE)",
    "scenario_id": "number of the point of the design",
    "replication_id": "number of the seed of a point",
    "draw": "draw of people and establishments",
    "replicate": "luck of the days within a draw",
    "seed": "seed that draws people and establishments",
    "luck": "seed of what happens to them",
    "seconds": "time of computing on one worker",
    "needs_met": "needs met, the worst need (mean over people of the commune)",
}
UNITS: Final = {"day": "days", "seconds": "s", "needs_met": "share"}


def write(file: Path, store: Store, done: pa.Table) -> None:
    """Write the runs of `done`, a table as of `query.runs`. InputError without the libraries."""
    try:
        import h5netcdf
        import h5py
    except ImportError as error:
        raise InputError(
            f"--to netcdf needs {error.name}: pip install 'ressort[netcdf]'; "
            "or export to csv or parquet"
        ) from None
    text = h5py.string_dtype()
    with h5netcdf.File(file, "w") as root:
        root.attrs.update(_about(store))
        axes = {name: _axis(store, name) for name in ("arm", "kind", "day", "commune")}
        axes = {"run": done["run_id"].to_numpy()} | {n: v for n, v in axes.items() if len(v)}
        root.dimensions = {name: len(values) for name, values in axes.items()}
        for name, values in axes.items():
            _put(root, name, (name,), values, text)
        coordinates = dict(_coordinates(store, done))
        for name, values in coordinates.items():
            _put(root, name, ("run",), values, text)
        for table in store.tables():
            _write_table(root, store, table, axes, " ".join(coordinates))


def _about(store: Store) -> dict[str, str]:
    about = store.manifest
    return {
        "title": store.plan.name,
        "source": f"Ressort {about['ressort']}, agent-based simulation",
        "history": f"{about['date']} {about['command']}",
        "plan_sha256": about["plan_sha256"],
    }


def _axis(store: Store, name: str) -> NDArray[Any]:
    """Return all values of a key, arms in the order of the plan; none if no table has it."""
    if name == "arm":
        return np.array([arm.name for arm in store.plan.arms], object)
    found: set[Any] = set()
    for table, dimensions in DIMENSIONS.items():
        for file in store.files(table) if name in dimensions else ():
            column = pq.read_table(file, columns=[name], partitioning=None)[name]
            found.update(column.unique().to_pylist())
    if name == "kind":  # the run itself before its pair
        return np.array(sorted(found, reverse=True), object)
    return np.array(sorted(found), np.int64 if name == "day" else object)


def _coordinates(store: Store, done: pa.Table) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield what each run is: its numbers and seeds, then its factors by name."""
    for name in OF_RUNS:
        yield name, done[name].to_numpy()
    points = query.points(store.plan)
    of = done["scenario_id"].to_numpy()
    for name in points.column_names[1:]:
        column = points[name]
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        values = column.to_numpy()
        if values.dtype == object:
            values = np.array(["" if value is None else value for value in values], object)
        yield re.sub(r"[\s/]", "_", name), values[of]


def _put(root: Any, name: str, along: tuple[str, ...], values: NDArray[Any], text: Any) -> None:
    kind = text if values.dtype == object else values.dtype
    root.create_variable(name, along, kind, data=values)
    root.variables[name].attrs.update(_attributes(name))


def _attributes(name: str) -> dict[str, str]:
    """Return unit and meaning of a variable, as far as they are known."""
    known: dict[str, tuple[str, str]] = {
        **{i.name: (i.unit, i.meaning) for i in indicators.INDICATORS},
        **{m.name: (m.unit, m.meaning) for m in (*metrics.METRICS, *metrics_groups.GROUP_METRICS)},
    }
    unit, meaning = known.get(name, (UNITS.get(name, ""), MEANINGS.get(name, "")))
    unit = unit or summary.UNITS.get(name, "")
    return {k: v for k, v in (("units", unit), ("long_name", meaning)) if v}


def _write_table(
    root: Any, store: Store, table: str, axes: Mapping[str, NDArray[Any]], coordinates: str
) -> None:
    """Write a table, one variable a column that is no key."""
    along = DIMENSIONS[table]
    shape = tuple(len(axes[name]) for name in along)
    run_ids = axes["run"]
    piece = min(len(run_ids), max(1, CELLS // max(1, int(np.prod(shape)))))
    blocks = Blocks(store, table)
    names = [name for name in blocks.schema.names if name not in (*along, "run_id")]
    for name in names:
        root.create_variable(
            name,
            ("run", *along),
            blocks.schema.field(name).type.to_pandas_dtype(),
            chunks=(piece, *shape),
            compression="gzip",
            compression_opts=4,
            shuffle=True,
            fillvalue=np.nan,
        )
        root.variables[name].attrs.update(_attributes(name) | {"coordinates": coordinates})
    most = piece * AT_ONCE
    for k, rows in enumerate(blocks.read(run_ids, most)):
        start, end = k * most, min((k + 1) * most, len(run_ids))
        here = {**axes, "run": run_ids[start:end]}
        keys = (("run", "run_id"), *((name, name) for name in along))
        place = tuple(_places(rows[key].to_pandas().to_numpy(), here[name]) for name, key in keys)
        for name in names:
            values = np.full((end - start, *shape), np.nan, root.variables[name].dtype)
            values[place] = rows[name].to_numpy()
            root.variables[name][start:end] = values


def _places(values: NDArray[Any], axis: NDArray[Any]) -> NDArray[np.int64]:
    """Return where on an axis each value is."""
    order = np.argsort(axis, kind="stable")
    return order[np.searchsorted(axis, values, sorter=order)]
