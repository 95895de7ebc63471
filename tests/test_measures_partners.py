"""Contracts with other territories, and the service in deficit that one of them keeps open."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.worlds import TOWN

from ressort.branches import INDEX
from ressort.describe import describe
from ressort.errors import InputError
from ressort.measures.partners import MutualAid
from ressort.scenario import Scenario, check
from ressort.shocks import service_deficits
from ressort.simulation import Run, Stage, simulate
from ressort.words import Words

CUT = {"kind": "import_cut", "start_day": 15, "days": 20}
DEFICIT = {
    "kind": "service_deficit",
    "start_day": 0,
    "days": 240,
    "depth": 0.3,
    "branches": ["health_social"],
}
# Next to nothing happens here, for long: it is there to strike the partner.
FAR = {"kind": "export_loss", "start_day": 10, "days": 150, "depth": 0.01, "goods": ["equipment"]}
CARE = INDEX["health_social"]


def scenario(shocks: list[Any], days: int, *partners: Any, **sections: Any) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"name": TOWN},
        "run": {"days": days, "people_per_agent": 40.0},
        "shocks": shocks,
        "cooperation": {"scic": False},
        "partners": list(partners),
    }
    return check(content | sections)


def contract(kind: str, **settings: Any) -> dict[str, Any]:
    return {"contract": kind, "partner": "Elsewhere", "common_exposure": 0.0} | settings


def seen(run: Run, kind: str, what: str) -> np.ndarray:
    values: np.ndarray = run.measures[f"{kind}.Elsewhere.{what}"].to_numpy()
    return values


# Service in deficit.
@cache
def alone() -> Run:
    return simulate(scenario([FAR, DEFICIT], 240), 1, audit=True)


def test_a_service_in_deficit_closes_for_good_and_no_other_does() -> None:
    run = alone()
    assert run.daily["closed"].sum() == 1
    assert run.daily["opened"].sum() == 0
    lost = 1.0 - run.daily["output_health_social"] / run.reference["output_health_social"]
    assert lost.iloc[60] == pytest.approx(0.0, abs=1e-3)  # its means last for some months
    assert lost.iloc[-1] > 0.05
    assert run.model.world.day.outside.min() == 1.0


def test_the_deficit_is_that_of_the_largest_establishment_of_the_branch() -> None:
    world = Stage.of(scenario([DEFICIT], 240)).world(1, False)
    deficit, firms = service_deficits(world), world.state.firms
    (p,) = np.flatnonzero(deficit)
    assert firms.jobs[p] == firms.jobs[firms.branch == CARE].max()
    assert deficit[p] == pytest.approx(0.3 * firms.outlays_calm[p])


def test_a_branch_that_is_not_there_runs_no_deficit() -> None:
    shock = DEFICIT | {"branches": ["water"], "communes": []}
    place = {"territory": {"name": "63005"}, "run": {"days": 30}}
    run = simulate(scenario([shock], 30, **place), 1, audit=True)
    assert run.daily["opened"].sum() == 0
    assert run.daily["output"].equals(run.reference["output"])


# Rows S40: reciprocity.
def barter(exposure: float, **settings: Any) -> Run:
    usual = {"good_out": "food", "share_out": 0.5, "common_exposure": exposure}
    entry = contract("reciprocity", **(usual | settings))
    return simulate(scenario([FAR, DEFICIT], 240, entry), 1, audit=True)


def test_barter_keeps_the_service_and_is_paid_by_residents_in_goods() -> None:
    """Direction of S40, first half."""
    run = barter(0.0)
    assert run.daily["closed"].sum() == 0
    assert run.metrics["m4_unmet_care"] <= alone().metrics["m4_unmet_care"]
    assert (
        run.daily["output_health_social"].iloc[-1] > alone().daily["output_health_social"].iloc[-1]
    )
    delivered, covered = seen(run, "reciprocity", "delivered"), seen(run, "reciprocity", "covered")
    assert delivered.sum() > 0.0
    assert covered == pytest.approx(delivered)
    assert (covered <= seen(run, "reciprocity", "deficit") * (1 + 1e-9)).all()
    purse = [r.daily["household_cash"].iloc[:30].mean() for r in (run, alone())]
    assert purse[0] < purse[1]


def test_barter_breaks_if_the_same_shock_strikes_the_partner() -> None:
    """Direction of S40, second half."""
    run = barter(1.0)
    assert run.daily["closed"].sum() == 1
    delivered = seen(run, "reciprocity", "delivered")
    assert delivered[:10].min() > 0.0
    assert delivered[10:].max() == 0.0  # over for good: the shock outlasts all patience


def test_barter_goes_on_after_a_short_crisis_of_the_partner_unless_patience_ends() -> None:
    short = FAR | {"days": 40}
    for patience, goes_on in ((60, True), (20, False)):
        entry = contract(
            "reciprocity", good_out="food", common_exposure=1.0, patience_days=patience
        )
        run = simulate(scenario([short, DEFICIT], 60, entry), 1, audit=True)
        delivered = seen(run, "reciprocity", "delivered")
        assert delivered[10:50].max() == 0.0
        assert (delivered[50:].min() > 0.0) == goes_on


def test_barter_delivers_no_more_than_it_needs_and_nothing_without_a_deficit() -> None:
    better = barter(0.0, exchange_rate=2.0)
    covered = seen(better, "reciprocity", "covered")
    assert covered == pytest.approx(2.0 * seen(better, "reciprocity", "delivered"))
    idle = simulate(scenario([CUT], 30, contract("reciprocity", good_out="food")), 1, audit=True)
    assert seen(idle, "reciprocity", "delivered").sum() == 0.0


# Rows S07: mutual aid.
def aid(seed: int = 1, **settings: Any) -> Run:
    return simulate(scenario([CUT], 90, contract("mutual_aid", **settings)), seed, audit=True)


@cache
def no_aid(seed: int = 1) -> Run:
    return simulate(scenario([CUT], 90), seed)


COMMON: dict[str, Any] = {"common_exposure": 1.0, "calls_per_year": 0.0, "share": 1.0}


def test_mutual_aid_insures_against_a_local_shock_and_is_given_back() -> None:
    """Direction of S07: links help in local shocks."""
    run = aid(calls_per_year=0.0, repay_days=30.0)
    assert run.metrics["m4_unmet_food"] < 0.97 * no_aid().metrics["m4_unmet_food"]
    received = seen(run, "mutual_aid", "received")
    assert received[: 15 + 3].sum() == 0.0
    owed = seen(run, "mutual_aid", "owed")
    assert owed.max() == pytest.approx(received.sum())
    assert owed[-1] == pytest.approx(0.0, abs=1e-6 * owed.max())


def test_mutual_aid_hurts_in_a_common_shock_if_promises_are_kept() -> None:
    """S07: contagion. It comes from what is owed to the partner, and from nothing else.

    In the mean of draws: in single ones a shop may happen on a better maker because its own has
    sold out to the partner.
    """
    unmet = []
    for seed in (1, 2, 3):
        run = aid(seed, **COMMON)
        assert seen(run, "mutual_aid", "received").sum() == 0.0
        assert seen(run, "mutual_aid", "sent").sum() > 0.0
        unmet.append([r.metrics["m4_unmet_food"] for r in (run, no_aid(seed))])
    kept_promise, alone_in_it = np.sum(unmet, axis=0)
    assert kept_promise > 1.02 * alone_in_it
    kept = aid(serve_when_hit=False, **COMMON)
    assert kept.series.indicators.tobytes() == no_aid().series.indicators.tobytes()


def test_what_leaves_is_missed_only_where_shops_would_have_found_it() -> None:
    """The cause of the harm: without searches no shop turns to makers here, and none is harmed."""
    off: dict[str, Any] = {"parameters": {"search_rate": 0.0}}
    runs = [
        simulate(scenario([CUT], 60, *entries, **off), 2)
        for entries in ((contract("mutual_aid", **COMMON),), ())
    ]
    assert seen(runs[0], "mutual_aid", "sent").sum() > 0.0
    unmet = [run.metrics["m4_unmet_food"] for run in runs]
    assert unmet[0] == pytest.approx(unmet[1], rel=1e-4)
    assert unmet[1] > 1.5 * no_aid(2).metrics["m4_unmet_food"]  # what searches are worth


def test_nothing_comes_through_a_closed_border() -> None:
    shock = CUT | {"kind": "isolation"}
    run = simulate(scenario([shock], 40, contract("mutual_aid", calls_per_year=0.0)), 1, audit=True)
    assert seen(run, "mutual_aid", "received").sum() == 0.0


def test_a_partner_calls_in_calm_times_and_the_same_in_both_runs() -> None:
    run = aid(calls_per_year=20.0)
    calm = run.reference_series.measures_frame()["mutual_aid.Elsewhere.sent"].to_numpy()
    assert calm.sum() > 0.0
    assert ((calm > 0.0) == (seen(run, "mutual_aid", "sent") > 0.0)).all()


def test_more_exposure_means_more_of_the_same_shocks_and_never_fewer() -> None:
    """One draw a shock, the same for every exposure."""
    shocks = [CUT | {"start_day": 10 * k, "days": 5} for k in range(20)]
    world = Stage.of(scenario(shocks, 200, contract("mutual_aid"))).world(1, True)
    (measure,) = world.measures
    assert isinstance(measure, MutualAid)
    struck = []
    for exposure in (0.0, 0.3, 0.6, 1.0):
        measure.set.common_exposure = exposure
        hit = set()
        for world.tick in range(200):
            if measure.is_hit(world):
                hit.add(world.tick)
        struck.append(hit)
    assert struck[0] < struck[1] < struck[2] < struck[3]
    assert struck[0] == set()
    assert struck[3] == {10 * k + d for k in range(20) for d in range(5)}


@pytest.mark.parametrize("kind", ["mutual_aid", "expertise", "reciprocity"])
def test_a_contract_that_has_not_begun_changes_nothing(kind: str) -> None:
    run = simulate(scenario([CUT], 90, contract(kind, from_year=0.246)), 1, audit=True)
    assert run.series.indicators.tobytes() == no_aid().series.indicators.tobytes()


# Rows S42: expertise.
def test_skill_stays_when_the_experts_have_left() -> None:
    """Direction of S42; the rebate is paid while they are here, and no longer."""
    entry = contract("expertise", until_year=0.5, skill_per_year=0.5, good_out="food")
    asked = scenario(
        [CUT | {"start_day": 300}],
        330,
        entry,
        run={
            "days": 330,
            "people_per_agent": 200.0,
        },
    )
    run = simulate(asked, 1, audit=True)
    skill, rebate = seen(run, "expertise", "skill"), seen(run, "expertise", "rebate")
    end = 183
    assert 0.2 < skill[end] < 0.26
    assert skill[-1] > 0.95 * skill[end]
    assert rebate[:end].min() > 0.0
    assert rebate[end:].max() == 0.0
    assert seen(run, "expertise", "repaired")[end:].sum() > 0.0
    short = [
        r.reference["firm_cash"].iloc[100] for r in (run, simulate(asked, 1, cooperation=False))
    ]
    assert short[0] < short[1]


# The section.
@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (contract("mutual_aid", shar=0.2), "partners.0.mutual_aid.shar: unknown key.*'share'"),
        (contract("reciprocity", good_out="wood"), "partners.0.reciprocity.good_out: .*'wood'"),
        (contract("mutual-aid"), "partners.0.contract: .*, did you mean 'mutual_aid'"),
        ({"partner": "Thiers"}, "partners.0.contract: required; add contract = "),
        (contract("mutual_aid", partner=" x."), "partners.0.mutual_aid.partner: a name of"),
        (
            contract("barter"),
            "partners.0.contract: one of .*'mutual_aid'.*'barter'",
        ),
        ({"contract": "mutual_aid"}, "partners.0.mutual_aid.partner: .*required"),
        (contract("mutual_aid", goods=["fod"]), "mutual_aid.goods: unknown name 'fod'.*'food'"),
    ],
)
def test_faults_of_partners_are_named_with_their_remedy(entry: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        scenario([CUT], 30, entry)


def test_one_contract_of_a_kind_with_a_partner_and_any_number_with_others() -> None:
    with pytest.raises(InputError, match=r"partners.1: a second mutual_aid with Elsewhere"):
        scenario([CUT], 30, contract("mutual_aid"), contract("mutual_aid", share=0.1))
    two = scenario([CUT], 30, contract("mutual_aid"), contract("mutual_aid", partner="Thiers"))
    labels = [measure.label for measure in two.measures()]
    assert labels == ["mutual_aid.Elsewhere", "mutual_aid.Thiers"]
    run = simulate(two, 1, audit=True)
    assert {f"{label}.received" for label in labels} <= set(run.measures.columns)
    assert check(two.model_dump()).partners == two.partners


def test_contracts_and_deficits_are_said_in_words() -> None:
    asked = scenario([DEFICIT], 240, contract("reciprocity", share_out=0.2))
    english, french = (" ".join(describe(asked, Words(lang)).split()) for lang in ("en", "fr"))
    assert "partner territory covers the deficit" in english
    assert "share_out = 0.2 instead of 0.1" in english
    assert "territoire partenaire couvre le déficit" in french
    assert "branches: health and social care" in english
