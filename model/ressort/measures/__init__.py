"""Measures of cooperation and policy, one file a subject; see `measures.base`.

A measure is listed here in the section of a scenario to which it belongs.
"""

from __future__ import annotations

from typing import Final

from ressort.measures.base import Measure
from ressort.measures.currency import Currency
from ressort.measures.reserve import Reserve

__all__ = ["COOPERATION", "COUNCIL", "CURRENCY", "PARTNERS", "Measure"]

COOPERATION: Final[tuple[type[Measure], ...]] = ()
COUNCIL: Final[tuple[type[Measure], ...]] = (Reserve,)
CURRENCY: Final[tuple[type[Measure], ...]] = (Currency,)
PARTNERS: Final[tuple[type[Measure], ...]] = ()
