"""Contracts between units: goods against a service or skill, who pays, and how they break."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from ressort.branches import INDEX
from ressort.errors import InputError
from ressort.federation import Federation
from ressort.federation_contracts import Capability, Contract, Reciprocity, sides_of
from ressort.goods import EQUIPMENT
from ressort.scenario import Scenario, check
from ressort.shocks import service_deficits

BOURG, TOWN = "Saint-Gervais", "Saint-Eloy"
UNITS = [{"name": BOURG, "communes": ["63354"]}, {"name": TOWN, "communes": ["63338"]}]
DEFICIT = {
    "kind": "service_deficit",
    "start_day": 0,
    "days": 400,
    "depth": 0.3,
    "branches": ["health_social"],
    "communes": ["63354"],
}
# Next to nothing happens, for long, in both: it is there to strike whoever has promised something.
COMMON = {
    "kind": "export_loss",
    "start_day": 20,
    "days": 300,
    "depth": 0.01,
    "goods": ["equipment"],
}
DAYS = 240


def contract(kind: str, **settings: Any) -> dict[str, Any]:
    return {"contract": kind, "from": BOURG, "to": TOWN, "good_out": "agri"} | settings


def scenario(*contracts: dict[str, Any], shocks: Any = (DEFICIT,), **federation: Any) -> Scenario:
    content = {
        "territory": {"codes": ["63354", "63338"]},
        "run": {"days": 400, "people_per_agent": 10.0},
        "shocks": list(shocks),
        "federation": {"units": UNITS, "contracts": list(contracts)} | federation,
    }
    return check(content, "file.toml")


class Story(NamedTuple):
    """What was seen of a contract and of its first unit's service, day by day."""

    federation: Federation
    sides: tuple[Contract, ...]
    service: int
    alive: np.ndarray
    seen: dict[str, np.ndarray]
    purses: np.ndarray  # cash of residents by day and unit, EUR


def story(made: Scenario, days: int = DAYS, seed: int = 1, linked: bool = True) -> Story:
    federation = Federation.of(made, seed, linked=linked, audit=True)
    sides = tuple(side for _, side in sides_of(federation.worlds).get(0, ()))
    deficit = service_deficits(federation.worlds[0], 0)
    service = int(deficit.argmax())
    alive, seen, purses = [], [], []
    for _ in range(days):
        federation.live_one_day()
        alive.append(bool(federation.worlds[0].state.firms.alive[service]))
        purses.append([float(w.state.homes.cash.sum()) for w in federation.worlds])
        seen.append(dict(sides[0].observed) if sides else {})
    by_name = {k: np.array([day[k] for day in seen]) for k in seen[0]}
    return Story(federation, sides, service, np.array(alive), by_name, np.array(purses))


# --- Goods against a service (S40) --------------------------------------------------------------


def test_a_contract_keeps_a_service_under_its_threshold_alive() -> None:
    """S40, first half: without it the service closes; with it goods and money really move."""
    alone, kept = story(scenario(), linked=False), story(scenario(contract("reciprocity")))
    assert not alone.alive[-1]
    assert kept.alive.all()
    first, second = kept.sides
    assert first.exchanged == second.exchanged > 0.0
    assert first.paid == -second.paid == pytest.approx(kept.seen["covered"].sum())
    assert kept.seen["sold"].sum() > 0.9 * first.exchanged


def test_both_sides_pay_and_euros_stay_within_the_federation() -> None:
    """Residents of the first pay its makers, those of the second the service; nothing is made."""
    made = scenario(contract("reciprocity", haul_rate=0.0))
    kept, alone = story(made, 30), story(scenario(), 30, linked=False)
    assert (kept.purses[:30].mean(axis=0) < alone.purses[:30].mean(axis=0)).all()
    federation = kept.federation
    between = [float(w.flows.measures) for w in federation.worlds]
    assert between[0] > 0.0
    assert sum(between) == pytest.approx(0.0, abs=1e-9 * between[0])
    goods = [w.flows.exported[INDEX["agri"]] for w in federation.worlds[:1]]
    assert goods[0] >= between[0] * (1 - 1e-9)


