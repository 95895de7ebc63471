"""Measures of cooperation and policy, one file a subject; see `measures.base`.

A measure is listed here in the section of a scenario to which it belongs.
"""

from __future__ import annotations

from typing import Final

from ressort.measures.aid import Bonus, ConditionalAid
from ressort.measures.base import Measure
from ressort.measures.flexibility import Flexibility
from ressort.measures.panel import Panel
from ressort.measures.partners import Expertise, MutualAid, Reciprocity
from ressort.measures.projects import ParticipatoryBudget
from ressort.measures.reserve import Reserve

__all__ = ["COOPERATION", "COUNCIL", "CURRENCY", "PARTNERS", "Measure"]

COOPERATION: Final[tuple[type[Measure], ...]] = ()
COUNCIL: Final[tuple[type[Measure], ...]] = (
    Reserve,
    Panel,
    ParticipatoryBudget,
    ConditionalAid,
    Bonus,
    Flexibility,
)
CURRENCY: Final[tuple[type[Measure], ...]] = ()
PARTNERS: Final[tuple[type[Measure], ...]] = (Reciprocity, MutualAid, Expertise)
