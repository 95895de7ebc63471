"""Shocks act when, where and as deep as they say, and leave no trace of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.states import differences
from tests.worlds import BOURG, live, place_of

from ressort import shocks
from ressort.branches import BRANCHES, INDEX
from ressort.day import live_one_day
from ressort.goods import AGRI
from ressort.ledger import Ledger
from ressort.parameters import Behaviour, branch_traits
from ressort.rules.purchases import had_beyond
from ressort.scic import Cooperation
from ressort.shocks import KINDS, PHYSICAL, Shock
from ressort.simulation import fork
from ressort.world import Rules, World, build_world

PEOPLE_PER_AGENT = 4.0
GRID = tuple(b for b, r in zip(BRANCHES, branch_traits().reach, strict=True) if r == "grid")
SUMMER, SPRING = 200, 100  # days of the year: in the harvest window, and with crops standing


def bourg(*script: Shock, start: int = 0, **parameters: float) -> World:
    rules = Rules(Behaviour(parameters), start_day_of_year=start)
    return build_world(place_of(BOURG), rules, 3, PEOPLE_PER_AGENT, script)


def conditions(world: World, day: int) -> dict[str, np.ndarray]:
    """Return the conditions that the shocks of a world set on a day."""
    world.tick = day
    shocks.set_conditions(world)
    firms, today = world.state.firms, world.day
    return {
        "outside": today.outside.copy(),
        "border": today.border.copy(),
        "exports": today.exports.copy(),
        "commuting": np.array([today.commuting]),
        "demand": today.demand.copy(),
        "payments": np.array([today.payments]),
        "able": np.array(firms.able),
        "intact": np.array(firms.intact),
    }


def touched(world: World, day: int) -> set[str]:
    """Return which conditions differ from normal on a day."""
    return {name for name, values in conditions(world, day).items() if (values != 1).any()}


def test_a_sudden_shock_acts_in_its_window_only() -> None:
    shock = Shock("import_cut", 5, 3, depth=0.4)
    assert [shock.strength(day) for day in range(3, 10)] == [0, 0, 1, 1, 1, 0, 0]
    assert shock.left(5) == pytest.approx(0.6)
    assert shock.left(8) == 1.0


def test_a_ramp_grows_by_the_day() -> None:
    shock = Shock("import_cut", 5, 6, depth=0.8, shape="ramp", ramp_days=4)
    strengths = [shock.strength(day) for day in range(4, 12)]
    assert strengths == [0, 0.25, 0.5, 0.75, 1, 1, 1, 0]
    assert shock.left(6) == pytest.approx(1 - 0.8 * 0.5)


def test_an_import_cut_stops_its_goods_and_nothing_else() -> None:
    world = bourg(Shock("import_cut", 2, 3, depth=0.7, goods=("food", "fuel")))
    assert [touched(world, day) for day in range(6)] == [set()] * 2 + [{"outside"}] * 3 + [set()]
    outside = conditions(world, 3)["outside"]
    for good, value in zip(BRANCHES, outside, strict=True):
        assert value == pytest.approx(0.3 if good in ("food", "fuel") else 1.0)


def test_goods_that_come_by_lorry_are_cut_unless_said_otherwise() -> None:
    assert {"food", "fuel", "pharma", "equipment"} <= set(PHYSICAL)
    assert not {"energy", "water", "finance", "trade"} & set(PHYSICAL)
    outside = conditions(bourg(Shock("import_cut", 0, 1)), 0)["outside"]
    assert {b for b, v in zip(BRANCHES, outside, strict=True) if v == 0} == set(PHYSICAL)


def test_isolation_closes_the_border_to_goods_and_people() -> None:
    world = bourg(Shock("isolation", 1, 2, depth=0.9))
    seen = conditions(world, 1)
    reach = np.array(branch_traits().reach)
    for name in ("outside", "border", "exports"):
        crossing = np.isin(reach, ["goods", "travel"])
        np.testing.assert_allclose(seen[name], np.where(crossing, 0.1, 1.0))
    assert seen["commuting"][0] == pytest.approx(0.1)
    # Staff who live outside stay away.
    jobs, firms = world.state.jobs, world.state.firms
    outsiders = np.bincount(
        jobs.producer, weights=np.where(jobs.household < 0, jobs.posts, 0.0), minlength=len(firms)
    )
    np.testing.assert_allclose(seen["able"], 1 - 0.9 * outsiders / firms.jobs)
    assert (seen["intact"] == 1).all()
    assert touched(world, 3) == set()


def test_a_border_closure_stops_its_goods_both_ways_and_no_people() -> None:
    """The regime I1 of the science; with what comes by grid as well, I2; leaking, I3."""
    regimes = {
        "I1": (Shock("border_closure", 1, 2), PHYSICAL, 0.0),
        "I2": (Shock("border_closure", 1, 2, goods=(*PHYSICAL, *GRID)), (*PHYSICAL, *GRID), 0.0),
        "I3": (Shock("border_closure", 1, 2, depth=0.9), PHYSICAL, 0.1),
    }
    for regime, (shock, goods, left) in regimes.items():
        world = bourg(shock)
        seen = conditions(world, 1)
        for name in ("outside", "border", "exports"):
            np.testing.assert_allclose(
                seen[name], np.where(np.isin(BRANCHES, goods), left, 1.0), err_msg=regime
            )
        assert touched(world, 1) == {"outside", "border", "exports"}
        assert touched(world, 3) == set()


def test_a_closed_border_sends_back_what_was_on_its_way() -> None:
    """That is what it does beyond a cut of imports and of exports."""
    closed = bourg(Shock("border_closure", 5, 20))
    cut = bourg(Shock("import_cut", 5, 20), Shock("export_loss", 5, 20, goods=PHYSICAL))
    arrivals, refunds = {}, {}
    for name, world in (("closed", closed), ("cut", cut)):
        live(world, 5)
        live(world, 1)
        arrivals[name] = world.flows.imported[[INDEX[good] for good in PHYSICAL]]
        refunds[name] = float(world.flows.refunds)
    assert (arrivals["closed"] == 0).all()
    assert arrivals["cut"].sum() > 0
    assert refunds["cut"] == 0 < refunds["closed"]


def test_goods_alone_hurt_less_than_goods_and_grids() -> None:
    fall = {}
    for name, goods in (("goods", PHYSICAL), ("grids too", (*PHYSICAL, *GRID))):
        world = bourg(Shock("border_closure", 5, 10, goods=goods))
        series = live(world, 15)
        fall[name] = 1 - series["need_energy"][5:].min()
    assert fall["goods"] < fall["grids too"]


def test_a_labour_loss_hits_its_branches() -> None:
    world = bourg(Shock("labour_loss", 0, 5, depth=0.6, branches=("trade", "agri")))
    seen, branch = conditions(world, 0), world.state.firms.branch
    hit = np.isin(branch, [INDEX["trade"], INDEX["agri"]])
    assert hit.any()
    np.testing.assert_allclose(seen["able"], np.where(hit, 0.4, 1.0))
    assert touched(world, 0) == {"able"}
    everywhere = conditions(bourg(Shock("labour_loss", 0, 5, depth=0.6)), 0)["able"]
    np.testing.assert_allclose(everywhere, 0.4)


def test_a_harvest_loss_takes_standing_crops_and_yields() -> None:
    world = bourg(Shock("harvest_loss", 2, 10, depth=0.3), start=SPRING)
    farms = world.state.firms.branch == AGRI
    assert (world.state.firms.crop[farms] > 0).all()
    calm = fork(world, shocks=False)
    for _ in range(2):
        live_one_day(world)
        live_one_day(calm)
    assert (world.state.firms.crop == calm.state.firms.crop).all()
    crop = world.state.firms.crop.copy()
    shocks.set_conditions(world)
    shocks.strike(world)
    np.testing.assert_allclose(world.state.firms.crop, 0.7 * crop)
    assert world.flows.lost[AGRI] == pytest.approx(0.3 * crop.sum())
    np.testing.assert_allclose(world.state.firms.intact, np.where(farms, 0.7, 1.0))
    world.tick = 3
    shocks.strike(world)  # the crop is lost once
    np.testing.assert_allclose(world.state.firms.crop, 0.7 * crop)


def test_the_producer_with_most_jobs_closes() -> None:
    world = bourg(Shock("employer_closure", 4, 30), entry_delay_days=1.0)
    firms = world.state.firms
    largest = int(firms.jobs.argmax())
    jobs = firms.jobs[largest]
    live(world, 4)
    assert firms.alive.all()
    held = firms.staff.sum()
    live(world, 1)
    assert np.flatnonzero(~firms.alive).tolist() == [largest]
    assert firms.staff[largest] == 0
    assert not world.state.jobs.held[world.state.jobs.producer == largest].any()
    assert firms.staff.sum() == pytest.approx(held - jobs)
    live(world, 29)
    assert not firms.alive[largest]  # no one enters while it lasts, though entry takes a day
    live(world, 1)
    assert firms.alive[largest]


def test_books_close_when_a_closed_employer_is_refunded() -> None:
    """Goods on their way to it turn back at a closed border; later a new firm takes its place."""
    world = bourg(Shock("isolation", 5, 10), Shock("employer_closure", 5, 10), entry_delay_days=2.0)
    largest = int(world.state.firms.jobs.argmax())
    live(world, 15)
    assert not world.state.firms.alive[largest]
    assert world.state.firms.cash[largest] > 0  # the refunds
    live(world, 40)
    assert world.state.firms.alive[largest]


def test_shocks_multiply() -> None:
    world = bourg(
        Shock("import_cut", 0, 10, depth=0.5, goods=("food",)),
        Shock("import_cut", 5, 10, depth=0.5, goods=("food", "fuel")),
        Shock("isolation", 5, 5, depth=0.2),
        Shock("labour_loss", 5, 5, depth=0.5, branches=("trade",)),
    )
    food, fuel = INDEX["food"], INDEX["fuel"]
    early, late = conditions(world, 2)["outside"], conditions(world, 6)
    assert (early[food], early[fuel]) == (0.5, 1.0)
    assert late["outside"][food] == pytest.approx(0.25 * 0.8)
    assert late["outside"][fuel] == pytest.approx(0.5 * 0.8)
    trade = world.state.firms.branch == INDEX["trade"]
    np.testing.assert_allclose(
        late["able"], (1 - 0.2 * world.commuter_share) * np.where(trade, 0.5, 1.0)
    )
    after = conditions(world, 12)["outside"]
    assert (after[food], after[fuel]) == (0.5, 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_conditions_are_normal_again_after_the_end(kind: str) -> None:
    """No base value moves: the day after the last, conditions are those before the first."""
    world = bourg(Shock(kind, 3, 4, depth=0.8), start=SPRING)
    fixed = ("jobs", "capacity", "output_calm", "exports_calm", "wage_bill", "stock_target")
    before = {name: world.state.firms[name].copy() for name in fixed}
    seen = []
    for _ in range(9):
        live_one_day(world)
        firms, day = world.state.firms, world.day
        normal = [firms.able, firms.intact, day.outside, day.border, day.exports, day.demand]
        normal.append(np.where(firms.credit == firms.credit_calm, 1.0, 0.0))
        scalars = day.commuting == day.payments == day.credit == 1
        seen.append(all((v == 1).all() for v in normal) and scalars)
    # It destroys at once, or takes money alone, and changes no condition.
    acts = shocks.CATALOGUE[kind].act is None or kind == shocks.DEFICIT
    assert seen == [True] * 3 + [acts] * 4 + [True] * 2
    for name, values in before.items():
        assert (world.state.firms[name] == values).all(), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_shock_to_come_changes_nothing(kind: str) -> None:
    """Until its first day, bit for bit; from then on something differs."""
    shocked = bourg(Shock(kind, 10, 5, depth=0.9), start=SUMMER)
    calm = fork(shocked, shocks=False)

    for _ in range(10):
        live_one_day(shocked)
        live_one_day(calm)
        assert differences(shocked.state, calm.state) == set()
    live_one_day(shocked)
    live_one_day(calm)
    assert differences(shocked.state, calm.state)


SPARES_OUTPUT = ("panic", shocks.DEFICIT, "credit_crunch")  # unless something else happens


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in SPARES_OUTPUT])
def test_deeper_is_never_better(kind: str) -> None:
    """The deepest fall of output grows with the depth (within 1 %; a closure is whole).

    Not the sum: a mild cut makes buyers turn to sellers here, who then refill their stocks.
    """
    falls = []
    for depth in (0.2, 0.6, 1.0):
        world = bourg(Shock(kind, 5, 30, depth), start=SUMMER)
        calm = fork(world, shocks=False)
        output = live(calm, 45)["output"]
        falls.append((1 - live(world, 45)["output"] / output).max())
    assert 0 <= falls[0] <= falls[1] + 0.01 <= falls[2] + 0.02
    assert falls[2] > 0.01


def test_pulses_come_and_go() -> None:
    shock = Shock("import_cut", 2, 9, depth=0.5, shape="pulses", pulse_days=2, pause_days=3)
    assert [shock.strength(day) for day in range(13)] == [0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]


def test_lost_demand_is_not_bought_and_kept_as_cash() -> None:
    """A lockdown of cafés: sales to residents stop, exports go on, households keep more cash."""
    horeca = INDEX["horeca"]
    world = bourg(Shock("demand_loss", 0, 10, branches=("horeca",)), machine_life_days=1e12)
    calm = fork(world, shocks=False)
    live(world, 10)
    live(calm, 10)
    firms = world.state.firms
    cafes = firms.branch == horeca
    assert firms.production[cafes].sum() < calm.state.firms.production[cafes].sum()
    np.testing.assert_allclose(firms.exported[cafes], calm.state.firms.exported[cafes])
    assert (world.state.homes.cash > calm.state.homes.cash).all()


def test_a_payment_freeze_leaves_a_share_of_accounts_to_spend() -> None:
    world = bourg(Shock("payment_freeze", 0, 1, depth=0.999))
    homes = world.state.homes
    cash = homes.cash.copy()
    live(world, 1)
    spent = (homes.order * world.items.price).sum(axis=1)
    assert (spent <= 0.001 * cash * (1 + 1e-9)).all()
    assert spent.sum() > 0


def test_a_credit_crunch_alone_does_nothing_to_those_who_owe_nothing() -> None:
    crunch = bourg(Shock("credit_crunch", 2, 30))
    calm = fork(crunch, shocks=False)
    output = [live(world, 40)["output"] for world in (crunch, calm)]
    np.testing.assert_array_equal(output[0], output[1])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_credit_crunch_closes_those_who_must_borrow(seed: int) -> None:
    """Staff is away and paid: with lines nobody is short of means, without them many close."""
    place, poor = place_of(BOURG), Rules(Behaviour({"firm_cash_days": 1.0, "insolvency_days": 6}))
    cut = Shock("labour_loss", 2, 40, depth=0.9)
    worlds = [
        build_world(place, poor, seed, 8.0, shocks)
        for shocks in ((cut,), (cut, Shock("credit_crunch", 6, 40)))
    ]
    mild, hard = (live(world, 50) for world in worlds)
    assert mild["short_of_means"].sum() == mild["closed"].sum() == 0
    assert hard["closed"].sum() > 5
    assert hard["output"].sum() < 0.95 * mild["output"].sum()
    firms = worlds[1].state.firms
    assert (firms.credit >= -firms.cash - 1e-6).all()


def test_lines_shrink_to_what_is_drawn_and_come_back() -> None:
    world = bourg(Shock("credit_crunch", 1, 2, depth=0.75))
    live(world, 1)
    firms = world.state.firms
    usual = firms.credit.copy()
    firms.cash[0] = -0.6 * usual[0]
    firms.units[1] = firms.cash[1] + 0.5 * usual[1]  # local currency pays no bank
    shocks.set_conditions(world)
    assert firms.credit[0] == pytest.approx(0.6 * usual[0])
    assert firms.credit[1] == pytest.approx(0.5 * usual[1])
    np.testing.assert_allclose(firms.credit[2:], 0.25 * usual[2:])
    world.tick = 3
    shocks.set_conditions(world)
    np.testing.assert_array_equal(firms.credit, usual)


def test_a_freeze_alone_makes_no_one_insolvent() -> None:
    """40 days of a full freeze, longer than creditors wait: who has the means does not close."""
    world = bourg(Shock("payment_freeze", 2, 40))
    assert world.rules.behaviour.insolvency_days < 38
    series = live(world, 45)
    assert world.state.firms.alive.all()
    assert series["closed"].sum() == 0
    assert series["short_of_means"].max() == 0


def test_a_disaster_ruins_the_communes_that_it_names() -> None:
    place = place_of("clermont")
    code = place.territory.codes[3]
    shock = Shock("destruction", 1, 1, depth=0.75, communes=(code,))
    world = build_world(place, Rules(), 2, 500.0, (shock,))
    live(world, 1)
    state = world.state
    before = state.firms.stock.copy(), state.slots.stock.copy(), state.homes.pantry.copy()
    broken = state.firms.broken.copy()
    world.flows.lost[:] = 0.0
    shocks.strike(world)
    here = state.firms.commune == 3
    owner = np.repeat(here, state.firms.end_slot - state.firms.first_slot)
    home = state.homes.commune == 3
    for left, was, hit in zip(
        (state.firms.stock, state.slots.stock, state.homes.pantry),
        before,
        (here, owner, home),
        strict=True,
    ):
        assert hit.any()
        np.testing.assert_allclose(left[hit], 0.25 * was[hit])
        np.testing.assert_array_equal(left[~hit], was[~hit])
    assert (state.firms.broken[here] >= 0.75 * state.firms.machines[here] - 0.5).all()
    np.testing.assert_array_equal(state.firms.broken[~here], broken[~here])
    assert world.flows.lost.sum() > 0
    ledger = Ledger.open(world)
    live_one_day(world)  # strikes what is left a second time
    ledger.audit(world)


def beyond_by_day(days: int, *script: Shock, good: str = "food", **parameters: Any) -> list[float]:
    """Return what share of a good shops beyond the border have, day by day."""
    world = bourg(*script, **parameters)
    shares = []
    for tick in range(days):
        world.tick = tick
        shocks.set_conditions(world)
        shares.append(float(world.day.beyond[INDEX[good]]))
    return shares


def test_shops_beyond_live_on_their_stocks() -> None:
    """A full cut empties them after as many days as shops here keep, and no earlier."""
    full = bourg().goods.shelf_days[INDEX["food"]]
    assert full > 2
    whole, rest = int(full), full % 1
    shares = beyond_by_day(60, Shock("import_cut", 4, 40))
    expected = [1.0] * (4 + whole) + [rest] + [0.0] * (39 - whole) + [1.0] * 16
    assert shares == pytest.approx(expected)
    # A cut of half lasts twice as long, and leaves half.
    shares = beyond_by_day(60, Shock("import_cut", 4, 50, depth=0.5))
    assert shares.index(min(shares)) == pytest.approx(4 + 2 * full, abs=1)
    assert min(shares) == 0.5
    # Stocks scale as those here do; other goods are not touched.
    shares = beyond_by_day(60, Shock("import_cut", 4, 40), stock_scale=2.0)
    assert sum(shares) == pytest.approx(4 + 2 * full + 16)
    assert set(beyond_by_day(30, Shock("import_cut", 4, 9, goods=("fuel",)))) == {1.0}


def test_shops_beyond_refill_at_the_pace_of_shops_here() -> None:
    """Emptied, then some whole days, then a second cut: the stock lasts what came in meanwhile."""
    goods = bourg().goods[INDEX["food"]]
    a_day = goods.shelf_days / goods.shelf_restock_days
    for pause in (1, 2, 60):
        first, second = Shock("import_cut", 0, 30), Shock("import_cut", 30 + pause, 30)
        shares = beyond_by_day(90 + pause, first, second)
        lasted = sum(shares[30 + pause : 60 + pause])
        assert lasted == pytest.approx(min(goods.shelf_days, pause * a_day))


def test_a_cut_may_spare_the_surroundings() -> None:
    """Deliveries here stop all the same; an isolation keeps people from stocked shops."""
    spared = Shock("import_cut", 2, 40, hits_surroundings=False)
    assert set(beyond_by_day(50, spared)) == {1.0}
    assert conditions(bourg(spared), 10)["outside"][INDEX["food"]] == 0.0
    isolated = bourg(Shock("isolation", 2, 40))
    conditions(isolated, 10)
    assert isolated.day.beyond[INDEX["food"]] == 1.0
    assert had_beyond(INDEX["food"], isolated.day) == 0.0
    unmet = []
    for hits in (True, False):
        world = bourg(Shock("import_cut", 2, 40, hits_surroundings=hits))
        live(world, 50)
        unmet.append(float(world.state.homes.unmet.sum()))
    assert 0 < unmet[1] < unmet[0]


@pytest.mark.parametrize("named", [False, True], ids=["everywhere", "one commune"])
def test_a_disaster_ruins_the_part_of_the_pool_that_lies_there(named: bool) -> None:
    """By good: as much as the members there have of all members' targets; the books close."""
    place = place_of("clermont")
    commune = place.population.argmax()
    codes = (place.territory.codes[commune],) if named else ()
    shock = Shock("destruction", 0, 1, depth=0.75, communes=codes)
    world = build_world(place, Rules(), 2, 500.0, (shock,), Cooperation())
    firms, slots, pool = world.state.firms, world.state.slots, world.state.scic.pool[0]
    owner = np.repeat(np.arange(len(firms)), firms.end_slot - firms.first_slot)
    there = (firms.commune == commune) | (not named)
    expected = pool.copy()
    for good in np.flatnonzero(pool):
        mine = firms.member[owner] & (slots.good == good)
        struck = slots.stock_target[mine & there[owner]].sum() / slots.stock_target[mine].sum()
        expected[good] *= 1 - 0.75 * struck
    assert 0 < expected.sum() < 0.9 * pool.sum()
    ledger = Ledger.open(world)
    live_one_day(world)
    ledger.audit(world)
    np.testing.assert_allclose(pool, expected)


def test_panic_sets_households_hoarding() -> None:
    world = bourg(Shock("panic", 1, 1, depth=0.5))
    live(world, 1)
    assert not world.state.homes.hoard.any()
    shocks.strike(world)
    scared = (world.state.homes.hoard > 0).mean()
    assert 0.35 < scared < 0.65


def test_capacity_is_lost_in_the_branches_and_communes_named() -> None:
    place = place_of("clermont")
    code = place.territory.codes[5]
    shock = Shock("capacity_loss", 0, 2, depth=0.6, branches=("trade",), communes=(code,))
    world = build_world(place, Rules(), 2, 500.0, (shock,))
    intact = conditions(world, 0)["intact"]
    firms = world.state.firms
    hit = (firms.branch == INDEX["trade"]) & (firms.commune == 5)
    assert hit.any()
    np.testing.assert_allclose(intact[hit], 0.4)
    assert (intact[~hit] == 1).all()
