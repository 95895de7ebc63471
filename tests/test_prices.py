"""Scarcity prices ration by money and pay sellers; smoothing them (E5) costs members."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.rows import rules_of
from tests.worlds import BOURG, live, place_of

from ressort.day import PHASES, live_one_day
from ressort.errors import InputError
from ressort.measures.price_smoothing import PriceSmoothing
from ressort.parameters import Behaviour
from ressort.rules.prices import next_premium
from ressort.scenario import check
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.state import NO_SHOP
from ressort.world import Rules, World, build_world

CUT = Shock("import_cut", 5, 40, depth=0.5)
MEMBERS = {
    "member_share": 1.0,
    "member_household_share": 1.0,
    "scic_hazard": 0.0,
    "scic_wage": 0.0,
}
BARE = Cooperation(pool=False, register=False, fund=False)
DAYS = 45


def bourg(
    prices: str = "scarcity", seed: int = 1, pass_through: float | None = None, **changes: Any
) -> World:
    rules = Rules(Behaviour(MEMBERS | changes), prices=prices)
    smooth = () if pass_through is None else (smoothing(pass_through),)
    return build_world(place_of(BOURG), rules, seed, 4.0, (CUT,), BARE, None, smooth)


def smoothing(pass_through: float) -> PriceSmoothing:
    return PriceSmoothing({"pass_through": pass_through, "from_year": 0.0})


def in_the_cut(days: int = 20, **how: Any) -> World:
    world = bourg(**how)
    for _ in range(days):
        live_one_day(world)
    return world


@cache
def lived(prices: str, seed: int, pass_through: float | None = None) -> dict[str, Any]:
    """Return what 45 days give; accounts close every day."""
    world = bourg(prices, seed, pass_through)
    owners = world.state.homes.budget_calm / world.state.homes.people
    poor = owners <= np.quantile(owners, 0.1)
    early = live(world, 20)
    unmet = world.state.homes.unmet.sum(axis=1)
    found = {"poor_early": float(unmet[poor].sum()), "early": float(unmet.sum()), "world": world}
    late = live(world, DAYS - 20)
    unmet = world.state.homes.unmet.sum(axis=1)
    found |= {"poor": float(unmet[poor].sum()), "all": float(unmet.sum())}
    found["firm_cash"] = np.concatenate([early["firm_cash"], late["firm_cash"]])
    return found


def test_the_premium_rises_towards_its_ceiling_and_falls_back() -> None:
    rules = rules_of(price_rise=0.2, price_fall=0.1, price_ceiling=2.0)
    premium = 0.0
    for day in range(1, 6):
        premium = next_premium(premium, 0.5, rules)
        assert premium == pytest.approx(2.0 * (1.0 - 0.9**day))
    high = premium
    for day in range(1, 6):
        premium = next_premium(premium, 0.0, rules)
        assert premium == pytest.approx(high * 0.9**day)


def test_households_pay_what_sellers_get() -> None:
    """On one day, money that changes hands on top of base prices is the sum of premiums."""
    world = in_the_cut()
    firms = world.state.firms
    for phase in PHASES[:7]:
        phase.run(world)
    other = in_the_cut()
    for phase in PHASES[:7]:
        phase.run(other)
    other.state.firms.premium = 0.0  # after orders were written: the same goods, at base prices
    for each in (world, other):
        PHASES[7].run(each)
    paid = float((firms.premium * firms.dear_sales).sum())
    assert PHASES[7].name == "consume"
    assert paid > 0.0
    homes, base = world.state.homes, other.state.homes
    np.testing.assert_allclose(homes.pantry, base.pantry)
    assert base.cash.sum() - homes.cash.sum() == pytest.approx(paid)
    gained = firms.cash - other.state.firms.cash
    np.testing.assert_allclose(gained, firms.premium * firms.dear_sales, rtol=1e-6, atol=1e-6)


def test_premiums_follow_each_seller_s_own_lack() -> None:
    world = in_the_cut(days=39)
    before = world.state.firms.premium.copy()
    live_one_day(world)
    firms = world.state.firms
    makers = (firms.format == NO_SHOP) & firms.alive & (firms.orders.sum(axis=1) > 0.0)
    lacks = makers & (firms.served.min(axis=1) < 0.99)
    serves = makers & (firms.served.min(axis=1) == 1.0)
    assert lacks.any()
    assert (firms.premium[lacks] > before[lacks]).all()
    assert (firms.premium[serves] <= before[serves]).all()
    assert float(firms.premium.max()) <= world.rules.behaviour.price_ceiling


def test_dear_goods_are_cut_first_from_the_lists_of_those_without_money() -> None:
    """The same morning, dearer: who has cash buys what it needs, who has none cuts."""
    lists = []
    for premium in (0.0, 0.5):
        world = bourg()
        homes, firms = world.state.homes, world.state.firms
        half = np.arange(len(homes)) % 2 == 0
        homes.cash[half] = 0.7 * homes.budget_calm[half]  # less than a day's purchases
        firms.premium = premium
        for phase in PHASES[:5]:
            phase.run(world)
        lists.append(homes.order.copy())
    protected = [lists[k][:, 1] for k in (0, 1)]  # food
    late = [lists[k][:, 6:14].sum(axis=1) for k in (0, 1)]  # the last of what must be
    np.testing.assert_array_equal(protected[1][~half], protected[0][~half])
    np.testing.assert_array_equal(late[1][~half], late[0][~half])
    assert late[1][half].sum() < 0.9 * late[0][half].sum()


def test_passing_on_all_is_no_smoothing_and_passing_on_nothing_is_base_prices() -> None:
    full, fixed = lived("scarcity", 1, 1.0), lived("fixed", 1)
    assert full["all"] == lived("scarcity", 1)["all"]
    np.testing.assert_array_equal(full["firm_cash"], lived("scarcity", 1)["firm_cash"])
    world = in_the_cut(pass_through=0.0)
    seen = world.measures[0].observed
    firms = world.state.firms
    outsiders = firms.premium * firms.dear_sales * (1.0 - firms.held_back)
    assert seen["forgone"] > 0.0
    assert seen["premiums_paid"] == pytest.approx(float(outsiders.sum()))
    # Nobody runs out of money here: premiums move money, not needs.
    assert full["all"] == pytest.approx(fixed["all"], rel=1e-3)
    assert full["poor"] == pytest.approx(fixed["poor"], rel=1e-3)
    assert fixed["world"].state.firms.premium.max() == 0.0


def test_smoothing_with_fixed_prices_is_refused() -> None:
    content = {"territory": {"name": BOURG}, "cooperation": {"price_smoothing": {}}}
    with pytest.raises(InputError, match=r"cooperation.price_smoothing: .*run.prices"):
        check(content)
    allowed = check(content | {"run": {"prices": "scarcity"}})
    assert [m.mechanism for m in allowed.measures()] == ["E5"]
    assert allowed.rules().prices == "scarcity"
    no_scic = content | {"run": {"prices": "scarcity"}}
    no_scic["cooperation"] = {"scic": False, "price_smoothing": {}}
    with pytest.raises(InputError, match=r"cooperation.price_smoothing: .*no SCIC"):
        check(no_scic)
