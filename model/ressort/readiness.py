"""M1 and M2: what stands ready before the shock, and how long before it anybody protects anything.

Also who decides and how fast, how unequally needs go unmet, and what calm times yield.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX, NEEDS
from ressort.metric import Metric
from ressort.parameters import DAYS, branch_traits, metric_records
from ressort.state import PROTECTED, SERVICES, SHELVES, STORED

if TYPE_CHECKING:
    from ressort.world import World

Floats = NDArray[np.float64]
SOLD_IN_SHOPS: Final = frozenset(good for shelf in SHELVES for good in shelf)

METRICS: Final = (
    Metric(
        "m1_readiness",
        "index (0-1)",
        "anticiper",
        False,
        "days of stock over target days, capped at 1, mean over needs, before the shock",
    ),
    Metric(
        "m2_warning_days",
        "days",
        "anticiper",
        False,
        "day of the shock less day of the first protective action",
    ),
    Metric(
        "m4_unmet_gini",
        "index (0-1)",
        "atténuer",
        True,
        "Gini coefficient of needs unmet among people",
        judged=False,
    ),
    Metric(
        "calm_output",
        "EUR a head and year",
        "évoluer",
        False,
        "value added in the run without the shock",
    ),
    Metric(
        "consulted_share",
        "share",
        "anticiper",
        False,
        "members consulted in the first decision",
        judged=False,
    ),
    Metric("decision_days", "days", "anticiper", True, "days from the alarm to the first decision"),
)


# ---------------------------------------------------------------- M1
def readiness(days: Floats, targets: Floats, weights: Floats) -> float:
    """M1: sum over what is kept of weight * min(1, days of stock / target days).

    >>> import numpy as np
    >>> readiness(np.array([3.0, 40.0]), np.array([6.0, 20.0]), np.array([0.5, 0.5]))
    0.75
    """
    return float((weights * np.minimum(1.0, days / targets)).sum())


def readiness_of(world: World) -> float:
    """M1 of a world tonight. Every need counts alike, its goods by what people use of them."""
    goods = [good for good, need in PROTECTED if need]
    needs = np.array([NEEDS.index(need) for _, need in PROTECTED if need])
    use = branch_traits().consumption[[INDEX[g] for g in goods]]
    weights = use / np.bincount(needs, weights=use)[needs] / len(NEEDS)
    targets = np.array([metric_records()[f"target_days_{NEEDS[n]}"].value for n in needs])
    return readiness(stock_days(world, goods), targets, weights)


def stock_days(world: World, goods: list[str]) -> Floats:
    """Return the days that stocks in the territory last at the use of calm times, by good.

    Of goods: pantries, shelves, finished goods of makers, pool, stores of measures, over residents'
    use. Of services: how long those who serve residents can go on, times the share of people served
    here; what comes from outside has no stock here.
    """
    homes = world.state.homes
    use = branch_traits().consumption * float(homes.people.sum())
    held, lasting = _goods_held(world), None
    days = np.zeros(len(goods))
    for k, good in enumerate(goods):
        if good in SOLD_IN_SHOPS:
            days[k] = held[INDEX[good]] / use[INDEX[good]]
            continue
        lasting = _days_of_providers(world) if lasting is None else lasting
        here = homes.provider[:, SERVICES.index(good)] >= 0
        days[k] = lasting[INDEX[good]] * float(homes.people[here].sum() / homes.people.sum())
    return days


def _goods_held(world: World) -> Floats:
    """Return what is held in the territory for whoever buys, EUR by good; standing crops not."""
    state = world.state
    firms, n = state.firms, len(world.goods)
    held = np.bincount(firms.branch, weights=np.where(firms.alive, firms.stock, 0.0), minlength=n)
    shelves = state.slots[state.shelves.slot]
    held += np.bincount(shelves.good, weights=shelves.stock, minlength=n)
    held[[INDEX[g] for g in STORED]] += state.homes.pantry.sum(axis=0)
    held += state.scic[0].pool
    return np.asarray(held + sum(measure.stock for measure in world.measures))


def _days_of_providers(world: World) -> Floats:
    """Return how long makers can go on with the critical goods they hold, days by branch.

    The scarcest critical storable input of each, at the output of calm times; mean over makers by
    output. Those that need none go on for ever as far as stocks go.
    """
    state, n = world.state, len(world.goods)
    firms, slots, buyers = state.firms, state.slots, world.buyers
    needed = (slots.rating == 2) & (slots.shelf < 0) & world.goods.storable[slots.good]
    needed &= slots.coefficient > 0.0
    rows = np.flatnonzero(needed & (firms.output_calm[buyers] > 0.0))
    buyer = buyers[rows]
    days = np.full(len(firms), np.inf)
    use = slots.coefficient[rows] * firms.output_calm[buyer]
    np.minimum.at(days, buyer, slots.stock[rows] / use)
    most = max(float(r.value) for k, r in metric_records().items() if k.startswith("target_days"))
    output = np.where(firms.alive, firms.output_calm, 0.0)
    total = np.bincount(firms.branch, weights=output, minlength=n)
    # No target is longer than `most`: more days than that make nobody readier.
    summed = np.bincount(firms.branch, weights=output * np.minimum(days, most), minlength=n)
    return np.divide(summed, total, out=np.zeros(n), where=total > 0.0)


# ---------------------------------------------------------------- M2 and decisions
@dataclass(frozen=True)
class Acts:
    """What was done by day, from the day of the shock on: `alarm` (yes/no), people hoarding, links.

    `alarm`: of the SCIC or of a measure, or the SCIC's pool and fund are open. `links`: new supply
    links of the day. `since`: days that an alarm had lasted as the shock came, NaN for none.
    """

    alarm: NDArray[np.bool_]
    hoarding: Floats
    links: Floats
    since: float


def warning_days(run: Acts, reference: Acts) -> float:
    """M2: days by which the first protective action comes before the shock; negative after it.

    Actions that the run without the shock shows on the same day do not count. Minus infinity
    (censored) if nobody acts within the horizon.

    >>> import numpy as np
    >>> no, nobody = np.zeros(3, bool), np.zeros(3)
    >>> warning_days(Acts(no, np.array([0., 0., 5.]), nobody, np.nan),
    ...              Acts(no, nobody, nobody, np.nan))
    -2.0
    """
    if np.isfinite(run.since):
        return run.since
    acts = run.alarm & ~reference.alarm
    acts |= run.hoarding > reference.hoarding
    acts |= np.cumsum(run.links) > np.cumsum(reference.links)
    return float(-int(acts.argmax())) if acts.any() else float("-inf")


@dataclass(frozen=True)
class Decision:
    """The first decision to open pool and fund, or of a panel; NaN where nothing is decided."""

    consulted: float = float("nan")
    days: float = float("nan")


# ---------------------------------------------------------------- inequality, calm times
def gini(values: Floats, people: Floats) -> float:
    """Gini coefficient among people of a value a head; NaN where all values are 0.

    `values`: of all persons of a household together; below 0 they count as 0. Each household's
    persons have the same. Twice the area between equality and the Lorenz curve.

    >>> import numpy as np
    >>> round(gini(np.array([0.0, 0.0, 0.0, 8.0]), np.ones(4)), 9)
    0.75
    """
    values = np.maximum(0.0, values)
    order = np.argsort(values / people, kind="stable")
    had = np.concatenate([[0.0], np.cumsum(values[order])])
    if had[-1] <= 0.0:
        return float("nan")
    share = people[order] / people.sum()
    return float(1.0 - (share * (had[1:] + had[:-1])).sum() / had[-1])


def calm_output(output: Floats, people: Floats) -> float:
    """Value added without the shock, EUR a head and year, from that of each day."""
    return float(DAYS * output.mean() / people.sum())
