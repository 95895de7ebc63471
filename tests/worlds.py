"""What several tests share: places, and worlds lived for some days with the audit on."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from ressort.day import live_one_day
from ressort.indicators import NAMES, observe
from ressort.ledger import Ledger
from ressort.place import Place, place
from ressort.scenario import load
from ressort.territories import territory
from ressort.world import World

ROOT = Path(__file__).resolve().parents[1]
VILLAGE = "63005"  # Antoingt, 413 inhabitants
BOURG = "63354"  # Saint-Gervais-d'Auvergne, 1 192 inhabitants
TOWN = "63178"  # Issoire, 15 115 inhabitants


@cache
def place_of(name: str) -> Place:
    """Return a place by commune code, or the bassin de vie of Clermont-Ferrand."""
    if name == "clermont":
        return place(load("clermont-import-cut").resolve_territory())
    return place(territory(name))


def live(world: World, days: int, audit: bool = True) -> dict[str, np.ndarray]:
    """Live some days and return the daily indicators by name; raises at the first imbalance."""
    ledger = Ledger.open(world)
    rows = []
    for _ in range(days):
        live_one_day(world)
        rows.append(observe(world)[0])
        if audit:
            ledger.audit(world)
    table = np.array(rows)
    return {name: table[:, k] for k, name in enumerate(NAMES)}
