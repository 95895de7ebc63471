"""Tables of records: declared columns, one row an agent, rows that rules take by reference.

A table is a NumPy record array. A rule written for one row, `def spending_plan(home, settings)`,
reads `home.cash` whether it is compiled or plain Python, and a column is `homes.cash`. Rows rather
than separate columns keep an agent's numbers together in memory, and let a small rule be called
with one reference: with a tuple of columns each call passed them all, a hundred times slower.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Column(NamedTuple):
    """One column of a table: name, NumPy type, unit, meaning, shape of one cell."""

    name: str
    type: str
    unit: str
    meaning: str
    shape: tuple[int, ...] = ()


class Table(NamedTuple):
    """A declared table."""

    name: str
    columns: tuple[Column, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Aligned record type of one row."""
        return np.dtype([(c.name, c.type, c.shape) for c in self.columns], align=True)

    def rows(self, count: int, **columns: Any) -> np.recarray[Any, Any]:
        """Return a table of `count` rows, zero but for the columns given."""
        rows = np.zeros(count, self.dtype).view(np.recarray)
        for name, values in columns.items():
            rows[name] = values  # KeyError-like ValueError for an unknown name
        return rows


def plain(rows: Any) -> Any:
    """Return a table as a plain array: `plain(firms)["cash"]` is `firms.cash`, found faster."""
    return rows.view(np.ndarray)


_RESERVED = {n for n in dir(np.record) if not n.startswith("_")}


def declare(name: str, *columns: Column) -> Table:
    """Declare a table; refuses names that a NumPy record uses for itself."""
    clash = sorted(_RESERVED & {c.name for c in columns})
    if clash:
        raise ValueError(f"table {name}: {', '.join(clash)} are attributes of a NumPy record")
    return Table(name, columns)
