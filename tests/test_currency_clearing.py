"""Invoices among accepting producers, their clearing, and mutual credit (E2)."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from tests.currencies import CUT, FREE, FREEZE, measure_of, run, seen, unmet, world_of
from tests.rows import cheap
from tests.worlds import ROOT

from ressort.day import PHASES, live_one_day
from ressort.errors import LedgerError
from ressort.ledger import Ledger
from ressort.measures.currency.clearing import cleared, net_debt
from ressort.measures.currency.invoices import Invoices
from ressort.simulation import Run
from ressort.world import World

ALL_ACCEPT: dict[str, Any] = FREE | {"adoption": 0.3, "firm_share": 1.0}
TERMS = {"invoice_days": 30}
NETTED = TERMS | {"clearing": True, "clearing_days": 7}
CREDIT = {"credit_days": 15.0}
ARMS: dict[str, dict[str, Any]] = {
    "on delivery": {},
    "invoices": TERMS,
    "clearing": NETTED,
    "clearing and credit": NETTED | CREDIT,
}


# ------------------------------------------------------------------ netting
def debts(*triples: tuple[int, int, float]) -> tuple[Any, Any, Any, int]:
    """Return debtors, creditors, amounts and the count of members."""
    debtor, creditor, amount = (np.array(column) for column in zip(*triples, strict=True))
    return debtor, creditor, amount.astype(float), int(max(debtor.max(), creditor.max())) + 1


def test_a_triangle_clears_by_its_least_debt_and_who_only_sells_by_nothing() -> None:
    triangle = debts((0, 1, 10.0), (1, 2, 5.0), (2, 0, 8.0), (0, 3, 7.0))
    assert cleared(*triangle) == pytest.approx([5.0, 5.0, 5.0, 0.0])


def test_two_cycles_share_the_debt_that_both_need() -> None:
    """Of the 10 owed by 0 to 1, 6 come back over 2 and the rest of 7 over 3."""
    flow = cleared(*debts((0, 1, 10.0), (1, 2, 6.0), (2, 0, 6.0), (1, 3, 7.0), (3, 0, 7.0)))
    assert flow[0] == pytest.approx(10.0)
    assert flow.sum() == pytest.approx(30.0)
    assert flow[1] == pytest.approx(flow[2])
    assert flow[3] == pytest.approx(flow[4])


def test_a_chain_clears_only_as_far_as_credit_goes() -> None:
    """A line at the head of the chain and room at its end pay all of it, 3 at a time."""
    chain = debts((0, 1, 5.0), (1, 2, 4.0))
    assert cleared(*chain) == pytest.approx([0.0, 0.0])
    head, end = np.array([3.0, 0.0, 0.0]), np.array([0.0, 0.0, 9.0])
    assert cleared(*chain, head, end) == pytest.approx([3.0, 3.0])
    assert cleared(*chain, head, np.zeros(3)) == pytest.approx([0.0, 0.0])
    assert cleared(*chain, 9.0 * np.ones(3), 9.0 * np.ones(3)) == pytest.approx([5.0, 4.0])


def test_nothing_owed_clears_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert len(cleared(none, none, np.zeros(0), 4)) == 0
    assert cleared(np.array([0]), np.array([1]), np.zeros(1), 2) == pytest.approx([0.0])


graphs = st.integers(2, 7).flatmap(
    lambda n: st.dictionaries(
        st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1]),
        st.integers(0, 1000),
        min_size=1,
        max_size=25,
    )
)


def net_positions(graph: Any, amount: Any) -> Any:
    debtor, creditor, _, count = graph
    owed = np.bincount(creditor, weights=amount, minlength=count)
    return owed - np.bincount(debtor, weights=amount, minlength=count)


@cheap
@given(graphs)
def test_netting_raises_no_debt_keeps_net_positions_and_leaves_no_cycle(found: Any) -> None:
    graph = debts(*((a, b, float(x)) for (a, b), x in found.items()))
    debtor, creditor, amount, count = graph
    left = amount - cleared(*graph)
    assert (left >= 0.0).all()
    assert (left <= amount).all()
    assert net_positions(graph, left) == pytest.approx(net_positions(graph, amount), abs=1e-6)
    assert net_debt(debtor, creditor, left, count) == pytest.approx(net_debt(*graph), abs=1e-6)
    some = left > 1e-6
    rest = coo_array((left[some], (debtor[some], creditor[some])), shape=(count, count))
    assert connected_components(rest, connection="strong")[0] == count


@cheap
@given(graphs, st.lists(st.integers(0, 500), min_size=14, max_size=14))
def test_credit_moves_net_positions_within_its_lines_and_clears_no_less(
    found: Any, lines: list[int]
) -> None:
    graph = debts(*((a, b, float(x)) for (a, b), x in found.items()))
    amount, count = graph[2], graph[3]
    gives, takes = np.array(lines[:7][:count], float), np.array(lines[7:][:count], float)
    flow = cleared(*graph, gives, takes)
    assert (flow >= 0.0).all()
    assert (flow <= amount).all()
    moved = -net_positions(graph, flow)
    assert (moved <= gives + 1e-6).all()
    assert (-moved <= takes + 1e-6).all()
    assert flow.sum() >= cleared(*graph).sum() - 1e-6


def test_the_same_debts_clear_to_the_same_bits() -> None:
    """Many largest circulations may exist; the one that is found is always the same."""
    rng = np.random.default_rng(3)
    graph = debts(*((i, int(j), 1.0) for i in range(60) for j in rng.integers(0, 60, 8) if i != j))
    first = cleared(*graph)
    assert first.sum() > 0.0
    for _ in range(3):
        cleared(*debts((0, 1, 2.0), (1, 0, 3.0)))
        assert cleared(*graph).tobytes() == first.tobytes()


# ------------------------------------------------------------------ the books
def books_of(*bills: tuple[int, int, float, int]) -> Invoices:
    """Return books of four producers, with terms of five days."""
    books = Invoices(4, 5)
    for buyer, seller, amount, day in bills:
        books.add(np.array([buyer]), np.array([seller]), np.array([amount]), day)
    return books


def test_an_invoice_falls_due_after_its_term_and_a_late_payer_gets_no_more() -> None:
    books = books_of((0, 1, 10.0, 0), (0, 1, 20.0, 1), (2, 3, 7.0, 0))
    for day in range(1, 5):
        books.fall_due(day, patience=0)
        # Terms are of five days: what was bought on day 1 is asked for on day 6.
        assert books.due.sum() == pytest.approx(0.0 if day > 1 else 20.0)
        if day == 1:
            books.settle_due(np.ones(2))
    books.fall_due(5, patience=0)
    assert books.due == pytest.approx([10.0, 7.0])
    assert not len(books.refused)
    books.settle_due(np.array([0.5, 1.0]))
    assert books.owes[:4] == pytest.approx([5.0, 0.0, 0.0, 0.0])
    books.fall_due(6, patience=1)
    assert not len(books.refused)
    books.fall_due(7, patience=1)
    assert books.refused == pytest.approx(books.pairs[:1])
    assert books.gaps() == pytest.approx((0.0, 0.0), abs=1e-12)


def test_what_falls_due_first_is_struck_first() -> None:
    books = books_of((0, 1, 10.0, 3), (0, 1, 20.0, 4), (0, 1, 40.0, 0))
    struck = books.strike(np.array([35.0]), tick=3)
    assert struck == pytest.approx([35.0])
    assert books.pending[:, 0] == pytest.approx([35.0, 0.0, 0.0, 0.0, 0.0])
    assert books.owed[1] == pytest.approx(35.0)
    assert books.gaps() == pytest.approx((0.0, 0.0), abs=1e-12)


def test_what_is_owed_to_the_closed_is_owed_to_their_liquidator() -> None:
    books = books_of((0, 1, 10.0, 0), (0, 2, 20.0, 1), (3, 1, 5.0, 1))
    books.hand_over(np.array([False, True, True, False, False]))
    assert books.owed == pytest.approx([0.0, 0.0, 0.0, 0.0, 35.0])
    assert books.owes == pytest.approx([30.0, 0.0, 0.0, 5.0, 0.0])
    assert books.gaps() == pytest.approx((0.0, 0.0), abs=1e-12)


# ------------------------------------------------------------------ days with invoices
def lived(days: int, currency: dict[str, Any]) -> World:
    world = world_of(currency)
    ledger = Ledger.open(world)
    for _ in range(days):
        live_one_day(world)
        ledger.audit(world)
    return world


def books(world: World) -> Invoices:
    found = measure_of(world).invoices
    assert found is not None
    return found


def test_buyers_keep_their_euros_until_invoices_fall_due() -> None:
    """Terms of four days from the first day on: on the fifth what was bought on the first is paid.

    What buyers do not pay yet is a surplus, and goes to their owners; sellers go without.
    """
    world = lived(4, ALL_ACCEPT | {"invoice_days": 4, "ready": False})
    plain = lived(4, ALL_ACCEPT | {"ready": False})
    owed = books(world)
    of_a_day = owed.pending.sum(axis=1)
    assert of_a_day == pytest.approx(np.full(4, of_a_day[0]), rel=0.1)
    live_one_day(world)
    assert owed.due.sum() == pytest.approx(0.0, abs=1e-3 * of_a_day[0])
    assert owed.owes.sum() == pytest.approx(of_a_day.sum(), rel=0.1)
    live_one_day(plain)
    of_sellers = owed.owed[:-1] > 2.0 * owed.owes[:-1]
    cash = [w.state.firms.cash for w in (world, plain)]
    assert cash[0][of_sellers].sum() < cash[1][of_sellers].sum() - 0.1 * owed.owed.sum()
    assert cash[0][~of_sellers] == pytest.approx(cash[1][~of_sellers], rel=1e-6, abs=1.0)


def test_a_wrong_table_is_found_by_the_audit() -> None:
    world = world_of(ALL_ACCEPT | TERMS)
    ledger = Ledger.open(world)
    live_one_day(world)
    ledger.audit(world)
    books(world).pending[3, 0] += 1.0
    with pytest.raises(LedgerError, match="invoices of currency"):
        ledger.audit(world)


def test_terms_that_have_always_been_change_no_calm_day() -> None:
    """What falls due in a day is what is bought in it: output is the same to a millionth."""
    paid, billed = run(ALL_ACCEPT, 1), run(ALL_ACCEPT | TERMS, 1)
    output = [r.daily["output"].to_numpy()[:10] for r in (billed, paid)]
    assert output[0] == pytest.approx(output[1], rel=1e-6)
    assert seen(billed, "payable")[9] == pytest.approx(30.0 * seen(billed, "invoiced")[9], rel=1e-2)


def test_terms_that_begin_take_euros_from_sellers_first() -> None:
    """S34: for sixty days nobody pays sellers; those without euros then give no more terms."""
    began = {"ready": False}
    year: dict[str, Any] = {"calm": {"years": 1}, "run": {"days": 15, "people_per_agent": 20.0}}
    some = CUT | {"depth": 0.001}
    paid, billed = (
        run(ALL_ACCEPT | began | terms, 1, some, **year) for terms in ({}, {"invoice_days": 60})
    )
    output = [r.daily["output"].to_numpy()[:365] for r in (billed, paid)]
    assert 0.99 < output[0][59] / output[1][59] < 0.999
    assert seen(billed, "invoiced")[364] < 0.8 * seen(billed, "invoiced")[10]
    assert billed.daily["closed"].sum() == 0.0


@pytest.mark.parametrize("more", [{}, CREDIT])
def test_without_members_to_bill_terms_change_no_bit(more: dict[str, Any]) -> None:
    alone = FREE | {"adoption": 0.0} | more
    paid, billed = run(alone), run(alone | NETTED)
    assert paid.series.indicators.tobytes() == billed.series.indicators.tobytes()
    assert seen(billed, "payable").max() == 0.0


def test_clearing_changes_nobodys_money() -> None:
    """On the morning of the clearing debts in cycles go, and not a euro moves."""
    world = lived(7, ALL_ACCEPT | NETTED)
    before, cash = books(world).owes.copy(), world.state.firms.cash.copy()
    owed = books(world).owed.copy()
    for phase in PHASES[:2]:
        phase.run(world)
    gone = before - books(world).owes
    assert gone.sum() > 1000.0
    assert (gone >= -1e-6).all()
    assert gone == pytest.approx(owed - books(world).owed, abs=1e-6)
    assert world.state.firms.cash == pytest.approx(cash, abs=1e-6)


# ------------------------------------------------------------------ a freeze
@cache
def frozen(arm: str, seed: int) -> Run:
    return run(ALL_ACCEPT | ARMS.get(arm, TERMS | {"patience_days": 15}), seed)


def output(of: Run) -> float:
    return float(of.daily["output"].iloc[10:25].mean())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_a_freeze_terms_help_output_little_clearing_hardly_and_credit_more(seed: int) -> None:
    """Terms end with the first invoice that cannot be paid; few debts lie on cycles here.

    Needs are met no better in any arm: what producers buy lacks on the shelves.
    """
    levels = {arm: output(frozen(arm, seed)) / output(frozen("on delivery", seed)) for arm in ARMS}
    assert 1.0 < levels["invoices"] < 1.02
    assert levels["invoices"] < levels["clearing"] < levels["invoices"] + 0.005
    assert 1.04 < levels["clearing and credit"] < 1.10
    for arm in ARMS:
        assert unmet(frozen(arm, seed)) == pytest.approx(
            unmet(frozen("on delivery", seed)), rel=0.01
        )
    assert seen(frozen("invoices", seed), "overdue")[24] > 1e5
    assert seen(frozen("clearing and credit", seed), "overdue")[24] < 1.0


@pytest.mark.parametrize("seed", [1, 2])
def test_sellers_who_wait_do_what_mutual_credit_does(seed: int) -> None:
    """With a patience as long as the freeze no credit in units is needed."""
    assert output(frozen("patient", seed)) > 0.99 * output(frozen("clearing and credit", seed))
    assert seen(frozen("patient", seed), "owed").max() < 1e-9


def test_credit_among_members_helps_output_in_a_freeze_without_invoices_too() -> None:
    lent, none = run(ALL_ACCEPT | CREDIT), frozen("on delivery", 1)
    assert output(lent) > 1.02 * output(none)
    assert seen(lent, "owed").max() > 0.0
    assert seen(none, "owed").max() < 1e-9


HARD: dict[str, Any] = {
    "run": {"days": 70, "people_per_agent": 20.0},
    "shocks": [FREEZE | {"days": 30}],
    "parameters": {"insolvency_days": 3, "firm_cash_days": 2.0, "firm_credit_days": 0.0},
}


@cache
def hard(arm: str, seed: int) -> Run:
    return run(ALL_ACCEPT | ARMS[arm], seed, **HARD)


@pytest.mark.parametrize("seed", [1, 2])
def test_debts_among_producers_with_little_cash_close_many_more_of_them(seed: int) -> None:
    """Two days of cash: after the freeze all is due at once. The audit is on, through closings."""
    closed = {arm: float(hard(arm, seed).daily["closed"].sum()) for arm in ARMS}
    assert closed["invoices"] > 2.0 * closed["on delivery"] > 50.0
    assert closed["clearing and credit"] < closed["invoices"]
    assert closed["clearing"] == pytest.approx(closed["invoices"], rel=0.1)
    assert seen(hard("invoices", seed), "invoices_lost").max() > 1e5
    assert seen(hard("on delivery", seed), "invoices_lost").max() == 0.0


# ------------------------------------------------------------------ the study
def test_the_study_counts_what_clears() -> None:
    """Unequal members and few transactions leave less on cycles; credit clears more of each."""
    path = ROOT / "experiments" / "currency" / "clearing.py"
    spec = importlib.util.spec_from_file_location("study_of_clearing", path)
    assert spec is not None
    assert spec.loader is not None
    study = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(study)
    size = (60, 900)
    usual, unequal, few = (
        study.of_random(study.Kind("a test", size, **more), 1)
        for more in ({}, {"spread": 2.0}, {"part": 0.1})
    )
    for found in (usual, unequal, few):
        assert found[0] + found[1] <= 1.0
        assert (np.diff(found[1:]) >= -1e-9).all()
    assert unequal[1] < usual[1] > few[1]
    debtor, creditor, amount, count = study.random_network(study.Kind("a test", size), 1)
    assert count == 60
    assert (debtor != creditor).all()
    assert len(set(zip(debtor.tolist(), creditor.tolist(), strict=True))) == len(amount)
