"""Measures of cooperation and policy, one file a subject; see `measures.base`.

A measure is listed here in the section of a scenario to which it belongs.
"""

from __future__ import annotations

from typing import Final

from ressort.measures.base import Measure
from ressort.measures.labour_pool import LabourPool
from ressort.measures.local_generation import LocalGeneration
from ressort.measures.members_store import MembersStore
from ressort.measures.remote_work import RemoteWork
from ressort.measures.repair_training import RepairTraining
from ressort.measures.reserve import Reserve

__all__ = ["COOPERATION", "COUNCIL", "CURRENCY", "PARTNERS", "Measure"]

COOPERATION: Final[tuple[type[Measure], ...]] = (
    RepairTraining,
    LabourPool,
    MembersStore,
    LocalGeneration,
)
COUNCIL: Final[tuple[type[Measure], ...]] = (Reserve, RemoteWork)
CURRENCY: Final[tuple[type[Measure], ...]] = ()
PARTNERS: Final[tuple[type[Measure], ...]] = ()
