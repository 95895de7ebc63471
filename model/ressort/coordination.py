"""How decisions climb: levels of a hierarchy, what each costs in days and in truth (S03).

Who decides for many units (members of a SCIC, communes of a council) hears of them through levels,
each of which gathers `span` of those below. Each level takes days and distorts what it passes on.
All costs are 0 unless a scenario asks for them: whether large territories become hard to steer is
to be found out by sweeping them from 0, not put in. Units are counted, never people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ressort.parameters import Behaviour

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Coordination:
    """What deciding together costs; the defaults cost nothing.

    `span`: units that one level gathers. `delay_days_per_level`: days. `noise_per_level`: standard
    deviation of the logarithm of what one level reports over what it heard. `quorum`: share of
    units in trouble under which nothing is decided. `heterogeneity`: days of debate for each unit
    of variance between the positions of members (shares from 0 to 1, variance at most 1/4).
    """

    span: int = 7
    delay_days_per_level: float = 0.0
    noise_per_level: float = 0.0
    quorum: float = 0.0
    heterogeneity: float = 0.0

    @classmethod
    def of(cls, behaviour: Behaviour) -> Self:
        """Return what the parameters `coordination_*` say."""
        return cls(
            behaviour.coordination_span,
            behaviour.coordination_delay_days,
            behaviour.coordination_noise,
            behaviour.coordination_quorum,
            behaviour.coordination_heterogeneity,
        )

    def delay_days(self, units: int) -> float:
        """Return the days that a decision for so many units takes to climb."""
        return self.delay_days_per_level * levels(units, self.span)

    def debate_days(self, positions: Floats) -> float:
        """Return the days until members agree, by how far apart they stand (0 to 1 each)."""
        if self.heterogeneity == 0.0 or len(positions) == 0:
            return 0.0
        return self.heterogeneity * float(np.var(positions))

    def is_reached(self, share: float) -> bool:
        """Whether a share of units in trouble is above the quorum; no share is above 1."""
        return share > self.quorum

    def perceived(
        self, units: int, count: int, luck: np.random.Generator, heard: int = 1
    ) -> Floats | None:
        """Return by what factor each of `count` claims is misjudged, mean one; None for truth.

        `units`: those that are coordinated, which set the number of levels. Log-normal: errors of
        levels multiply, so that the variance of the logarithm grows with their number. `heard`:
        independent voices whose mean is believed, so that the error falls as heard**-1/2.
        """
        height = levels(units, self.span)
        if self.noise_per_level == 0.0 or height == 0:
            return None
        deviation = self.noise_per_level * math.sqrt(height / max(1, heard))
        error = luck.standard_normal(count)
        factors: Floats = np.exp(deviation * error - 0.5 * deviation**2)
        return factors


def levels(units: int, span: int) -> int:
    """Return the levels above so many units: the least L with span**L >= units."""
    climbed, reached = 0, 1
    while reached < units:
        reached, climbed = reached * span, climbed + 1
    return climbed
