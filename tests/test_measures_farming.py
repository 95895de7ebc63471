"""Organic farming, adaptation to drought, payments for water, canteens: directions, costs, harm."""

from __future__ import annotations

import pickle
from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.country import AGRI, FOOD_CUT, PLENTY, SPRINGS, only, scenario, world
from tests.worlds import live

from ressort.scenario import load
from ressort.shocks import Shock
from ressort.simulation import simulate

# ---------------------------------------------------------------- organic farming
CHEMICAL_CUT = Shock("import_cut", 400, 150, goods=("chemicals",))
CONVERTING = {"application_rate": 3.0, "advisers": 20.0, "budget": 1e8, "conversion_years": 0.5}


@cache
def farmed(*settings: tuple[str, Any]) -> tuple[np.ndarray, dict[str, float]]:
    """Return farm output by day, calm for 400 days and then without chemicals, and what is seen.

    No settings: without the measure.
    """
    measures = {"organic": CONVERTING | dict(settings)} if settings else {}
    lived = world("country", CHEMICAL_CUT, **measures)
    output = live(lived, 550, audit=False)["output_agri"]
    return output, only(lived).observed if settings else {}


def test_organic_farms_make_less_and_hang_less_on_chemicals() -> None:
    """Direction of S21, and the price of it: lower in calm times, steadier in a cut."""
    organic, seen = farmed(("start_share", 0.1))
    bare, _ = farmed()
    assert seen["share"] > 0.6
    assert organic[390] < 0.9 * bare[390]
    falls = [1.0 - output[500:].mean() / output[390] for output in (organic, bare)]
    assert falls[0] < 0.5 * falls[1]
    fresh = world("country", organic=CONVERTING)
    live(fresh, 1)
    assert seen["chemicals"] < 0.4 * only(fresh).observed["chemicals"]


def test_organic_farms_fall_as_deep_if_what_chemicals_are_left_is_vital() -> None:
    vital, _ = farmed(("chemicals_rating", 2))
    bare, _ = farmed()
    falls = [1.0 - output[500:].mean() / output[390] for output in (vital, bare)]
    assert falls[0] == pytest.approx(falls[1], abs=0.02)


def test_without_money_or_advice_nobody_converts() -> None:
    for settings in ({"budget": 0.0}, {"advisers": 0.0}):
        lived = world("country", organic=CONVERTING | settings)
        live(lived, 60)
        seen = only(lived).observed
        assert seen["converting"] == 0.0
        assert seen["waiting"] > 0.0
        assert seen["output_lost"] == 0.0


# ---------------------------------------------------------------- adaptation to drought
def test_adaptation_costs_always_and_pays_only_in_a_drought_that_lasts() -> None:
    """Direction of S11, with its condition: a short drought does not bring the money back."""
    drought = Shock("harvest_loss", 200, 2000, 0.7, "ramp", 200)
    aid = {"adaptation_aid": {"budget": 3e7, "delay_days": 90}}
    with_aid, bare = (live(world("springs", drought, **m), 1300, audit=False) for m in (aid, {}))
    cost = with_aid["measures_cost"].cumsum()
    saved = (with_aid["output"] - bare["output"]).cumsum()
    assert (with_aid["output_agri"][:199] == bare["output_agri"][:199]).all()
    assert cost[199] > 0.0
    assert with_aid["output_agri"][900:].mean() > bare["output_agri"][900:].mean()
    assert saved[200 + 365] < cost[200 + 365]
    assert saved[-1] > cost[-1]


def test_adaptation_closes_its_books_and_spares_standing_crops() -> None:
    hail = Shock("harvest_loss", 120, 30, 0.6)
    aid = {"adaptation_aid": {"budget": 3e7, "delay_days": 30}}
    worlds = [world("country", hail, **m) for m in (aid, {})]
    for place in worlds:
        live(place, 130)
    kept = [place.state.firms.crop.sum() for place in worlds]
    assert kept[0] > kept[1]
    assert only(worlds[0]).observed["saved"] > 0.0


# ---------------------------------------------------------------- payments for water
PAID = {"catchment": 1.0, "budget": 1e8, "sign_rate": 5.0, "lag_years": 1.0}


