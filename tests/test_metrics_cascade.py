"""M12: who stands idle, whose failure that goes back to, and how far it spreads; all by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.rows import rules_of
from tests.states import digest
from tests.worlds import BOURG, place_of

from ressort import hits, recorder
from ressort.branches import INDEX, N_BRANCHES
from ressort.cascades import Cascades, Fallen, measure_cascades
from ressort.goods import GOOD
from ressort.indicators import NAMES
from ressort.metrics import measure
from ressort.recorder import Recorder
from ressort.rules import idling
from ressort.rules.production import CRITICAL, HALF, LEONTIEF, LINEAR, STRICT
from ressort.scenario import Scenario, check
from ressort.shocks import DEFICIT, KINDS, Shock, set_conditions
from ressort.simulation import Run, Stage, simulate
from ressort.state import FIRM, OUTSIDE, SLOT
from ressort.world import Rules, build_world

FOOD, FUEL = INDEX["food"], INDEX["fuel"]
SERVES, NOBODY = idling.SERVES, idling.NOBODY
SERIES = ("idled", "idled_tier1", "idled_tier2", "idled_tier3")


def sound(n: int, **columns: Any) -> Any:
    """Return establishments that could make 100 and are asked for 80; each has one input."""
    firms: Any = FIRM.rows(n, branch=FOOD, alive=True, capacity=100.0, intact=1.0, able=1.0)
    firms.jobs = firms.staff = 5.0
    firms.machines, firms.activity, firms.possible, firms.orders[:, 0] = 1, 0.9, 100.0, 80.0
    firms.first_slot, firms.end_slot = np.arange(n), np.arange(n) + 1
    for name, values in columns.items():
        firms[name] = values
    return firms


def inputs(sources: list[int], trouble: list[int], stock: float = 1.0) -> Any:
    """Return one critical input each, 10 % of output, with one source known twice."""
    slots: Any = SLOT.rows(len(sources), good=FUEL, shelf=-1, rating=2, coefficient=0.1)
    slots.stock = stock
    slots.source[:] = np.array(sources)[:, None]
    slots.trouble[:] = np.array(trouble)[:, None]
    return slots


# ---------------------------------------------------------------- who is idle
@pytest.mark.parametrize(
    ("column", "value", "idle"),
    [
        ("possible", 40.0, True),  # under half of the 100 that plant and hands allow
        ("possible", 50.0, False),  # just half
        ("alive", False, False),
        ("activity", 1.0, False),  # opened this evening
        ("orders", [30.0, 0.0], False),  # nobody asks for more than the 40 it can make
        ("staff", 2.0, False),  # hands allow 40, and 40 it can make
        ("intact", 0.4, False),  # so does the plant
    ],
)
def test_who_makes_far_less_than_plant_and_hands_allow_is_idle(
    column: str, value: Any, idle: bool
) -> None:
    firms = sound(2)
    firms.possible[1] = 40.0
    firms[column][1] = value
    found = idling.find_idled(firms, GOOD.rows(N_BRANCHES), 0.5)
    assert found.tolist() == ([1] if idle else [])


def test_farms_are_asked_for_what_they_make_in_calm_times() -> None:
    farm = sound(1, branch=INDEX["agri"], orders=0.0, possible=40.0, output_calm=80.0)
    goods = GOOD.rows(N_BRANCHES)
    assert len(idling.find_idled(farm, goods, 0.5)) == 1
    farm.output_calm = 30.0
    assert len(idling.find_idled(farm, goods, 0.5)) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [0.9, 0.2, 0.04])
def test_whom_a_shock_hits_is_whom_its_conditions_show(kind: str, depth: float) -> None:
    """Without measures, plant and staff and what is dispatched tell the same on the day itself."""
    shock = Shock(kind, 0, 9, depth=depth)
    world = build_world(place_of(BOURG), Rules(), 2, 8.0, (shock,))
    set_conditions(world)
    firms, day = world.state.firms, world.day
    found = hits.struck(world, shock, depth, 0.05)
    if kind in ("destruction", DEFICIT):  # seen by neither
        assert found.any() == (depth > 0.05)
    else:
        low = (firms.intact <= 0.95) | (firms.able <= 0.95)
        assert found.tolist() == (low & firms.alive).tolist()
    assert (
        hits.goods_cut(shock, depth, 0.05).tolist() == (day.outside * day.border <= 0.95).tolist()
    )


# ---------------------------------------------------------------- whose failure it is
@pytest.mark.parametrize(
    ("function", "rating", "output"),
    [
        (CRITICAL, 2, 10.0),
        (CRITICAL, 1, math.inf),
        (STRICT, 1, 10.0),
        (HALF, 1, 55.0),  # half of 10 and of the 100 that plant and hands allow
        (HALF, 0, math.inf),
        (LEONTIEF, 0, 10.0),
        (LINEAR, 0, 10.0),
    ],
)
def test_what_an_input_allows(function: int, rating: int, output: float) -> None:
    slots = inputs([0], [1])
    slots.rating = rating
    assert idling.allowed(slots[0], 100.0, function) == pytest.approx(output)


def test_the_cause_is_the_scarcest_input_with_a_failing_source() -> None:
    """Of four inputs the third is scarcest, but served; the second is scarcer than the first."""
    firms = sound(1, end_slot=4)
    slots = inputs([7, 8, 9, 6], [3, 2, 0, 1])
    slots.stock = [4.0, 2.0, 0.1, 0.0]
    slots.trouble[1] = [0, 2]
    slots.shelf[3] = 0  # goods of shelves are no input
    rows, goods = np.array([0], np.int32), GOOD.rows(N_BRANCHES)
    causes = idling.find_causes(rows, firms, slots, goods, rules_of())
    assert causes.tolist() == [[SERVES, 8]]
    slots.stock[:] = 10.0  # enough for all that plant and hands allow: nothing holds it up
    causes = idling.find_causes(rows, firms, slots, goods, rules_of())
    assert causes.tolist() == [[SERVES, SERVES]]


def test_tiers_count_from_the_outside_or_from_what_is_struck() -> None:
    """0 is struck; 6 works and fails for other reasons; 9 and 10 wait for each other."""
    causes = {
        1: (0, SERVES),
        2: (1, SERVES),
        3: (2, OUTSIDE),  # the lowest counts: the outside
        4: (2, 3),  # 3 is of tier 1, 2 of tier 2
        5: (6, SERVES),
        7: (5, SERVES),
        8: (SERVES, SERVES),
        9: (10, SERVES),
        10: (9, SERVES),
    }
    idled = np.array(list(causes), np.int32)
    pairs = np.array(list(causes.values()), np.int32)
    struck = np.arange(11) == 0
    tier, root = np.zeros(11, np.int32), np.full(11, NOBODY, np.int32)
    idling.settle(idled, pairs, struck, tier, root)
    assert tier.tolist() == [0, 1, 2, 1, 2, 0, 0, 0, 0, 0, 0]
    idling.settle_rest(idled, pairs, tier, root)
    idling.settle(idled, pairs, struck, tier, root)
    assert tier.tolist() == [0, 1, 2, 1, 2, 1, 0, 2, 0, 0, 0]
    assert root.tolist() == [NOBODY, 0, 0, OUTSIDE, OUTSIDE, 6, NOBODY, 6, NOBODY, NOBODY, NOBODY]


def test_who_buys_outside_what_no_longer_comes_is_exposed() -> None:
    firms, slots = sound(4), inputs([OUTSIDE, OUTSIDE, 0, OUTSIDE], [0, 0, 0, 0])
    slots.good[1], slots.shelf[3] = FOOD, 0
    exposed = np.zeros(4, bool)
    idling.mark_exposed(firms, slots, np.arange(N_BRANCHES) == FUEL, HALF, exposed)
    assert exposed.tolist() == [True, False, False, False]


# ---------------------------------------------------------------- evening by evening
def evening(firms: Any, slots: Any, day: int, *shocks: Shock) -> Any:
    """Return what Cascades sees of a world on the evening of a day."""
    return SimpleNamespace(
        state=SimpleNamespace(firms=firms, slots=slots),
        goods=GOOD.rows(N_BRANCHES),
        settings=rules_of(),
        shocks=shocks,
        place=SimpleNamespace(territory=SimpleNamespace(codes=("here",))),
        tick=day + 1,
    )


def test_a_cascade_runs_down_the_chain_and_ends() -> None:
    """0 loses its plant for a day; 1 buys from 0, 2 from 1, 3 from 2; each falls a day later."""
    firms, slots = sound(4), inputs([OUTSIDE, 0, 1, 2], [0, 0, 0, 0], stock=10.0)
    firms.branch[0] = FUEL
    shock = Shock("capacity_loss", 0, 1, branches=("fuel",))
    watch = Cascades(evening(firms, slots, 0))
    watch.see(evening(firms, slots, 0, shock))
    assert watch.today == (0.0, 0.0, 0.0, 0.0, 1.0)
    for p in (1, 2, 3):
        firms.possible[p], slots.stock[p], slots.trouble[p] = 10.0, 1.0, 1
        watch.see(evening(firms, slots, p, shock))
    assert watch.today == (3.0, 1.0, 1.0, 1.0, 1.0)
    slots.trouble[:] = 0  # all deliver again, and 2 and 3 wait for the goods
    firms.possible[1] = 100.0
    watch.see(evening(firms, slots, 4, shock))
    assert watch.today == (2.0, 0.0, 1.0, 1.0, 1.0)
    firms.possible[:] = 100.0
    watch.see(evening(firms, slots, 5, shock))
    assert watch.today == (0.0, 0.0, 0.0, 0.0, 1.0)
    calm = Cascades(evening(firms, slots, 0))
    found = measure_cascades(watch.fallen(), calm.fallen())
    assert found == {"m12_idled_per_hit": 3.0, "m12_depth": 3.0, "m12_largest": 3.0}


def test_a_closed_seller_keeps_its_place_in_the_chain() -> None:
    firms, slots = sound(3), inputs([OUTSIDE, 0, 1], [1, 0, 0])
    watch = Cascades(evening(firms, slots, 0))
    firms.possible[0] = 10.0
    watch.see(evening(firms, slots, 0))
    assert watch.today[:3] == (1.0, 1.0, 0.0)
    firms.alive[0], firms.possible[1], slots.trouble[1] = False, 10.0, 1
    watch.see(evening(firms, slots, 1))
    assert watch.today[:3] == (1.0, 0.0, 1.0)
    assert watch.fallen().root.tolist() == [OUTSIDE, OUTSIDE, NOBODY]


def test_the_largest_employer_is_struck_when_a_shock_closes_it() -> None:
    firms, slots = sound(3, jobs=[5.0, 9.0, 7.0]), inputs([OUTSIDE] * 3, [0] * 3)
    shock = Shock("employer_closure", 4, 10)
    watch = Cascades(evening(firms, slots, 3, shock))
    firms.alive[1:] = False  # 2 closes for a reason of its own the same day
    watch.see(evening(firms, slots, 4, shock))
    assert watch.fallen().hit.tolist() == [False, True, False]


def test_who_idles_without_the_shock_too_does_not_count() -> None:
    """Of 5 idled 1 is so in calm times; of the 4 left 2 go back to 3, 1 outside, 1 to nobody."""
    idled, nobody = np.array([1, 1, 1, 1, 1, 0], bool), np.zeros(6, bool)
    deepest, root = np.array([1, 2, 1, 0, 9, 0]), np.array([3, 3, -1, -2, 3, -2])
    run = Fallen(idled, deepest, root, np.array([0, 0, 0, 1, 0, 1], bool))
    usual = Fallen(np.arange(6) == 4, np.zeros(6, int), np.full(6, -2), nobody)
    assert list(measure_cascades(run, usual).values()) == [2.0, 2.0, 2.0]
    unhit = Fallen(idled, deepest, root, nobody)
    assert math.isnan(measure_cascades(unhit, usual)["m12_idled_per_hit"])


# ---------------------------------------------------------------- whole runs
def scenario(**changes: Any) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"codes": [BOURG]},
        "run": {"days": 45, "people_per_agent": 8.0},
        "shocks": [{"kind": "import_cut", "start_day": 5, "days": 30}],
    }
    return check(content | changes)


def cut(**changes: Any) -> Run:
    return simulate(scenario(**changes), seed=2, cooperation=False)


def test_an_import_cut_begins_outside_and_idles_establishments() -> None:
    run = cut()
    daily, calm = run.daily, run.reference
    assert (daily.loc[daily.day < 5, list(SERIES)] == 0).all(axis=None)
    assert run.metrics["m12_largest"] > 0
    assert run.metrics["m12_depth"] >= 1
    assert daily.idled_tier1.sum() > 0
    parts = daily.idled_tier1 + daily.idled_tier2 + daily.idled_tier3
    assert (parts <= daily.idled).all()
    hit = daily.directly_hit.iloc[-1]
    assert 0 < hit <= run.producers
    assert run.metrics["m12_idled_per_hit"] * hit == pytest.approx(
        round(run.metrics["m12_idled_per_hit"] * hit)
    )
    assert (calm.directly_hit == 0).all()


def test_without_a_shock_there_is_no_cascade() -> None:
    seen = Recorder(Stage.of(scenario()).world(2, False), 40, False, 5)
    seen.world = recorder.fork(seen.world, shocks=False)
    seen.live_until(5)
    other = seen.fork()
    for one in (seen, other):
        one.live_until(40)
    values = measure(seen.trace(5), other.trace(5))
    assert (values["m12_depth"], values["m12_largest"]) == (0.0, 0.0)
    assert math.isnan(values["m12_idled_per_hit"])
    columns = [
        NAMES.index(n) for n in ("idled_tier1", "idled_tier2", "idled_tier3", "directly_hit")
    ]
    assert not seen.indicators[:, columns].any()


def test_a_loss_of_capacity_strikes_those_of_its_branch() -> None:
    shock = {"kind": "capacity_loss", "start_day": 5, "days": 9, "branches": ["food"]}
    run = cut(shocks=[shock])
    assert run.world is not None
    assert run.daily.directly_hit.iloc[-1] == (run.world.state.firms.branch == FOOD).sum()


def test_a_witness_changes_no_bit_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def lived() -> Recorder:
        seen = Recorder(Stage.of(scenario()).world(2, True), 45, True, 5)
        seen.live_until(45)
        return seen

    watched = lived()
    monkeypatch.setattr(recorder, "Witness", lambda world: Unseeing())
    alone = lived()
    assert digest(watched.world.state) == digest(alone.world.state)
    own = [NAMES.index(n) for n in (*SERIES, "directly_hit")]
    kept = np.delete(watched.indicators, own, axis=1)
    assert kept.tobytes() == np.delete(alone.indicators, own, axis=1).tobytes()
    assert watched.indicators[:, own].any()


class Unseeing:
    """A witness that never looks."""

    cascades = SimpleNamespace(today=(0.0,) * 5)

    def see(self, world: Any) -> None:
        """Look away."""
