"""The local currency (S34-S37): its identities, and what it can and cannot do in a shock."""

from __future__ import annotations

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

from ressort.day import PHASES, live_one_day
from ressort.errors import LedgerError
from ressort.ledger import Ledger
from ressort.measures.currency.seen import PLACE

# ------------------------------------------------------------------ identities
EVERYTHING: dict[str, Any] = WIDE | {
    "demurrage": 0.08,
    "credit_days": 15.0,
    "invoice_days": 10,
    "clearing": True,
    "clearing_days": 7,
    "tax_share": 0.3,
    "recipients": 40.0,
    "lean_shift": 0.1,
    "sinks": ["transport", "public_admin"],
    "bank_loss": 0.5,
    "news_after": 5,
    "join_rate": 5.0,
    "ready": False,
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"unbacked": True, "pledge_share": 0.0, "income_granted": False},
        {"council_changes_back": True, "placed_share": 0.95},
    ],
)
def test_units_are_what_backs_them_through_failures_and_runs(changes: dict[str, Any]) -> None:
    """The audit is on in every run here; this one has all that the currency can do at once.

    A freeze alone makes nobody short of means. Establishments here have two days of cash, no
    credit, and close after three days without means, while goods from outside stop, too.
    """
    lived = run(
        EVERYTHING | changes,
        run={"days": 80, "people_per_agent": 20.0},
        shocks=[FREEZE | {"days": 30}, CUT | {"start_day": 20, "days": 40}],
        parameters={"insolvency_days": 3, "firm_cash_days": 2.0, "firm_credit_days": 0.0},
    )
    assert lived.daily["closed"].sum() > 50
    assert seen(lived, "credit_lost").max() > 0.0
    assert seen(lived, "reserve").min() >= 0.0
    assert seen(lived, "coverage").min() < 1.0


def test_a_unit_too_many_is_found_by_the_audit() -> None:
    world = world_of(WIDE)
    ledger = Ledger.open(world)
    live_one_day(world)
    ledger.audit(world)
    world.state.homes.units[0] += 0.01
    with pytest.raises(LedgerError, match=r"units issued of currency|euros"):
        ledger.audit(world)


def test_it_lives_with_a_scic_and_a_council_that_levies() -> None:
    both = run(
        WIDE, 1, cooperation={"scic": True}, council={"reserve": {"ready": False, "days": 30.0}}
    )
    assert seen(both, "mass").min() > 0.0
    assert both.measures["reserve.stock"].iloc[-1] > 0.0


def test_other_measures_take_euros_and_never_units() -> None:
    """Growers, stores of members and training collect fees in euros, from rows added late, too."""
    others: dict[str, Any] = {
        "growers": {},
        "members_store": {},
        "repair_training": {},
        "ptce": {},
    }
    lived = run(WIDE, 1, cooperation={"scic": True} | others, council={"bonus": {}})
    assert seen(lived, "mass").min() > 0.0
    assert seen(lived, "parted").max() == 0.0


def test_a_currency_that_has_not_begun_changes_nothing() -> None:
    assert (
        run({"from_year": 0.109}).series.indicators.tobytes() == bare().series.indicators.tobytes()
    )


def test_a_currency_begins_late() -> None:
    years = run(WIDE | {"from_year": 0.5}, calm={"years": 1})
    mass = seen(years, "mass") if "currency.mass" in years.measures else np.zeros(0)
    assert np.isnan(mass[:180]).all()
    assert mass[190] < mass[300] < mass[364]


# ------------------------------------------------------------------ pattern 18: no goods out of it
@pytest.mark.parametrize("seed", [1, 2])
def test_a_currency_adds_nothing_to_what_a_cut_of_imports_leaves(seed: int) -> None:
    """Pattern 18: needs are met and missed bit for bit as without it.

    Output may differ in the fifth digit: with seed 1 a producer short of euros cannot pay abroad
    with the units that it took.
    """
    without, with_it = run(None, seed, CUT), run(WIDE | FREE, seed, CUT)
    assert without.world is not None
    assert with_it.world is not None
    needs = [r.world.state.homes.unmet.tobytes() for r in (without, with_it) if r.world is not None]
    assert needs[0] == needs[1]
    assert with_it.communes.equals(without.communes)
    output = [r.daily["output"].to_numpy() for r in (without, with_it)]
    assert output[1] == pytest.approx(output[0], rel=1e-3)
    assert unmet(without) > 1000.0
    assert seen(with_it, "paid_today").min() > 0.0


def test_dues_and_fees_are_paid_by_members_and_reach_residents_and_associations() -> None:
    free, paid = run(WIDE | FREE, 1, CUT), run(WIDE | {"change_days": 30.0}, 1, CUT)
    assert free.yearly_cost == 0.0
    assert paid.yearly_cost > 3.0
    assert free.world is not None
    assert paid.world is not None
    held = [of.world.state.homes.cash for of in (free, paid) if of.world is not None]
    members = measure_of(paid).members > 0.0
    lost = (held[0] - held[1])[members].sum() / held[0][members].sum()
    others = (held[0] - held[1])[~members].sum() / held[0][~members].sum()
    assert lost > others
    # Contributions of the staff leave the territory: residents as a whole pay, before the cut too.
    cash = [of.daily["household_cash"].to_numpy()[:10] for of in (free, paid)]
    assert (cash[0] > cash[1]).all()
    associations = [of.daily["output_other_services"].sum() for of in (free, paid)]
    assert associations[1] >= associations[0]


