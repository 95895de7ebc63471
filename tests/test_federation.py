"""Federations: units alone are what they were, books close between units, aid has its limits."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.worlds import live as live_world

from ressort.errors import InputError
from ressort.federation import Federation, live, unit_world
from ressort.federation_links import shared_out
from ressort.indicators import NAMES
from ressort.scenario import Scenario, check
from ressort.scenario_federation import units_of

DAYS = 45
CUT = {"kind": "import_cut", "start_day": 3, "days": 25}
UNITS = [
    {"name": "bourg", "communes": ["63354"]},
    {"name": "village", "communes": ["63005"]},
]


def scenario(**federation: Any) -> Scenario:
    content = {
        "territory": {"codes": ["63005", "63354"]},
        "run": {"days": DAYS, "people_per_agent": 10.0},
        "shocks": [CUT],
        "federation": {"units": UNITS, "aid": {}} | federation,
    }
    return check(content, "file.toml")


@cache
def unmet(struck: str, linked: bool, serve: bool = False) -> tuple[float, ...]:
    """Person-days unmet by unit, the books audited every day."""
    aid = {"serve_when_hit": serve, "share": 1.0, "decay_km": 200.0, "decision_days": 0}
    made = scenario(struck=(struck,) if struck else (), aid=aid)
    lived = live(Federation.of(made, 1, linked=linked, audit=True), DAYS)
    return tuple(float(u.sum()) for u in lived.unmet)


def test_a_unit_without_links_lives_as_it_would_alone() -> None:
    made = scenario()
    together = live(Federation.of(made, 1, linked=False), 10)
    for k, unit in enumerate(units_of(made)):
        alone = live_world(unit_world(made, 1, unit, linked=False), 10, audit=False)
        for n, name in enumerate(NAMES):
            np.testing.assert_array_equal(together.series[k, :, n], alone[name])


def test_a_link_helps_against_what_is_local() -> None:
    assert unmet("village", True)[1] < unmet("village", False)[1]


def test_no_link_helps_where_all_are_struck_and_none_serves() -> None:
    assert unmet("", True) == unmet("", False)


@pytest.mark.parametrize("settle", ["kind", "payment"])
def test_the_giver_is_poorer_until_it_is_repaid_and_books_close(settle: str) -> None:
    aid = {"settle": settle, "share": 1.0, "decay_km": 200.0, "decision_days": 0, "repay_days": 5}
    federation = Federation.of(scenario(struck=("village",), aid=aid), 1, audit=True)
    live(federation, 28)
    lent = federation.aids[1].owed[0].sum()
    assert lent > 0.0
    claims = federation.aids[0].slot_claims.sum() + federation.aids[0].firm_claims.sum()
    assert claims == pytest.approx(lent, rel=1e-9)
    live(federation, 30)
    assert federation.aids[1].owed[0].sum() < 0.5 * lent


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
        ({"units": [{"name": "a", "communes": []}]}, ["federation.units.0.communes", "without"]),
        (
            {"units": [UNITS[0], {"name": "b", "communes": ["63354", "63005"]}]},
            ["federation.units.1.communes", "already in federation.units.0"],
        ),
        (
            {"units": [UNITS[0], {"name": "b", "communes": ["63006", "63005"]}]},
            ["federation.units.1.communes", "'63006'", "63005"],
        ),
        ({"struck": ["vilage"]}, ["federation.struck.0", "'vilage'", "'village'"]),
        ({"units": UNITS[:1]}, ["'63005' is in no unit"]),
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
