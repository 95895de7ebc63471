"""The 22 branches of the economy, one good each, and the needs of people.

A regrouping of the 24 branches of the French input-output table: textile, wood and paper become
`light`, plastics, minerals and metals `materials`, machines and vehicles `equipment`; chemistry is
split, because medicine (`pharma`) decides how long people last.
"""

from __future__ import annotations

from typing import Final

BRANCHES: Final = (
    "agri",
    "food",
    "light",
    "fuel",
    "chemicals",
    "pharma",
    "materials",
    "equipment",
    "energy",
    "water",
    "construction",
    "trade",
    "transport",
    "horeca",
    "info_comm",
    "finance",
    "real_estate",
    "business_services",
    "public_admin",
    "education",
    "health_social",
    "other_services",
)
N_BRANCHES: Final = len(BRANCHES)
INDEX: Final = {name: i for i, name in enumerate(BRANCHES)}

# In order of priority: a household short of money gives up the last first.
NEEDS: Final = (
    "water",
    "food",
    "energy",
    "care",
    "medicine",
    "shelter",
    "mobility",
    "communication",
)
N_NEEDS: Final = len(NEEDS)
