"""Clearing: how much of members' trade lies on cycles, and so needs no money (E2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from ressort.errors import RessortError
from ressort.measures.base import Floats
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World


def on_cycles(buyer: Floats, seller: Floats, amount: Floats, count: int) -> Floats:
    """Return the largest circulation within a graph of payments, by edge.

    max Σ f, with Σ f into a member = Σ f out of it and 0 ≤ f ≤ amount: what multilateral netting of
    these obligations can cancel (Iosifidis et al. 2018; JRFM 2020 13(12) 295).
    """
    if not len(amount):
        return np.zeros(0)
    edge = np.arange(len(amount))
    rows = np.concatenate([buyer, seller])
    signs = np.concatenate([np.ones(len(edge)), -np.ones(len(edge))])
    balance = coo_array((signs, (rows, np.tile(edge, 2))), shape=(count, len(edge)))
    found = linprog(
        -np.ones(len(edge)),
        A_eq=balance.tocsr(),
        b_eq=np.zeros(count),
        bounds=np.column_stack([np.zeros(len(edge)), amount]),
        method="highs",
    )
    if found.x is None:
        raise RessortError(f"the clearing of members' obligations failed: {found.message}")
    flow: Floats = np.clip(found.x, 0.0, amount)
    return flow


def set_lines(currency: Currency, world: World) -> None:
    """Set what members may owe each other for a period: their usual purchases that lie on cycles.

    These come back as sales, so that obligations of a period net to nothing when all goes well.
    """
    if not currency.set.clearing:
        return
    state = world.state
    firms, slots = plain(state.firms), plain(state.slots)
    count = len(firms)
    owner = np.repeat(np.arange(count), firms["end_slot"] - firms["first_slot"])
    use = slots["coefficient"] * firms["output_calm"][owner]
    use[state.shelves.slot] = state.shelves.sales_calm
    inside = currency.joined & firms["alive"]
    edges = []
    for k in range(2):
        source = slots["source"][:, k]
        kept = (source >= 0) & inside[owner] & inside[source] & (source != owner)
        share = slots["lean"] if k == 0 else 1.0 - slots["lean"]
        edges.append((owner[kept], source[kept], (use * share)[kept]))
    buyer, seller, amount = (np.concatenate(column) for column in zip(*edges, strict=True))
    flow = on_cycles(buyer, seller, amount, count)
    currency.lines = currency.set.clearing_days * np.bincount(buyer, weights=flow, minlength=count)
    currency.on_cycles = float(flow.sum() / amount.sum()) if amount.sum() > 0.0 else 0.0