def test_quality_lags_and_spares_chemicals_in_waterworks() -> None:
    lived = world("springs", water_payments=PAID)
    before = lived.state.firms.output_calm.copy()
    live(lived, 365)
    seen = only(lived).observed
    assert seen["farms"] > 0.0
    assert 0.5 < seen["quality"] < 1.0 - np.exp(-1.0)
    farms = lived.state.firms.branch == AGRI
    assert lived.state.firms.output_calm[farms].sum() < 0.97 * before[farms].sum()
    assert seen["farms"] == farms.sum()


@pytest.mark.parametrize(("shape", "ramp", "helps"), [("sudden", 0, False), ("ramp", 100, True)])
def test_clean_catchments_help_in_a_slow_loss_alone(shape: str, ramp: int, helps: bool) -> None:
    loss = Shock("capacity_loss", 300, 120, 0.5, shape, ramp, branches=("water",))
    made = [
        live(world("springs", loss, **m), 420)["output_water"]
        for m in ({"water_payments": PAID}, {})
    ]
    assert made[0][290] == pytest.approx(made[1][290], rel=1e-3)
    gain = made[0][400:].mean() / made[1][400:].mean() - 1.0
    assert gain > 0.1 if helps else abs(gain) < 0.01


# ---------------------------------------------------------------- canteens
LOCAL = {"years": 0.2, "local_share": 0.6, "reach_km": 100.0}


@cache
def cooked(shock: Shock | None, canteens: bool) -> dict[str, np.ndarray]:
    measures = {"canteens": LOCAL} if canteens else {}
    shocks = (shock,) if shock else ()
    return live(world("country", *shocks, **measures), 220, audit=False)


def fall_of_food(shock: Shock, canteens: bool) -> float:
    calm, hit = cooked(None, canteens), cooked(shock, canteens)
    return float((calm["output_food"] - hit["output_food"])[130:].sum())


def test_canteens_steady_makers_when_the_outside_buys_less() -> None:
    lost = Shock("export_loss", 120, 90, goods=("food",))
    assert fall_of_food(lost, True) < fall_of_food(lost, False)


def test_canteens_drag_makers_down_when_they_close() -> None:
    closed = Shock("capacity_loss", 120, 90, branches=("education", "health_social"))
    falls = [fall_of_food(closed, canteens) for canteens in (True, False)]
    assert falls[0] > 0.0
    assert falls[0] > 10.0 * abs(falls[1])


def test_canteens_reach_their_share_and_residents_pay_the_premium() -> None:
    lived = world("country", canteens=LOCAL)
    calm = live(lived, 220)
    seen = only(lived).observed
    assert 0.4 < seen["share"] <= LOCAL["local_share"]
    assert seen["premium"] == pytest.approx(0.15 * seen["bought"])
    assert calm["measures_cost"][-1] == pytest.approx(seen["premium"])
    assert calm["essential"].min() == 1.0
    assert calm["output_food"][-1] == pytest.approx(calm["output_food"][0], rel=0.01)


# ---------------------------------------------------------------- all together
def test_all_of_them_live_together_and_can_be_sent_to_other_processes() -> None:
    case = scenario(
        SPRINGS,
        shocks=[FOOD_CUT],
        growers=PLENTY,
        organic=CONVERTING,
        adaptation_aid={},
        water_payments=PAID,
        canteens=LOCAL,
    )
    scic = case.cooperation.model_copy(update={"scic": True})
    case = case.model_copy(update={"cooperation": scic})
    assert len(simulate(case, 1, audit=True).measures.columns) > 30
    # Sections are made from records, and worker processes must find them by name.
    assert pickle.loads(pickle.dumps(case)) == case


# ---------------------------------------------------------------- presets
@pytest.mark.parametrize(
    "name",
    [
        "ceinture-verte-bearn",
        "ceinture-verte-valence",
        "catl-liege",
        "biovallee",
        "nievre-adaptation",
        "eau-de-paris",
        "solidarite-paris-campagne",
    ],
)
def test_measures_of_a_preset_live_through_its_shock(name: str) -> None:
    """The settings of each preset, in a small place and without its calm years, with the audit."""
    full = load(name)
    small = scenario(SPRINGS, years=0)
    changes = {"territory": small.territory, "run": small.run, "calm": small.calm}
    case = full.model_copy(update=changes)
    assert case.measures()
    run = simulate(case, 1, audit=True)
    assert len(run.daily) == 60
    assert run.reference["essential"].min() == 1.0
