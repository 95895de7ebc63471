"""A SCIC whose members vote: what it costs, what it errs by, whom it serves (E10)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.worlds import BOURG

from ressort.errors import InputError
from ressort.measures.governance import Governance
from ressort.parameters import measure_records
from ressort.scenario import Scenario, check
from ressort.simulation import Run, Stage, run_arm

SEEDS = (1, 2, 3)


def scenario(governance: dict[str, Any] | None, **more: Any) -> Scenario:
    cooperation = more.pop("cooperation", {})
    if governance is not None:
        cooperation = cooperation | {"governance": governance}
    parameters = {"member_share": 0.6, "member_household_share": 0.3, "decision_delay_days": 0}
    content: dict[str, Any] = {
        "territory": {"name": BOURG},
        "run": {"days": 60, "people_per_agent": 10.0},
        "shocks": [{"kind": "import_cut", "start_day": 5, "days": 30}],
        "parameters": parameters | more.pop("parameters", {}),
        "cooperation": cooperation,
    }
    return check(content | more)


@cache
def stage_and_people(seed: int) -> tuple[Stage, Any]:
    stage = Stage.of(scenario(None))
    return stage, stage.economy(seed)


def live(case: Scenario, seed: int = 1) -> Run:
    stage, economy = stage_and_people(seed)
    return run_arm(Stage(case, stage.place), seed, True, audit=True, economy=economy)


def opened_on(run: Run) -> int:
    opened = np.flatnonzero(run.daily["scic_open"] > 0.0)
    return int(opened[0]) if len(opened) else len(run.daily)


@cache
def staff(seed: int = 1) -> Run:
    return live(scenario(None), seed)


def test_a_vote_comes_later_than_the_staff_by_notice_and_deliberation() -> None:
    voted = live(scenario({"notice_days": 4, "seats": 20, "days_a_seat": 0.1, "misjudge": 0.0}))
    assert 4 + 2 <= opened_on(voted) - opened_on(staff()) <= 4 + 2 + 7


def test_more_seats_take_longer() -> None:
    few, many = (live(scenario({"seats": n, "misjudge": 0.0})) for n in (10, 100))
    assert opened_on(many) - opened_on(few) == pytest.approx(9, abs=1)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_first_days_after_the_alarm_a_vote_costs_what_the_pool_would_have_given(
    seed: int,
) -> None:
    """Nothing is granted while members are called and heard."""
    voted = live(scenario({"misjudge": 0.0}), seed)
    first, later = opened_on(staff(seed)), opened_on(voted)
    assert later > first
    given = staff(seed).daily["scic_pool"][first - 1] - staff(seed).daily["scic_pool"][later - 1]
    kept = voted.daily["scic_pool"][first - 1] - voted.daily["scic_pool"][later - 1]
    assert given > 0.0
    assert kept == pytest.approx(0.0, abs=1e-6)


def test_the_error_of_a_vote_falls_with_the_square_root_of_seats() -> None:
    """Many votes on the same trouble, by hand: a quarter of the error for sixteen times as many."""
    world = Stage.of(scenario({})).world(1, cooperation=True)
    world.state.firms.member = True
    world.state.homes.member = True
    truth = np.array([0.5, 0.5, 0.5, 0.5])
    errors = {}
    for seats in (25, 400):
        body = Governance(settings(seats=seats, misjudge=0.0))
        votes = []
        for day in range(300):
            world.tick = day
            votes.append(body._vote(world, truth))
        errors[seats] = float(np.std(votes))
    assert errors[25] == pytest.approx(4.0 * errors[400], rel=0.2)


def settings(**changes: Any) -> dict[str, Any]:
    usual = {name: record.value for name, record in measure_records()["governance"].items()}
    return usual | {"from_year": 0.0} | changes


def test_members_pay_those_who_sit() -> None:
    dear, free = (live(scenario({"pay_a_seat": pay})) for pay in (100.0, 0.0))
    spent = dear.measures["governance.cost"]
    seats = dear.measures["governance.seats"]
    assert (seats > 0.0).any()
    assert spent[seats > 0.0].to_numpy() == pytest.approx(100.0 * seats[seats > 0.0])
    assert (spent[seats == 0.0] == 0.0).all()
    assert (free.measures["governance.cost"] == 0.0).all()


def test_capture_serves_the_seat_and_hurts_members_elsewhere() -> None:
    """With everything captured, members away from the seat get nothing from the pool."""
    codes = {"territory": {"codes": [BOURG, "63258"]}}
    granted: dict[float, list[float]] = {}
    for capture in (0.0, 1.0):
        case = scenario({"capture": capture, "misjudge": 0.0}, **codes)
        stage = Stage.of(case)
        world = stage.world(1, cooperation=True)
        body = next(m for m in world.measures if isinstance(m, Governance))
        firms = world.state.firms
        elsewhere = np.flatnonzero(firms.member & (firms.commune != body.seat))
        assert len(elsewhere)
        granted[capture] = _granted(world, elsewhere)
    assert granted[0.0][1] > 0.0
    assert granted[1.0][1] == 0.0
    assert granted[1.0][0] > 0.0


def _granted(world: Any, elsewhere: Any) -> list[float]:
    """Return what the pool granted within 60 days: to members at the seat, and elsewhere."""
    from ressort.day import live_one_day
    from ressort.state import slot_buyers

    away = np.isin(slot_buyers(world.state.firms), elsewhere)
    sums = [0.0, 0.0]
    for _ in range(60):
        live_one_day(world)
        due = world.state.haul[(world.tick - 1 + world.settings.haul_days) % 8]
        sums[0] += float(due[~away].sum())
        sums[1] += float(due[away].sum())
    return sums


def test_who_was_consulted_complies_more() -> None:
    riders = {"free_rider_share": 0.4, "conditional_share": 0.0}
    counts = []
    for compliance in (0.0, 1.0):
        case = scenario(
            {"compliance": compliance, "meeting_days": 10, "seats": 200},
            cooperation={"membership": riders},
        )
        counts.append(live(case).measures["membership.not_paying"].iloc[-1])
    assert counts[1] < 0.5 * counts[0]


def test_it_closes_again_after_the_crisis() -> None:
    run = live(scenario({"meeting_days": 10, "misjudge": 0.0}, run={"days": 150}))
    assert (run.daily["scic_open"] > 0.0).any()
    assert run.daily["scic_open"].iloc[-1] == 0.0


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ({"votes_producers": 0.5, "votes_workers": 0.4}, "must sum to 1"),
        ({"votes_producers": 0.6, "votes_workers": 0.0}, "at least 3 colleges"),
        ({"votes_users": 0.0, "votes_public": 0.0, "votes_workers": 0.6}, "at least 3 colleges"),
        ({"votes_producers": 0.55, "votes_workers": 0.05}, "0.1 to 0.5"),
    ],
)
def test_votes_are_those_of_the_law(votes: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=rf"governance.*{said}"):
        scenario(votes)


def test_without_a_scic_there_is_nothing_to_govern() -> None:
    with pytest.raises(InputError, match=r"cooperation\.governance: there is no SCIC"):
        scenario({}, cooperation={"scic": False})
