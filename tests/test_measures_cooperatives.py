"""Cooperatives: hours and wages rather than jobs in a slump (E8); indivisible reserves (E9)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.worlds import TOWN

from ressort.errors import InputError
from ressort.goods import GOOD, ProductionFunction, Rationing
from ressort.indicators import NAMES as INDICATORS
from ressort.measures import COOPERATION
from ressort.measures.cooperatives import draw_cooperatives
from ressort.parameters import Behaviour
from ressort.rules import firms as closing
from ressort.rules import work
from ressort.scenario import check
from ressort.settings import settings_record
from ressort.simulation import Run, simulate
from ressort.state import FIRM, FLOWS, HOME, JOB, SCIC, SLOT

POOR = {"firm_cash_days": 10.0, "firm_credit_days": 0.0}  # few close with the usual cash
SLUMP = [
    {"kind": "demand_loss", "start_day": 5, "days": 90, "depth": 0.6},
    {"kind": "export_loss", "start_day": 5, "days": 90, "depth": 0.6},
]
CUT = [{"kind": "import_cut", "start_day": 5, "days": 120}]
ISOLATION = [{"kind": "isolation", "start_day": 5, "days": 120}]
FREEZE = [{"kind": "payment_freeze", "start_day": 5, "days": 60, "depth": 0.9}]
SHOCKS = {"slump": SLUMP, "cut": CUT, "isolation": ISOLATION, "freeze": FREEZE}
NAMES = ("employment_smoothing", "indivisible_reserves")


@cache
def lived(
    name: str | None, shock: str, seed: int = 1, days: int = 160, years: int = 0, **more: Any
) -> Run:
    """A run at Issoire in which half of the firms are cooperatives, or none."""
    poor = more.pop("poor", 0.0)
    content: dict[str, Any] = {
        "territory": {"name": TOWN},
        "run": {"days": days, "people_per_agent": 40.0},
        "calm": {"years": years},
        "shocks": SHOCKS[shock],
        "cooperation": {"scic": False},
        "parameters": POOR | {"firm_cash_days": poor} if poor else {},
    }
    if name:
        content["cooperation"][name] = {"member_share": 0.5} | more
    return simulate(check(content), seed, audit=True)


def smoothing(shock: str, seed: int = 1, **more: Any) -> Run:
    return lived("employment_smoothing", shock, seed, **more)


def reserves(shock: str, **more: Any) -> Run:
    return lived("indivisible_reserves", shock, years=1, **more)


def seen(run: Run, what: str) -> pd.Series:
    (name,) = (m.name for m in run.model.world.measures)
    return run.measures[f"{name}.{what}"]


def one(table: Any, **columns: Any) -> Any:
    return table.rows(1, **columns)


def rules_of(**changes: Any) -> Any:
    return settings_record(Behaviour(changes), ProductionFunction.HALF, Rationing.PROPORTIONAL)


# ---------------------------------------------------------------- what both have in common
@pytest.mark.parametrize("name", NAMES)
def test_a_measure_to_come_changes_nothing(name: str) -> None:
    later = lived(name, "slump", days=60, from_year=0.164)
    bare = lived(None, "slump", days=60)
    assert later.series.indicators.tobytes() == bare.series.indicators.tobytes()


def test_mechanisms_are_named() -> None:
    found = {m.name: m.mechanism for m in COOPERATION if m.mechanism}
    assert {"ptce": "E7", "employment_smoothing": "E8", "indivisible_reserves": "E9"}.items() <= (
        found.items()
    )


def test_more_cooperatives_are_added_to_fewer_and_administrations_are_none() -> None:
    world = lived(None, "slump", days=60).model.world
    few, many, all_ = (draw_cooperatives(world, share) for share in (0.1, 0.5, 1.0))
    assert 0 < few.sum() < many.sum() < all_.sum() < len(all_)
    assert (few <= many).all()


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [(NAMES[0], "wage_flexibility", 1.5), (NAMES[1], "hazard_ratio", -0.1)],
)
def test_bad_settings_are_told_by_their_key(name: str, key: str, value: float) -> None:
    with pytest.raises(InputError, match=f"cooperation.{name}.{key}: at (least|most)"):
        check({"territory": {"name": TOWN}, "cooperation": {name: {key: value}}})


# ---------------------------------------------------------------- hours rather than jobs: E8
def test_a_cooperative_pays_a_part_of_lost_hours_and_the_state_for_the_rest() -> None:
    """Hours 0.5, a part of 0.4 guaranteed: 0.5 + 0.4 x 0.5 = 0.7 of wages, benefits on 0.3."""
    rules = rules_of(net_wage_share=0.5, partial_pay=0.6)
    firm = one(FIRM, alive=True, output_calm=100.0, production=50.0, jobs=10.0, staff=10.0)
    firm.cash, firm.end_job, firm.restraint, firm.guaranteed = 1e3, 1, 1.0, 0.4
    jobs = one(JOB, posts=10.0, wage=100.0, held=1.0)
    homes, flows = one(HOME), one(FLOWS)[0]
    work.pay_wages(firm, jobs, homes, rules, flows)
    assert firm.cash[0] == pytest.approx(1e3 - 70.0)
    assert flows.jobless_pay == pytest.approx(100.0 * 0.5 * 0.6 * 0.3)
    assert homes.income[0] == pytest.approx(0.5 * 70.0 + flows.jobless_pay)


@pytest.mark.parametrize("keeps", [True, False])
def test_nobody_is_laid_off_by_who_keeps_jobs(keeps: bool) -> None:
    rules = rules_of(layoff_trigger=0.8, layoff_delay_days=3, activity_memory_days=1.0)
    firm = one(FIRM, alive=True, output_calm=100.0, production=40.0, jobs=10.0, staff=10.0)
    firm.end_job, firm.keeps_jobs, firm.activity = 1, keeps, 1.0
    jobs = one(JOB, posts=10.0, wage=100.0, held=1.0)
    for _ in range(6):
        work.adjust_staff(firm, jobs, rules)
    assert firm.staff[0] == (10.0 if keeps else 5.0)
    firm.keeps_jobs = False  # cash is gone: no further term of notice
    work.adjust_staff(firm, jobs, rules)
    assert firm.staff[0] == 5.0


def jobs_by_group(run: Run, members: np.ndarray) -> tuple[float, float]:
    firms = run.model.world.state.firms
    return float(firms.staff[members].sum()), float(firms.staff[~members].sum())


@pytest.mark.parametrize("seed", [1, 2])
def test_cooperatives_keep_jobs_in_a_slump_and_are_back_sooner(seed: int) -> None:
    """Direction of E8. Others neither gain nor lose many jobs."""
    bare, kept = lived(None, "slump", seed), smoothing("slump", seed)
    assert seen(kept, "jobs_members").min() == seen(kept, "jobs_members").max()
    jobs = [run.daily["jobs_held"] for run in (bare, kept)]
    assert jobs[1].iloc[60:].min() > jobs[0].iloc[60:].min() + 300.0
    after = [run.daily["output"].iloc[96:130].mean() for run in (bare, kept)]
    assert after[1] > 1.02 * after[0]
    (members, others), (_, same) = (
        jobs_by_group(run, kept.model.world.measures[0].members)  # type: ignore[attr-defined]
        for run in (kept, bare)
    )
    assert members > 0.0
    assert others == pytest.approx(same, rel=0.05)


def test_pay_for_lost_hours_drains_the_cash_of_cooperatives_and_not_their_flexible_pay() -> None:
    """Who pays: the firms, with what they would have paid to owners or kept; the state pays less.

    At full flexibility pay falls with hours and nothing is drained.
    """
    runs = {share: smoothing("slump", wage_flexibility=share) for share in (0.3, 0.7, 1.0)}
    spent = [seen(run, "pay_for_lost_hours").sum() for run in runs.values()]
    assert spent[0] > 2.0 * spent[1] > 0.0 == spent[2]
    slump = slice(5, 95)
    cash = [run.daily["firm_cash"].iloc[slump].mean() for run in runs.values()]
    assert cash[0] < cash[1] < cash[2]


def test_rigid_pay_in_isolation_leaves_needs_worse_met_than_layoffs() -> None:
    """Where it hurts: cash goes to idle hours, then jobs go anyway, and inputs cannot be paid."""
    bare, rigid, flexible = (
        lived(None, "isolation", days=300),
        smoothing("isolation", days=300, wage_flexibility=0.3),
        smoothing("isolation", days=300, wage_flexibility=0.7),
    )
    unmet = [run.metrics["m4_unmet_person_days"] for run in (flexible, bare, rigid)]
    assert unmet[0] < unmet[1] < unmet[2]
    assert rigid.daily["firm_cash"].min() < bare.daily["firm_cash"].min()


def test_members_who_wait_for_pay_keep_dead_firms_open_longer() -> None:
    """Direction of E8: a slower exit; with it, fewer exits in a cut that ends."""
    closed = [
        smoothing("cut", days=200, poor=10.0, patience_days=days).daily["closed"].to_numpy()
        for days in (0, 60)
    ]
    assert 0 < closed[1].sum() < closed[0].sum()
    first = [int(c.argmax()) for c in (c > 0 for c in closed)]
    assert first[1] >= first[0]


# ---------------------------------------------------------------- indivisible reserves: E9
def test_a_share_of_profits_stays_until_the_reserve_is_full() -> None:
    """Cash 200, target 100, loan 10: 0.5 of 90 stays, 45 is paid; with room for 20, 70 is paid."""
    goods = GOOD.rows(22, owners_local=1.0)
    for room, kept in ((1e9, 45.0), (20.0, 20.0)):
        firm = one(FIRM, alive=True, cash=200.0, cash_target=100.0, loan=10.0, reserve_share=0.5)
        firm.reserve_most = room
        paid = work.pay_profits(firm, goods, one(SCIC)[0], one(FLOWS)[0])
        assert paid == pytest.approx(90.0 - kept)
        assert firm.cash[0] == pytest.approx(100.0 + kept)
        assert firm.reserve[0] == pytest.approx(kept)
        # What was kept is paid to nobody tomorrow either.
        assert work.pay_profits(firm, goods, one(SCIC)[0], one(FLOWS)[0]) == 0.0


def test_less_equity_means_slower_hiring_and_founding() -> None:
    rules = rules_of(entry_delay_days=10.0)
    slots, jobs, flows = SLOT.rows(0), JOB.rows(0), one(FLOWS)[0]
    opened = []
    for luck in (0.049, 0.051):
        firm = one(FIRM, less_equity=0.5)
        opened.append(closing.close_and_open(firm, slots, jobs, rules, flows, np.array([luck]))[1])
    assert opened == [1, 0]
    earned = []
    for less in (0.0, 0.5):
        firm = one(FIRM, alive=True, output_calm=1.0, production=0.5, jobs=10.0, staff=5.0)
        firm.activity, firm.demand_expected, firm.want_days = 0.5, 1.0, 99
        firm.less_equity = less
        work.adjust_staff(firm, JOB.rows(0), rules_of(hire_rate=0.02))
        earned.append(float(firm.vacancy[0]))
    assert earned == pytest.approx([0.2, 0.1])


def test_owners_pay_for_reserves_in_calm_years_and_no_longer_once_they_are_full() -> None:
    """Residents have less by as much as firms do not pay to them; a small reserve is soon full."""
    runs = (reserves("freeze", reserve_share=r, reserve_days=5.0, days=10) for r in (0.0, 0.45))
    none, some = (
        pd.DataFrame(run.reference_series.indicators[:365], columns=INDICATORS) for run in runs
    )
    gained = (some.firm_cash - none.firm_cash).to_numpy()
    lacked = (none.household_cash - some.household_cash).to_numpy()
    assert gained[29] > 1e6
    assert gained[364] - gained[335] < 0.1 * gained[29]
    assert 0.0 < lacked[29] < gained[29]
    assert lacked[364] < lacked.max()  # incomes are back, and so are savings


def test_a_ratio_alone_is_weaker_than_it_says_and_reserves_alone_stronger() -> None:
    """Emergent hazard of closing, firms with little cash, a cut of imports after a calm year.

    Whom creditors spare once they may close another time; a reserve of two months of payments saves
    nearly all. So what the hazard falls to in this model is put in by neither alone.
    """
    off = {"reserve_share": 0.0, "less_equity": 0.0, "hazard_ratio": 1.0}
    cases = {
        "neither": off,
        "ratio": off | {"hazard_ratio": 0.7},
        "reserves": off | {"reserve_share": 0.45},
    }
    runs = {k: reserves("cut", poor=10.0, days=200, **v) for k, v in cases.items()}
    hazard = {k: float(seen(run, "hazard_members").iloc[-1]) for k, run in runs.items()}
    others = {k: float(seen(run, "hazard_others").iloc[-1]) for k, run in runs.items()}
    assert 0.7 < hazard["ratio"] / hazard["neither"] < 1.0
    assert hazard["reserves"] < 0.2 * hazard["neither"]
    assert others["ratio"] == pytest.approx(others["neither"], rel=0.1)
    assert seen(runs["neither"], "spared").iloc[-1] == 0.0 < seen(runs["ratio"], "spared").iloc[-1]
    assert seen(runs["reserves"], "reserves").max() > 1e6


def test_less_equity_makes_members_come_back_later_and_reserves_do_nothing_for_hands() -> None:
    """Where it hurts: after a slump that closes nobody, members hire more slowly."""
    same = {"hazard_ratio": 1.0, "days": 200}
    slow, fast = (reserves("slump", less_equity=share, **same) for share in (0.5, 0.0))
    after = [run.daily["jobs_held"].iloc[-100:].mean() for run in (slow, fast)]
    assert after[0] < after[1]


def test_in_a_freeze_of_payments_reserves_of_members_spare_others_too() -> None:
    """Members who have cash pay their suppliers; what is put in by the ratio is switched off."""
    same = {"less_equity": 0.0, "hazard_ratio": 1.0, "poor": 4.0, "days": 200}
    none, some = (reserves("freeze", reserve_share=share, **same) for share in (0.0, 0.45))
    for group in ("closed_members", "closed_others"):
        assert seen(some, group).iloc[-1] < seen(none, group).iloc[-1]
