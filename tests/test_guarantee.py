"""Guarantees: they save few who are hit, fail when many are, and somebody pays for each debt."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.worlds import BOURG, live, place_of

from ressort import scic as life
from ressort.day import live_one_day
from ressort.ledger import Ledger
from ressort.measures.base import Measure
from ressort.measures.cooperatives import IndivisibleReserves
from ressort.measures.guarantee import Guarantee
from ressort.measures.ties import draw_members
from ressort.parameters import measure_records
from ressort.rules.firms import close_and_open, close_firm
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.streams import stream
from ressort.world import Rules, World, build_world

SEEDS = (1, 2, 3, 4)
SHARE = 0.5
LONG = {"cover_days": 60.0, "exposure_days": 60.0}


def made(**changes: Any) -> Guarantee:
    values = {n: record.value for n, record in measure_records()["guarantee"].items()}
    return Guarantee(values | {"from_year": 0.0, "member_share": SHARE} | changes)


class Drain(Measure):
    """A liquidity shock: some members lose a day's outlays every day, for so many days."""

    name = "drain"
    meaning = meaning_fr = "a test"

    def __init__(self, share: float, days: tuple[float, float]) -> None:
        super().__init__({"share": share, "length": days, "from_year": 0.0})

    def prepare(self, world: World) -> None:
        rng = stream(world.seed, "drain")
        members = rng.permutation(np.flatnonzero(draw_members(world, "guarantee", SHARE)))
        self.hit = members[: round(self.set.share * len(members))]
        low, high = self.set.length
        self.days = rng.uniform(low, high, len(members))[: len(self.hit)]

    def cooperate(self, world: World) -> None:
        firms = world.state.firms
        due = firms.outlays_calm[self.hit] * (world.tick < self.days) * firms.alive[self.hit]
        lost = np.minimum(due, np.maximum(0.0, firms.cash + firms.credit)[self.hit])
        firms.cash[self.hit] -= lost
        world.flows.measures -= lost.sum()


def build(*measures: Measure, seed: int = 1, **more: Any) -> World:
    return build_world(place_of(BOURG), Rules(), seed, 8.0, measures=measures, **more)


@cache
def outcome(
    share: float,
    mode: str,
    cover: float = 60.0,
    days: tuple[float, float] = (60.0, 100.0),
) -> tuple[int, float, float]:
    """Return, over seeds: members that closed, EUR the banks lost, EUR collected from sureties."""
    closed, lost, collected = 0, 0.0, 0.0
    for seed in SEEDS:
        guarantee = made(cover_days=cover, exposure_days=cover, contagion=mode == "calls")
        world = build(*([] if mode == "none" else [guarantee]), Drain(share, days), seed=seed)
        ledger, ever = Ledger.open(world), np.zeros(len(world.state.firms), dtype=bool)
        for _ in range(180):
            live_one_day(world)
            ever |= ~world.state.firms.alive
            lost += float(world.flows.bank_losses)
            ledger.audit(world)
        closed += int(ever.sum())
        collected += guarantee.collected
    return closed, lost, collected


# ---------------------------------------------------------------- one ladder, both signs
def test_a_guarantee_saves_firms_and_the_bank_while_few_are_hit() -> None:
    (closed, lost, _), (closed_with, lost_with, _) = (outcome(0.2, m) for m in ("none", "calls"))
    assert closed_with < 0.75 * closed
    assert lost_with < 0.9 * lost


def test_when_all_are_hit_it_saves_few_and_the_bank_loses_more() -> None:
    """The same ladder: the share saved falls, and debts are larger than without a guarantee."""
    saved = {}
    for share in (0.2, 0.6, 1.0):
        saved[share] = 1.0 - outcome(share, "calls")[0] / outcome(share, "none")[0]
    assert saved[1.0] < 0.5 * min(saved[0.2], saved[0.6])
    assert outcome(1.0, "calls")[1] > 1.1 * outcome(1.0, "none")[1]


def test_calls_are_what_makes_it_fragile() -> None:
    """With the calls switched off, the bank pays: closings that calls add grow with the shock."""
    added = [outcome(share, "calls")[0] - outcome(share, "bank pays")[0] for share in (0.2, 1.0)]
    assert 0 <= added[0] <= 3
    assert added[1] >= 10
    debts = [outcome(1.0, mode)[1] for mode in ("calls", "bank pays")]
    assert debts[0] < debts[1]
    assert outcome(1.0, "calls")[2] > outcome(0.2, "calls")[2] > 0.0 == outcome(1.0, "bank pays")[2]


