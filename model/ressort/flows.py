"""Flows between branches, and what they tell: M9 (structure, services), M10 and M11.

What establishments bought, as delivered, over the last days that were watched. Purchases of
households are not in it (they are told by needs met), nor grants of the pool. Ulanowicz et al.
2009 for ascendency; its "window of vitality" was found in ecosystems and holds for no economy that
we know: alpha and robustness describe, and are to be compared at equal aggregation alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX, N_BRANCHES
from ressort.metric import Metric
from ressort.parameters import branch_traits
from ressort.rules.trading import (
    ALL,
    BEYOND,
    CONCENTRATED,
    CRITICAL,
    CRITICAL_OUTSIDE,
    HERE,
    N_SUMS,
    NEW,
    SHELF_BEYOND,
    SHELF_HERE,
    add_purchases,
    new_trade,
)
from ressort.state import PROTECTED

if TYPE_CHECKING:
    from ressort.world import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

LAST_DAYS: Final = 14  # of the run, over which flows are added up
FITTED: Final = 1.288  # exponent that Ulanowicz et al. 2009 fitted to ecosystems
ESSENTIAL: Final = tuple(dict.fromkeys(INDEX[good] for good, need in PROTECTED if need))
METRICS: Final = (
    Metric("m9_services_lost", "count", "évoluer", True, "essential branches that nobody is in"),
    Metric(
        "m9_structure",
        "index (0-1)",
        "évoluer",
        True,
        "flows that differ from those without shock",
        judged=False,
    ),
    Metric(
        "m10_new_links", "share", "s'adapter", False, "purchases through new links", judged=False
    ),
    Metric(
        "m10_concentration",
        "index (0-1)",
        "s'adapter",
        True,
        "change of the Herfindahl index of suppliers",
    ),
    Metric(
        "m10_local_coverage",
        "share",
        "s'adapter",
        False,
        "change of the share bought here",
        judged=False,
    ),
    Metric(
        "m11_local_share",
        "share",
        "évoluer",
        False,
        "value of what is made here that stays as value added here",
        judged=False,
    ),
    Metric(
        "m11_import_dependence",
        "share",
        "anticiper",
        True,
        "critical inputs bought outside, without the shock",
    ),
    Metric("m11_alpha", "index (0-1)", "évoluer", False, "degree of order of flows", judged=False),
    Metric(
        "m11_robustness", "index (0-1)", "évoluer", False, "Ulanowicz's robustness", judged=False
    ),
)
NAMES: Final = tuple(m.name for m in METRICS)


@dataclass(frozen=True)
class Traded:
    """What establishments bought over the last days, and who is left.

    `trade`: EUR by kind of purchase, good and buyer's branch, shape (4, 22, 22), and `sums`: see
    `rules.trading`. `output`: EUR by branch. `alive`: establishments by branch on the last evening.
    """

    trade: Floats
    sums: Floats
    output: Floats
    alive: Ints


class Trader:
    """Watches the purchases of one world over its last days; other days cost nothing.

    `last`: the day on which the run ends.
    """

    def __init__(self, world: World, last: int) -> None:
        self.known = np.array(world.state.slots.source)
        self.source, self.lean = self.known, np.array(world.state.slots.lean)
        self.first = last - LAST_DAYS
        self.trade, self.sums = new_trade(), np.zeros(N_SUMS)
        self.output = np.zeros(N_BRANCHES)

    def see(self, world: World) -> None:
        """Count the day that ends, and keep the sources of tomorrow."""
        state = world.state
        if world.tick > self.first:
            add_purchases(
                state.firms,
                state.slots,
                state.shelves,
                world.day,
                self.source,
                self.lean,
                self.known,
                self.trade,
                self.sums,
            )
            self.output += np.asarray(world.flows.produced)
        if world.tick >= self.first:
            self.source, self.lean = np.array(state.slots.source), np.array(state.slots.lean)

    def traded(self, world: World) -> Traded:
        """Return what was counted so far."""
        firms = world.state.firms
        alive = np.bincount(firms.branch[firms.alive], minlength=N_BRANCHES)
        return Traded(self.trade, self.sums, self.output, alive.astype(np.int32))


# ---------------------------------------------------------------- formulas
def distance(one: Floats, other: Floats) -> float:
    """Half the sum of absolute differences between two tables of flows, each adding to 1.

    0 if they are alike, 1 if no flow is in both; NaN where one of them is empty.

    >>> import numpy as np
    >>> distance(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    0.25
    """
    if not (one.sum() > 0.0 and other.sum() > 0.0):
        return math.nan
    return float(0.5 * np.abs(one / one.sum() - other / other.sum()).sum())


def local_share(here: Floats, output: Floats, value_added: Floats) -> float:
    """Share of the value of output that is value added here, that of inputs bought here included.

    `here[i, j]`: EUR of good i that branch j bought here as an input; `output`: EUR by branch. With
    A the inputs from here per euro of output, v the share of value added: c = v + A' c, weighted by
    output. Purchases stand for use, so that restocking counts. NaN where inputs from here are worth
    more than what was made, so that no such c exists.

    >>> import numpy as np
    >>> made, half = np.array([10.0, 10.0]), np.array([0.5, 0.5])
    >>> local_share(np.array([[0.0, 4.0], [0.0, 0.0]]), made, half)
    0.6
    """
    if not output.sum() > 0.0:
        return math.nan
    per_euro = np.divide(here, output, out=np.zeros_like(here), where=output > 0.0)
    if np.abs(np.linalg.eigvals(per_euro)).max() >= 1.0:
        return math.nan
    content = np.linalg.solve(np.eye(len(output)) - per_euro.T, value_added)
    return float((output * content).sum() / output.sum())


def alpha(flows: Floats) -> float:
    """Ascendency over capacity: A / C of Ulanowicz et al. 2009; NaN without flows, or with one.

    `flows[i, j]`: from compartment i to j. 1 if each has one outlet and one inlet.

    >>> import numpy as np
    >>> alpha(np.eye(2)), alpha(np.ones((2, 2)))
    (1.0, 0.0)
    """
    total = flows.sum()
    there = flows > 0.0
    if not total > 0.0 or there.sum() < 2:
        return math.nan
    share = flows[there] / total
    expected = np.outer(flows.sum(axis=1), flows.sum(axis=0))[there] / total**2
    order = float((share * np.log(share / expected)).sum())
    return order / float(-(share * np.log(share)).sum())


def robustness(order: float) -> float:
    """Ulanowicz's robustness, at most 1, for alpha = 0.46: -e a^b ln(a^b), b fitted.

    >>> round(robustness(0.4596), 3), robustness(1.0)
    (1.0, 0.0)
    """
    if not order > 0.0:
        return math.nan if math.isnan(order) else 0.0
    powered = order**FITTED
    return abs(math.e * powered * math.log(powered))


def compartments(trade: Floats) -> Floats:
    """Return flows between the branches here and the outside, which here only sells.

    Shape (23, 22): rows are sellers, the last one the outside.
    """
    here, beyond = trade[HERE] + trade[SHELF_HERE], trade[BEYOND] + trade[SHELF_BEYOND]
    return np.vstack([here, beyond.sum(axis=0)])


# ---------------------------------------------------------------- metrics
def measure_flows(run: Traded | None, reference: Traded | None) -> dict[str, float]:
    """Return the metrics that rest on flows; NaN for runs that were not watched."""
    if run is None or reference is None:
        return dict.fromkeys(NAMES, math.nan)
    essential = list(ESSENTIAL)
    gone = (run.alive[essential] == 0) & (reference.alive[essential] > 0)
    order = alpha(compartments(run.trade))
    values = {
        "m9_services_lost": float(gone.sum()),
        "m9_structure": distance(run.trade, reference.trade),
        "m10_new_links": _share(run, NEW, ALL) - _share(reference, NEW, ALL),
        "m10_concentration": _share(run, CONCENTRATED, ALL) - _share(reference, CONCENTRATED, ALL),
        "m10_local_coverage": _bought_here(run) - _bought_here(reference),
        "m11_local_share": local_share(
            run.trade[HERE], run.output, branch_traits().value_added_share
        ),
        "m11_import_dependence": _share(reference, CRITICAL_OUTSIDE, CRITICAL),
        "m11_alpha": order,
        "m11_robustness": robustness(order),
    }
    return {name: values[name] for name in NAMES}


def _share(of: Traded, part: int, whole: int) -> float:
    return float(of.sums[part] / of.sums[whole]) if of.sums[whole] > 0.0 else math.nan


def _bought_here(of: Traded) -> float:
    total = float(of.trade.sum())
    here = float(of.trade[HERE].sum() + of.trade[SHELF_HERE].sum())
    return here / total if total > 0.0 else math.nan
