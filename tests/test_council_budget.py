"""One purse for all that a council does: who comes first takes, and nothing beyond the cap."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from tests.country import world
from tests.worlds import BOURG, live, place_of

from ressort.errors import InputError
from ressort.measures.budget import Budget
from ressort.scenario import check
from ressort.world import Rules, World, build_world

CANTEENS = {"local_share": 0.6, "years": 0.0}


def council(**sections: Any) -> World:
    content = {"territory": {"name": BOURG}, "cooperation": {"scic": False}, "council": sections}
    return build_world(
        place_of(BOURG), Rules(), 1, 8.0, measures=check(content).measures(), shocks=()
    )


def asked(days: int, **sections: Any) -> tuple[float, World]:
    """Return what is levied in some days without a cap worth the name, and the world."""
    place = council(budget=1e12, **sections)
    live(place, days)
    return float(place.measures[-1].observed["levied"]), place


def test_a_large_budget_changes_no_bit() -> None:
    sections: dict[str, Any] = {"reserve": {"days": 5.0}, "flexibility": {}}
    days = [
        np.array(list(live(council(**sections, **cap), 40).values()))
        for cap in ({}, {"budget": 1e12})
    ]
    assert days[0].tobytes() == days[1].tobytes()


def test_nothing_is_levied_beyond_the_cap_and_the_refused_is_told() -> None:
    sections: dict[str, Any] = {
        "reserve": {"ready": False},
        "flexibility": {},
        "participatory_budget": {},
    }
    wanted, _ = asked(30, **sections)
    capped = council(budget=0.5 * wanted, **sections)
    cash = float(capped.state.homes.cash.sum())
    live(capped, 30)
    seen = capped.measures[-1].observed
    assert seen["levied"] == pytest.approx(0.5 * wanted)
    assert seen["left"] == pytest.approx(0.0, abs=1e-6)
    assert seen["refused"] > 0.0
    assert capped.state.homes.cash.sum() < cash


def test_who_comes_first_in_the_day_is_served_first() -> None:
    """The reserve is before the brokers: it fills, and their wages wait until next year."""
    sections: dict[str, Any] = {"reserve": {"ready": True}, "flexibility": {}}
    free = council(**sections)
    value = float(free.measures[0].stock.sum())
    capped = council(budget=value, **sections)
    assert capped.measures[0].stock.sum() == pytest.approx(value)
    live(capped, 10)
    assert capped.measures[1].cost_today == 0.0
    assert capped.measures[-1].observed["levied"] == pytest.approx(value)


def test_a_new_year_has_a_new_budget() -> None:
    place = council(budget=1000.0, flexibility={})
    purse = place.measures[-1]
    assert isinstance(purse, Budget)
    live(place, 40, audit=False)
    assert purse.observed["left"] == pytest.approx(0.0, abs=1e-6)
    place.tick = 365
    live(place, 1, audit=False)
    assert 0.0 < purse.observed["levied"] < 1000.0


def test_a_budget_of_nothing_fills_no_reserve() -> None:
    place = council(budget=0.0, reserve={})
    live(place, 5)
    assert place.measures[0].stock.max() == 0.0
    assert place.measures[-1].observed["refused"] > 0.0


def test_a_copy_of_a_council_has_one_purse_of_its_own() -> None:
    measures = council(budget=1e6, reserve={}, flexibility={}).measures
    copies = copy.deepcopy(measures)
    purses = {id(m.common_purse) for m in copies[:-1]}
    assert purses == {id(copies[-1])}
    assert copies[-1] is not measures[-1]


def test_a_budget_is_a_sum_of_money() -> None:
    with pytest.raises(InputError, match=r"council.budget"):
        check({"territory": {"name": BOURG}, "council": {"budget": -1.0}})


# ---------------------------------------------------------------- canteens: local and organic
def fed(**settings: Any) -> dict[str, float]:
    place = world("country", canteens=CANTEENS | settings)
    live(place, 60)
    return place.measures[0].observed


def test_organic_food_is_bought_here_as_far_as_there_is_some_and_costs_its_premium() -> None:
    plain, organic, much = (
        fed(),
        fed(organic_share=0.05, organic_supply=1.0),
        fed(organic_share=0.2, organic_supply=0.05),
    )
    assert plain["organic_here"] == plain["organic_outside"] == 0.0
    assert organic["organic_here"] > 0.0 == organic["organic_outside"]
    assert much["organic_here"] == pytest.approx(0.05 * much["bought"])
    assert much["organic_outside"] > 0.0
    for seen in (plain, organic, much):
        extra = 0.25 * (seen["organic_here"] + seen["organic_outside"])
        assert seen["premium"] == pytest.approx(0.15 * seen["bought"] + extra)


def test_farms_that_convert_give_canteens_more_organic_food_here() -> None:
    here = []
    for start in (0.1, 0.4):
        place = world(
            "country",
            canteens=CANTEENS | {"organic_share": 0.5},
            organic={"start_share": start, "advisers": 0.0},
        )
        live(place, 40)
        here.append(place.measures[1].observed["organic_here"])
    assert here[0] < here[1]
