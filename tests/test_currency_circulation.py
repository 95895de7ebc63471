"""How units circulate, what an income in units does, rules and ready-made scenarios."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.currencies import (
    CUT,
    FREE,
    WIDE,
    measure_of,
    run,
    scenario,
    seen,
    unmet,
    world_of,
)
from tests.rows import calm_day, one, plant, recipe, rules_of
from tests.worlds import VILLAGE

from ressort.day import live_one_day
from ressort.errors import InputError
from ressort.goods import ITEM
from ressort.rules import households, purchases
from ressort.scenario import check, load
from ressort.simulation import Run, Stage, run_arm
from ressort.world import World

# ------------------------------------------------------------------ circulation
YEAR = {"calm": {"years": 1}, "run": {"days": 20, "people_per_agent": 20.0}}
SETTLED = WIDE | FREE | {"change_days": 60.0, "join_rate": 0.0, "leave_rate": 0.0}


@cache
def settled() -> Run:
    return run(SETTLED, 1, CUT, **YEAR)


def test_velocity_and_what_is_changed_back_are_results_of_one_definition() -> None:
    year = settled()
    last = {name: float(seen(year, name)[-1]) for name in ("velocity", "euro_velocity", "leakage")}
    assert last["velocity"] > last["euro_velocity"] > 0.1
    assert 0.0 < last["leakage"] < 1.2
    # In a steady state all that came in goes out: the share of inflow tells nothing of patience.
    assert seen(year, "changed_back_of_inflow")[-1] == pytest.approx(1.0, abs=0.12)


def test_patience_of_producers_makes_the_mass() -> None:
    patient = run(SETTLED | {"change_days": 500.0}, 1, CUT, **YEAR)
    assert seen(patient, "mass")[-1] > 1.5 * seen(settled(), "mass")[-1]
    assert seen(patient, "velocity")[-1] < seen(settled(), "velocity")[-1]


@pytest.mark.parametrize("seed", [1, 2])
def test_without_loops_more_is_changed_back(seed: int) -> None:
    """Pattern 20: accepting producers buy from others of the same branch that do not accept."""
    left, joined = [], None
    for _ in range(2):
        world = world_of(SETTLED, seed, CUT | {"depth": 0.001})
        if joined is not None:
            break_loops(world, joined)
        for _day in range(365):
            live_one_day(world)
        joined = measure_of(world).joined.copy()
        left.append(measure_of(world).observed["leakage"])
    assert left[1] > 1.02 * left[0]


def break_loops(world: World, joined: np.ndarray) -> None:
    firms, slots = world.state.firms, world.state.slots
    owner = np.repeat(np.arange(len(firms)), firms.end_slot - firms.first_slot)
    for k in range(2):
        source = slots.source[:, k]
        for s in np.flatnonzero(joined[owner] & (source >= 0) & joined[source]):
            like = np.flatnonzero((firms.branch == firms.branch[source[s]]) & ~joined)
            slots.source[s, k] = like[s % len(like)] if len(like) else -1


def test_a_public_sink_keeps_units_in_circulation() -> None:
    """S36: fees for public services; taxes, if the council passes them on; not if it does not.

    Tickets alone do nothing here: those whom members ride with had joined already.
    """
    sinks = run(SETTLED | {"sinks": ["public_admin", "water", "energy"]}, 1, CUT, **YEAR)
    assert seen(sinks, "leakage")[-1] < seen(settled(), "leakage")[-1]
    tickets = run(SETTLED | {"sinks": ["transport"]}, 1, CUT, **YEAR)
    assert seen(tickets, "accepting")[-1] > seen(settled(), "accepting")[-1]
    assert seen(tickets, "leakage")[-1] == pytest.approx(seen(settled(), "leakage")[-1], rel=1e-3)
    passed = run(SETTLED | {"tax_share": 0.3}, 1, CUT, **YEAR)
    back = run(SETTLED | {"tax_share": 0.3, "council_changes_back": True}, 1, CUT, **YEAR)
    rates = [seen(r, "changed_back_of_mass")[-1] for r in (passed, settled(), back)]
    assert rates[0] < rates[1] < rates[2]
    assert seen(passed, "mass")[-1] > seen(settled(), "mass")[-1]


def test_the_network_grows_by_contact_and_the_disappointed_leave() -> None:
    growing = run(SETTLED | {"join_rate": 3.0}, 1, CUT, **YEAR)
    assert seen(growing, "accepting")[-1] > 1.1 * seen(growing, "accepting")[0]
    assert np.ptp(seen(settled(), "accepting")) == 0.0
    tired = SETTLED | {"leave_rate": 10.0, "leave_above": 0.3, "change_days": 5.0}
    leaving = run(tired, 1, CUT, calm={"years": 2}, run={"days": 15, "people_per_agent": 20.0})
    assert seen(leaving, "accepting")[-1] < 0.9 * seen(leaving, "accepting")[0]


def test_only_a_habit_of_buying_here_adds_output() -> None:
    """Demand leakage (E3): custom that moves to sellers here does what units alone do not."""
    moved = run(SETTLED | {"lean_shift": 0.2}, 1, CUT, **YEAR)
    output = [r.daily["output"].iloc[300:365].mean() for r in (moved, settled())]
    assert output[0] > 1.0002 * output[1]


# ------------------------------------------------------------------ autonomy income
INCOME = SETTLED | {"recipients": 20.0, "adoption": 0.05}


@cache
def income() -> Run:
    return run(INCOME, 1, CUT, **YEAR)


def test_an_income_beyond_what_is_delivered_waits() -> None:
    """S37: pledges bound what is issued; without that bound the income drains the reserve.

    Recipients in Issoire buy much from those who accept: a pledge of a 2000th of output is enough
    for 20 incomes, a twentieth of that is not. Units issued beyond it do not lie idle: they are
    spent, and who took them changes them back for euros of others.
    """
    enough = run(INCOME | {"pledge_share": 0.0005}, 1, CUT, **YEAR)
    assert seen(enough, "income_paid_share")[364] == pytest.approx(1.0)
    small = {"pledge_share": 0.00003}
    backed, queue = income(), run(INCOME | small, 1, CUT, **YEAR)
    piled = run(INCOME | small | {"unbacked": True}, 1, CUT, **YEAR)
    paid = [seen(r, "income_paid_share")[364] for r in (backed, queue, piled)]
    assert paid[1] < 0.8 * paid[0]
    assert paid[0] == pytest.approx(1.0)
    assert paid[2] == pytest.approx(1.0)
    assert seen(queue, "unbacked").max() == 0.0
    assert seen(piled, "coverage")[-1] < 0.85 * seen(queue, "coverage")[-1]
    assert seen(piled, "reserve")[-1] < 0.85 * seen(queue, "reserve")[-1]
    assert seen(piled, "velocity")[-1] == pytest.approx(seen(queue, "velocity")[-1], rel=0.05)
    assert seen(piled, "mass")[-1] > 1.02 * seen(queue, "mass")[-1]


def test_producers_pay_the_income_with_their_output() -> None:
    """Producers hold less, the measure costs more, yet other residents lose next to nothing in all.

    The income is paid in units alone here, so that no euros come from outside.
    """
    units = {"income_units": 1.0, "income_granted": False}
    paid, none = (
        run(INCOME | units, 1, CUT, **YEAR),
        run(SETTLED | {"adoption": 0.05}, 1, CUT, **YEAR),
    )
    given = seen(paid, "given")[:365].sum()
    assert given > 10_000.0
    assert paid.world is not None
    who = measure_of(paid).recipients > 0.0
    held = [r.world.state.homes.cash for r in (paid, none) if r.world is not None]
    gain = (held[0] - held[1])[who].sum()
    assert gain > 10_000.0
    assert abs((held[0] - held[1])[~who].sum()) < 0.05 * gain
    of_firms = [r.world.state.firms.cash.sum() for r in (paid, none) if r.world is not None]
    assert of_firms[0] < of_firms[1]
    assert paid.yearly_cost > none.yearly_cost


# ------------------------------------------------------------------ rules and settings
def test_what_can_be_afforded_with_two_kinds_of_money() -> None:
    afford = purchases.spendable
    assert afford(10.0, 0.0, 100.0, 50.0) == 10.0
    assert afford(10.0, 30.0, 100.0, 0.0) == 10.0
    assert afford(10.0, 30.0, 100.0, 100.0) == 40.0
    assert afford(10.0, 30.0, 100.0, 50.0) == 20.0  # of 20, 10 are taken in units
    assert afford(10.0, 5.0, 100.0, 50.0) == 15.0


def test_orders_are_cut_by_what_sellers_take() -> None:
    """Two purchases of 60, one from a seller that takes units: 50 units, 30 euros."""
    firms = plant(accepts=True, at_hand=50.0)
    firms.end_slot = 2
    slots = recipe([0.0, 0.0], [0.5, 0.5], [2, 2])
    slots.order = 60.0
    slots.source[0] = 0
    purchases.restrain_by_seller(firms[0], slots, firms, 120.0, 30.0, 1.0)
    assert slots.order == pytest.approx([50.0, 30.0])
    assert firms.restraint[0] == pytest.approx(80.0 / 120.0)


def two_purchases(at_hand: float, payments: float) -> Any:
    """Return two orders of 60 once means of 70 EUR are cut to; the first seller takes units."""
    firms = plant(accepts=True, at_hand=at_hand)
    firms.end_slot = 2
    slots = recipe([0.0, 0.0], [0.5, 0.5], [2, 2])
    slots.order = 60.0
    slots.source[0] = 0
    purchases.restrain_by_seller(firms[0], slots, firms, 120.0, 70.0, payments)
    return slots.order


def test_a_unit_or_two_at_hand_move_an_order_by_no_more_than_that() -> None:
    """A tenth of 70 EUR may be spent: 3.5 on each order without units. An input less stops all."""
    assert two_purchases(0.01, 0.1) == pytest.approx([3.5, 3.5], abs=0.01)
    assert two_purchases(3.0, 0.1) == pytest.approx([5.0, 5.0])
    assert two_purchases(7.0, 0.1) == pytest.approx([7.0, 7.0])  # the last that euros add to
    assert two_purchases(20.0, 0.1) == pytest.approx([20.0, 7.0])


def test_a_freeze_cuts_orders_but_units_are_spent_and_nobody_is_short_by_it() -> None:
    """Means of 70 EUR and 50 units cover orders of 120; no euro may be spent, every unit may."""
    firms = plant(accepts=True, at_hand=50.0)
    firms.end_slot = 2
    slots = recipe([0.0, 0.0], [0.5, 0.5], [2, 2])
    slots.order = 60.0
    slots.source[0] = 0
    purchases.restrain_by_seller(firms[0], slots, firms, 120.0, 70.0, 0.0)
    assert slots.order == pytest.approx([50.0, 0.0])
    assert firms.restraint[0] == pytest.approx(1.0)


def test_who_has_no_euros_shops_where_units_are_taken() -> None:
    items = ITEM.rows(21, price=1.0, committed=1.0, service=-1, need=-1, stored=-1)
    items.stands_in = items.replaced = items.format = -1
    items.service[:2] = [0, 1]
    items.service[2:] = 2
    home = one(households_table(), people=1.0, cash=8.0, units=8.0, at_hand=8.0)
    home.provider[:3] = [0, -1, -1]
    households.write_list(home, items, plant(accepts=True), rules_of(), calm_day())
    assert home.order[0] == pytest.approx(1.0)
    assert home.order[1:14] == pytest.approx(0.0)


def households_table() -> Any:
    from ressort.state import HOME

    return HOME


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"fee": 1.2}, "currency.fee: at most 0.5 is expected, not 1.2"),
        ({"placed_share": -0.1}, "currency.placed_share: at least 0 is expected, not -0.1"),
        ({"recipients": 4.0, "pledge_share": 0.0}, "currency: recipients: no output backs"),
        ({"clearing": True}, "currency: clearing: all is paid on delivery .* set invoice_days"),
        ({"invoice_days": 61}, "currency.invoice_days: at most 60 is expected, not 61"),
        ({"sinks": ["tramway"]}, "currency: sinks: 'tramway' is no branch"),
        ({"fees": 0.1}, "currency.fees: unknown key, did you mean 'fee'"),
    ],
)
def test_bad_settings_are_told_in_one_line(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        scenario(settings)
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------ ready-made scenarios
def test_preset_freeze_helps_members_and_run_ends_at_a_closed_window() -> None:
    """Both over the first days, in which all is decided."""
    freeze = check(load("currency-freeze").model_dump() | short("currency-freeze", 50))
    stage = Stage.of(freeze)
    economy = stage.economy(1)
    with_it, without = (run_arm(stage, 1, arm, economy=economy) for arm in (True, False))
    assert unmet(with_it) < unmet(without)
    ran = run_arm(
        Stage.of(check(load("currency-run").model_dump() | short("currency-run", 160))), 1, True
    )
    assert seen(ran, "halted").sum() > 0
    assert seen(ran, "coverage").min() < 0.6


def test_preset_tera_pays_less_than_it_plans_and_changes_no_shortage() -> None:
    tera = check(load("tera-abeille").model_dump() | short("tera-abeille", 61) | {"calm": {}})
    stage = Stage.of(tera)
    economy = stage.economy(1)
    with_it, without = (run_arm(stage, 1, arm, economy=economy) for arm in (True, False))
    assert unmet(with_it) == pytest.approx(unmet(without), rel=1e-3)
    assert 0.0 < seen(with_it, "income_paid_share")[-1] <= 1.0
    assert seen(with_it, "given").sum() > 0.0


def short(name: str, days: int) -> dict[str, Any]:
    content = load(name).model_dump()["run"]
    return {"run": content | {"days": days}}


def test_preset_cairn_changes_next_to_nothing() -> None:
    """At a realistic reach and with wallets of a hundredth of spending, neither good nor bad."""
    cairn = check(load("le-cairn").model_dump() | short("le-cairn", 50) | {"calm": {}})
    stage = Stage.of(cairn)
    economy = stage.economy(1)
    with_it, without = (run_arm(stage, 1, arm, economy=economy) for arm in (True, False))
    assert unmet(with_it) == pytest.approx(unmet(without), rel=2e-3)
    assert seen(with_it, "members_share")[-1] == pytest.approx(0.013, abs=1e-6)


def test_a_village_without_sellers_has_no_use_for_units() -> None:
    small = scenario(WIDE, territory={"name": VILLAGE}, run={"days": 40, "people_per_agent": 5.0})
    village, town = run_arm(Stage.of(small), 1, True, audit=True), run(WIDE)
    a_head = [seen(r, "mass")[9] / r.population for r in (village, town)]
    assert a_head[0] < 0.1 * a_head[1]


@pytest.mark.slow
def test_preset_eusko_has_the_flows_of_the_eusko_and_hardly_an_effect() -> None:
    """1.43 million EUR were changed in 2020; the share of spending changed was set by that."""
    eusko = check(load("eusko-reach").model_dump() | short("eusko-reach", 75))
    stage = Stage.of(eusko)
    economy = stage.economy(1)
    with_it, without = (run_arm(stage, 1, arm, economy=economy) for arm in (True, False))
    assert unmet(with_it) == pytest.approx(unmet(without), rel=1e-3)
    assert 0.7e6 < seen(with_it, "changed")[59] < 3.5e6
    assert 1000 < seen(with_it, "accepting")[-1] < 1500
