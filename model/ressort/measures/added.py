"""Room in the tables for establishments that a measure may open later.

Dormant rows come after all others, so that no row number changes, and are closed: nothing orders
from them, hires for them or opens them but the measure itself. They draw luck from streams of their
own (see `day._luck_of_firms`). While dormant they change no result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ressort.calm import TINY
from ressort.goods import buyer_tiers
from ressort.parameters import branch_traits
from ressort.state import FIRM, JOB, NO_SHOP, OUTSIDE, SLOT, Floats, Index, Rows
from ressort.streams import stream
from ressort.tables import Table

if TYPE_CHECKING:
    from ressort.world import World


def make_room(world: World, branch: int, count: int, output: float, wage: float) -> int:
    """Append `count` dormant establishments of a branch with one job each; return the first row.

    `output`: EUR a day when at work; `wage`: labour cost of its job, EUR a day. All inputs are
    bought outside until `link_inputs` says otherwise. Call it in `prepare` only.
    """
    state, behaviour, traits = world.state, world.rules.behaviour, branch_traits()
    first, first_slot, first_job = len(state.firms), len(state.slots), len(state.jobs)
    goods = np.flatnonzero(traits.coefficients[:, branch])
    n_slots = count * len(goods)
    k = np.arange(count)
    firms = FIRM.rows(
        count,
        branch=branch,
        format=NO_SHOP,
        tier=buyer_tiers(np.full(count, branch), np.zeros(count, bool), world.rules.rationing),
        first_slot=first_slot + k * len(goods),
        end_slot=first_slot + (k + 1) * len(goods),
        first_shelf=len(state.shelves),
        end_shelf=len(state.shelves),
        first_job=first_job + k,
        end_job=first_job + k + 1,
        machines=behaviour.machines_least,
        jobs=1.0,
        output_calm=output,
        capacity=behaviour.capacity_slack * output,
        wage_bill=wage,
        intact=1.0,
        able=1.0,
        stock_target=world.goods[branch].stock_days * output,
        exports_kept=1.0,
        served=1.0,
        restraint=1.0,
        restock_days=_restock_days(world, branch),
    )
    # What is paid in calm times: inputs and wages.
    firms.outlays_calm = output * traits.coefficients[:, branch].sum() + wage
    firms.cash_target = behaviour.firm_cash_days * firms.outlays_calm
    firms.credit = behaviour.firm_credit_days * firms.outlays_calm
    firms.credit_calm = firms.credit
    state.firms = _appended(FIRM, state.firms, firms)
    state.slots = _appended(SLOT, state.slots, _inputs(world, branch, count, output))
    jobs = JOB.rows(count, producer=first + k, household=OUTSIDE, posts=1.0)
    state.jobs = _appended(JOB, state.jobs, jobs)
    none = np.zeros((len(state.transit), n_slots))
    state.transit = np.hstack([state.transit, none])
    state.haul = np.hstack([state.haul, none])
    state.pooled = np.append(state.pooled, np.zeros(n_slots))
    state.given = np.append(state.given, np.zeros(n_slots))
    state.thrift = np.append(state.thrift, np.zeros(n_slots))
    outside = np.full((n_slots, state.source_calm.shape[1]), OUTSIDE, state.source_calm.dtype)
    state.source_calm = np.vstack([state.source_calm, outside])
    world.commuter_share = np.append(world.commuter_share, np.zeros(count))
    return first


def _restock_days(world: World, branch: int) -> float:
    behaviour = world.rules.behaviour
    days = branch_traits().cover_days[branch] * behaviour.input_stock_scale
    return float(np.clip(days, 1.0, behaviour.restock_days))


def _inputs(world: World, branch: int, count: int, output: float) -> Rows:
    """Return the empty purchases of `count` establishments, by the recipe of their branch."""
    behaviour, traits = world.rules.behaviour, branch_traits()
    goods = np.flatnonzero(traits.coefficients[:, branch])
    coefficient = traits.coefficients[goods, branch]
    days = np.maximum(1.0, traits.cover_days[branch] * behaviour.input_stock_scale)
    days = np.where(world.goods.storable[goods], days, behaviour.capacity_slack)
    return SLOT.rows(
        count * len(goods),
        good=np.tile(goods, count),
        coefficient=np.tile(coefficient, count),
        rating=np.tile(traits.rating[goods, branch], count),
        stock_target=np.tile(np.maximum(TINY, days * coefficient * output), count),
        source=OUTSIDE,
        shelf=-1,
        lean=0.5,
    )


def _appended(table: Table, rows: Rows, more: Rows) -> Rows:
    """Return a table with rows added; NumPy's own concatenation would lose the aligned type."""
    longer = table.rows(len(rows) + len(more))
    longer[: len(rows)] = rows
    longer[len(rows) :] = more
    return longer


def luck_of(
    world: World, name: str, draw: Callable[[np.random.Generator, int], Sequence[Any]], *keys: int
) -> list[Any]:
    """Return arrays of luck by establishment, each of shape (P,); `draw(rng, n)` draws n of each.

    Added rows draw from a stream of their own: room made for them changes nobody else's luck.
    """
    luck = draw(stream(world.seed, name, *keys), world.n_drawn)
    own = draw(stream(world.seed, f"{name}_added", *keys), len(world.state.firms) - world.n_drawn)
    return [np.concatenate(parts) for parts in zip(luck, own, strict=True)]


def own_links(world: World) -> None:
    """Give the world relationships of calm times of its own; drawn ones are shared by both arms."""
    world.state.source_calm = world.state.source_calm.copy()


def list_seller(index: Index, branch: int, row: int) -> Index:
    """Return an index in which searches find one more seller."""
    first = index.first_of_branch.copy()
    sellers = np.insert(index.by_branch, first[branch + 1], row)
    first[branch + 1 :] += 1
    return replace(index, by_branch=sellers, first_of_branch=first)


def unlist_seller(index: Index, branch: int, row: int) -> Index:
    """Return an index in which searches find a seller no more."""
    first = index.first_of_branch.copy()
    sellers = index.by_branch[index.by_branch != row]
    first[branch + 1 :] -= 1
    return replace(index, by_branch=sellers, first_of_branch=first)


def link_inputs(world: World, row: int, neighbour: int, never: tuple[int, ...]) -> None:
    """Let an added establishment buy where an old one of its branch does, goods `never` apart.

    Its purchases and the other's stand in the same order, that of the recipe.
    """
    state = world.state
    to, of = state.firms[row], state.firms[neighbour]
    here = slice(to.first_slot, to.end_slot)
    source = state.source_calm[of.first_slot : of.first_slot + to.end_slot - to.first_slot].copy()
    source[np.isin(state.slots.good[here], never)] = OUTSIDE
    state.source_calm[here] = source
    state.slots.source[here] = source
    state.slots.lean[here] = 0.5
    state.slots.trouble[here] = 0


def calm_flows(world: World, rows: np.ndarray, owner: np.ndarray) -> Floats:
    """Return the calm use or sales of some purchases, EUR a day; `owner`: their buyers."""
    state = world.state
    slots = state.slots[rows]
    use = slots.coefficient * state.firms.output_calm[owner]
    if len(state.shelves) == 0:
        return np.asarray(use)
    on_shelf = slots.shelf >= 0
    return np.where(on_shelf, state.shelves.sales_calm[np.maximum(slots.shelf, 0)], use)