@pytest.mark.parametrize("serves", [False, True])
def test_a_contract_breaks_when_a_common_shock_lasts_unless_it_is_served(serves: bool) -> None:
    """S40, second half. The shock hardly does anything by itself."""
    made = scenario(
        contract("reciprocity", serve_when_hit=serves, patience_days=30), shocks=(DEFICIT, COMMON)
    )
    told = story(made, 360)
    assert told.alive[-1] == serves
    assert told.seen["over"][-1] == float(not serves)
    assert told.seen["covered"][:20].min() > 0.0
    assert (told.seen["covered"][20:].max() > 0.0) == serves


def test_a_shock_that_strikes_the_first_unit_alone_breaks_nothing() -> None:
    made = scenario(
        contract("reciprocity", patience_days=10), shocks=(DEFICIT, COMMON), struck=[BOURG]
    )
    told = story(made, 60)
    assert told.seen["covered"].min() > 0.0


@pytest.mark.parametrize(
    ("shock", "struck"),
    [
        ({"kind": "payment_freeze", "depth": 1.0}, TOWN),  # it cannot pay
        ({"kind": "border_closure", "depth": 1.0, "goods": ["agri"]}, BOURG),  # nor that deliver
    ],
)
def test_a_contract_breaks_when_a_side_cannot_do_its_part(
    shock: dict[str, Any], struck: str
) -> None:
    shocks = (DEFICIT, shock | {"start_day": 5, "days": 30})
    communes = {"struck": [BOURG]} if struck == BOURG else {}
    made = scenario(
        contract("reciprocity", serve_when_hit=True, patience_days=20), shocks=shocks, **communes
    )
    told = story(made, 40)
    assert told.seen["covered"][:5].min() > 0.0
    assert told.seen["covered"][5:].max() == 0.0
    assert list(np.flatnonzero(told.seen["over"])) == list(range(24, 40))


def test_a_crisis_shorter_than_patience_only_interrupts() -> None:
    short = COMMON | {"days": 10}
    told = story(scenario(contract("reciprocity"), shocks=(DEFICIT, short)), 40)
    covered = told.seen["covered"]
    assert covered[20:30].max() == 0.0
    assert covered[30:].min() > 0.0


def test_nothing_moves_without_a_deficit() -> None:
    told = story(scenario(contract("reciprocity"), shocks=()), 10)
    assert told.sides[0].exchanged == 0.0
    assert told.sides[0].paid == 0.0


# --- Skill (S42) --------------------------------------------------------------------------------


@pytest.mark.parametrize("pay", ["money", "goods"])
def test_skill_stays_when_teaching_has_stopped_and_fades_slowly(pay: str) -> None:
    """S42: it is paid for while it lasts, teachers are missed at home, and skill outlasts them."""
    lessons = contract("capability", pay=pay, until_year=0.5, skill_per_year=0.5)
    told = story(scenario(lessons, shocks=()), 365)
    skill, paid, taught = (told.seen[k] for k in ("skill", "paid", "taught"))
    end = 183
    assert 0.2 < skill[end - 1] < 0.26
    assert (np.diff(skill[end:]) < 0.0).all()
    assert skill[-1] > 0.95 * skill[end - 1]
    assert paid[:end].min() > 0.0
    assert paid[end:].max() == taught[end:].max() == 0.0
    first, second = told.sides
    if pay == "money":
        assert first.paid == -second.paid == pytest.approx(-paid.sum())
    else:
        assert first.exchanged == second.exchanged == pytest.approx(paid.sum())
    firms, goods = told.federation.worlds[0].state.firms, told.federation.worlds[0].goods
    with_machines = firms.alive & (goods.machine_dependence[firms.branch] > 0.0)
    assert firms.repair_skill[with_machines] == pytest.approx(skill[-1])
    assert told.federation.worlds[1].state.firms.repair_skill.max() == 0.0


