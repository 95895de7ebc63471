"""Growers installed by a platform: what limits them, what they do and cost, how they leave."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from tests.country import COUNTRY, FOOD_CUT, PLENTY, grown, only, scenario, world
from tests.states import columns
from tests.worlds import BOURG, live, place_of

from ressort.goods import ProductionFunction, Rationing
from ressort.measures.growers import Growers
from ressort.parameters import measure_records
from ressort.rules.firms import close_firm
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.simulation import simulate
from ressort.state import OUTSIDE
from ressort.world import Rules, World, build_world


# ---------------------------------------------------------------- room for growers
def test_room_for_growers_changes_nothing_bit_for_bit() -> None:
    """Dormant rows meet a SCIC, tiers, machines that break, searches, closures and entry."""
    rules = Rules(
        production=ProductionFunction.STRICT,
        rationing=Rationing.MEMBERS_FIRST,
        start_day_of_year=190,
    )
    shocks = (Shock("isolation", 3, 40, 0.9), Shock("employer_closure", 5, 10))
    settings = {r.name: r.value for r in measure_records()["growers"].values()}
    series, states = [], []
    for measures in ((), (Growers(settings | {"from_year": 20.0}),)):
        place = build_world(
            place_of(BOURG), rules, 5, 4.0, shocks, Cooperation(), measures=measures
        )
        series.append(np.array(list(live(place, 60).values())))
        states.append(dict(columns(place.state)))
    assert series[0].tobytes() == series[1].tobytes()
    assert len(states[1]["firms.alive"]) == len(states[0]["firms.alive"]) + settings["room"]
    for name, values in states[0].items():
        axis = 1 if name in ("transit", "haul") else 0
        same = np.take(states[1][name], np.arange(values.shape[axis]), axis)
        np.testing.assert_array_equal(same, values, err_msg=name)


def test_a_plan_is_read_by_no_rule() -> None:
    plans: tuple[dict[str, float], ...] = (
        {},
        {"plan_farms": 900.0, "plan_years": 1.0, "plan_coverage": 0.9},
    )
    worlds = [world("country", growers=PLENTY | plan) for plan in plans]
    days = [np.array(list(live(place, 100, audit=False).values())) for place in worlds]
    assert days[0].tobytes() == days[1].tobytes()
    shown = [only(place).observed["plan_farms"] for place in worlds]
    assert shown[0] == 0.0
    assert shown[1] == pytest.approx(900 * 99 / 365)


# ---------------------------------------------------------------- growers: limits
# Land for a plot every 50 days, less the delay: three farms after 178 days.
SCARCE = 0.04 * 365  # hectares a year


@cache
def on_land(times: float, levy: float) -> tuple[World, dict[str, float]]:
    """Return a town after 178 days with `times` the scarce land and some money a year."""
    return grown(178, levy=levy, land_obtained=0.0, communal_land=times * SCARCE)


def test_half_the_land_is_half_the_farms_where_land_binds() -> None:
    for times, farms in ((1.0, 3.0), (2.0, 6.0)):
        _, seen = on_land(times, 2.5e6)
        assert seen["farms"] == farms
        assert seen["lacks_land"] == 1.0
        assert seen["lacks_capital"] == seen["lacks_candidates"] == seen["lacks_outlets"] == 0.0


def test_half_the_land_changes_nothing_where_capital_binds() -> None:
    _, full = on_land(4.0, 1e6)
    _, half = on_land(2.0, 1e6)
    assert full["lacks_capital"] == half["lacks_capital"] == 1.0
    assert full["lacks_land"] == half["lacks_land"] == 0.0
    assert full["farms"] == half["farms"] > 0.0


def test_without_buyers_or_candidates_nobody_comes() -> None:
    for settings, lack in (({"buyers": []}, "outlets"), ({"candidate_rate": 0.0}, "candidates")):
        lived, seen = grown(120, where="country", **settings)
        assert seen["installed"] == 0.0
        assert seen[f"lacks_{lack}"] == 1.0
        assert len(lived.state.firms) > lived.n_drawn


def test_nobody_signs_for_a_fee_that_a_plot_does_not_bear() -> None:
    lived, seen = grown(100, where="country")
    measure = only(lived)
    assert isinstance(measure, Growers)
    bearable = measure.surplus * 365 / 12
    for fee, farms in ((0.99 * bearable, seen["farms"]), (1.01 * bearable, 0.0)):
        _, shown = grown(100, where="country", fee=fee)
        assert shown["farms"] == farms
        assert shown["lacks_fee"] == float(farms == 0.0)
    assert seen["farms"] > 0.0


def test_support_keeps_growers_only_while_the_platform_lives() -> None:
    """Who is left alone gives up as growers do without support."""
    left = []
    for active in (True, False):
        lived, _ = grown(100, where="country", exit_rate=0.99, hazard_ratio=0.05)
        measure = only(lived)
        assert isinstance(measure, Growers)
        assert measure.observed["farms"] > 0.0
        before = measure.left
        measure.active = active
        measure.pending = []
        live(lived, 200)
        left.append(measure.left - before)
    assert left[0] < left[1]


# ---------------------------------------------------------------- growers: public land
OFFER = {"hectares": SCARCE, "hectares_most": 100.0}


def offered(days: int = 178, growers: dict[str, object] | None = None, **land: float) -> World:
    """Return a town whose platform finds no land but what the council offers."""
    start = PLENTY | {"levy": 2.5e6, "land_obtained": 0.0, "communal_land": 0.0}
    place = world("town", growers=start | (growers or {}), land=OFFER | land)
    live(place, days)
    return place


def test_public_land_eases_the_limit_of_land_and_no_other() -> None:
    _, without = grown(178, levy=2.5e6, land_obtained=0.0, communal_land=0.0)
    eased = offered()
    assert without["farms"] == 0.0
    assert eased.measures[0].observed["farms"] == on_land(1.0, 2.5e6)[1]["farms"] > 0.0
    assert eased.measures[0].observed["lacks_land"] == 1.0
    limits: tuple[dict[str, object], ...] = ({"buyers": []}, {"candidate_rate": 0.0})
    for limit in limits:
        poor = offered(100, growers=limit)
        assert poor.measures[0].observed["farms"] == 0.0


def test_public_land_costs_the_rent_forgone_used_or_not() -> None:
    idle = offered(100, growers={"candidate_rate": 0.0})
    seen = idle.measures[1].observed
    assert seen["used"] == seen["rents"] == 0.0
    hectares = SCARCE * 99 / 365  # those of the evening are offered from tomorrow on
    assert seen["forgone"] == pytest.approx(150.0 / 365 * hectares)
    assert idle.measures[1].cost_today == pytest.approx(seen["forgone"])


def test_growers_pay_a_rent_for_public_land_and_there_is_an_end_to_it() -> None:
    used = offered(150)
    seen = used.measures[1].observed
    assert 0.0 < seen["used"] <= seen["offered"]
    assert 0.0 < seen["rents"] <= 100.0 / 365 * seen["used"]
    small = offered(100, hectares_most=2.0)
    assert small.measures[1].observed["offered"] == pytest.approx(2.0)
    assert small.measures[0].observed["farms"] <= 1.0


def test_who_gives_up_leaves_its_public_land_to_the_next() -> None:
    used = offered(150)
    platform, council = used.measures[:2]
    assert isinstance(platform, Growers)
    on_land = platform.on_public_land
    assert on_land == pytest.approx(float(platform.of_council.sum()))
    assert on_land > 0.0
    k = int(np.flatnonzero(platform.of_council > 0.0)[0])
    freed = float(platform.of_council[k])
    row = platform.first + k
    close_firm(used.state.firms, row, used.state.slots, used.state.jobs, used.flows)
    platform._clear(used, k)
    assert platform.on_public_land == pytest.approx(on_land - freed)
    council.cooperate(used)
    assert council.observed["used"] == pytest.approx(on_land - freed)


def test_rents_above_the_rent_forgone_go_to_residents() -> None:
    dear = offered(178, rent_before=1.0, rent=100.0)
    council = dear.measures[1]
    assert council.observed["rents"] > council.observed["forgone"]
    assert council.cash == pytest.approx(0.0, abs=1e-9)
    assert council.cost_today == pytest.approx(council.observed["rents"])


def test_public_land_without_a_platform_costs_and_helps_nobody() -> None:
    alone = world("country", land=OFFER)
    live(alone, 30)
    seen = only(alone).observed
    assert seen["forgone"] > 0.0 == seen["used"]


# ---------------------------------------------------------------- growers: what they do and cost
def test_more_farms_cover_more_and_take_the_place_of_imports() -> None:
    (few, seen_few), (many, seen_many) = on_land(1.0, 2.5e6), on_land(2.0, 2.5e6)
    assert seen_many["farms"] > seen_few["farms"] > 0.0
    assert seen_many["covered"] > 1.5 * seen_few["covered"] > 0.0
    for lived, seen in ((few, seen_few), (many, seen_many)):
        new = lived.state.firms[lived.n_drawn :]
        farms = new[new.alive]
        np.testing.assert_allclose(farms.production, farms.output_calm)
        sold_here = lived.state.source_calm >= lived.n_drawn
        assert sold_here.any(axis=1).sum() >= seen["farms"]


def test_a_grower_takes_a_job_and_loses_the_benefit() -> None:
    lived, seen = grown(100, where="country")
    fresh = world("country")
    state = lived.state
    n = seen["farms"]
    assert n > 0.0
    lost = fresh.state.homes.transfers.sum() - state.homes.transfers.sum()
    assert lost == pytest.approx(n * lived.rules.behaviour.inactive_income)
    jobs = state.jobs[state.firms.first_job[lived.n_drawn] :]
    assert jobs.held.sum() == n
    assert (jobs.household[jobs.held > 0] >= 0).all()
    assert (state.homes.transfers >= -1e-9).all()


def test_plots_take_land_from_farms_but_not_what_communes_give() -> None:
    bought, seen = grown(150, where="country")
    given, of_communes = grown(150, where="country", land_obtained=0.0, communal_land=300.0)
    fresh = world("country").state.firms
    old = slice(0, bought.n_drawn)
    lost = (fresh.output_calm[old] - bought.state.firms.output_calm[old]).sum()
    a_hectare = bought.rules.behaviour.farm_output / 365.25
    assert lost == pytest.approx(2.0 * seen["farms"] * a_hectare)
    np.testing.assert_array_equal(given.state.firms.output_calm[old], fresh.output_calm)
    assert of_communes["farms"] > 0.0


def test_residents_pay_a_levy_and_the_outside_a_grant() -> None:
    levied, _ = grown(100, where="country")
    granted, _ = grown(100, where="country", levy=0.0, grant=2e6)
    cash = [place.state.homes.cash.sum() for place in (levied, granted, world("country"))]
    assert cash[0] < cash[1]
    assert granted.flows.measures > 0.0
    assert levied.flows.measures <= 0.0
    assert cash[1] == pytest.approx(cash[2], rel=0.02)


def test_growers_who_leave_clear_their_place_for_the_next() -> None:
    lived, seen = grown(200, where="country", exit_rate=0.99, hazard_ratio=1.0)
    measure = only(lived)
    assert isinstance(measure, Growers)
    assert seen["left"] > 0.0
    assert seen["installed"] == seen["farms"] + seen["left"]
    # Each plot is built once: a vacant one waits for its next grower.
    assert seen["installed"] > measure.vacant + seen["farms"]
    firms = lived.state.firms[lived.n_drawn :]
    jobs = lived.state.jobs[lived.state.firms.first_job[lived.n_drawn] :]
    assert not jobs.held[~firms.alive].any()
    assert (jobs.household[~firms.alive] == OUTSIDE).all()
    gone = lived.n_drawn + np.flatnonzero(~firms.alive)
    assert not np.isin(lived.state.source_calm, gone).any()
    assert not np.isin(lived.index.by_branch, gone).any()
    lost = world("country").state.homes.transfers.sum() - lived.state.homes.transfers.sum()
    assert lost == pytest.approx(seen["farms"] * lived.rules.behaviour.inactive_income)


def test_support_keeps_growers() -> None:
    """With the same luck, nobody leaves who would have stayed without support."""
    left = [
        grown(150, where="country", exit_rate=0.99, hazard_ratio=ratio)[1]["left"]
        for ratio in (0.1, 1.0)
    ]
    assert left[0] < left[1]


def test_a_platform_that_cannot_pay_its_staff_ends() -> None:
    """A levy under the wages lasts for a month of debt to the staff, and is handed back."""
    lived, seen = grown(60, where="country", levy=30_000.0)
    assert seen["platform"] == 0.0
    assert seen["installed"] == 0.0
    assert only(lived).cash == 0.0
    assert lived.state.homes.cash.sum() == pytest.approx(
        world("country").state.homes.cash.sum(), rel=0.01
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_growers_leave_less_hunger_in_a_cut_of_food(seed: int) -> None:
    case = scenario(COUNTRY, years=1, shocks=[FOOD_CUT], growers=PLENTY)
    unmet = [
        simulate(case, seed, cooperation=arm).metrics["m4_unmet_food"] for arm in (True, False)
    ]
    assert unmet[0] < unmet[1]
