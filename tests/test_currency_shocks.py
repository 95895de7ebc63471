"""What strikes a local currency: forgers, its main acceptor, dead accounts; and how it starts."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.currencies import (
    CUT,
    FREE,
    FREEZE,
    WIDE,
    bare,
    measure_of,
    run,
    seen,
    unmet,
    world_of,
)

from ressort.day import live_one_day
from ressort.errors import RessortError
from ressort.simulation import Run

QUIET = {"kind": "import_cut", "start_day": 20, "days": 2, "depth": 0.01, "goods": ["light"]}
FORGED = {
    "change_days": 60.0,
    "forged_from": 0,
    "forged_a_day": 0.02,
    "forged_days": 60,
    "forged_known_after": 30,
    "forger_share": 0.1,
}


def days(count: int) -> dict[str, Any]:
    return {"days": count, "people_per_agent": 20.0}


# ------------------------------------------------------------------ forgers
@cache
def forged(seed: int) -> tuple[Run, Run]:
    """A calm place, with and without forgers; the audit is on in all runs."""
    good = WIDE | FREE | {"change_days": 60.0}
    return (
        run(WIDE | FREE | FORGED, seed, QUIET, run=days(120)),
        run(good, seed, QUIET, run=days(120)),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_forged_units_end_in_suspension_and_never_under_an_empty_reserve(seed: int) -> None:
    """Coverage falls from the first day; trust with it once all know; then the window closes."""
    bad, good = forged(seed)
    coverage, trust = seen(bad, "coverage"), seen(bad, "confidence")
    assert coverage[19] == pytest.approx(1.0)
    assert (np.diff(coverage[19:50:10]) < -0.05).all()
    assert trust[49] == 1.0
    assert trust[50] <= coverage[49]
    assert seen(bad, "halted")[:50].sum() == 0.0
    assert seen(bad, "halted")[50:].sum() > 20.0
    assert 0.0 <= seen(bad, "reserve").min() < 0.1 * seen(good, "reserve")[-1]
    gap = seen(bad, "mass") - seen(bad, "reserve")
    assert gap == pytest.approx(seen(bad, "forged"), rel=1e-9, abs=1e-3)
    assert seen(good, "halted").sum() == seen(good, "forged").sum() == 0.0


@pytest.mark.parametrize("seed", [1, 2])
def test_forgers_gain_what_holders_of_units_lose(seed: int) -> None:
    """Units are counted at what the reserve holds for them; needs are met all along.

    Forgers buy what they would have bought anyway, and save the euros. Accepting producers have
    sold for paper: those who changed back in time got euros, the last ones did not.
    """
    bad, good = forged(seed)
    forgers = measure_of(bad).hits.forgers > 0.0
    joined = measure_of(bad).joined

    def worth(of: Run) -> tuple[np.ndarray, np.ndarray]:
        assert of.world is not None
        homes, firms = of.world.state.homes, of.world.state.firms
        lost = 1.0 - seen(of, "coverage")[-1]
        return homes.cash - lost * homes.units, firms.cash - lost * firms.units

    (homes, firms), (homes_good, firms_good) = worth(bad), worth(good)
    gained = (homes - homes_good)[forgers].sum()
    others = (homes - homes_good)[~forgers].sum()
    producers = (firms - firms_good)[joined].sum()
    assert bad.world is not None
    kept = bad.world.state.homes.units[forgers].sum()
    spent = seen(bad, "forged")[-1] - kept
    assert spent > 10_000.0
    assert producers < 0.0
    assert producers + others == pytest.approx(-spent, rel=0.5)
    assert gained > producers
    assert unmet(bad) == unmet(good) == 0.0
    output = [of.daily["output"].sum() for of in (bad, good)]
    assert output[0] == pytest.approx(output[1], rel=2e-3)


def test_a_few_forged_units_that_nobody_notices_harm_no_trade() -> None:
    few = run(
        WIDE | FREE | FORGED | {"forged_a_day": 0.0005, "forged_known_after": 1000},
        1,
        QUIET,
        run=days(60),
    )
    assert 0.97 < seen(few, "coverage")[-1] < 0.99
    assert seen(few, "halted").sum() == 0.0
    assert seen(few, "confidence").min() == 1.0


def test_books_close_through_all_that_can_strike_at_once() -> None:
    """Forgers, a failed bank, dead accounts, credit withdrawn, closures: the audit is on."""
    lived = run(
        WIDE
        | FORGED
        | {"credit_days": 15.0, "tax_share": 0.3, "public_wage_share": 0.3, "bank_loss": 0.5}
        | {"acceptor_leaves": 3, "account_failure": 1.0, "placed_share": 0.95}
        | {"recipients": 40.0, "demurrage": 0.08, "account_needs_grid": 0.5},
        run=days(60),
        shocks=[
            FREEZE | {"days": 20},
            {"kind": "credit_crunch", "start_day": 12, "days": 40},
            {"kind": "grid_failure", "start_day": 15, "days": 3},
            {"kind": "labour_loss", "start_day": 10, "days": 40, "depth": 0.8},
        ],
        parameters={"insolvency_days": 3, "firm_cash_days": 2.0},
    )
    assert lived.daily["closed"].sum() > 10
    assert seen(lived, "halted").sum() > 0
    assert seen(lived, "reserve").min() >= 0.0
    assert seen(lived, "forged")[-1] > 0.0


# ------------------------------------------------------------------ credit withdrawn
@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_credit_crunch_a_currency_closes_more_unless_it_is_changed_back_in_need(
    seed: int,
) -> None:
    """Units in the till pay no wages: more close than without the currency, and credit in units
    saves nobody. If those in need change back at once there is no such harm, and little help.
    """
    crisis = [
        {"kind": "labour_loss", "start_day": 5, "days": 35, "depth": 0.9},
        {"kind": "credit_crunch", "start_day": 8, "days": 35},
    ]
    poor = {"firm_cash_days": 1.0, "insolvency_days": 6}
    without, patient, on_credit, in_need = (
        float(run(c, seed, shocks=crisis, parameters=poor).daily["closed"].sum())
        for c in (
            None,
            WIDE | FREE,
            WIDE | FREE | {"credit_days": 15.0},
            WIDE | FREE | {"change_in_need": True},
        )
    )
    assert without > 100
    assert patient > 1.05 * without
    assert on_credit == pytest.approx(patient, rel=0.02)
    assert 0.95 * without < in_need <= without


# ------------------------------------------------------------------ the main acceptor
NARROW = WIDE | FREE | {"firm_share": 0.03, "join_rate": 0.0, "change_days": 60.0}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_narrow_network_feels_the_loss_of_its_main_acceptor(seed: int) -> None:
    """Fewer units, that circulate slower and are changed back sooner; the leaver empties its till.

    No need is missed by it: who paid in units there pays in euros.
    """
    mild = CUT | {"depth": 0.001}
    whole = run(NARROW, seed, mild, run=days(150))
    less = run(NARROW | {"acceptor_leaves": 0}, seed, mild, run=days(150))
    last = {n: [float(seen(r, n)[-1]) for r in (whole, less)] for n in ("mass", "velocity")}
    assert last["mass"][1] < 0.95 * last["mass"][0]
    assert last["velocity"][1] < 0.97 * last["velocity"][0]
    assert seen(less, "leakage")[-1] > seen(whole, "leakage")[-1]
    assert seen(less, "accepting")[-1] == seen(whole, "accepting")[-1] - 1
    assert whole.world is not None
    assert less.world is not None
    p = measure_of(less).hits.left
    assert less.world.state.firms.units[p] < 0.2 * whole.world.state.firms.units[p]
    assert unmet(less) == unmet(whole)


def test_a_wide_network_hardly_feels_it_even_in_a_freeze() -> None:
    """With 145 others what is missed changes by less than a hundredth."""
    whole, less = (run(WIDE | FREE | c) for c in ({}, {"acceptor_leaves": 0}))
    assert measure_of(less).hits.left >= 0
    assert unmet(less) != unmet(whole)
    assert abs(unmet(less) - unmet(whole)) < 0.01 * unmet(bare())


def test_without_anybody_who_takes_units_nobody_leaves() -> None:
    none = run(WIDE | {"firm_share": 0.0, "join_rate": 0.0, "acceptor_leaves": 0})
    assert measure_of(none).hits.left == -1


# ------------------------------------------------------------------ notes and accounts
@pytest.mark.parametrize("seed", [1, 2])
def test_accounts_that_fall_with_the_banks_leave_notes_alone(seed: int) -> None:
    """The help shrinks to that of the notes; without any, changed euros are locked and it hurts."""
    notes = {"account_failure": 1.0}
    all_notes = notes | {"notes_share": 1.0, "till_share": 1.0}
    no_notes = notes | {"notes_share": 0.0, "till_share": 0.0}
    saved = [
        1.0 - unmet(run(WIDE | FREE | c, seed)) / unmet(bare(seed))
        for c in ({}, all_notes, notes, no_notes)
    ]
    assert saved[1] == pytest.approx(saved[0], abs=0.003)
    assert saved[1] > 2.0 * saved[2] > 0.0
    assert saved[3] < 0.0


def test_without_electricity_accounts_stop_if_they_hang_on_it_and_euros_do_not() -> None:
    dark = [{"kind": "grid_failure", "start_day": 10, "days": 5}]
    without = run(None, shocks=dark)
    own, hangs = (run(WIDE | FREE | c, shocks=dark) for c in ({}, {"account_needs_grid": 1.0}))
    paid = [seen(r, "paid_today") for r in (own, hangs)]
    assert (paid[0][:10] == paid[1][:10]).all()
    assert paid[1][10:15].sum() < 0.6 * paid[0][10:15].sum()
    # Euros stand in for the units that cannot be spent: no need is missed for it.
    assert unmet(own) == unmet(hangs) == unmet(without)


def test_limits_of_notes_and_accounts_bind() -> None:
    free, notes, accounts, tills = (
        run(WIDE | FREE | c, 1, QUIET)
        for c in ({}, {"note_limit": 10.0}, {"account_limit": 10.0}, {"firm_account_limit": 100.0})
    )
    for limited in (notes, accounts, tills):
        assert seen(limited, "mass")[-1] < 0.99 * seen(free, "mass")[-1]
    assert notes.world is not None
    assert accounts.world is not None
    people = accounts.world.state.homes.people
    share = measure_of(accounts).set.notes_share
    assert accounts.world.state.homes.units.max() > 0.0
    assert (accounts.world.state.homes.units <= 10.0 * people / (1.0 - share) + 1e-6).all()
    assert seen(tills, "paid_today")[-1] < 0.5 * seen(free, "paid_today")[-1]


def test_what_can_be_spent_in_a_freeze_is_notes() -> None:
    world = world_of(
        WIDE | {"account_failure": 1.0, "notes_share": 0.25}, 1, FREEZE | {"depth": 1.0}
    )
    homes, firms = world.state.homes, world.state.firms
    while world.tick < 10:
        live_one_day(world)
    before = homes.units.copy(), firms.units.copy()
    live_one_day(world)
    measure = measure_of(world)
    assert (homes.at_hand <= 0.25 * before[0] + 1e-9).all()
    assert (firms.at_hand <= measure.set.till_share * np.maximum(0.0, before[1]) + 1e-9).all()
    assert homes.at_hand.sum() > 0.0


# ------------------------------------------------------------------ launch, public wages, income
def test_a_launch_takes_its_time_and_costs_nobody_units_before() -> None:
    late = run({"ready": False, "launch_years": 0.5} | WIDE, calm={"years": 1}, run=days(20))
    mass = seen(late, "mass")
    assert np.isnan(mass[:183]).all()
    assert mass[190] < mass[300]
    cost = late.daily["measures_cost"].to_numpy()
    assert cost[:183].sum() == 0.0
    assert cost[183:].sum() > 0.0


def test_public_staff_are_paid_in_what_was_taken_as_taxes() -> None:
    """Members alone, and units change hands faster than by the council's purchases."""
    taxed = WIDE | FREE | {"tax_share": 0.3}
    quiet = CUT | {"depth": 0.01}
    plain_one, paid = (run(taxed | c, 1, quiet) for c in ({}, {"public_wage_share": 0.3}))
    assert measure_of(paid).council < 0.6 * measure_of(plain_one).council
    assert seen(paid, "velocity")[-1] > seen(plain_one, "velocity")[-1]
    assert paid.world is not None
    homes, members = paid.world.state.homes, measure_of(paid).members
    assert homes.units[members == 0.0].sum() == 0.0
    limit = measure_of(paid).set.wallet_limit * homes.people
    assert (homes.units <= limit + 1e-6).all()
    no_taxes = run(WIDE | FREE | {"public_wage_share": 0.3}, 1, quiet)
    bits = [r.series.indicators.tobytes() for r in (no_taxes, run(WIDE | FREE, 1, quiet))]
    assert bits[0] == bits[1]


