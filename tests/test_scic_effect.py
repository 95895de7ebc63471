"""Cooperation helps in one crisis and hurts in another, on every one of ten seeds."""

from __future__ import annotations

from typing import Any

from tests.worlds import TOWN

from ressort.scenario import check
from ressort.simulation import Stage, run_pair


def gains(shock: dict[str, Any], mechanisms: list[str], **parameters: Any) -> list[float]:
    """Return the unmet need that a SCIC adds (over 0) or spares, as a share of what is without."""
    scenario = check(
        {
            "territory": {"codes": [TOWN]},
            "run": {"days": 90, "people_per_agent": 20.0},
            "shocks": [{"kind": "import_cut", "start_day": 5} | shock],
            "cooperation": {"mechanisms": mechanisms},
            "parameters": {"scic_hazard": 0.0, "member_share": 1.0} | parameters,
        }
    )
    stage = Stage.of(scenario)
    pairs = (run_pair(stage, seed, audit=True) for seed in range(1, 11))
    unmet = "m4_unmet_person_days"
    return [one.metrics[unmet] / other.metrics[unmet] - 1.0 for one, other in pairs]


def test_a_pool_and_a_register_can_help() -> None:
    """A month without outside supply, all members, much in common and quick to open."""
    changes = gains(
        {"days": 30},
        ["pool", "register", "fund"],
        pool_share=0.4,
        decision_delay_days=3,
        matches_per_employee=20.0,
    )
    assert max(changes) < 0


def test_a_pool_that_opens_too_late_hurts() -> None:
    """What lies in the pool is missed on the shelves, and the cut is over before it opens."""
    changes = gains({"days": 15}, ["pool"], pool_share=0.5, decision_delay_days=60)
    assert min(changes) > 0
