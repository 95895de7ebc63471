"""What a local currency costs and brings in a payment freeze, one thing switched off at a time.

    python experiments/currency/freeze.py [--seeds N] [--figure FILE]

The place, freeze and rows E2 and E3 of the sign table, each case less the arm without cooperation,
paired by seed: value added in shares of normal over 90 days, and unmet need. Prints medians (least
to most) in Markdown; `--figure` draws the gap of value added day by day.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ressort.calm import Economy
from ressort.day import live_one_day
from ressort.measures.currency import Currency
from ressort.paired import Trial
from ressort.parameters import branch_traits
from ressort.rules import units
from ressort.scenario import Scenario, check
from ressort.signs import declared, laid_over
from ressort.simulation import Stage
from ressort.tables import plain

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FREE: Final = {"dues_person": 0.0, "dues_firm": 0.0, "fee": 0.0, "gift": 0.0}
EMPTY: Final = {"change_days": 1.0, "idle_accepted": 0.0, "keep_days": 5.0, "fee": 0.0}
CLOSED: Final = ["water", "energy", "finance", "public_admin", "real_estate", "trade"]
ALL: Final = {"adoption": 1.0, "firm_share": 1.0}
MILDER: Final = 0.997  # depth at which the bourgs of docs/measures-currency.md are frozen
HEADER: Final = (
    "| case | value added, % of normal | of it, accepting | others | unmet need, % |\n"
    "| --- | --- | --- | --- | --- |"
)


class Case(NamedTuple):
    """An arm of the sign table with something changed; `turning`: buyers seek who takes units."""

    name: str
    arm: str
    switch: dict[str, Any] | None = None
    depth: float | None = None
    turning: bool = True


def changed(**settings: Any) -> dict[str, Any]:
    """Return a switch that sets keys of the currency."""
    return {"currency": settings}


CASES: Final = (
    Case("SCIC with pool, register and fund alone", "scic"),
    Case("currency beside such a SCIC", "currency", {"cooperation": {"scic": True}}),
    Case("**currency**", "currency"),
    Case("currency: nobody changes euros", "currency", changed(budget_share=0.0)),
    Case("currency: no dues, fees and gifts", "currency", changed(**FREE)),
    Case("currency: wages in euros alone", "currency", changed(wage_share=0.0)),
    Case("currency: buyers do not turn to who accepts", "currency", turning=False),
    Case("currency: what comes in is changed back at once", "currency", changed(**EMPTY)),
    Case("currency: trade and real estate do not accept", "currency", changed(excluded=CLOSED)),
    Case("currency: all residents and establishments", "currency", changed(**ALL)),
    Case("currency: the same in a freeze of 0.997", "currency", changed(**ALL), MILDER),
    Case("clearing beside such a SCIC", "clearing", {"cooperation": {"scic": True}}),
    Case("**invoices, clearing and credit**", "clearing"),
    Case("clearing: no units in wallets", "clearing", changed(budget_share=0.0)),
    Case("clearing: buyers do not turn to who accepts", "clearing", turning=False),
    Case("clearing: invoices and clearing, no credit", "clearing", changed(credit_days=0.0)),
    Case("clearing: all residents and establishments", "clearing", changed(**ALL)),
)


class Lived(NamedTuple):
    """Value added by day and establishment (EUR), person-days unmet, who accepts units."""

    added: Floats
    unmet: float
    accepting: Bools
    normal: Floats  # value added of a calm day, by establishment


def scenario(case: Case) -> Scenario:
    """Return the scenario of a case, without its shock."""
    table = declared()
    content = laid_over(table.setting["scenario"], table.arm(case.arm).switch)
    return check(laid_over(content, case.switch or {}), case.name)


def trial_of(case: Case) -> Trial:
    """Return the freeze of the sign table, milder if the case says so."""
    trial = declared().shocks["liquidity"].trial
    if case.depth is None:
        return trial
    shocks = tuple(dataclasses.replace(shock, depth=case.depth) for shock in trial.shocks)
    return dataclasses.replace(trial, shocks=shocks)


def live(case: Case, stage: Stage, seed: int, economy: Economy) -> Lived:
    """Live an arm through the freeze."""
    trial = trial_of(case)
    world = stage.world(seed, case.arm != "without", economy)
    world = dataclasses.replace(world, shocks=trial.shocks)
    firms = plain(world.state.firms)
    share = branch_traits().value_added_share[firms["branch"]]
    added = np.empty((trial.start_day + trial.days, len(firms)))
    still = mock.patch.object(units, "turn_to_accepting", return_value=None)
    with nullcontext() if case.turning else still:
        for day in range(len(added)):
            live_one_day(world)
            added[day] = share * plain(world.state.firms)["production"]
    accepting = np.zeros(len(firms), dtype=bool)
    for measure in world.measures:
        if isinstance(measure, Currency):
            accepting = measure.joined
    unmet = float(world.state.homes.unmet.sum())
    return Lived(added, unmet, accepting, share * firms["output_calm"])


def compare(case: Case, arm: Lived, without: Lived) -> tuple[list[float], Floats]:
    """Return the gaps of a pair in %: all, accepting, others, unmet need; and that of each day."""
    days = trial_of(case).days
    by_day = 100.0 * (arm.added - without.added) / (days * without.normal.sum())
    gap = by_day[trial_of(case).start_day :].sum(axis=0)
    ours = arm.accepting
    groups = [gap[ours].sum(), gap[~ours].sum()] if ours.any() else [np.nan, np.nan]
    unmet = 100.0 * (arm.unmet / without.unmet - 1.0)
    return [gap.sum(), *groups, unmet], by_day.sum(axis=1)


def row(case: Case, gaps: Floats) -> str:
    """Return the line of a case; `gaps`: seeds by columns."""
    cells = [
        "" if np.isnan(column).any() else _range(column, decimals)
        for column, decimals in zip(gaps.T, (3, 3, 3, 1), strict=True)
    ]
    return f"| {case.name} | {' | '.join(cells)} |"


def _range(column: Floats, decimals: int) -> str:
    middle, low, high = (
        f"{value:+.{decimals}f}" for value in (np.median(column), column.min(), column.max())
    )
    return f"{middle} ({low} to {high})"


def draw(daily: dict[str, Floats], file: Path) -> None:
    """Draw the gap of value added, added up day by day: medians over seeds."""
    figure = Figure(figsize=(9.0, 6.0), layout="constrained")
    axes = figure.subplots()
    for k, (name, gaps) in enumerate(daily.items()):
        style = ("-", "--")[k // 10]  # as many colours as there are
        so_far = np.median(np.cumsum(gaps, axis=1), axis=0)
        axes.plot(so_far, style, label=name.strip("*"))
    axes.set(xlabel="day", ylabel="gap of value added so far, % of 90 normal days")
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.legend(fontsize=7)
    figure.savefig(file, dpi=150)


def study(seeds: Sequence[int]) -> tuple[list[str], dict[str, Floats]]:
    """Return the lines of the table, and the gaps of each day by case."""
    lines, daily = [], {}
    first = Stage.of(scenario(Case("without", "without")))
    economies = {seed: first.economy(seed) for seed in seeds}
    bare = {
        (seed, depth): live(Case("", "without", depth=depth), first, seed, economies[seed])
        for seed in seeds
        for depth in (None, MILDER)
    }
    for case in CASES:
        stage = Stage(scenario(case), first.place)
        found = [
            compare(case, live(case, stage, s, economies[s]), bare[s, case.depth]) for s in seeds
        ]
        lines.append(row(case, np.array([gaps for gaps, _ in found])))
        daily[case.name] = np.array([days for _, days in found])
        print(case.name, file=sys.stderr)
    return lines, daily


def main() -> None:
    """Run the cases and print their table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--figure", type=Path)
    given = parser.parse_args()
    lines, daily = study(range(1, given.seeds + 1))
    print("\n".join([HEADER, *lines]))
    if given.figure:
        draw(daily, given.figure)


if __name__ == "__main__":
    main()
