"""What support does to the chance that a grower gives up: advice paid for, and other growers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from ressort.measures.base import Floats


def exit_ratios(paying: NDArray[np.int64], staffed: float, settings: SimpleNamespace) -> Floats:
    """Return the chance of giving up over that without support, by grower, shape (room,).

    `paying`: places of those who paid the fee today; nobody else is supported. `staffed`: share of
    the staff that was paid. Advice does its part as far as staff has time for all,
    `growers_per_adviser` each. Learning from peers does `peer_share`, and half of that with
    `peers_half` others in the group. At best the ratio is `hazard_ratio` (S22).
    """
    n = len(paying)
    others = max(0, n - 1)
    advice = min(1.0, staffed * settings.staff * settings.growers_per_adviser / max(1, n))
    peers = others / (others + settings.peers_half)
    support = (1.0 - settings.peer_share) * advice + settings.peer_share * peers
    ratio = np.ones(settings.room)
    ratio[paying] = 1.0 - (1.0 - settings.hazard_ratio) * support
    return ratio
