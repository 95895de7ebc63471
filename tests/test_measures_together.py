"""What holds of every measure: names in its lists, rows kept free beside it, when it begins."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.worlds import TOWN

from ressort.errors import InputError
from ressort.measures import COOPERATION, COUNCIL, CURRENCY, PARTNERS, Measure
from ressort.parameters import measure_records
from ressort.scenario import Scenario, check
from ressort.simulation import Run, Stage, run_arm

ALL = (*COOPERATION, *COUNCIL, *CURRENCY, *PARTNERS)
DAYS = 50
NEVER = {"from_year": 0.136}  # begins on the day after the last

# What makes a measure do something within the days of a test.
BUSY: dict[str, dict[str, Any]] = {
    "ptce": {"governance_years": 0.0, "sharing_years": 0.0},
    "conditional_aid": {"full_years": 0.0, "aid_rate": 0.05},
    "reserve": {"priority": ["agri", "food"], "plan": True},
    "mutual_aid": {"serve_when_hit": True, "calls_per_year": 12.0},
    "canteens": {"years": 0.0},
    "growers": {"levy": 2e6, "delay_days": 5},
    "currency": {"adoption": 0.5, "firm_share": 0.3, "invoice_days": 20, "clearing": True},
    "participatory_budget": {"lag_years": 0.0},
    "membership": {
        "review_days": 7,
        "admission_days": 3,
        "free_rider_share": 0.3,
        "monitoring": 0.5,
    },
}


def section(measure: type[Measure], settings: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a scenario that switches a measure on."""
    if measure in PARTNERS:
        return {"partners": [{"contract": measure.name, "partner": "Thiers", **settings}]}
    if measure in CURRENCY:
        return {"currency": settings}
    return {"cooperation" if measure in COOPERATION else "council": {measure.name: settings}}


def scenario(**sections: Any) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"name": TOWN},
        "run": {"days": DAYS, "people_per_agent": 40.0},
        "shocks": [
            {"kind": "border_closure", "start_day": 8, "days": 20, "depth": 0.7},
            {"kind": "demand_loss", "start_day": 8, "days": 30, "depth": 0.3},
        ],
    }
    cooperation = sections.get("cooperation", {})
    of_scic = {"membership", "governance", "price_smoothing"} & set(cooperation)
    sections["cooperation"] = {"scic": bool(of_scic)} | cooperation
    if "price_smoothing" in cooperation:
        content["run"]["prices"] = "scarcity"
    return check(content | sections)


@cache
def stage_and_people() -> tuple[Stage, Any]:
    stage = Stage.of(scenario())
    return stage, stage.economy(1)


def live(case: Scenario) -> Run:
    stage, economy = stage_and_people()
    return run_arm(Stage(case, stage.place), 1, True, audit=True, economy=economy)


LISTS = [
    (measure, name)
    for measure in ALL
    for name, record in measure_records()[measure.name].items()
    if isinstance(record.value, list)
]


@pytest.mark.parametrize(("measure", "name"), LISTS, ids=lambda x: getattr(x, "name", x))
def test_a_strange_name_in_a_list_is_told(measure: type[Measure], name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}.*'fodo'"):
        scenario(**section(measure, {name: ["fodo"]}))


def test_there_are_lists_to_test() -> None:
    assert len(LISTS) >= 12


@pytest.mark.parametrize(
    "measure", [m for m in ALL if m.name != "growers"], ids=lambda m: str(m.name)
)
def test_rows_kept_free_change_no_other_measure(measure: type[Measure]) -> None:
    """Growers who have not begun leave what others do as it is, bit for bit."""
    sections = section(measure, BUSY.get(measure.name, {}))
    alone = live(scenario(**sections))
    growers = {"growers": NEVER} | sections.get("cooperation", {})
    beside = live(scenario(**sections | {"cooperation": growers}))
    assert beside.series.indicators.tobytes() == alone.series.indicators.tobytes()


@pytest.mark.parametrize("measure", ALL, ids=lambda m: str(m.name))
def test_a_measure_that_begins_after_the_run_is_told(measure: type[Measure]) -> None:
    said = rf"{measure.name}.from_year|partners\.0\.from_year"
    with pytest.raises(InputError, match=rf"({said}): .*begin earlier or run longer"):
        scenario(**section(measure, {"from_year": 0.137}))
    with pytest.raises(InputError, match=rf"{said}"):
        scenario(**section(measure, {"from_year": 1.137}), calm={"years": 1})
    scenario(**section(measure, {"from_year": 1.136}), calm={"years": 1})
