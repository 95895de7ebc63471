"""Clearing: which debts of members cancel each other, alone or with credit among them (E2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ressort.errors import RessortError
from ressort.measures.base import Floats
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.world import World

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


def cleared(
    debtor: Longs,
    creditor: Longs,
    amount: Floats,
    count: int,
    gives: Floats | None = None,
    takes: Floats | None = None,
) -> Floats:
    """Return the most that can be cancelled of each debt among `count` members, EUR.

    max Σ f, with 0 ≤ f ≤ amount and, for each member, Σ f owed by it - Σ f owed to it between
    -takes and gives: units that it may still receive and spend, nothing unless given. Without them
    f is the largest circulation: multilateral netting, which leaves no cycle and changes no net
    position. With them it is what obligation clearing and mutual credit do together (Fleischman,
    Dini and Littera 2020, JRFM 13(12) 295): units are a further member, whose debts count nothing.
    """
    if not amount.any():
        return np.zeros(len(amount))
    tails, heads, most = [debtor], [creditor], [amount]
    for line, out in ((gives, True), (takes, False)):
        if line is not None:
            rows = np.flatnonzero(line > 0.0)
            hub = np.full(len(rows), count)
            tails.append(hub if out else rows)
            heads.append(rows if out else hub)
            most.append(line[rows])
    tail, head = np.concatenate(tails), np.concatenate(heads)
    limit = np.concatenate(most)
    worth = np.arange(len(tail)) < len(amount)
    kept = (limit > 0.0) & _on_cycles(tail, head, limit, count + 1)
    flow = np.zeros(len(tail))
    if kept.any():
        unit = float(
            np.median(limit[kept])
        )  # the solver's tolerances are of ones: ten times faster
        found = _largest(tail[kept], head[kept], limit[kept] / unit, worth[kept], count + 1)
        flow[kept] = np.clip(unit * found, 0.0, limit[kept])
    return flow[: len(amount)]


def _on_cycles(tail: Longs, head: Longs, limit: Floats, count: int) -> Bools:
    """Return which edges join members that reach each other: no other can lie on a cycle."""
    some = limit > 0.0
    graph = coo_array((np.ones(int(some.sum())), (tail[some], head[some])), shape=(count, count))
    _, group = connected_components(graph.tocsr(), directed=True, connection="strong")
    on_cycles: Bools = group[tail] == group[head]
    return on_cycles


def _largest(tail: Longs, head: Longs, limit: Floats, worth: Bools, count: int) -> Floats:
    """Return the circulation that is worth most; one thread, so the same input gives the same."""
    edge = np.arange(len(limit))
    signs = np.concatenate([np.ones(len(edge)), -np.ones(len(edge))])
    rows = np.concatenate([tail, head])
    balance = coo_array((signs, (rows, np.tile(edge, 2))), shape=(count, len(edge)))
    found = linprog(
        -worth.astype(float),
        A_eq=balance.tocsr(),
        b_eq=np.zeros(count),
        bounds=np.column_stack([np.zeros(len(edge)), limit]),
        method="highs-ds",
    )
    if found.x is None:
        raise RessortError(f"the clearing of members' obligations failed: {found.message}")
    flow: Floats = found.x
    return flow


def net_debt(debtor: Longs, creditor: Longs, amount: Floats, count: int) -> float:
    """Return the net internal debt: what members owe others beyond what others owe them, EUR.

    The least money from outside that pays all debts at once; no netting of cycles changes it.
    """
    owes = np.bincount(debtor, weights=amount, minlength=count)
    owed = np.bincount(creditor, weights=amount, minlength=count)
    return float(np.maximum(0.0, owes - owed).sum())


def usual_trade(world: World, joined: Bools) -> tuple[Longs, Longs, Floats]:
    """Return what accepting producers usually buy from each other: buyers, sellers, EUR a day."""
    state = world.state
    firms, slots, owner = plain(state.firms), plain(state.slots), world.buyers
    use = slots["coefficient"] * firms["output_calm"][owner]
    use[state.shelves.slot] = state.shelves.sales_calm
    inside = joined & firms["alive"]
    buyers, sellers, amounts = [], [], []
    for k in range(2):
        source = slots["source"][:, k]
        share = slots["lean"] if k == 0 else 1.0 - slots["lean"]
        kept = (source >= 0) & inside[owner] & inside[source] & (source != owner) & (use > 0.0)
        buyers.append(owner[kept])
        sellers.append(source[kept].astype(np.int64))
        amounts.append((use * share)[kept])
    count = len(firms)
    key = np.concatenate(buyers) * count + np.concatenate(sellers)
    pairs, place = np.unique(key, return_inverse=True)
    amount: Floats = np.bincount(place, weights=np.concatenate(amounts)).astype(float, copy=False)
    buyer, seller = np.divmod(pairs.astype(np.int64), count)
    return buyer, seller, amount
