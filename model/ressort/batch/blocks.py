"""Reading a table of a batch run by run, in one order whatever the chunks, a few runs at a time.

The order is by point, then by seed: that of the engine, whose chunks hold runs of one point, so
that a block of runs lies in few groups of rows. Where each run is, is looked up first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ressort.batch import chunks
from ressort.batch.store import Store

ROWS: Final = 200_000  # that are held at a time, about

Ints = NDArray[np.int64]


def in_order(run_ids: Ints, points: int) -> Ints:
    """Return runs by point, then by seed."""
    return run_ids[np.lexsort((run_ids, run_ids % points))]


class Blocks:
    """A table of a store, read a block of runs at a time."""

    def __init__(self, store: Store, table: str) -> None:
        self.points = len(store.plan.points)
        self.files = store.files(table)
        self.schema = chunks.schema(self.files)
        self._runs, self._file, self._group, self.rows_a_run = self._located()

    def _located(self) -> tuple[Ints, Ints, Ints, int]:
        """Return runs in ascending order, with the file and group of rows of each; rows a run."""
        found, rows = [], 0
        for k, path in enumerate(self.files):
            with chunks.readable(path), pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    column = file.read_row_group(group, columns=["run_id"])["run_id"].to_numpy()
                    runs = np.unique(column)
                    found.append(np.stack([runs, np.full(len(runs), k), np.full(len(runs), group)]))
                    rows += len(column)
        runs, file_of, group_of = np.concatenate(found, axis=1)
        order = np.argsort(runs)
        return runs[order], file_of[order], group_of[order], max(1, rows // len(runs))

    def read(self, run_ids: Ints, most: int) -> Iterator[pa.Table]:
        """Yield the rows of runs given in their order, those of `most` runs at a time."""
        for start in range(0, len(run_ids), most):
            yield self._block(run_ids[start : start + most])

    def _block(self, run_ids: Ints) -> pa.Table:
        places = np.flatnonzero(np.isin(self._runs, run_ids))
        wanted: dict[int, set[int]] = {}
        for place in places:
            wanted.setdefault(int(self._file[place]), set()).add(int(self._group[place]))
        parts = []
        for k, groups in wanted.items():
            with chunks.readable(self.files[k]), pq.ParquetFile(self.files[k]) as file:
                part = file.read_row_groups(sorted(groups))
            parts.append(part.filter(pc.is_in(part["run_id"], value_set=pa.array(run_ids))))
        return self._ordered(chunks.alike(parts, self.schema))

    def _ordered(self, table: pa.Table) -> pa.Table:
        point = pa.array(table["run_id"].to_numpy() % self.points)
        keys = ["point", *(key for key in chunks.KEYS if key in table.column_names)]
        table = table.append_column("point", point)
        return table.sort_by([(key, "ascending") for key in keys]).drop_columns("point")
