"""Who pays for what a council does, what a budget refuses, and what supports growers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.country import PLENTY, grown, only
from tests.country import world as country
from tests.worlds import TOWN, live, place_of

from ressort.measures import COOPERATION, COUNCIL, CURRENCY, Measure
from ressort.measures.growers import Growers
from ressort.measures.panel import Panel
from ressort.measures.support import exit_ratios
from ressort.scenario import check
from ressort.shocks import Shock
from ressort.world import Rules, World, build_world

# What makes a measure ask for money within a month.
BUSY: dict[str, dict[str, Any]] = {
    "reserve": {"ready": False, "plan": True},
    "water_payments": {"catchment": 1.0, "sign_rate": 5.0, "budget": 1e8},
    "canteens": {"years": 0.0, "local_share": 0.6},
    "panel": {"standing": True},
    "conditional_aid": {"full_years": 0.0, "aid_rate": 0.05},
    "adaptation_aid": {"budget": 3e7},
}
FIRMS_PAY_TOO = ("conditional_aid", "bonus")
CUT = Shock("import_cut", 10, 15)


def council(*shocks: Shock, budget: float | None = None, **sections: Any) -> World:
    content: dict[str, Any] = {
        "territory": {"name": TOWN},
        "cooperation": {"scic": False},
        "council": sections | ({} if budget is None else {"budget": budget}),
    }
    measures = check(content).measures()
    return build_world(place_of(TOWN), Rules(), 1, 40.0, shocks, measures=measures)


# ---------------------------------------------------------------- who pays
@pytest.mark.parametrize("measure", COUNCIL, ids=lambda m: str(m.name))
def test_residents_pay_for_each_measure_and_one_budget_caps_it(measure: type[Measure]) -> None:
    settings = BUSY.get(measure.name, {})
    free = council(budget=1e12, **{measure.name: settings})
    cost = live(free, 30)["measures_cost"].sum()
    levied = free.measures[1].observed["levied"]
    assert levied > 0.0 == free.measures[1].observed["refused"]
    assert cost <= (1.0 + 1e-6) * levied or measure.name in FIRMS_PAY_TOO
    capped = council(budget=0.0, **{measure.name: settings})
    refused = 0.0
    for _ in range(30):
        live(capped, 1)
        refused += capped.measures[1].observed["refused"]
    assert capped.measures[1].observed["levied"] == 0.0 < refused
    assert capped.measures[0].stock.max() == 0.0
    assert capped.measures[0].cost_today == 0.0


# ---------------------------------------------------------------- what is refused is not done
def half_paid(
    name: str, settings: dict[str, Any], *shocks: Shock, days: int = 30
) -> tuple[World, World]:
    """Return a world after some days, and one whose council has nothing left to spend."""
    places = [council(*shocks, budget=budget, **{name: settings}) for budget in (1e12, 0.0)]
    for place in places:
        live(place, days)
    return places[0], places[1]


def test_brokers_without_wages_make_no_links() -> None:
    paid, unpaid = half_paid("flexibility", {"brokers": 5.0}, CUT)
    assert paid.links_made > unpaid.links_made


@pytest.mark.parametrize(
    ("name", "settings", "seen"),
    [
        ("remote_work", {}, "places"),
        ("land", {"hectares": 20.0}, "offered"),
        ("bonus", {"build_days": 30.0}, "buffers"),
        ("bonus", {}, "paid"),
    ],
)
def test_what_a_budget_refuses_is_not_done(name: str, settings: dict[str, Any], seen: str) -> None:
    paid, unpaid = half_paid(name, settings)
    done = [place.measures[0].observed[seen] for place in (paid, unpaid)]
    assert done[0] > 0.0
    assert done[1] <= 0.1 * done[0]


def test_no_more_contracts_are_let_for_a_premium_that_does_not_come() -> None:
    """Those of the first month are; makers then deliver without it."""
    paid, unpaid = half_paid("canteens", {"years": 0.3, "local_share": 0.6}, days=95)
    bought = [place.measures[0].observed["bought"] for place in (paid, unpaid)]
    assert 0.0 < bought[1] < 0.6 * bought[0]
    assert unpaid.measures[0].observed["premium"] == 0.0 < paid.measures[0].observed["premium"]


def test_a_plan_that_nobody_is_paid_to_train_for_lapses() -> None:
    """The goods are there in both; the budget is spent on them to the last euro in one."""
    settings = {"plan": True, "plan_delay_days": 0, "delay_days": 6}
    value = float(council(reserve=settings).measures[0].stock.sum())
    opened = []
    for budget in (1e12, value):
        place = council(CUT, budget=budget, reserve=settings)
        assert place.measures[0].stock.sum() == pytest.approx(value)
        live(place, 10)
        days = []
        for _ in range(14):
            live(place, 1)
            days.append(place.measures[0].observed["open"])
        assert max(days) == 1.0
        opened.append(int(np.argmax(days)))
    assert opened[0] < opened[1]


@pytest.mark.parametrize("name", ["reserve", "panel"])
def test_goods_that_nobody_is_paid_to_keep_spoil(name: str) -> None:
    place = council(Shock("border_closure", 0, 60), budget=1e12, **{name: {"goods": ["pharma"]}})
    store = place.measures[0]
    before = float(store.stock.sum())
    live(place, 3)
    assert store.stock.sum() == pytest.approx(before)
    place.measures[1].set.euros = 0.0
    live(place, 1)
    if name == "reserve":
        assert before > store.stock.sum() == pytest.approx(before * (1 - 0.15 / 365), rel=1e-6)
    else:
        assert before > store.stock.sum()


def test_those_who_sat_are_paid_when_there_is_money_again() -> None:
    place = council(budget=0.0, panel={})
    panel = place.measures[0]
    assert isinstance(panel, Panel)
    panel.owed = 1000.0
    live(place, 3)
    assert panel.owed == 1000.0
    place.measures[1].set.euros = 1e9
    live(place, 1)
    assert panel.owed == 0.0
    assert panel.cost_today >= 1000.0


# ---------------------------------------------------------------- plans are read by no rule
def test_a_plan_for_organic_farming_is_read_by_no_rule() -> None:
    days, shown = [], []
    for plan in ({}, {"plan_share": 0.9, "plan_years": 1.0}):
        place = country("country", organic={"application_rate": 3.0} | plan)
        days.append(np.array(list(live(place, 60, audit=False).values())))
        shown.append(only(place).observed["plan_share"])
    assert days[0].tobytes() == days[1].tobytes()
    assert shown[0] < shown[1]


# ---------------------------------------------------------------- support of growers
def ratios(n: int, staffed: float = 1.0, **settings: float) -> np.ndarray:
    usual = {"room": 60, "staff": 1.0, "growers_per_adviser": 20.0, "hazard_ratio": 0.5}
    usual |= {"peer_share": 0.4, "peers_half": 5.0} | settings
    return exit_ratios(np.arange(n), staffed, SimpleNamespace(**usual))


def test_support_is_for_those_who_pay_and_by_hand_as_it_should_be() -> None:
    six = ratios(6)
    assert six[:6] == pytest.approx(1.0 - 0.5 * (0.6 + 0.4 * 5 / 10))
    assert (six[6:] == 1.0).all()
    assert (ratios(0) == 1.0).all()
    assert (ratios(6, hazard_ratio=1.0) == 1.0).all()


def test_peers_keep_each_other_and_a_crowd_gets_less_advice() -> None:
    assert ratios(20)[0] < ratios(6)[0] < ratios(1)[0] < 1.0
    assert ratios(60, peer_share=0.0)[0] == pytest.approx(1.0 - 0.5 / 3)
    assert ratios(60, peer_share=0.0)[0] > ratios(20, peer_share=0.0)[0]
    assert ratios(6, 0.0, peer_share=0.0)[0] == 1.0  # nobody advises without pay
    assert ratios(6, staff=0.0)[0] < 1.0  # peers do without


def test_growers_who_cannot_pay_the_fee_are_not_supported_and_fees_are_shown() -> None:
    lived, seen = grown(150, where="country")
    growers = only(lived)
    assert isinstance(growers, Growers)
    rows = growers.at_work(lived)
    assert len(rows) > 1
    assert seen["fees"] == pytest.approx(len(rows) * growers.set.fee * 12 / 365, rel=0.5)
    assert (growers.ratio[rows - growers.first] < 1.0).any()
    firms = lived.state.firms
    firms.cash[rows[0]] = firms.units[rows[0]] - firms.credit[rows[0]]
    growers.cooperate(lived)
    assert growers.ratio[rows[0] - growers.first] == 1.0
    assert (growers.ratio[rows[1:] - growers.first] < 1.0).all()


def test_fewer_growers_leave_with_advice_or_peers() -> None:
    """Direction of S22: exit is lower through support and peer learning, each alone."""
    hard = {"exit_rate": 0.99, "hazard_ratio": 0.05}
    left = {
        name: grown(150, where="country", **hard | settings)[1]["left"]
        for name, settings in {
            "neither": {"peer_share": 1.0, "peers_half": 1e6},
            "peers": {"peer_share": 1.0, "peers_half": 0.1},
            "advice": {"peer_share": 0.0},
            "crowd": {"peer_share": 0.0, "growers_per_adviser": 0.1},
        }.items()
    }
    assert left["peers"] < left["neither"]
    assert left["advice"] < left["crowd"]


# ---------------------------------------------------------------- levers alone and together (S28)
def test_the_levers_of_local_food_act_alone_and_together() -> None:
    """Canteens buy from makers, growers from land: neither does what the other does."""
    canteens = {"years": 0.0, "local_share": 0.6}
    cases: list[dict[str, Any]] = [
        {"growers": PLENTY},
        {"canteens": canteens},
        {"growers": PLENTY, "canteens": canteens},
    ]
    seen = []
    for case in cases:
        place = country("country", **case)
        live(place, 60)
        seen.append({m.name: dict(m.observed) for m in place.measures})
    assert seen[0]["growers"]["farms"] == seen[2]["growers"]["farms"] > 0.0
    assert seen[1]["canteens"]["share"] == pytest.approx(seen[2]["canteens"]["share"])
    assert "canteens" not in seen[0]


def test_mechanisms_are_named() -> None:
    found = {m.name: m.mechanism for m in (*COOPERATION, *COUNCIL, *CURRENCY) if m.mechanism}
    named = {
        "canteens": "E15",
        "bonus": "E15",
        "conditional_aid": "E15",
        "repair_training": "E13",
        "panel": "E10",
        "currency": "E3",
    }
    assert named.items() <= found.items()
    assert {m.mechanism for m in COUNCIL} == {"", "E10", "E15"}
