"""The points of a design: where in the space of its factors the scenario is run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from ressort.batch.plan import Point
from ressort.errors import InputError

Floats = NDArray[np.float64]
KINDS: Final = ("factorial", "latin_hypercube", "sobol", "morris", "saltelli", "list")
MOST_POINTS: Final = 1_000_000
LEVELS: Final = 4  # of Morris' grid


@dataclass(frozen=True)
class Factor:
    """What varies: a place of the scenario, between two numbers or among listed values."""

    key: str
    low: float | None = None
    high: float | None = None
    log: bool = False  # as many points in each doubling
    whole: bool = False  # whole numbers only
    values: tuple[Any, ...] = ()

    def at(self, share: float) -> Any:
        """Return the value at a share of the range, 0 to 1, or the listed value that lies there."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        assert self.low is not None and self.high is not None
        if self.whole:  # each whole number has an equal part of the range
            return int(min(self.low + math.floor(share * (self.high - self.low + 1)), self.high))
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return float(self.low + share * (self.high - self.low))


def points(
    kind: str, factors: Sequence[Factor], size: int, seed: int, listed: Sequence[Mapping[str, Any]]
) -> tuple[Point, ...]:
    """Return the points of a design.

    `size`: points of a Latin hypercube or Sobol sequence, trajectories of Morris, base sample of
    Saltelli (each point of it becomes as many as there are factors, and two). `listed`: the points
    of a list. InputError where a design cannot be made of these factors.
    """
    if kind == "list":
        rows: list[dict[str, Any]] = [dict(given) for given in listed]
    elif kind == "factorial":
        _refuse_too_many(math.prod(len(f.values) for f in factors))
        levels = itertools.product(*(f.values for f in factors))
        rows = [dict(zip((f.key for f in factors), row, strict=True)) for row in levels]
    else:
        shares = _shares(kind, factors, size, seed)
        rows = [{f.key: f.at(u) for f, u in zip(factors, row, strict=True)} for row in shares]
    _refuse_too_many(len(rows))
    return tuple(Point(k, row) for k, row in enumerate(rows))


def _refuse_too_many(count: int) -> None:
    if count > MOST_POINTS:
        raise InputError(f"design: {count} points, more than {MOST_POINTS}; take fewer values")


def _shares(kind: str, factors: Sequence[Factor], size: int, seed: int) -> Floats:
    """Return points of the unit cube, shape (points, factors)."""
    count = len(factors)
    if kind == "latin_hypercube":
        return qmc.LatinHypercube(d=count, rng=np.random.default_rng(seed)).random(size)
    if kind in ("sobol", "saltelli") and size & (size - 1):
        near = 1 << (size.bit_length() - 1)
        raise InputError(
            f"design.size: a Sobol sequence is balanced at powers of two only, not at {size}; "
            f"take {near} or {2 * near}"
        )
    if kind == "sobol":
        return qmc.Sobol(d=count, rng=np.random.default_rng(seed)).random(size)
    return _of_salib(kind, count, size, seed)


def _of_salib(kind: str, count: int, size: int, seed: int) -> Floats:
    """Return the samples that Morris' and Sobol's indices are reckoned from."""
    from SALib.sample import morris, sobol

    names = [str(k) for k in range(count)]
    problem = {"num_vars": count, "names": names, "bounds": [[0.0, 1.0]] * count}
    if kind == "morris":
        return np.asarray(morris.sample(problem, size, num_levels=LEVELS, seed=seed))
    return np.asarray(sobol.sample(problem, size, calc_second_order=False, seed=seed))