def test_where_credit_reaches_it_is_not_fragile_and_closings_never_rise() -> None:
    """Not every large shock turns the sign: of the ladders tried, see docs/measures-ties.md."""
    short = (20.0, 80.0)
    for share in (0.2, 1.0):
        assert outcome(share, "calls", 15.0, short)[1] < outcome(share, "none", 15.0, short)[1]
    for days in (short, (60.0, 100.0)):
        assert outcome(1.0, "calls", 15.0, days)[0] < outcome(1.0, "none", 15.0, days)[0]


# ---------------------------------------------------------------- the rule itself
@pytest.mark.parametrize("circle", ["random", "branch"])
def test_each_stands_for_as_many_as_stand_for_it_and_for_no_more_than_it_may(circle: str) -> None:
    guarantee = made(circle=circle, degree=3, cover_days=40.0, exposure_days=20.0)
    world = build(guarantee)
    members = np.flatnonzero(guarantee.members)
    n = len(world.state.firms)
    for side in (guarantee.principal, guarantee.surety):
        np.testing.assert_array_equal(np.bincount(side, minlength=n)[members], 3)
    assert (guarantee.principal != guarantee.surety).all()
    stood = np.bincount(guarantee.surety, weights=guarantee.most, minlength=n)
    limit = 20.0 * world.state.firms.outlays_calm
    assert (stood <= limit * (1.0 + 1e-12)).all()
    assert np.isclose(stood, limit)[members].any()  # the limit binds for some
    branch = world.state.firms.branch
    same = (branch[guarantee.principal] == branch[guarantee.surety]).mean()
    assert bool(same > 0.5) is (circle == "branch")


def failed(cash_of_sureties: float) -> tuple[World, Guarantee, int, float]:
    """Return a place where a member closed in debt, its sureties having some share of the debt."""
    guarantee = made(**LONG)
    world = build(guarantee)
    live_one_day(world)
    firms, p = world.state.firms, int(guarantee.principal[0])
    firms.cash[p] = -0.5 * firms.credit[p]
    debt = float(-firms.cash[p])
    sureties = guarantee.surety[guarantee.principal == p]
    firms.cash[sureties] = cash_of_sureties * debt - firms.credit[sureties]
    world.flows.bank_losses = 0.0
    close_firm(firms, p, world.state.slots, world.state.jobs, world.flows)
    guarantee.adapt(world)
    return world, guarantee, p, debt


def test_sureties_pay_a_debt_at_once_if_they_can() -> None:
    world, guarantee, p, debt = failed(1.0)
    stood = guarantee.most[guarantee.principal == p].sum()
    assert guarantee.collected == pytest.approx(min(debt, stood))
    assert world.flows.bank_losses == pytest.approx(debt - guarantee.collected)
    assert guarantee.owed.sum() == pytest.approx(0.0, abs=1e-6)


def test_sureties_without_money_pay_on_later_days_and_count_for_nothing_until_then() -> None:
    world, guarantee, p, _ = failed(0.0)
    assert guarantee.collected == pytest.approx(0.0, abs=1e-6)
    assert guarantee.called > 0.0
    assert guarantee.owed.sum() == pytest.approx(guarantee.called)
    sureties = guarantee.surety[guarantee.principal == p]
    theirs = np.isin(guarantee.surety, sureties)
    before = guarantee.extension.copy()
    guarantee.decide(world)
    less = before[guarantee.principal[theirs]] - guarantee.extension[guarantee.principal[theirs]]
    assert (less > 0.0).any()
    live(world, 20)
    assert guarantee.collected > 0.0


def test_credit_that_is_drawn_stays_lent_when_sureties_fail() -> None:
    guarantee = made(**LONG)
    world = build(guarantee)
    live_one_day(world)
    firms, p = world.state.firms, int(guarantee.principal[0])
    own = float(firms.credit[p] - guarantee.extension[p])
    firms.cash[p] = -0.9 * firms.credit[p]
    guarantee.owed[:] = 1.0  # nobody is sound
    guarantee.decide(world)
    assert firms.credit[p] == pytest.approx(-firms.cash[p])
    firms.cash[p] = 0.0
    guarantee.decide(world)
    assert firms.credit[p] == pytest.approx(own)


def test_members_pay_a_fee_for_what_is_covered() -> None:
    guarantee = made()
    world = build(guarantee)
    live_one_day(world)
    cash = world.state.firms.cash.sum()
    world.profits = contributions = 0.0
    world.flows.contributions = contributions
    guarantee.cooperate(world)
    paid = cash - world.state.firms.cash.sum()
    assert paid == pytest.approx(0.015 * guarantee.most.sum() / 365)
    assert world.profits - world.flows.contributions == pytest.approx(paid)


