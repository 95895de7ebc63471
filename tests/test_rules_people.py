"""The rules of households and of work, on numbers worked out by hand, and for any numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rows import amount, calm_day, cheap, one, plant, rules_of

from ressort.goods import GOOD, ITEM
from ressort.rules import households
from ressort.rules import work as labour
from ressort.state import FLOWS, HOME, ITEMS, JOB, N_ITEMS, SCIC

purse = amount.map(lambda x: x / 50 - 100)  # EUR, overdrawn or not


# ---------------------------------------------------------------- households
def basket(**by_item: dict[str, float]) -> Any:
    """Return the table of items: nothing but what is given, each at a price of 1."""
    items = ITEM.rows(
        N_ITEMS, need=-1, stored=-1, service=-1, stands_in=-1, replaced=-1, price=1.0, cap=1.0
    )
    for name, columns in by_item.items():
        for column, value in columns.items():
            items[column][ITEMS.index(name)] = value
    return items


def test_what_a_household_requires() -> None:
    """3 persons at 4 EUR and 0.1 of 50 EUR: use 17; required 2.5 each of 4 for the need."""
    food = {"need": 1, "committed": 4.0, "variable": 0.1, "required": 2.5, "need_required": 4.0}
    items = basket(food=food, agri={"need": 1, "required": 1.5, "need_required": 4.0, "cap": 0.5})
    home = one(HOME, people=3.0, discretionary=50.0)
    bread, farm = items[ITEMS.index("food")], items[ITEMS.index("agri")]
    assert households.calm_use(home, bread) == pytest.approx(17.0)
    assert households.requirement(home, bread) == pytest.approx(7.5)
    assert households.need_requirement(home, items, bread) == pytest.approx(12.0)
    # Farm goods count up to their own 4.5, or half of the need: 6.
    assert households.counted_at_most(home, items, farm) == pytest.approx(6.0)
    assert households.counted_at_most(home, items, bread) == pytest.approx(12.0)
    items.current = True  # the basket `current` requires the use itself
    assert households.requirement(home, bread) == pytest.approx(17.0)


def test_spending_plan_works_off_unusual_cash() -> None:
    rules = rules_of(tax_rate=0.1, saving_rate=0.1, cash_adjust_days=50.0)
    home = one(HOME, income_expected=100.0, cash=1500.0, cash_target=1000.0)
    assert households.spending_plan(home, rules) == pytest.approx(80 + 500 / 50)
    home.cash = 0.0
    assert households.spending_plan(home, rules) == pytest.approx(80 - 1000 / 50)


@pytest.mark.parametrize(
    ("pantry", "hoard", "gap", "expected"),
    [
        (60.0, 0, 0.0, 20.0),  # full: the day's use
        (30.0, 0, 0.0, 35.0),  # half of the 30 that lack, in 2 days
        (60.0, 1, 0.0, 35.0),  # hoarding wants 90
        (200.0, 0, 0.0, 0.0),  # never less than nothing
        (60.0, 0, 5.0, 25.0),  # replaces the 5 that lacked
        (60.0, 0, 50.0, 32.0),  # at most 0.3 of the 40 required
    ],
)
def test_wanting_an_item(pantry: float, hoard: int, gap: float, expected: float) -> None:
    columns = {"need": 1, "committed": 20.0, "pantry_days": 3.0, "stored": 0, "stands_in": 0}
    items = basket(agri=columns | {"cap": 0.3, "need_required": 40.0})
    home = one(HOME, people=1.0, hoard=hoard)
    home.pantry[0], home.gap[0] = pantry, gap
    rules = rules_of(hoard_multiple=1.5, pantry_restock_days=2.0)
    item = items[ITEMS.index("agri")]
    assert households.wanted(home, items, item, rules) == pytest.approx(expected)


def test_the_purse_is_emptied_in_order_of_need() -> None:
    """Water 10, food 20 at a price of 2, then treats of 30: with 36 EUR food is cut, treats go."""
    items = basket(
        water={"committed": 10.0}, food={"committed": 20.0, "price": 2.0}, horeca={"variable": 1.0}
    )
    rules = rules_of(tax_rate=0.0, saving_rate=0.0, spending_boost=1.5)

    def bought(cash: float, income: float) -> tuple[float, ...]:
        home = one(HOME, people=1.0, discretionary=30.0, cash=cash, cash_target=cash)
        home.income_expected = income
        households.write_list(home, items, plant(), rules, calm_day())
        return tuple(float(home.order[ITEMS.index(i)]) for i in ("water", "food", "horeca"))

    assert bought(36.0, 80.0) == pytest.approx((10.0, 13.0, 0.0))
    assert bought(500.0, 80.0) == pytest.approx((10.0, 20.0, 30.0))
    assert bought(500.0, 65.0) == pytest.approx((10.0, 20.0, 15.0))  # the plan leaves half
    assert bought(500.0, 900.0) == pytest.approx((10.0, 20.0, 45.0))  # at most the boost
    assert bought(0.0, 80.0) == (0.0, 0.0, 0.0)


@cheap
@given(
    cash=amount.map(lambda x: x / 50 - 100), income=amount, hoard=st.integers(0, 7), pantry=amount
)
def test_no_one_orders_beyond_the_purse(
    cash: float, income: float, hoard: int, pantry: float
) -> None:
    items = basket(
        food={"committed": 20.0, "stored": 0, "pantry_days": 3.0, "price": 1.3},
        energy={"committed": 5.0},
        finance={"variable": 0.7, "price": 1.1},
    )
    home = one(HOME, people=2.0, discretionary=10.0, cash=cash, income_expected=income)
    home.hoard, home.pantry[0] = hoard, pantry
    households.write_list(home, items, plant(), rules_of(), calm_day())
    assert (home.order >= 0).all()
    assert (home.order * items.price).sum() <= max(0.0, cash) * (1 + 1e-12)


def test_a_low_pantry_is_stretched_to_what_is_required() -> None:
    """Use 10, required 6, 4 days kept: low under (0.5 x 4 + 1) x 10 = 30."""
    item = one(ITEM, committed=10.0, required=6.0, pantry_days=4.0, stored=0)
    for held, used in ((40.0, 10.0), (30.0, 10.0), (29.9, 6.0), (4.0, 4.0)):
        home = one(HOME, people=1.0)
        home.pantry[0] = held - 1.0
        assert households.use_pantry(home, item, 1.0, 0.5) == pytest.approx(used)
        assert home.pantry[0] == pytest.approx(held - used)


def test_needs_are_counted_by_person_and_never_above_full() -> None:
    items = basket(water={"need": 0, "need_required": 4.0}, food={"need": 1, "need_required": 10.0})
    home = one(HOME, people=2.0)
    home.met[0], home.met[1], home.unmet[1] = 8.0 * (1 - 1e-14), 15.0, 3.0
    households.note_needs(home, items)
    assert home.met[0] == 1.0  # rounding is not thirst
    assert home.met[1] == pytest.approx(0.75)
    assert home.unmet[:2] == pytest.approx([0.0, 3.0 + 2 * 0.25])


def test_saving_stops_when_the_purse_is_low() -> None:
    rules = rules_of(tax_rate=0.1, saving_rate=0.2, income_memory_days=10.0, partial_pay=0.5)
    day, flows = calm_day(), one(FLOWS)
    day.commuting = 0.5
    homes: Any = HOME.rows(
        2, income=40.0, transfers=10.0, outside_wage=40.0, ownership=[0.1, 0.1], cash_target=1000.0
    )
    homes.cash = [900.0, 700.0]
    labour.settle_households(homes, rules, day, flows, 200.0)
    # 40 + 10 + 40 x (0.5 + 0.5 x 0.5) + 20 = 100, less 10 of tax and 20 of saving.
    assert homes.income.tolist() == pytest.approx([100.0, 100.0])
    assert homes.cash.tolist() == pytest.approx([970.0, 790.0])
    assert homes.income_expected.tolist() == pytest.approx([10.0, 10.0])
    assert (flows.taxes, flows.saving) == (pytest.approx(-20.0), pytest.approx(-20.0))


# ---------------------------------------------------------------- work
def test_wages_follow_hours_and_the_state_pays_the_rest() -> None:
    """Half the output by all staff: half the hours; wages 100 and 50 (let go), 60 % net."""
    rules = rules_of(net_wage_share=0.6, partial_pay=0.8, unemployment_pay=0.5)
    firm = plant(production=40.0, staff=8.0, cash=30.0, end_job=3)
    jobs = JOB.rows(3, household=[0, 1, -1], posts=[4, 2, 4], wage=[100.0, 50.0, 20.0])
    jobs.held = [True, False, True]
    homes, flows = HOME.rows(2), one(FLOWS)
    labour.pay_wages(firm, jobs, homes, rules, flows)
    # Hours 40 / (100 x 0.8) = 0.5: due 60, paid 30.
    assert firm.cash[0] == pytest.approx(0.0)
    assert firm.short_days[0] == 1
    assert homes.income[0] == pytest.approx(25 * 0.6 + 100 * 0.6 * 0.8 * 0.5)
    assert homes.income[1] == pytest.approx(50 * 0.6 * 0.5)
    assert flows.commuters == pytest.approx(-5 * 0.6)
    assert flows.contributions == pytest.approx(-30 * 0.4)


def test_profits_repay_the_fund_first() -> None:
    goods = GOOD.rows(22, owners_local=0.25)
    firm, flows = plant(cash=150.0, cash_target=100.0, loan=10.0), one(FLOWS)
    scic = one(SCIC)
    assert labour.pay_profits(firm, goods, scic, flows) == pytest.approx(10.0)
    assert (firm.cash[0], firm.loan[0], scic.fund) == (100.0, 0.0, 10.0)
    assert flows.profits == pytest.approx(-30.0)


def test_layoffs_after_weeks_of_too_little_work() -> None:
    """Activity 0.4 against staff 1 x 0.8: after 3 days 10 x 0.4 / 0.8 = 5 stay; last rows go."""
    rules = rules_of(layoff_trigger=0.8, layoff_delay_days=3, activity_memory_days=1.0)
    firm = plant(production=40.0, end_job=4, demand_expected=40.0)
    jobs = JOB.rows(4, posts=[3.0, 3.0, 2.0, 2.0], held=1.0)
    for day in range(4):
        assert firm.staff[0] == 10.0, day
        labour.adjust_staff(firm, jobs, rules)
    # 2, 2 and one of the 3.
    assert jobs.held.tolist() == pytest.approx([1.0, 2 / 3, 0.0, 0.0])
    assert (firm.staff[0], firm.slack_days[0]) == (5.0, 0)


def test_recalls_are_earned_a_share_a_day() -> None:
    """0.2 of 10 jobs a day after 2 days of wanting: two come back a day, the last alone."""
    rules = rules_of(hire_delay_days=2, hire_rate=0.2, activity_memory_days=1.0)
    firm = plant(production=30.0, staff=3.0, end_job=3)
    jobs = JOB.rows(3, posts=[3.0, 3.0, 4.0], held=[1.0, 0.0, 0.0])
    staff = []
    for _ in range(7):
        firm.production = 10.0 * firm.staff  # all work all their hours
        labour.adjust_staff(firm, jobs, rules)
        staff.append(float(firm.staff[0]))
        assert (jobs.held * jobs.posts).sum() == pytest.approx(firm.staff[0])
    assert staff == [3, 3, 5, 7, 9, 10, 10]
    assert firm.vacancy[0] == 0.0  # full: what was earned and not used lapses
    assert jobs.held.tolist() == pytest.approx([1.0, 1.0, 1.0])


ROWS = ([1.0] * 10, [2.5] * 4, [9.0, 1.0], [0.4] * 25, [10.0])


def test_how_many_jobs_go_does_not_hang_on_the_rows() -> None:
    """A lull and an upturn: the same staff every day, whatever a row stands for; wages follow."""
    rules = rules_of(layoff_delay_days=5, hire_delay_days=3, hire_rate=0.07)
    paths, paid = [], []
    for posts in ROWS:
        firm = plant(end_job=len(posts), cash=1e6)
        jobs = JOB.rows(len(posts), household=0, posts=posts, wage=[10 * p for p in posts])
        jobs.held, staff, wages = 1.0, [], []
        for day in range(150):
            demand = 33.0 if day < 40 else 100.0
            firm.demand_expected = demand
            firm.production = min(demand, 10.0 * firm.staff[0])
            homes: Any = HOME.rows(1)
            labour.pay_wages(firm, jobs, homes, rules, one(FLOWS))
            labour.adjust_staff(firm, jobs, rules)
            staff.append(float(firm.staff[0]))
            wages.append(float(homes.income[0]))
            assert (jobs.held * jobs.posts).sum() == pytest.approx(firm.staff[0])
        paths.append(staff)
        paid.append(wages)
    assert min(paths[0]) < 6
    assert paths[0][-1] == 10
    for staff, wages in zip(paths, paid, strict=True):
        assert staff == paths[0]
        assert wages == pytest.approx(paid[0])


@cheap
@given(staff=st.integers(0, 12), needed=st.floats(0.0, 14.0))
def test_with_a_row_for_each_job_rows_end_one_by_one(staff: int, needed: float) -> None:
    """The plain rule: from the last row on, a job ends if what is left is enough."""
    jobs, left = JOB.rows(12, posts=1.0), staff
    jobs.held[:staff] = 1.0
    expected = jobs.held.copy()
    for j in reversed(range(12)):
        if expected[j] and left - 1 >= needed:
            expected[j], left = 0.0, left - 1
    firm = plant(jobs=12.0, staff=float(staff), end_job=12)
    labour.lay_off(firm[0], jobs, needed)
    assert (jobs.held == expected).all()
    assert firm.staff[0] == left


@cheap
@given(staff=st.integers(0, 12), wanted=st.floats(0.0, 12.0), vacancy=st.floats(0.0, 5.0))
def test_with_a_row_for_each_job_rows_fill_one_by_one(
    staff: int, wanted: float, vacancy: float
) -> None:
    """The plain rule: from the first row on, a job is filled if it is earned and wanted."""
    jobs, has, earned = JOB.rows(12, posts=1.0), staff, vacancy
    jobs.held[12 - staff :] = 1.0
    expected = jobs.held.copy()
    for j in range(12):
        if has + 0.5 < wanted and not expected[j] and earned >= 1:
            expected[j], has, earned = 1.0, has + 1, earned - 1
    firm = plant(jobs=12.0, staff=float(staff), end_job=12, vacancy=vacancy)
    labour.recall(firm[0], jobs, wanted)
    assert (jobs.held == expected).all()
    assert firm.staff[0] == has
    assert firm.vacancy[0] == (0.0 if has + 0.5 >= wanted else earned)