def test_an_income_that_nobody_here_could_back_is_refused_at_launch() -> None:
    """A larger one than output backs is paid in part; how much could be paid at most is told."""
    world = world_of(WIDE | {"recipients": 4.0})
    measure = measure_of(world)
    measure.eligible[:] = False
    with pytest.raises(RessortError, match=r"currency\.pledged_goods: .*income_units = 0\.0"):
        live_one_day(world)
    large = run(WIDE | {"recipients": 5000.0})
    assert 0.0 < seen(large, "income_coverable_share")[-1] < 0.2
    assert (
        0.0 < seen(large, "income_paid_share")[-1] < seen(large, "income_coverable_share")[-1] + 0.2
    )
    small = run(WIDE | {"recipients": 4.0})
    assert seen(small, "income_coverable_share")[-1] == 1.0


@pytest.mark.parametrize("seed", [1, 2])
def test_an_unbacked_income_does_not_move_scarcity_prices(seed: int) -> None:
    """People order their usual basket and no more, so that there is no inflation to see.

    Units without goods lie idle or drain the reserve.
    """
    scarce = {"days": 20, "people_per_agent": 20.0, "prices": "scarcity"}
    income = {"recipients": 500.0, "income_units": 1.0, "unbacked": True, "pledge_share": 0.0}
    calm, more = (run(WIDE | FREE | c, seed, CUT, run=scarce) for c in ({}, income))
    assert calm.world is not None
    assert more.world is not None
    premiums = [of.world.state.firms.premium for of in (calm, more) if of.world is not None]
    assert premiums[0].max() > 0.01
    assert premiums[1].mean() == pytest.approx(premiums[0].mean(), rel=0.02)
    assert seen(more, "coverage")[-1] < 0.9
