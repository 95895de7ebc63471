"""Federations: units alone are what they were, books close between units, aid has its limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.worlds import live as live_world

from ressort.errors import InputError
from ressort.federation import Federation, live, unit_world
from ressort.federation_links import Aid, shared_out
from ressort.federation_loads import Loads
from ressort.indicators import NAMES
from ressort.scenario import Scenario, check
from ressort.scenario_federation import faults_of_federation, units_of
from ressort.simulation import Stage, fork
from ressort.summary import Estimate, difference

DAYS = 45
CUT = {"kind": "import_cut", "start_day": 3, "days": 25}
UNITS = [
    {"name": "bourg", "communes": ["63354"]},
    {"name": "town", "communes": ["63338"]},
]
VILLAGE = {"name": "village", "communes": ["63005"]}
FREE = {"staff_per_unit": 0.0, "hazard": 0.0}  # costs nothing to run, and does not end
GENEROUS = {"share": 1.0, "decay_km": 200.0, "decision_days": 0} | FREE
CLOSED = {"kind": "border_closure", "start_day": 3, "days": 25, "depth": 1.0}


def scenario(shocks: Any = (CUT,), more: Any = (), **federation: Any) -> Scenario:
    content = {
        "territory": {"codes": ["63354", "63338", *more]},
        "run": {"days": DAYS, "people_per_agent": 10.0},
        "shocks": list(shocks),
        "federation": {"units": UNITS, "aid": {}} | federation,
    }
    return check(content, "file.toml")


def unmet(made: Scenario, linked: bool, seed: int = 1) -> tuple[float, ...]:
    """Person-days unmet by unit, the books audited every day."""
    lived = live(Federation.of(made, seed, linked=linked, audit=True), DAYS)
    return tuple(float(u.sum()) for u in lived.unmet)


def changes(made: Scenario, seeds: int) -> list[Estimate]:
    """Person-days unmet of each unit with links less without, paired by seed."""
    runs = [[unmet(made, linked, k) for linked in (True, False)] for k in range(1, seeds + 1)]
    linked, alone = np.array(runs).transpose(1, 2, 0)
    return [difference(*pair) for pair in zip(linked, alone, strict=True)]


def test_a_unit_without_links_lives_as_it_would_alone() -> None:
    made = scenario()
    together = live(Federation.of(made, 1, linked=False), 10)
    for k, unit in enumerate(units_of(made)):
        alone = live_world(unit_world(made, 1, unit, linked=False), 10, audit=False)
        for n, name in enumerate(NAMES):
            np.testing.assert_array_equal(together.series[k, :, n], alone[name])


def test_a_link_helps_against_what_is_local() -> None:
    """S07, first half."""
    assert changes(scenario(struck=("bourg",), aid=GENEROUS), 6)[0].verdict == "lower"


def test_no_link_helps_where_all_are_struck_and_none_serves() -> None:
    made = scenario(aid=GENEROUS)
    assert unmet(made, True) == unmet(made, False)


def test_aid_that_has_not_begun_sends_nothing() -> None:
    aid = GENEROUS | {"from_year": 0.12}
    federation = Federation.of(scenario(struck=("bourg",), aid=aid), 1)
    live(federation, 43)
    assert federation.sent == 0.0


def test_links_hurt_whoever_gave_and_is_struck_later() -> None:
    """S07, second half: what it gave lacks, and it goes on giving."""
    aid = GENEROUS | {"give_floor": 0.5, "serve_when_hit": True}
    made = scenario(aid=aid, delay_days={"bourg": 10})
    assert [found.verdict for found in changes(made, 10)] == ["higher", "lower"]


def test_a_village_without_shops_gains_nothing_from_aid_to_establishments() -> None:
    """Its residents shop elsewhere: aid reaches the stores of establishments alone."""
    units = [*UNITS, VILLAGE]
    made = scenario(more=["63005"], units=units, struck=("village",), aid=GENEROUS)
    federation = Federation.of(made, 1, audit=True)
    assert not (federation.worlds[2].state.firms.format >= 0).any()
    live(federation, DAYS)
    assert federation.sent > 0.0
    assert unmet(made, True)[2] == unmet(made, False)[2]


def test_equal_units_have_nothing_to_give_each_other_in_a_common_cut() -> None:
    """What links gain in a common cut is the difference between units: without it they are idle."""
    made = scenario(aid=GENEROUS | {"serve_when_hit": True})
    unlike = Federation.of(made, 1)
    live(unlike, DAYS)
    twins = Federation.of(made, 1)
    twins.worlds = (twins.worlds[0], fork(twins.worlds[0], shocks=True))
    twins.km = np.where(np.eye(2) > 0.0, 0.0, 19.0)
    live(twins, DAYS)
    assert unlike.sent > 0.0
    assert twins.sent == 0.0


def test_a_disaster_takes_its_share_of_aid_under_way() -> None:
    ruin = {"kind": "destruction", "start_day": 10, "days": 1, "depth": 0.5}
    federation = Federation.of(
        scenario([CUT, ruin], struck=("bourg",), aid=GENEROUS), 1, audit=True
    )
    live(federation, 10)
    before = federation.aids[0].stock.sum()
    live(federation, 1)
    assert before > 0.0
    assert federation.aids[0].stock.sum() == pytest.approx(federation.aids[0].loads.held.sum())


def test_the_order_of_units_does_not_matter() -> None:
    units = [*UNITS, VILLAGE]
    aid = GENEROUS | {"serve_when_hit": True}
    found = []
    for order in ((0, 1, 2), (2, 0, 1)):
        turned, late = [units[k] for k in order], {"bourg": 5}
        made = scenario(more=["63005"], units=turned, aid=aid, delay_days=late)
        lived = unmet(made, True)
        found.append([lived[order.index(k)] for k in range(3)])
    assert found[0] == pytest.approx(found[1], rel=1e-9)


@pytest.mark.parametrize("settle", ["kind", "payment"])
def test_the_giver_is_poorer_until_it_is_repaid_and_books_close(settle: str) -> None:
    aid = {"settle": settle, "share": 1.0, "decay_km": 200.0, "decision_days": 0, "repay_days": 5}
    federation = Federation.of(scenario(struck=("town",), aid=aid), 1, audit=True)
    live(federation, 28)
    lent = federation.aids[1].owed[0].sum()
    assert lent > 0.0
    claims = federation.aids[0].slot_claims.sum() + federation.aids[0].firm_claims.sum()
    assert claims == pytest.approx(lent, rel=1e-9)
    live(federation, 30)
    assert federation.aids[1].owed[0].sum() < 0.5 * lent


def test_what_nobody_takes_goes_back_and_no_debt_is_left() -> None:
    """What arrives when shortage is over is sold to anyone short of its target, or sent back."""
    aid = GENEROUS | {"repay_days": 5, "ask_floor": 0.3}
    federation = Federation.of(scenario(struck=("town",), aid=aid), 1, audit=True)
    debtor, giver = federation.aids[1], federation.aids[0]
    live(federation, 29)
    assert debtor.owed.sum() > 0.0
    live(federation, 30)
    scale = 1e-9 * federation.sent
    assert debtor.loads.held.sum() == pytest.approx(0.0, abs=scale)
    assert debtor.owed.sum() == pytest.approx(0.0, abs=scale)
    assert giver.slot_claims.sum() + giver.firm_claims.sum() == pytest.approx(0.0, abs=scale)


def test_goods_that_nobody_can_buy_are_sent_back_at_the_cost_of_residents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aid = GENEROUS | {"repay_days": 3650}
    federation = Federation.of(scenario(struck=("town",), aid=aid), 1, audit=True)
    live(federation, 28)
    debtor = federation.aids[1]
    held, owed = debtor.loads.held.sum(), debtor.owed.sum()
    assert held > 0.0
    for of_nobody in ("lacks", "gaps"):
        monkeypatch.setattr(Aid, of_nobody, lambda _, world: np.zeros(len(world.state.slots)))
    monkeypatch.setattr("ressort.federation_links._repay", lambda *_: None)
    haulage = 0.0
    for _ in range(4):
        live(federation, 1)
        haulage += debtor.cost_today
    rate = federation.km[0, 1] * debtor.set.haul_rate
    assert haulage == pytest.approx(held * rate, rel=1e-9)
    assert debtor.owed.sum() == pytest.approx(owed - held, rel=1e-9)
    assert debtor.loads.held.sum() == pytest.approx(0.0, abs=1e-9 * held)


def test_each_load_costs_its_own_haulage() -> None:
    loads, good = Loads(), np.eye(22)[3]
    loads.add(2, 10.0 * good, 0.1)
    loads.add(2, 30.0 * good, 0.02)
    loads.add(5, 50.0 * good, 0.5)
    loads.arrive(2, loads.held)
    assert loads.haulage[3] == pytest.approx(1.6)
    assert loads.haul[3] == pytest.approx(0.04)
    loads.take(20.0 * good)
    assert loads.haulage[3] == pytest.approx(0.8)
    loads.arrive(3, 0.5 * loads.held)  # a disaster takes half
    assert loads.haulage[3] == pytest.approx(0.4)
    loads.arrive(5, loads.held)
    assert loads.haulage[3] == pytest.approx(0.4 + 12.5)


def test_what_is_shared_out_does_not_depend_on_the_order_of_units() -> None:
    rng = np.random.default_rng(5)
    offers, asks, carried = rng.random((4, 22)), rng.random((4, 22)), rng.random((4, 4, 22))
    plan = shared_out(offers, asks, carried)
    assert (plan.sum(axis=1) <= offers + 1e-12).all()
    assert (plan.sum(axis=0) <= asks + 1e-12).all()
    turn = np.array([2, 0, 3, 1])
    turned = shared_out(offers[turn], asks[turn], carried[turn][:, turn])
    np.testing.assert_allclose(turned, plan[turn][:, turn], rtol=1e-12)


@pytest.mark.parametrize(
    ("federation", "said"),
    [
        ({"split": 2}, ["federation", "exactly one of split, copies, units"]),
        ({"copies_km": 9.0}, ["federation", "copies_km", "give copies"]),
        ({"units": [{"name": "a", "communes": []}]}, ["federation.units.0.communes", "without"]),
        (
            {"units": [UNITS[0], {"name": "b", "communes": ["63354", "63338"]}]},
            ["federation.units.1.communes", "already in federation.units.0"],
        ),
        (
            {"units": [UNITS[0], {"name": "b", "communes": ["63339", "63338"]}]},
            ["federation.units.1.communes", "'63339'", "63338"],
        ),
        ({"delay_days": {"bourgs": 3}}, ["federation.delay_days", "'bourgs'", "'bourg'"]),
        ({"struck": ["twn"]}, ["federation.struck.0", "'twn'", "'town'"]),
        ({"units": UNITS[:1]}, ["'63338' is in no unit"]),
    ],
)
def test_faults_of_a_federation_are_named(federation: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        scenario(**federation)
    for part in said:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_split_keeps_every_commune_once() -> None:
    content = {"territory": {"around": "63354", "radius_km": 12.0}, "federation": {"split": 4}}
    made = check(content)
    codes = [code for unit in units_of(made) for code in unit.territory.codes]
    assert sorted(codes) == sorted(made.resolve_territory().codes)
    assert len(units_of(made)) == 4


def test_copies_are_the_same_place_with_different_luck() -> None:
    made = check({"territory": {"name": "63005"}, "federation": {"copies": 3}})
    worlds = Federation.of(made, 1, linked=False).worlds
    people = {float(w.place.population.sum()) for w in worlds}
    assert len(people) == 1
    assert len({w.seed for w in worlds}) == 3


@pytest.mark.parametrize(("asked", "km"), [({}, 20.0), ({"copies_km": 50.0}, 50.0)])
def test_copies_lie_apart_and_their_haulage_is_paid(asked: dict[str, float], km: float) -> None:
    content = {
        "territory": {"name": "63354"},
        "run": {"people_per_agent": 10.0},
        "shocks": [CUT],
        "federation": {"copies": 2, "struck": ["copy 1"], "aid": GENEROUS} | asked,
    }
    federation = Federation.of(check(content), 1, audit=True)
    assert federation.km[0, 1] == federation.km[1, 0] == km
    haulage, got = 0.0, federation.aids[0]
    for _ in range(28):
        live(federation, 1)
        haulage += got.cost_today
    handed_over = federation.sent - got.loads.held.sum()
    assert handed_over > 0.0
    assert haulage == pytest.approx(got.set.haul_rate * km * handed_over, rel=1e-9)


def test_residents_of_each_unit_pay_those_who_run_the_federation() -> None:
    costs = FREE | {"staff_per_unit": 2.0}
    paid, free = (Federation.of(scenario((), aid=a), 1, audit=True) for a in (costs, FREE))
    live(paid, 10)
    live(free, 10)
    wage = paid.worlds[0].rules.behaviour.scic_wage
    assert [aid.running_cost for aid in paid.aids] == pytest.approx([2.0 * wage * 10] * 2)
    assert paid.running_cost == pytest.approx(4.0 * wage * 10)
    assert free.running_cost == 0.0
    for mine, other in zip(paid.worlds, free.worlds, strict=True):
        assert mine.state.homes.cash.sum() < other.state.homes.cash.sum()


def test_a_federation_may_end_and_its_debts_are_still_repaid() -> None:
    aid = GENEROUS | {"repay_days": 5}
    made = scenario(struck=("town",), aid=aid)
    federation = Federation.of(made, 1, audit=True)
    live(federation, 15)
    for account in federation.aids:
        assert not account.observed["over"]
        account.set.hazard = 1000.0
        account.set.staff_per_unit = 1.0
    sent, owed = federation.sent, federation.aids[1].owed.sum()
    assert owed > 0.0
    live(federation, 1)
    assert federation.over
    assert [account.observed["over"] for account in federation.aids] == [1.0, 1.0]
    cost = federation.running_cost
    live(federation, 40)
    assert (federation.sent, federation.running_cost) == (sent, cost)
    assert federation.aids[1].owed.sum() == pytest.approx(0.0, abs=1e-9 * sent)


def test_a_federation_ends_where_a_unit_cannot_pay_for_it() -> None:
    frozen = {"kind": "payment_freeze", "start_day": 2, "days": 20, "depth": 1.0}
    aid = FREE | {"staff_per_unit": 1.0, "insolvent_days": 5}
    federation = Federation.of(scenario([frozen], struck=("town",), aid=aid), 1, audit=True)
    over = []
    for _ in range(8):
        live(federation, 1)
        over.append(federation.over)
    assert over == [False] * 6 + [True] * 2
    assert all(account.over for account in federation.aids)


@pytest.mark.parametrize("cuts", [False, True])
def test_a_closed_border_closes_links_only_if_it_is_said_to(cuts: bool) -> None:
    aid = GENEROUS | {"border_cuts_links": cuts}
    federation = Federation.of(scenario([CLOSED], struck=("bourg",), aid=aid), 1)
    live(federation, 27)
    assert (federation.sent == 0.0) == cuts


def test_units_are_checked_with_the_tables_that_are_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given, made = [], scenario()
    units = units_of(made)

    def seen(_: Scenario, data: Path | None = None) -> Any:
        given.append(data)
        return units

    monkeypatch.setattr("ressort.scenario_federation.units_of", seen)
    assert not list(faults_of_federation(made, ("63354", "63338"), tmp_path))
    assert given == [tmp_path]


def test_copies_alone_have_the_outcomes_of_one_place() -> None:
    """Not only another luck each, but of the same distribution as the place lived by itself."""
    place = {"territory": {"name": "63354"}, "run": {"days": DAYS, "people_per_agent": 10.0}}
    made = check(place | {"shocks": [CUT], "federation": {"copies": 3}})
    copies = np.array([unmet(made, False, seed) for seed in range(1, 11)])
    stage = Stage.of(check(place | {"shocks": [CUT]}))
    alone = []
    for seed in range(1, 31):
        world = stage.world(seed, False)
        live_world(world, DAYS, audit=False)
        alone.append(float(world.state.homes.unmet.sum()))
    error = np.hypot(*(np.std(v, ddof=1) / np.sqrt(30) for v in (copies, alone)))
    assert abs(copies.mean() - np.mean(alone)) < 3.0 * error
    assert np.std(alone) / 2 < np.std(copies) < 2 * np.std(alone)
    # Copies of one seed are no more alike than those of different seeds.
    spread = copies - copies.mean()
    assert abs(np.corrcoef(spread[:, 0], spread[:, 1])[0, 1]) < 0.75
