"""Measures of cooperation and policy, one file a subject; see `measures.base`.

A measure is listed here in the section of a scenario to which it belongs.
"""

from __future__ import annotations

from typing import Final

from ressort.measures.aid import Bonus, ConditionalAid
from ressort.measures.base import Measure
from ressort.measures.canteens import Canteens
from ressort.measures.cooperatives import EmploymentSmoothing, IndivisibleReserves
from ressort.measures.currency import Currency
from ressort.measures.drought import AdaptationAid
from ressort.measures.flexibility import Flexibility
from ressort.measures.governance import Governance
from ressort.measures.growers import Growers
from ressort.measures.guarantee import Guarantee
from ressort.measures.land import Land
from ressort.measures.local_generation import LocalGeneration
from ressort.measures.local_ties import LocalTies
from ressort.measures.members_store import MembersStore
from ressort.measures.membership import Membership
from ressort.measures.organic import Organic
from ressort.measures.panel import Panel
from ressort.measures.partners import Expertise, MutualAid, Reciprocity
from ressort.measures.price_smoothing import PriceSmoothing
from ressort.measures.projects import ParticipatoryBudget
from ressort.measures.ptce import Ptce
from ressort.measures.remote_work import RemoteWork
from ressort.measures.repair_training import RepairTraining
from ressort.measures.reserve import Reserve
from ressort.measures.shared_machines import SharedMachines
from ressort.measures.water import WaterPayments

__all__ = ["COOPERATION", "COUNCIL", "CURRENCY", "PARTNERS", "Measure"]

# Those that add rows to the tables come first: others may keep arrays of their length.
COOPERATION: Final[tuple[type[Measure], ...]] = (
    Growers,
    Organic,
    RepairTraining,
    Ptce,
    EmploymentSmoothing,
    IndivisibleReserves,
    MembersStore,
    LocalGeneration,
    Membership,
    Governance,
    Guarantee,
    SharedMachines,
    LocalTies,
    PriceSmoothing,
)
COUNCIL: Final[tuple[type[Measure], ...]] = (
    Reserve,
    AdaptationAid,
    WaterPayments,
    Canteens,
    RemoteWork,
    Panel,
    ParticipatoryBudget,
    ConditionalAid,
    Bonus,
    Flexibility,
    Land,
)
CURRENCY: Final[tuple[type[Measure], ...]] = (Currency,)
PARTNERS: Final[tuple[type[Measure], ...]] = (Reciprocity, MutualAid, Expertise)
