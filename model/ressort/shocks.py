"""Shocks: declared modifiers of normal conditions, with a window, a shape and a depth.

A shock never changes the base values that it acts on, so its end needs no undoing and shocks
compose: each day starts from normal conditions, and the factors of all active shocks multiply. The
exceptions destroy something that exists: a standing crop, or an establishment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, INDEX
from ressort.goods import AGRI
from ressort.parameters import branch_traits
from ressort.rules.firms import close_firm

if TYPE_CHECKING:
    from ressort.state import Rows
    from ressort.world import World

KINDS: Final = ("import_cut", "isolation", "harvest_loss", "employer_closure", "labour_loss")
SHAPES: Final = ("sudden", "ramp")
PHYSICAL: Final = tuple(
    b for b, r in zip(BRANCHES, branch_traits().reach, strict=True) if r == "goods"
)
CROSSING: Final = ("goods", "travel")  # what full isolation stops


@dataclass(frozen=True)
class Shock:
    """One shock. Days count from the start of the run; the window is [start_day, start_day + days).

    `depth` is the share lost at full strength. With shape "ramp" the strength grows linearly over
    the first `ramp_days` of the window.
    """

    kind: str
    start_day: int
    days: int
    depth: float = 1.0
    shape: str = "sudden"
    ramp_days: int = 0
    goods: tuple[str, ...] = PHYSICAL
    branches: tuple[str, ...] = ()

    def strength(self, day: int) -> float:
        """Share of the shock's depth that acts on a day, 0 to 1."""
        since = day - self.start_day
        if not 0 <= since < self.days:
            return 0.0
        if self.shape == "ramp" and self.ramp_days > 0:
            return min(1.0, (since + 1) / self.ramp_days)
        return 1.0

    def left(self, day: int) -> float:
        """Share of normal conditions that the shock leaves on a day, 0 to 1."""
        return 1.0 - self.depth * self.strength(day)


def set_conditions(world: World) -> None:
    """Set the conditions of the day: normal ones, times what each active shock leaves of them."""
    day, firms = world.day, world.state.firms
    day.number = world.tick
    day.day_of_year = (world.rules.start_day_of_year + world.tick) % 365
    active = [s for s in world.shocks if s.left(world.tick) < 1.0]
    if not active and not world.disturbed:
        return  # conditions are normal already
    day.outside[:] = day.border[:] = day.exports[:] = 1.0
    day.commuting = 1.0
    firms.able = 1.0
    firms.intact = 1.0
    for shock in active:
        _act(shock, shock.left(world.tick), day, firms)
    firms.able *= 1.0 - world.commuter_share * (1.0 - day.commuting)
    world.disturbed = bool(active)


def _act(shock: Shock, left: float, day: np.record, firms: Rows) -> None:
    """Multiply the conditions that a shock touches by what it leaves of them."""
    if shock.kind == "import_cut":
        day.outside[[INDEX[g] for g in shock.goods]] *= left
    elif shock.kind == "isolation":
        for factor in (day.outside, day.border, day.exports):
            factor[_crossing()] *= left
        day.commuting *= left
    elif shock.kind == "harvest_loss":
        firms.intact[firms.branch == AGRI] *= left
    elif shock.kind == "labour_loss":
        branches = [INDEX[b] for b in shock.branches or BRANCHES]
        firms.able[np.isin(firms.branch, branches)] *= left


def _crossing() -> NDArray[np.intp]:
    return np.array([i for i, r in enumerate(branch_traits().reach) if r in CROSSING])


def strike(world: World) -> None:
    """Destroy what the shocks that start today destroy: standing crops, the largest employer."""
    state, flows = world.state, world.flows
    firms = state.firms
    for shock in world.shocks:
        if shock.start_day != world.tick:
            continue
        if shock.kind == "harvest_loss":
            lost = shock.depth * shock.strength(world.tick) * firms.crop
            flows.lost[AGRI] += lost.sum()
            firms.crop -= lost
        elif shock.kind == "employer_closure":
            largest = int(np.argmax(np.where(firms.alive, firms.jobs, -1.0)))
            close_firm(firms, largest, state.slots, state.jobs, flows)


def entry_barred(world: World) -> bool:
    """Whether a closure keeps new firms from entering today."""
    return any(s.kind == "employer_closure" and s.strength(world.tick) > 0 for s in world.shocks)