# ---------------------------------------------------------------- off
def test_a_guarantee_that_has_not_begun_changes_nothing() -> None:
    shocks = (Shock("employer_closure", 3, 20), Shock("payment_freeze", 5, 20))
    runs = [
        np.array(list(live(build(*m, shocks=shocks), 60).values()))
        for m in ((), (made(from_year=5.0),))
    ]
    assert runs[0].tobytes() == runs[1].tobytes()


def test_members_of_a_scic_are_those_who_stand_surety() -> None:
    guarantee = made()
    world = build(guarantee, cooperation=Cooperation())
    np.testing.assert_array_equal(guarantee.members, world.state.firms.member)
    live(world, 40)
    assert guarantee.observed["credit"] > 0.0


def test_a_guarantee_of_the_scic_ends_with_it() -> None:
    """No new credit, no fee; what is drawn stays lent."""
    guarantee = made()
    world = build(guarantee, cooperation=Cooperation())
    live(world, 2)
    assert guarantee.observed["credit"] > 0.0
    life.end(world)
    live(world, 2)
    assert guarantee.observed["credit"] == guarantee.observed["members"] == 0.0
    assert guarantee.cost_today == 0.0


def test_who_left_the_scic_stands_for_nobody_and_nobody_for_it() -> None:
    guarantee = made()
    world = build(guarantee, cooperation=Cooperation())
    live(world, 1)
    p = int(guarantee.principal[0])
    theirs = guarantee.principal[guarantee.surety == p]
    before = guarantee.extension.copy()
    world.state.firms.member[p] = False
    guarantee.decide(world)
    assert guarantee.extension[p] == 0.0 < before[p]
    assert (guarantee.extension[theirs] < before[theirs]).all()


def test_a_debt_left_before_credit_was_extended_is_called_all_the_same() -> None:
    """Nobody was sound yesterday; what a shock closes this morning is called this evening."""
    guarantee = made(**LONG)
    world = build(guarantee)
    guarantee.decide(world)
    guarantee.extension[:] = 0.0
    p = int(guarantee.principal[0])
    world.state.firms.debt_left[p] = 1000.0
    guarantee.decide(world)
    guarantee.adapt(world)
    assert guarantee.called == pytest.approx(1000.0)


def test_calls_wait_while_payments_are_frozen() -> None:
    guarantee = made(**LONG)
    world = build(guarantee)
    guarantee.decide(world)
    world.day.payments = 0.0
    world.state.firms.debt_left[int(guarantee.principal[0])] = 1000.0
    guarantee.adapt(world)
    assert guarantee.collected == 0.0 < guarantee.owed.sum()


def test_whom_creditors_spare_is_not_sound_to_the_bank() -> None:
    """E9 gives a term, not means: a surety in arrears counts for nothing with it as without."""
    settings = {n: record.value for n, record in measure_records()["indivisible_reserves"].items()}
    settings |= {"from_year": 0.0, "member_share": 1.0, "hazard_ratio": 0.0}
    reserves, guarantee = IndivisibleReserves(settings), made(member_share=1.0)
    world = build(reserves, guarantee)
    firms, p = world.state.firms, int(guarantee.surety[guarantee.most > 0.0][0])
    guarantee.decide(world)
    theirs = guarantee.principal[guarantee.surety == p]
    sound = guarantee.extension[theirs].copy()
    late = int(world.settings.insolvency_days) + 5
    firms.short_days[p] = late
    reserves.cooperate(world)
    assert reserves.spared == 1
    assert firms.short_days[p] == late
    guarantee.decide(world)
    assert (guarantee.extension[theirs] < sound).all()
    luck = np.ones(len(firms))
    rules = (firms, world.state.slots, world.state.jobs, world.settings, world.flows, luck)
    assert close_and_open(*rules)[0] == 0
    firms.respite[p] = 0
    assert close_and_open(*rules)[0] == 1


def test_a_credit_crunch_leaves_what_sureties_stand_for() -> None:
    """Own lines are gone, those of sureties are not, and books close while debts are drawn."""
    shocks = (Shock("credit_crunch", 2, 30), Shock("labour_loss", 1, 40, depth=0.9))
    world = build(made(**LONG), shocks=shocks)
    ledger = Ledger.open(world)
    firms = world.state.firms
    for day in range(45):
        live_one_day(world)
        ledger.audit(world)
        if day == 2:
            assert (firms.cash >= 0.0).all()  # nobody has drawn anything
            np.testing.assert_allclose(firms.credit, firms.covered)
    assert firms.covered.max() > 0.0
    np.testing.assert_allclose(firms.credit, firms.credit_calm + firms.covered)