# ------------------------------------------------------------------ a freeze of payments
def test_a_freeze_binds_euros_and_never_units() -> None:
    """No household spends more euros than the freeze leaves it, nor units that it has not."""
    world = world_of(WIDE)
    homes = world.state.homes
    while world.tick < 14:
        live_one_day(world)
    for phase in PHASES[:4]:
        phase.run(world)
    euros, units = homes.cash - homes.units, homes.units.copy()
    for phase in PHASES[4:8]:
        phase.run(world)
    spent = euros - (homes.cash - homes.units)
    assert (spent <= world.day.payments * euros + 1e-6).all()
    in_units = units - homes.units
    assert (in_units >= 0.0).all()
    assert (homes.units >= 0.0).all()
    assert in_units.sum() > 1000.0


@pytest.mark.parametrize("seed", [1, 2])
def test_units_keep_trade_going_in_proportion_to_their_reach(seed: int) -> None:
    """At the reach of the Eusko it is next to nothing; others gain nothing from it.

    A tenth of a month's spending is soon spent where half of all custom is with sellers that take
    units: wallets bind, and more units in them do more than more members.
    """
    reach = (0.013, 0.3, 1.0)
    runs = [run(WIDE | FREE | {"adoption": share}, seed) for share in reach]
    saved = [1.0 - unmet(r) / unmet(bare(seed)) for r in runs]
    assert abs(saved[0]) < 0.002
    assert 0.01 < saved[1] < saved[2] < 0.2
    paid = seen(runs[1], "paid_today")
    assert paid[15] < 0.5 * paid[9]
    filled = run(WIDE | FREE | {"adoption": 0.3, "budget_share": 0.3, "wallet_limit": 5000.0}, seed)
    assert 1.0 - unmet(filled) / unmet(bare(seed)) > 3.0 * saved[1]
    others = measure_of(runs[1]).members == 0.0
    assert unmet(runs[1], others) > 0.995 * unmet(bare(seed), others)


def test_large_wallets_hurt_when_few_take_units() -> None:
    """Euros that were changed are missing where units are not taken."""
    mild = FREEZE | {"depth": 0.99}
    large = FREE | {"adoption": 1.0, "firm_share": 0.1, "budget_share": 0.3}
    assert unmet(run(large, 1, mild)) > 1.02 * unmet(run(None, 1, mild))


@pytest.mark.parametrize("seed", [1, 2])
def test_what_remains_of_a_currency_is_the_habit(seed: int) -> None:
    """S35: the same freeze with habits kept and erased: a good third of the help goes, or more."""
    kept, erased = run(WIDE | FREE, seed), run(WIDE | FREE | {"erase_habits": True}, seed)
    saved = [unmet(bare(seed)) - unmet(r) for r in (kept, erased)]
    assert 0.0 < saved[1] < 0.65 * saved[0]
    assert seen(kept, "mass")[9] == seen(erased, "mass")[9]


def test_a_bank_that_fails_takes_the_backing_with_it() -> None:
    """S35: the value effect is negative, and the run that follows ends at a closed window."""
    lost = run(
        WIDE | {"bank_loss": 1.0, "news_after": 0, "placed_share": 0.9},
        1,
        FREEZE | {"depth": 0.5, "days": 5},
        run={"days": 120, "people_per_agent": 20.0},
    )
    calm = lost.reference_series.measures_frame()
    assert calm["currency.coverage"].min() > 1.0 - 1e-9
    assert seen(lost, "coverage")[12] < 0.2
    assert seen(lost, "halted").sum() > 20
    assert seen(lost, "reserve").min() >= 0.0
    assert seen(lost, "mass")[-1] < calm["currency.mass"].iloc[-1]


def test_bad_news_alone_empty_the_office_but_not_below_nothing() -> None:
    news = WIDE | {"news_after": 5, "placed_share": 0.95, "notice_days": 300.0}
    some = CUT | {"depth": 0.01, "goods": ["light"]}
    days = {"days": 100, "people_per_agent": 20.0}
    ran, calm = run(news, 1, some, run=days), run(news | {"news_after": -1}, 1, some, run=days)
    assert seen(calm, "halted").sum() == 0.0
    assert seen(ran, "halted").sum() > 0.0
    assert seen(ran, "changed_back")[-1] > 1.5 * seen(calm, "changed_back")[-1]
    assert seen(ran, "coverage").min() > 1.0 - 1e-9


def test_demurrage_is_taken_on_every_day_of_a_full_reserve() -> None:
    """A reserve that equals the mass but for rounding is full."""
    world = world_of(WIDE | FREE | {"demurrage": 0.1, "wage_share": 0.1})
    measure = measure_of(world)
    for _ in range(10):
        live_one_day(world)
        today = measure.log.days[(world.tick - 1) % 365]
        assert today[PLACE["left_homes"]] > 0.0
