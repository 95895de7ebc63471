"""Goods under way between units of a federation, and what is there but not yet handed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ressort.branches import N_BRANCHES
from ressort.shocks import DEFICIT
from ressort.state import Floats

if TYPE_CHECKING:
    from ressort.world import World


def is_struck(world: World) -> bool:
    """Whether a shock acts on the day just lived; a service that too few pay for is none."""
    day = int(world.day.number)
    return any(s.strength(day) > 0.0 and s.kind != DEFICIT for s in world.shocks)


def days_on_the_road(km: float, handling_days: float, day_km: float) -> int:
    """Days from the evening when a load is promised until it can be handed over."""
    return int(handling_days) + int(np.ceil(km / day_km))


class Load(NamedTuple):
    """One load under way: the day it arrives, EUR by good, and haulage as a share of its value."""

    due: int
    goods: Floats
    haul: float


@dataclass
class Loads:
    """Loads under way, and by good what has arrived (`here`, EUR) and its haulage (EUR)."""

    coming: list[Load] = field(default_factory=list)
    here: Floats = field(default_factory=lambda: np.zeros(N_BRANCHES))
    haulage: Floats = field(default_factory=lambda: np.zeros(N_BRANCHES))

    @property
    def held(self) -> Floats:
        """All of it, EUR by good."""
        return np.asarray(self.here + np.sum([load.goods for load in self.coming], axis=0))

    @property
    def haul(self) -> Floats:
        """Haulage of what is here, as a share of its value, by good."""
        here = self.here > 0.0
        return np.divide(self.haulage, self.here, out=np.zeros(N_BRANCHES), where=here)

    def add(self, due: int, goods: Floats, haul: float) -> None:
        """Let a load set out."""
        self.coming.append(Load(due, goods, haul))

    def arrive(self, day: int, left: Floats) -> None:
        """Let what is due by a day arrive; `left`: what there still is, EUR by good.

        A disaster takes its share of all that an account holds.
        """
        held = self.held
        part = np.divide(left, held, out=np.ones(N_BRANCHES), where=held > left)
        if (part < 1.0).any():
            self.here, self.haulage = self.here * part, self.haulage * part
            self.coming = [load._replace(goods=load.goods * part) for load in self.coming]
        for load in self.coming:
            if load.due <= day:
                self.here = self.here + load.goods
                self.haulage = self.haulage + load.haul * load.goods
        self.coming = [load for load in self.coming if load.due > day]

    def take(self, taken: Floats) -> None:
        """Hand over some of what is here, EUR by good."""
        haul = self.haul
        self.here = np.maximum(0.0, self.here - taken)
        self.haulage = haul * self.here
