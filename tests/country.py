"""What the tests of measures for farming share: places in the country, and worlds with measures."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.worlds import TOWN, live

from ressort.branches import INDEX
from ressort.measures import Measure
from ressort.place import Place
from ressort.scenario import Scenario, check
from ressort.shocks import Shock
from ressort.simulation import Stage
from ressort.world import Rules, World, build_world

COUNTRY: dict[str, Any] = {"around": "63005", "radius_km": 7.0}  # 8 803 inhabitants, 130 farms
SPRINGS: dict[str, Any] = {"around": "63005", "radius_km": 5.0}  # has waterworks at seed 1
PLACES = {"town": {"name": TOWN}, "country": COUNTRY, "springs": SPRINGS}
AGRI = INDEX["agri"]
COUNCIL = ("adaptation_aid", "water_payments", "canteens", "land")
FOOD_CUT = {"kind": "import_cut", "start_day": 5, "days": 30, "goods": ["agri", "food"]}
# Land, money and candidates enough, so that a test can make one of them scarce.
PLENTY: dict[str, Any] = {
    "levy": 2e6,
    "land_obtained": 1.0,
    "candidate_rate": 0.05,
    "delay_days": 20,
    "exit_rate": 0.0,
    "may_fail": 0.0,
    "least_sold": 0.2,
}


def scenario(
    territory: dict[str, Any], days: int = 60, years: int = 0, **sections: Any
) -> Scenario:
    content: dict[str, Any] = {
        "territory": territory,
        "run": {"days": days, "people_per_agent": 40.0},
        "calm": {"years": years},
        "cooperation": {"scic": False},
        "council": {},
    }
    for name in ("growers", "organic"):
        if name in sections:
            content["cooperation"][name] = sections.pop(name)
    for name in COUNCIL:
        if name in sections:
            content["council"][name] = sections.pop(name)
    return check(content | sections)


@cache
def place_named(name: str) -> Place:
    return Stage.of(scenario(PLACES[name])).place


def world(where: str, *shocks: Shock, **measures: Any) -> World:
    """Return a world of a place, seed 1, with measures given as name = settings that differ."""
    made = scenario({"name": TOWN}, **measures).measures()
    return build_world(place_named(where), Rules(), 1, 40.0, shocks, measures=made)


def only(lived: World) -> Measure:
    (measure,) = lived.measures
    return measure


def grown(days: int, where: str = "town", **settings: Any) -> tuple[World, dict[str, float]]:
    """Return a world with growers after some calm days, audited, and what is seen of them."""
    place = world(where, growers=PLENTY | settings)
    live(place, days)
    return place, only(place).observed
