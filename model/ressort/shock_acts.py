"""What shocks do every day that they last: the conditions that they leave, the money they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, INDEX
from ressort.goods import AGRI, ENERGY
from ressort.parameters import branch_traits

if TYPE_CHECKING:
    from ressort.shocks import Shock
    from ressort.world import World

Bools = NDArray[np.bool_]

DEFICIT: Final = "service_deficit"
CROSSING: Final = np.array(
    [i for i, r in enumerate(branch_traits().reach) if r in ("goods", "travel")]
)  # what full isolation stops


def rows_of(names: tuple[str, ...]) -> list[int]:
    """Return the rows of some branches, of all if none is named."""
    return [INDEX[b] for b in names or BRANCHES]


def hit(world: World, shock: Shock) -> Bools:
    """Return which establishments are of the branches and communes that a shock hits."""
    firms = world.state.firms
    return np.isin(firms.branch, rows_of(shock.branches)) & in_place(world, shock, firms.commune)


def in_place(world: World, shock: Shock, commune: NDArray[np.int32]) -> Bools:
    """Return which communes of a column are those that a shock names, all if it names none."""
    codes = world.place.territory.codes
    if not shock.communes:
        return np.ones(len(commune), dtype=bool)
    return np.isin(commune, [k for k, code in enumerate(codes) if code in shock.communes])


def cut_imports(world: World, shock: Shock, left: float) -> None:
    """Leave less to be dispatched from outside, and to shops beyond if they are hit too."""
    world.day.outside[rows_of(shock.goods)] *= left
    if shock.hits_surroundings:
        world.day.beyond[rows_of(shock.goods)] *= left


def close_border(world: World, shock: Shock, left: float) -> None:
    """Leave less to be dispatched, to cross and to be sold outside."""
    day, goods = world.day, rows_of(shock.goods)
    for factor in (day.outside, day.border, day.exports):
        factor[goods] *= left


def isolate(world: World, shock: Shock, left: float) -> None:
    """Stop goods and people that travel by road."""
    day = world.day
    for factor in (day.outside, day.border, day.exports):
        factor[CROSSING] *= left
    day.commuting *= left


def cut_commuting(world: World, shock: Shock, left: float) -> None:
    """Keep commuters away."""
    world.day.commuting *= left


def fail_grid(world: World, shock: Shock, left: float) -> None:
    """Plants of the place hang on the same grid: without it they stop, as does what comes by it."""
    day, firms = world.day, world.state.firms
    for factor in (day.outside, day.border, day.exports):
        factor[ENERGY] *= left
    firms.intact[firms.branch == ENERGY] *= left


def lose_exports(world: World, shock: Shock, left: float) -> None:
    """Let the outside buy less of some goods."""
    world.day.exports[rows_of(shock.goods)] *= left


def lose_demand(world: World, shock: Shock, left: float) -> None:
    """Let residents and local investors buy less from some branches."""
    world.day.demand[rows_of(shock.branches)] *= left


def lose_labour(world: World, shock: Shock, left: float) -> None:
    """Keep staff from work where the shock hits."""
    world.state.firms.able[hit(world, shock)] *= left


def lose_capacity(world: World, shock: Shock, left: float) -> None:
    """Put capacity out of service where the shock hits."""
    world.state.firms.intact[hit(world, shock)] *= left


def stop_growth(world: World, shock: Shock, left: float) -> None:
    """Let fields yield less."""
    firms = world.state.firms
    firms.intact[firms.branch == AGRI] *= left


def freeze_payments(world: World, shock: Shock, left: float) -> None:
    """Leave a share of means to be spent in a day."""
    world.day.payments *= left


def withdraw_credit(world: World, shock: Shock, left: float) -> None:
    """Leave a share of lines; `passes.set_lines` turns it into the line of each producer."""
    world.day.credit *= left


def too_small(world: World, shock: Shock) -> int:
    """Return the largest establishment of the shock's branches, the same all along; -1 if none."""
    jobs = np.where(hit(world, shock), world.state.firms.jobs, 0.0)
    return int(jobs.argmax()) if jobs.any() else -1


def service_deficits(world: World, day: int | None = None) -> NDArray[np.float64]:
    """Return what services under their threshold lose today by establishment, EUR, shape (P,).

    `day`: another day than that which is lived.
    """
    firms, day = world.state.firms, world.tick if day is None else day
    lost = np.zeros(len(firms))
    for shock in world.shocks:
        if shock.kind == DEFICIT and (p := too_small(world, shock)) >= 0 and firms.alive[p]:
            lost[p] += (1.0 - shock.left(day)) * firms.outlays_calm[p]
    return lost


def run_deficit(world: World, shock: Shock, left: float) -> None:
    """Let the service spend outside what its catchment does not pay, beyond its calm profit."""
    firms, p = world.state.firms, too_small(world, shock)
    if p < 0 or not firms.alive[p]:
        return
    lost = (1.0 - left) * firms.outlays_calm[p] + max(0.0, world.solution.profit[p])
    lost = min(lost, max(0.0, firms.cash[p] - firms.units[p] + firms.credit[p]))
    firms.cash[p] -= lost
    world.flows.imports -= lost
