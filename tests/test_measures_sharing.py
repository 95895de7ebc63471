"""Shared machines and local ties: when they help, when they hurt, and who pays."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pytest
from tests.country import place_named
from tests.worlds import BOURG, TOWN, live, place_of

from ressort import scic as life
from ressort.errors import InputError
from ressort.goods import AGRI
from ressort.measures import Measure
from ressort.measures.local_ties import LocalTies
from ressort.measures.shared_machines import SharedMachines
from ressort.measures.ties import tier_at
from ressort.parameters import measure_records
from ressort.rules.purchases import firm_tier
from ressort.scenario import check
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.world import Rules, World, build_world

M = TypeVar("M", bound=Measure)
ALL: dict[str, Any] = {"member_share": 1.0, "reach_km": 100.0}


def made(kind: type[M], **changes: Any) -> M:
    values = {n: record.value for n, record in measure_records()[kind.name].items()}
    return kind(values | {"from_year": 0.0} | changes)


def world_with(
    *measures: Measure,
    shocks: tuple[Shock, ...] = (),
    code: str = BOURG,
    seed: int = 1,
    day_of_year: int = 0,
) -> World:
    people_per_agent = 40.0 if code == TOWN else 8.0
    rules = Rules(start_day_of_year=day_of_year)
    return build_world(
        place_of(code), rules, seed, people_per_agent, shocks, None, None, tuple(measures)
    )


def break_all(world: World, rows: Any) -> None:
    world.state.firms.broken[rows] = world.state.firms.machines[rows]


def made_by(world: World, rows: Any) -> float:
    return float(world.state.firms.production[rows].sum())


# ---------------------------------------------------------------- off, or not begun
@pytest.mark.parametrize("kind", [SharedMachines, LocalTies])
def test_a_measure_that_has_not_begun_changes_nothing(kind: type[Measure]) -> None:
    shocks = (Shock("destruction", 3, 1, 0.4), Shock("isolation", 5, 10))
    days = [
        np.array(list(live(world_with(*m, shocks=shocks), 30).values()))
        for m in ((), (made(kind, from_year=5.0),))
    ]
    assert days[0].tobytes() == days[1].tobytes()


@pytest.mark.parametrize("kind", [SharedMachines, LocalTies])
def test_accounts_close_in_a_disaster(kind: type[Measure]) -> None:
    shocks = (Shock("destruction", 3, 1, 0.6), Shock("payment_freeze", 20, 10))
    settings = ALL | ({"years": 0.0} if kind is LocalTies else {"wear": 5.0})
    live(world_with(made(kind, **settings), shocks=shocks), 60)


# ---------------------------------------------------------------- machines
def farms_of(world: World) -> np.ndarray:
    return np.flatnonzero(world.state.firms.branch == AGRI)


def two_days(hit: int, **settings: Any) -> tuple[World, SharedMachines, np.ndarray]:
    """Return a place in which all machines of some farms broke (of all, with 0), after two days."""
    measure = made(SharedMachines, **(ALL | settings))
    world = world_with(measure)
    rows = farms_of(world)[:hit] if hit else np.arange(len(world.state.firms))
    break_all(world, rows)
    live(world, 2)
    return world, measure, rows


def test_who_broke_down_alone_borrows_and_works_on() -> None:
    world, measure, rows = two_days(1)
    bare = world_with()
    break_all(bare, rows)
    live(bare, 2)
    assert world.state.firms.borrowed[rows[0]] >= 1.0
    assert made_by(world, rows) > 1.2 * made_by(bare, rows)
    assert world.state.firms.borrowed.sum() <= 1e-9
    assert measure.observed["lent"] >= 1.0


def test_at_a_common_peak_nothing_is_idle_and_the_queue_grows() -> None:
    """Half of the farms lie idle for want of orders in calm times; at harvest none does."""
    for day, lends in ((-20, True), (1, False)):
        measure = made(SharedMachines, **ALL)
        first = world_with().settings.harvest_first_day
        world = world_with(measure, day_of_year=int(first) + day)
        farms = farms_of(world)
        break_all(world, farms[::2])
        live(world, 3)
        assert (measure.observed["lent"] > 0.0) is lends
        lacking = set(farms[::2]) & set(np.flatnonzero(measure.waiting > 0))
        if not lends:
            assert lacking == set(farms[::2])
            assert measure.observed["longest_wait"] == 3.0


def test_where_all_are_broken_nothing_is_lent() -> None:
    _, measure, _ = two_days(0)
    assert measure.observed["idle"] == measure.observed["lent"] == 0.0
    assert measure.observed["longest_wait"] == 2.0


def test_no_farm_lends_at_harvest() -> None:
    idle = []
    for away in (-20, 1):
        measure = made(SharedMachines, **ALL)
        world = world_with(measure)
        world.day.day_of_year = world.settings.harvest_first_day + away
        idle.append(int(measure.idle(world)[farms_of(world)].sum()))
    assert idle[0] > 0 == idle[1]


def test_who_waited_most_is_served_first() -> None:
    measure = made(SharedMachines, **ALL)
    world = world_with(measure)
    farms = farms_of(world)
    firms = world.state.firms
    break_all(world, farms)
    lender, late, early = farms[0], farms[1], farms[2]
    firms.broken[lender] = 0
    firms.machines[[lender, late, early]] = 1  # one to spare, and one wanted by each
    firms.broken[[late, early]] = 1
    firms.output_calm[lender] = 1e-6
    for first, second in ((early, late), (late, early)):
        measure.waiting[:] = 0
        measure.waiting[first], measure.waiting[second] = 9, 8
        measure.set_conditions(world)
        assert [(loan.borrower, loan.lender) for loan in measure.loans] == [(first, lender)]
        assert measure.waiting[first] == 0
        assert measure.waiting[second] == 9


def test_a_worn_machine_fails_its_owner_and_its_user() -> None:
    broken = []
    for wear in (0.0, 400.0):
        measure = made(SharedMachines, **(ALL | {"wear": wear}))
        world = world_with(measure)
        break_all(world, farms_of(world)[:3])
        measure.set_conditions(world)
        loans = list(measure.loans)
        assert loans
        world.tick += 1
        before = world.state.firms.broken.copy()
        measure._wear(world)
        more = world.state.firms.broken - before
        broken.append(int(more.sum()))
        lenders = {loan.lender for loan in loans}
        assert set(np.flatnonzero(more)) <= lenders
    assert broken[0] == 0 < broken[1]


def test_borrowers_pay_lenders_and_haulage_and_all_pay_dues() -> None:
    measure = made(SharedMachines, **(ALL | {"dues": 0.0, "haul_cost": 3.0}))
    world = world_with(measure)
    break_all(world, farms_of(world)[:1])
    cash = world.state.firms.cash.copy()
    measure.set_conditions(world)
    measure.cooperate(world)
    change = world.state.firms.cash - cash
    borrower = farms_of(world)[0]
    assert measure.observed["hire"] > 0.0
    assert change[borrower] == pytest.approx(change[change < 0].sum())
    assert change[change > 0].sum() == pytest.approx(measure.observed["hire"])
    assert change.sum() == pytest.approx(world.flows.measures)
    assert world.flows.measures < 0.0


def test_nothing_is_lent_beyond_reach_or_between_trades() -> None:
    farthest = []
    for reach in (0.0, 100.0):
        world, measure = struck_country(reach_km=reach)
        communes = world.state.firms.commune
        km = [
            float(world.index.distance[communes[loan.borrower], communes[loan.lender]])
            for loan in measure.loans
        ]
        farthest.append(max(km, default=0.0))
    assert farthest[0] == 0.0 < farthest[1] <= 100.0
    for other, lent in ((False, False), (True, True)):
        measure = made(SharedMachines, **(ALL | {"other_branches": other}))
        world = world_with(measure)
        break_all(world, farms_of(world))  # no farm has one left
        measure.set_conditions(world)
        helped = world.state.firms.borrowed[farms_of(world)].sum() > 0
        assert bool(helped) is lent


def struck_country(**settings: Any) -> tuple[World, SharedMachines]:
    """Return 21 communes on a morning on which every other establishment has lost its machines."""
    measure = made(SharedMachines, **(ALL | settings))
    place = place_named("country")
    world = build_world(place, Rules(), 1, 40.0, (), None, None, (measure,))
    break_all(world, np.arange(0, len(world.state.firms), 2))
    measure.set_conditions(world)
    return world, measure


def test_machines_have_a_size_and_borrowers_regain_no_more_than_lenders_give_up() -> None:
    world, measure = struck_country()
    size, firms = measure._size(world), world.state.firms
    assert np.ptp(size[firms.branch == AGRI]) > 0.0
    change = size * firms.borrowed
    gained, given = float(change[change > 0].sum()), float(-change[change < 0].sum())
    assert 0.0 < gained <= given * (1.0 + 1e-12)
    for loan in measure.loans:
        assert loan.worth * size[loan.borrower] <= loan.machines * size[loan.lender] * (1 + 1e-12)
        assert loan.worth <= loan.machines


def test_among_equals_the_lot_decides_and_not_the_row() -> None:
    firsts, owners = set(), set()
    for tick in range(12):
        measure = made(SharedMachines, **ALL)
        world = world_with(measure)
        world.tick = tick
        firms, farms = world.state.firms, farms_of(world)
        firms.machines[farms] = 1
        firms.broken[farms[:-1]] = 1
        firms.output_calm[farms[-1]] = 1e-6
        measure.set_conditions(world)
        (loan,) = measure.loans
        firsts.add(loan.borrower)
        firms.broken[farms] = 0
        firms.broken[farms[0]] = 1
        firms.output_calm[farms[1:]] = 1e-6
        measure.set_conditions(world)
        owners.add(measure.loans[0].lender)
    assert len(firsts) > 1
    assert len(owners) > 1


def test_who_did_not_pay_its_dues_is_not_served() -> None:
    measure = made(SharedMachines, **ALL)
    world = world_with(measure)
    rows = farms_of(world)[:1]
    break_all(world, rows)
    cash = world.state.firms.cash[rows].copy()
    world.state.firms.cash[rows] = -world.state.firms.credit[rows]
    measure.cooperate(world)
    world.state.firms.cash[rows] = cash  # it could pay the hire now
    measure.set_conditions(world)
    assert not measure.loans
    measure.cooperate(world)
    measure.set_conditions(world)
    assert {loan.borrower for loan in measure.loans} == set(rows)


def test_who_cannot_pay_haulage_gets_no_machine() -> None:
    lent = []
    for means in (0.99, 1.01):
        measure = made(SharedMachines, **(ALL | {"haul_cost": 5000.0, "other_branches": False}))
        world = world_with(measure)
        (row,) = farms_of(world)[:1]
        firms = world.state.firms
        firms.machines[row] = firms.broken[row] = 1
        here = int(firms.commune[row])  # as all are
        haulage = 5000.0 * (1.0 + float(world.index.distance[here, here]))
        price = float(measure._hire(world)[row]) + haulage
        firms.cash[row] = means * price - firms.credit[row]
        measure.set_conditions(world)
        lent.append(len(measure.loans))
        spent = means * price - firms.credit[row] - firms.cash[row]
        assert bool(spent >= haulage) is bool(lent[-1])
    assert lent == [0, 1]


def test_in_a_freeze_no_bill_is_paid() -> None:
    for kind in (SharedMachines, LocalTies):
        measure = made(kind, **(ALL | ({"years": 0.0} if kind is LocalTies else {})))
        world = world_with(measure)
        live(world, 3)
        world.day.payments = 0.0
        cash = world.state.firms.cash.copy()
        measure.cooperate(world)
        np.testing.assert_array_equal(world.state.firms.cash, cash)


def country(seed: int, *shocks: Shock, share: bool = False) -> dict[str, np.ndarray]:
    """Return the indicators of 40 days in the country."""
    measures = (made(SharedMachines, **ALL),) if share else ()
    place = place_named("country")
    return live(build_world(place, Rules(), seed, 40.0, shocks, None, None, measures), 40)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_neighbours_make_good_a_larger_part_where_few_are_hit(seed: int) -> None:
    """A disaster in 3 of 21 communes, and the same in all of them."""
    codes = place_named("country").territory.codes
    calm = country(seed)["output"].sum()
    part = []
    for struck in (tuple(codes[:3]), ()):
        shock = Shock("destruction", 5, 1, 0.9, communes=struck)
        bare, shared = (country(seed, shock, share=x)["output"].sum() for x in (False, True))
        assert calm > bare
        part.append((shared - bare) / (calm - bare))
    assert part[0] > 0.4 > 0.05 > part[1] > 0.0


def test_in_calm_times_members_pay_for_a_queue_that_is_empty() -> None:
    bare, shared = country(1), country(1, share=True)
    assert shared["output"].sum() == pytest.approx(bare["output"].sum(), rel=1e-4)
    assert shared["measures_cost"].mean() > 0.0


# ---------------------------------------------------------------- local ties
TIED: dict[str, Any] = ALL | {"years": 0.0, "local_share": 0.6, "contacts": 0.0}


FOOD_CUT = Shock("import_cut", 10, 30, goods=("agri", "food"))
FOOD_PLANTS = Shock("capacity_loss", 10, 30, 1.0, branches=("agri", "food"))


def town(seed: int, *shocks: Shock, days: int = 50, **settings: Any) -> dict[str, np.ndarray]:
    """Return the indicators of a town, with local ties if settings are given."""
    measures = (made(LocalTies, **(ALL | settings)),) if settings else ()
    return live(world_with(*measures, shocks=shocks, code=TOWN, seed=seed), days)


def needs(series: dict[str, np.ndarray]) -> float:
    return float(series["essential"].sum())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ties_help_when_the_outside_fails_and_hurt_when_plants_here_do(seed: int) -> None:
    ties = TIED
    for shock, sign in ((FOOD_CUT, 1.0), (FOOD_PLANTS, -1.0)):
        gain = needs(town(seed, shock, **ties)) - needs(town(seed, shock))
        assert sign * gain > 0.5  # days of all needs of all people


def test_more_ties_do_more_of_both() -> None:
    for shock, sign in ((FOOD_CUT, 1.0), (FOOD_PLANTS, -1.0)):
        few, many = (needs(town(1, shock, **(TIED | {"local_share": x}))) for x in (0.2, 0.6))
        assert sign * (many - few) > 0.0


def test_calm_times_settle_again_with_less_trade_and_a_dearer_purchase() -> None:
    """Stocks on the road are used up first; then output is what it was but for the premium."""
    free = TIED | {"premium": 0.0, "dues": 0.0}
    bare, tied, dear = (town(1, days=260, **s) for s in ({}, free, TIED))
    late = slice(200, 260)
    assert tied["output"][late] == pytest.approx(bare["output"][late], rel=2e-4)
    assert dear["output"][late].sum() < tied["output"][late].sum()
    trade = [run["exports"][late].sum() - run["imports"][late].sum() for run in (bare, tied)]
    assert trade[1] == pytest.approx(trade[0], abs=0.01 * bare["imports"][late].sum())
    assert tied["imports"][late].sum() < 0.8 * bare["imports"][late].sum()
    np.testing.assert_array_equal(tied["essential"], 1.0)


def test_sellers_give_up_outside_what_they_sell_here_and_no_more() -> None:
    measure = made(LocalTies, **TIED)
    world, bare = world_with(measure), world_with()
    total = float(world.state.firms.exports_calm.sum())
    live(world, 1)
    moved = measure.moved()
    assert 0.0 < moved <= 0.6 * measure.total
    assert total - world.state.firms.exports_calm.sum() == pytest.approx(moved)
    assert world.state.firms.exports_calm.min() >= -1e-9
    assert (bare.state.source_calm == -1).sum() > (world.state.source_calm == -1).sum()


def test_ties_come_with_the_years_and_only_members_may_sell() -> None:
    shares = []
    for settings in ({"years": 1.0}, {"years": 0.0}, {"years": 0.0, "members_only": True}):
        measure = made(LocalTies, **(TIED | {"member_share": 0.5} | settings))
        live(world_with(measure, code=TOWN), 91, audit=False)
        shares.append(measure.observed["share_moved"])
        if settings.get("members_only"):
            sellers = measure.seller[measure.seller >= 0]
            assert len(sellers)
            assert measure.members[sellers].all()
    assert 0.0 < shares[0] <= 0.25 * 0.6 < shares[1]
    assert shares[2] < shares[1]


def test_buyers_pay_the_premium_and_dues_are_wages() -> None:
    measure = made(LocalTies, **TIED)
    world = world_with(measure)
    live(world, 5)
    cash = world.state.firms.cash.copy()
    world.profits = 0.0
    before = float(world.flows.contributions)
    measure.cooperate(world)
    paid = cash.sum() - world.state.firms.cash.sum()
    jobs = world.state.firms.jobs[measure.members].sum()
    assert paid == pytest.approx(measure.set.dues * jobs / 365)
    assert world.profits - (world.flows.contributions - before) == pytest.approx(paid)
    assert measure.observed["premium"] > 0.0


def tied_scic(**settings: Any) -> tuple[World, LocalTies]:
    """Return a place with a SCIC whose members have let contracts at once."""
    measure = made(LocalTies, **(TIED | settings))
    world = build_world(
        place_of(BOURG), Rules(), 1, 8.0, (), Cooperation(), None, measures=(measure,)
    )
    return world, measure


def test_contracts_of_members_end_with_the_scic() -> None:
    world, measure = tied_scic()
    calm, exports = world.state.source_calm.copy(), world.state.firms.exports_calm.copy()
    live(world, 1)
    assert measure.moved() > 0.0
    assert (world.state.source_calm != calm).any()
    life.end(world)
    live(world, 2)
    assert measure.moved() == measure.total == measure.observed["members"] == 0.0
    assert measure.cost_today == 0.0
    np.testing.assert_array_equal(world.state.source_calm, calm)
    np.testing.assert_allclose(world.state.firms.exports_calm, exports, rtol=1e-9, atol=1e-9)


def test_who_joins_the_scic_moves_purchases_too() -> None:
    world, measure = tied_scic()
    live(world, 1)
    firms = world.state.firms
    others = ~np.array(firms.member)
    assert not others[measure.buyers[(measure.seller >= 0).any(axis=1)]].any()
    before = measure.total
    firms.member[: world.n_drawn] = True
    world.tick = 30
    measure.decide(world)
    assert measure.total > before
    assert others[measure.buyers[(measure.seller >= 0).any(axis=1)]].any()


def test_the_tier_of_a_purchase_is_that_of_the_rule() -> None:
    world = world_with()
    firms = world.state.firms
    rng = np.random.default_rng(1)
    for column in ("member", "priority", "tier"):
        firms[column] = rng.random(len(firms)) < 0.5
    rows = np.arange(len(firms))
    seller = rng.permutation(rows)
    expected = [firm_tier(firms[b], firms[s]) for b, s in zip(rows, seller, strict=True)]
    found = tier_at(world, rows, seller)
    assert found.tolist() == expected
    assert (found != firms.tier).any()


def test_the_premium_is_paid_on_what_members_are_served_first() -> None:
    world, measure = tied_scic()
    live(world, 2)
    firms = world.state.firms
    firms.priority, firms.tier = True, 1
    firms.served = [1.0, 0.0]  # whoever is not first gets nothing
    assert measure._pay_premium(world) > 0.0
    firms.member = False
    assert measure._pay_premium(world) == 0.0


def test_who_knows_others_finds_new_suppliers_sooner() -> None:
    links = []
    for contacts in (0.0, 24.0):
        series = town(1, FOOD_CUT, **(ALL | {"local_share": 0.0, "contacts": contacts}))
        links.append(series["new_links"][10:40].sum())
    assert links[1] > links[0]


def test_ties_do_not_help_in_a_freeze_of_payments() -> None:
    """Money is short, not goods: dearer purchases and fewer links outside cost output."""
    freeze = Shock("payment_freeze", 10, 30)
    tied, bare = (town(1, freeze, **s)["output"].sum() for s in (TIED, {}))
    assert tied < 0.98 * bare


# ---------------------------------------------------------------- bad input
@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"local_ties": {"goods": ["fud"]}}, "local_ties.goods: unknown name 'fud'"),
        ({"shared_machines": {"hire": 1.0}}, "cooperation.shared_machines.hire: unknown key"),
        ({"guarantee": {"degree": 0}}, "cooperation.guarantee.degree"),
    ],
)
def test_bad_settings_name_their_key(section: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        check({"territory": {"name": BOURG}, "cooperation": section})
