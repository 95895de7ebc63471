"""The daily indicators of a run: their names, units and values."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, NEEDS
from ressort.cascades import QUIET
from ressort.parameters import branch_traits
from ressort.rules.observation import mean_needs, sum_producers
from ressort.world import World

Floats = NDArray[np.float64]


class Indicator(NamedTuple):
    """One daily series."""

    name: str
    unit: str
    meaning: str


INDICATORS: Final = (
    Indicator("essential", "share", "needs met, the worst need (mean over people)"),
    *(Indicator(f"need_{n}", "share", f"need met: {n} (mean over people)") for n in NEEDS),
    Indicator("output", "EUR/day", "value added made in the territory"),
    *(Indicator(f"output_{b}", "EUR/day", f"output of {b}") for b in BRANCHES),
    Indicator("output_members", "EUR/day", "value added made by members of the SCIC"),
    Indicator("exports", "EUR/day", "sales outside"),
    Indicator("imports", "EUR/day", "arrivals from outside, residents' purchases there included"),
    Indicator("jobs_held", "jobs", "jobs held in the territory"),
    Indicator("establishments", "count", "establishments in business"),
    Indicator("short_of_means", "count", "establishments that could not pay in full"),
    Indicator("closed", "count", "establishments closed today"),
    Indicator("opened", "count", "establishments opened today"),
    Indicator("new_links", "count", "new supply links of today"),
    Indicator("failing_inputs", "count", "purchases of establishments with a failing source"),
    Indicator("firm_cash", "EUR", "cash of establishments"),
    Indicator("household_cash", "EUR", "cash of households"),
    Indicator("scic_active", "0/1", "a SCIC is active"),
    Indicator("scic_open", "0/1", "its pool and fund are open"),
    Indicator("scic_cost", "EUR/day", "its running cost"),
    Indicator("scic_pool", "EUR", "goods in its pool"),
    Indicator("scic_fund", "EUR", "euros in its fund"),
    Indicator("measures_cost", "EUR/day", "what measures used up today"),
    Indicator(
        "measures_held", "EUR", "cash and stocks that measures hold tonight, less local units out"
    ),
    Indicator("idled", "count", "establishments idle for want of inputs, since the shock"),
    Indicator("idled_tier1", "count", "of which after the outside or one that the shock struck"),
    Indicator("idled_tier2", "count", "of which after sellers of tier 1"),
    Indicator("idled_tier3", "count", "of which further down the chain"),
    Indicator("directly_hit", "count", "establishments that the shock has struck or exposed"),
)
NAMES: Final = tuple(i.name for i in INDICATORS)


def observe(world: World, idled: tuple[float, ...] = QUIET) -> tuple[Floats, Floats]:
    """Return the day's indicators in the order of NAMES, and needs met by commune.

    The latter is the mean over people of the worst need of their household, shape (C,).
    `idled`: what an observer of cascades tells of today.
    """
    state = world.state
    needs, by_commune = mean_needs(state.homes, len(world.place.population))
    output, of_members, sums = sum_producers(state.firms)
    exports, alive, firm_cash, staff, short = sums
    value_added = branch_traits().value_added_share
    scic = state.scic[0]
    row = (
        needs.min(),
        *needs,
        float(output @ value_added),
        *output,
        float(of_members @ value_added),
        exports,
        float(np.sum(world.flows.imported)),
        staff,
        alive,
        short,
        world.closed,
        world.opened,
        world.links_made,
        world.failing_inputs,
        firm_cash,
        float(state.homes.cash.sum()),
        float(scic.active),
        float(scic.open),
        scic.fee,
        float(np.sum(scic.pool)),
        scic.fund,
        sum(measure.cost_today for measure in world.measures),
        sum(measure.euros(world) + float(measure.stock.sum()) for measure in world.measures),
        *idled,
    )
    return np.array(row, dtype=float), by_commune


def observe_measures(world: World) -> dict[str, float]:
    """Return what measures let be seen of the day, by `measure.label`, their cost included."""
    seen: dict[str, float] = {}
    for measure in world.measures:
        seen |= {f"{measure.label}.{key}": value for key, value in measure.observed.items()}
        seen[f"{measure.label}.cost"] = measure.cost_today
    return seen
