"""What a council decides and spends: panel, participatory budget, aid, bonus, plan, flexibility."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.worlds import BOURG, TOWN

from ressort.errors import InputError
from ressort.measures.aid import commits
from ressort.measures.panel import error_of, estimated, shares_of
from ressort.scenario import RunSection, Scenario, check, load
from ressort.simulation import Run, simulate

AROUND = {"around": "63178", "radius_km": 5.0}  # several communes, for what is shared among them


def scenario(days: int = 60, people: float = 40.0, **sections: Any) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"name": TOWN},
        "run": {"days": days, "people_per_agent": people},
        "shocks": [{"kind": "import_cut", "start_day": 15, "days": 20}],
        "cooperation": {"scic": False},
    }
    return check(content | sections)


@cache
def bare(seed: int = 1) -> Run:
    return simulate(scenario(), seed)


def council(seed: int = 1, **measures: Any) -> Run:
    return simulate(scenario(council=measures), seed, audit=True)


def last(run: Run, column: str) -> float:
    return float(run.measures[column].iloc[-1])


def same(run: Run, other: Run) -> bool:
    return run.series.indicators.tobytes() == other.series.indicators.tobytes()


# Rows S10: panel.
def test_error_of_a_panel_falls_as_size_to_the_minus_half() -> None:
    """E10 and S10: signal averaging. Small errors, so that no estimate is cut off at zero."""
    rng = np.random.default_rng(1)
    need = rng.uniform(0.4, 0.6, 30)
    sizes = np.array([1, 4, 16, 64, 256])
    errors = [
        np.mean(
            [
                error_of(shares_of(estimated(need, n, 0.05, 0.0, luck), 0.0, 0), need)
                for luck in rng.standard_normal((300, 2, 30))
            ]
        )
        for n in sizes
    ]
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.03)


def test_what_all_members_get_wrong_stays_wrong_and_capture_misplaces_aid() -> None:
    luck = np.random.default_rng(1).standard_normal((2, 50))
    need = np.full(50, 0.5)
    many = error_of(shares_of(estimated(need, 10_000, 0.1, 0.1, luck), 0.0, 0), need)
    assert many > 0.05
    fair, captured = (error_of(shares_of(need, k, 7), need) for k in (0.0, 0.3))
    assert fair < 1e-12
    assert captured == pytest.approx(0.3 * (1 - 1 / 50))


def run_of_panel(seed: int, cut_days: int = 20, **settings: Any) -> Run:
    usual = {"days_between": 3.0, "shared_error": 0.0}
    asked = scenario(
        territory=AROUND,
        shocks=[{"kind": "import_cut", "start_day": 15, "days": cut_days}],
        council={"panel": usual | settings},
    )
    return simulate(asked, seed, audit=True)


def standing(seed: int, size: int, delay_days: float) -> Run:
    return run_of_panel(seed, 30, size=size, standing=True, delay_days=delay_days)


def test_a_larger_panel_errs_less_and_decides_later() -> None:
    """Direction of S10. The error is compared where both sizes decide on the same day.

    It is some days after the alarm, when homes lack what shops lacked before.
    """
    errors = {
        size: np.mean(
            [standing(seed, size, 5.0).measures["panel.decision_error"].max() for seed in (1, 2, 3)]
        )
        for size in (2, 80)
    }
    assert errors[80] < 0.5 * errors[2]
    delays = [last(run_of_panel(1, size=n), "panel.delay") for n in (0, 10, 40)]
    assert delays == [1.0, 4.0, 13.0]


def test_a_panel_that_decides_before_anything_lacks_has_nothing_to_go_by() -> None:
    """Empty shelves raise the alarm, and homes still have their pantries: size is of no use."""
    early = [standing(1, size, 1.0) for size in (2, 80)]
    first = int(np.flatnonzero(early[0].measures["panel.given"].to_numpy())[0])
    assert early[0].daily["need_food"].iloc[:first].min() > 1 - 1e-9
    unmet = [run.metrics["m4_unmet_food"] for run in early]
    assert unmet[0] == pytest.approx(unmet[1], rel=1e-6)
    later = [standing(1, size, 5.0).metrics["m4_unmet_food"] for size in (2, 80)]
    assert later[1] < later[0] < unmet[0]


def test_a_panel_that_meets_for_longer_than_the_shock_gives_nothing() -> None:
    """E10: the price of deliberation is delay."""
    run, none = run_of_panel(1, size=120), simulate(scenario(territory=AROUND), 1)
    assert run.measures["panel.given"].sum() == 0.0
    assert run.metrics["m4_unmet_food"] == pytest.approx(none.metrics["m4_unmet_food"], rel=1e-3)
    quick = run_of_panel(1, size=10)
    assert quick.measures["panel.given"].sum() > 0.0
    assert quick.metrics["m4_unmet_food"] < 0.99 * none.metrics["m4_unmet_food"]


def test_parcels_end_in_pantries_and_those_who_sit_are_paid() -> None:
    run = run_of_panel(1, 30, size=40, pay_per_sitting=50.0)
    stock = run.measures["panel.stock"].to_numpy()
    given = run.measures["panel.given"].sum()
    assert given == pytest.approx(stock[0], rel=0.01)  # all of it, once
    short = run_of_panel(1, 20, size=40, pay_per_sitting=50.0)
    assert 0.0 < short.measures["panel.given"].sum() < 0.9 * stock[0]  # shops fill up: it stops
    assert short.measures["panel.stock"].min() > 0.0
    costs = run.measures["panel.cost"].to_numpy()
    decided = int(np.flatnonzero(run.measures["panel.given"].to_numpy())[0])
    assert costs[decided] - costs[decided + 1] == pytest.approx(40 * 4 * 50.0, rel=0.01)
    yearly = run_of_panel(1, 30, size=40, standing=True, pay_per_sitting=50.0)
    assert yearly.yearly_cost > run.yearly_cost


# Rows S16: participatory budget.
def projects(place: str, years: int, **settings: Any) -> Run:
    asked = scenario(
        days=70,
        people=200.0,
        territory={"name": place},
        calm={"years": years},
        council={"participatory_budget": {"budget": 30_000.0} | settings},
    )
    return simulate(asked, 1, audit=True)


def test_a_project_comes_years_after_its_vote_and_costs_what_was_collected() -> None:
    run = projects(BOURG, 3, lag_years=1.0)
    names = [f"participatory_budget.spent_{kind}" for kind in ("stock", "parts", "workshops")]
    spent = run.measures[names].sum(axis=1).to_numpy()
    assert spent[:729].max() == 0.0  # a year to collect, a year of lag
    assert spent[731] == pytest.approx(30_000.0, rel=0.01)
    assert spent[-1] == pytest.approx(60_000.0, rel=0.01)


def test_a_stock_that_was_voted_for_is_sold_in_the_shock_and_a_late_one_is_not() -> None:
    soon = projects(TOWN, 2, lag_years=1.0, kinds=["stock"])
    late = projects(TOWN, 2, lag_years=3.0, kinds=["stock"])
    assert soon.measures["participatory_budget.sold"].sum() > 0.0
    assert late.measures["participatory_budget.sold"].sum() == 0.0
    assert soon.metrics["m4_unmet_food"] < late.metrics["m4_unmet_food"]
    assert late.yearly_cost < soon.yearly_cost


# Rows S10: conditional aid.
def aided(**settings: Any) -> Run:
    usual = {"full_years": 0.0, "aid_rate": 0.01}
    return council(conditional_aid=usual | settings)


def test_conditions_move_aid_to_buffers_only_where_they_change_the_marginal_project() -> None:
    """Direction of S10."""
    free, bound = aided(condition_most=0.0), aided()
    assert last(bound, "conditional_aid.buffers") > 1.5 * last(free, "conditional_aid.buffers")
    deaf = aided(gap_mean=5.0, gap_spread=0.5)  # firms that prefer other projects by far
    assert last(deaf, "conditional_aid.buffers") == 0.0
    assert deaf.measures["conditional_aid.paid"].sum() == 0.0  # what is refused is not paid
    willing = aided(gap_mean=-5.0, gap_spread=0.5)
    assert last(willing, "conditional_aid.windfall_share") == 1.0
    assert willing.measures["conditional_aid.shifted"].sum() == 0.0
    assert 0.05 < last(bound, "conditional_aid.windfall_share") < 0.6


def test_the_conditional_share_rises_to_one_and_the_aid_ends_on_its_date() -> None:
    """S14: a dated event. Firms keep their stocks, and pay for them, when the aid is over."""
    asked = scenario(
        days=30,
        people=200.0,
        shocks=[{"kind": "import_cut", "start_day": 29, "days": 1}],
        calm={"years": 2},
        council={
            "conditional_aid": {"full_years": 1.5, "until_year": 1.0, "funded_by": "state"},
        },
    )
    run = simulate(asked, 1, audit=True)
    condition = run.measures["conditional_aid.condition"].to_numpy()
    assert condition[[0, 274]] == pytest.approx([0.0, 0.5], abs=0.01)
    assert condition[-1] == 1.0
    paid = run.measures["conditional_aid.paid"].to_numpy()
    assert paid[:365].sum() > 0.0
    assert paid[365:].sum() == 0.0
    held = run.measures["conditional_aid.buffers"].to_numpy()
    assert held[-1] == held[365] > 0.0
    assert last(run, "conditional_aid.cost") == pytest.approx(0.15 / 365 * held[-1], rel=0.01)


def test_a_levy_for_aid_is_paid_by_residents_and_state_money_is_not() -> None:
    levied, granted = aided(), aided(funded_by="state")
    purses = [run.daily["household_cash"].iloc[:15].mean() for run in (levied, granted)]
    assert purses[0] < purses[1]


# Rows S13: bonus.
def test_uptake_rises_with_the_bonus_and_windfall_is_told() -> None:
    """Direction of S13."""
    runs = [council(bonus={"rate": rate}) for rate in (0.0, 0.1, 0.4)]
    uptake = [last(run, "bonus.uptake") for run in runs]
    assert uptake[0] == 0.0
    assert uptake[0] < uptake[1] < uptake[2] < 1.0
    windfall = [last(run, "bonus.windfall_share") for run in runs[1:]]
    assert 1.0 > windfall[0] > windfall[1] > 0.0  # more join: less of it goes to those who comply
    buffers = [last(run, "bonus.buffers") for run in runs]
    assert buffers[0] == 0.0 < buffers[1] < buffers[2]
    assert last(council(bonus={"compliant_share": 0.0}), "bonus.windfall_share") == 0.0


def test_a_firm_commits_if_the_bonus_pays_its_compliance() -> None:
    cost = np.array([0.0, 0.1, 0.2, 0.3])
    assert commits(cost, 0.2).tolist() == [True, True, True, False]
    assert not commits(cost, 0.0).any()


def test_stocks_bought_for_a_bonus_are_on_the_shelf_and_firms_pay_for_them() -> None:
    run = council(bonus={"days": 10.0, "build_days": 1.0})
    assert last(run, "bonus.firms_cost") > 0.0
    imports = [r.reference["imports"].iloc[:14].sum() for r in (run, bare())]
    assert imports[0] > imports[1]


# Rows S15, S06: continuity plan.
def first_open(run: Run) -> int:
    return int(np.flatnonzero(run.measures["reserve.open"].to_numpy())[0])


def test_a_plan_releases_earlier_and_is_paid_for_in_calm_times() -> None:
    """Direction of S15."""
    plain, plan = council(reserve={}), council(reserve={"plan": True})
    assert first_open(plan) < first_open(plain)
    assert plan.yearly_cost == pytest.approx(plain.yearly_cost * (0.15 + 0.05) / 0.15, rel=0.01)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_priority_list_holds_a_floor_under_care_at_a_cost(seed: int) -> None:
    """Direction of S15: a floor on an essential service, and a visible cost in calm times."""
    days = {"days": 10.0}
    listed = council(seed, reserve=days | {"priority": ["health_social"]})
    plain = council(seed, reserve=days)
    worst = [run.daily["output_health_social"].min() for run in (listed, plain)]
    assert worst[0] > worst[1]
    assert listed.metrics["m4_unmet_care"] < 0.8 * plain.metrics["m4_unmet_care"]
    assert listed.measures["reserve.sold_to_priority"].sum() > 0.0
    assert listed.yearly_cost > 1.01 * plain.yearly_cost


def test_brokers_make_links_cost_wages_and_find_nothing_where_nothing_is() -> None:
    run = council(flexibility={"brokers": 2.0})
    assert run.measures["flexibility.links"].sum() > 10.0
    assert run.yearly_cost == pytest.approx(365 * 2 * 110.0 / run.population, rel=1e-6)
    assert same(council(flexibility={"brokers": 0.0}), bare())
    calm = run.reference_series.measures_frame()["flexibility.links"]
    assert calm.sum() <= 0.2 * run.measures["flexibility.links"].sum()


# all alike
@pytest.mark.parametrize(
    "measures",
    [
        {"panel": {"from_year": 0.164}},
        {"participatory_budget": {"from_year": 0.164}},
        {"conditional_aid": {"from_year": 0.164}},
        {"bonus": {"from_year": 0.164}},
        {"flexibility": {"from_year": 0.164}},
        {"reserve": {"from_year": 0.164, "plan": True, "priority": ["health_social"]}},
    ],
)
def test_a_measure_that_has_not_begun_changes_nothing(measures: Any) -> None:
    assert same(council(**measures), bare())


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("gironde", ["panel", "participatory_budget", "conditional_aid"]),
        ("rennes-bonus", ["bonus"]),
        ("crte", ["conditional_aid", "mutual_aid.Loire Forez agglomération"]),
        ("continuity-plan", ["reserve"]),
        ("brest-centre-ouest-bretagne", ["reciprocity.Brest métropole"]),
        ("ile-ou-reseau", ["mutual_aid.Clermont Auvergne Métropole"]),
        ("cler-energy-exchange", ["expertise.Clermont Auvergne Métropole"]),
    ],
)
def test_a_preset_switches_on_what_its_rows_are_about(name: str, labels: list[str]) -> None:
    preset = load(name)
    measures = preset.measures()
    assert [measure.label for measure in measures] == labels
    assert set(preset.rows) <= {row for measure in measures for row in measure.rows}
    assert preset.mechanisms() is None


def test_planned_and_flexible_cost_the_same_a_year() -> None:
    """S06: a comparison at equal cost, in the mean of draws: what shops here sell differs."""
    short = RunSection(days=31, people_per_agent=40.0)
    broker, stock = (
        load(name).model_copy(update={"run": short})
        for name in ("planned-or-flexible", "planned-or-flexible-stock")
    )
    yearly = simulate(broker, 1).yearly_cost  # wages, the same in every draw
    costs = [simulate(stock, seed).yearly_cost for seed in range(1, 6)]
    assert np.mean(costs) == pytest.approx(yearly, rel=0.05)
    assert yearly > 0.0


def test_names_in_lists_of_settings_are_checked_with_near_ones() -> None:
    with pytest.raises(InputError, match=r"reserve.goods: unknown name 'fod'; did you mean 'food'"):
        scenario(council={"reserve": {"goods": ["fod"]}})
    with pytest.raises(InputError, match=r"panel.goods: unknown name 'steel'; choose from food"):
        scenario(council={"panel": {"goods": ["steel"]}})
    with pytest.raises(InputError, match=r"participatory_budget.kinds: unknown name"):
        scenario(council={"participatory_budget": {"kinds": ["stocks", "pool"]}})