def test_what_was_taught_repairs_machines_in_isolation_after_the_lessons() -> None:
    """Without repairers of its own and cut off, the first unit has only what it was taught."""
    isolation = {"kind": "isolation", "start_day": 200, "days": 150}
    lessons = contract("capability", until_year=0.5, skill_per_year=1.0, skill_most=1.0)
    made = scenario(lessons, shocks=(isolation,), struck=[BOURG])
    down = np.zeros(2)
    cases = 0
    for seed in range(1, 21):
        if cases == 3:
            break
        for arm, linked in enumerate((True, False)):
            federation = Federation.of(made, seed, linked=linked, audit=True)
            firms = federation.worlds[0].state.firms
            if (firms.branch == EQUIPMENT).any():
                break  # it has repairers of its own
            cases += arm
            for day in range(350):
                federation.live_one_day()
                down[arm] += (firms.broken * firms.alive).sum() if day >= 200 else 0.0
    assert cases == 3
    assert down[0] < 0.9 * down[1]


def test_lessons_cost_the_teachers_their_own_work() -> None:
    lessons = contract("capability", teachers=1.0, fee=0.0, least_share=0.0)
    federation = Federation.of(scenario(lessons, shocks=()), 1, audit=True)
    for _ in range(3):
        federation.live_one_day()
    firms = federation.worlds[1].state.firms
    teach = (firms.branch == EQUIPMENT) & firms.alive
    assert (firms.staff[teach] * (1.0 - firms.able[teach])).sum() == pytest.approx(1.0)


def test_nobody_learns_from_those_who_have_no_repairers() -> None:
    """The other way round the bourg would have to teach, which has none."""
    lessons = contract("capability", patience_days=5) | {"from": TOWN, "to": BOURG}
    told = story(scenario(lessons, shocks=()), 10)
    assert told.seen["skill"].max() == told.seen["paid"].max() == 0.0
    assert told.seen["over"][-1] == 1.0


# --- Sides and faults ---------------------------------------------------------------------------


def test_a_contract_that_has_not_begun_changes_nothing() -> None:
    late = [contract(kind, from_year=1.0) for kind in ("reciprocity", "capability")]
    worlds = [
        story(scenario(*given), 20, linked=linked).federation.worlds
        for given, linked in ((late, True), ((), False))
    ]
    for with_, without in zip(*worlds, strict=True):
        assert with_.state.firms.tobytes() == without.state.firms.tobytes()
        assert with_.state.homes.tobytes() == without.state.homes.tobytes()


def test_a_disaster_takes_its_share_of_what_is_under_way() -> None:
    """Goods that burn in the second unit's account are gone from its loads too."""
    ruin = {"kind": "destruction", "start_day": 8, "days": 1, "depth": 0.5}
    told = story(scenario(contract("reciprocity"), shocks=(DEFICIT, ruin)), 12)
    assert told.sides[1].stock.sum() == pytest.approx(told.sides[1].loads.held.sum())


def test_each_unit_has_its_side_and_several_contracts_their_numbers() -> None:
    made = scenario(contract("reciprocity"), contract("capability"))
    federation = Federation.of(made, 1)
    for world in federation.worlds:
        kinds = [type(m) for m in world.measures]
        assert kinds == [Reciprocity, Capability]
        assert len({m.label for m in world.measures}) == 2


@pytest.mark.parametrize(
    ("contracts", "said"),
    [
        (
            [contract("reciprocity", to="Saint-Eloi")],
            ["federation.contracts.0.to: no unit 'Saint-Eloi'; did you mean 'Saint-Eloy'"],
        ),
        (
            [contract("reciprocity", **{"from": "Lyon"})],
            ["federation.contracts.0.from: no unit 'Lyon'; units: Saint-Gervais, Saint-Eloy"],
        ),
        ([contract("capability", to=BOURG)], ["contracts.0.to", "no contract with itself"]),
        ([contract("barter")], ["federation.contracts.0.contract", "'reciprocity'", "'barter'"]),
        ([contract("reciprocity")] * 2, ["federation.contracts.1: a second reciprocity from"]),
        ([contract("reciprocity", share=1.0)], ["contracts.0.reciprocity.share: unknown key"]),
        ([{"from": BOURG, "to": TOWN}], ["federation.contracts.0.contract: required; add"]),
        ([contract("capability", from_year=3.0)], ["contracts.0.from_year: 3 is not before"]),
    ],
)
def test_faults_of_contracts_are_named(contracts: list[Any], said: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        scenario(*contracts)
    for part in said:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)
