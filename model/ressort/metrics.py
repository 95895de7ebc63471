"""Metrics of resilience, from a run and its paired run without the shock: M3-M8, and all names.

Both runs have the same seed, hence the same people, machines and luck; Q is the ratio of the two on
each day. `essential` is the least, over needs, of the share met (each a mean over people), `output`
the value added.
Formulas and their literature: Bruneau et al. 2003 (loss area), Henry and Ramirez-Marquez 2012
(recovery), always with a fixed horizon, and censored where the horizon ends first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import NEEDS
from ressort.flows import METRICS as OF_FLOWS
from ressort.flows import Traded, measure_flows
from ressort.metric import Metric as Metric
from ressort.readiness import calm_output, gini
from ressort.witness import METRICS as WITNESSED
from ressort.witness import Witnessed, measure_witnessed

Floats = NDArray[np.float64]

RECOVERED: Final = 0.95  # share of the reference that counts as recovered (theta)
RECOVERY_DAYS: Final = 14  # days of the horizon that must follow, all of them recovered (w)
LASTING_DAYS: Final = 60  # at the end of the run, over which a change counts as lasting
AUTONOMY_LEVEL: Final = 0.8  # share of needs met that counts as holding out (a)
AUTONOMY_DAYS: Final = 7  # days in a row under it that count as failure


METRICS: Final = (
    Metric("m3_depth", "share", "atténuer", True, "deepest loss of needs met"),
    Metric("m3_depth_output", "share", "atténuer", True, "deepest loss of output"),
    Metric(
        "m4_unmet_person_days", "person-days", "atténuer", True, "needs unmet, summed over needs"
    ),
    *(
        Metric(f"m4_unmet_{need}", "person-days", "atténuer", True, f"unmet need of {need}")
        for need in NEEDS
    ),
    Metric(
        "m4_unmet_worst_tenth",
        "days a person",
        "atténuer",
        True,
        "needs unmet, summed over needs, of the tenth of people hit most",
    ),
    Metric("m5_loss_area", "share", "atténuer, se relever", True, "mean loss of needs met"),
    Metric("m5_loss_area_output", "share", "atténuer, se relever", True, "mean loss of output"),
    Metric(
        "m6_days_to_recover",
        "days",
        "se relever",
        True,
        "needs met back for good (after the last fall)",
    ),
    Metric("m6_days_to_recover_output", "days", "se relever", True, "the same for output"),
    Metric(
        "m7_rapidity",
        "share/day",
        "rebondir",
        False,
        "slope from trough to recovery, needs; 0 if not back",
    ),
    Metric("m7_rapidity_output", "share/day", "rebondir", False, "the same for output"),
    Metric("m8_autonomy_days", "days", "atténuer", False, "time until needs fail for a week"),
    Metric("m9_change_essential", "share", "évoluer", False, "lasting change of needs met"),
    Metric("m9_change_output", "share", "évoluer", False, "lasting change of output"),
    *OF_FLOWS,
    *WITNESSED,
)
NAMES: Final = tuple(m.name for m in METRICS)


def ratio(run: Floats, reference: Floats) -> Floats:
    """Return run over reference by day; 1 where the reference is 0."""
    return np.divide(run, reference, out=np.ones_like(run), where=reference > 0)


def depth(quality: Floats) -> float:
    """M3: one less the lowest quality, 0 if it never falls."""
    return max(0.0, 1.0 - float(quality.min()))


def loss_area(quality: Floats) -> float:
    """M5: mean of what is lost over the whole horizon; gains above the reference count against."""
    return float((1.0 - quality).mean())


def _first_run_of(condition: NDArray[np.bool_], days: int) -> int | None:
    """Return the first index from which the condition holds `days` days in a row."""
    if len(condition) < days:
        return None
    holds = np.lib.stride_tricks.sliding_window_view(condition, days).all(axis=1)
    return int(holds.argmax()) if holds.any() else None


def days_to_recover(quality: Floats) -> float:
    """M6: days from the shock until quality is back at 95 % or more for good.

    That is the day after the last one under 95 %, however often it came back and fell again before.
    0 if quality never falls under 95 %; infinite (censored) if fewer than 14 days of the horizon
    are left to see that it stays.
    """
    low = quality < RECOVERED
    if not low.any():
        return 0.0
    back = len(low) - int(low[::-1].argmax())
    return float(back) if len(low) - back >= RECOVERY_DAYS else float("inf")


def rapidity(quality: Floats) -> float:
    """M7: mean gain a day from the deepest day to recovery.

    NaN where quality never fell; 0 where it fell and was not back for good within the horizon.
    """
    end = days_to_recover(quality)
    if end == 0.0:
        return float("nan")
    if not np.isfinite(end):
        return 0.0
    back, trough = int(end), int(quality.argmin())
    return float((quality[back] - quality[trough]) / (back - trough))


def autonomy_days(essential: Floats) -> float:
    """M8: days until needs met stay under 80 % for a week; infinite if they never do."""
    start = _first_run_of(essential < AUTONOMY_LEVEL, AUTONOMY_DAYS)
    return float("inf") if start is None else float(start)


def lasting_change(run: Floats, reference: Floats) -> float:
    """M9: mean of the last 60 days over that of the reference, less 1; NaN of fewer days."""
    if len(run) < LASTING_DAYS:
        return float("nan")
    usual = float(reference[-LASTING_DAYS:].mean())
    return float(run[-LASTING_DAYS:].mean()) / usual - 1.0 if usual > 0.0 else float("nan")


def worst_tenth(unmet: Floats, people: Floats) -> float:
    """Mean unmet need (days a person) of the tenth of people hit most.

    `unmet`: person-days by household; `people`: persons by household. A household at the border of
    the tenth counts in part.
    """
    per_person = unmet / people
    order = np.argsort(-per_person, kind="stable")
    tenth = 0.1 * people.sum()
    before = np.cumsum(people[order]) - people[order]
    counted = np.clip(tenth - before, 0.0, people[order])
    return float((counted * per_person[order]).sum() / tenth)


@dataclass(frozen=True)
class Trace:
    """What the metrics need of one run from the day of the shock on.

    `essential`, `output`: by day. `unmet`: person-days by household and need, shape (H, needs).
    `witnessed`, `traded`: what those tell who watched it, if anybody did.
    """

    essential: Floats
    output: Floats
    unmet: Floats
    people: Floats
    witnessed: Witnessed | None = None
    traded: Traded | None = None


def measure(run: Trace, reference: Trace) -> dict[str, float]:
    """Return all metrics by name; infinite where censored, NaN where undefined."""
    essential = ratio(run.essential, reference.essential)
    output = ratio(run.output, reference.output)
    more = run.unmet - reference.unmet
    values = {
        "m3_depth": depth(essential),
        "m3_depth_output": depth(output),
        "m4_unmet_person_days": float(more.sum()),
        **{f"m4_unmet_{need}": float(more[:, n].sum()) for n, need in enumerate(NEEDS)},
        "m4_unmet_worst_tenth": worst_tenth(more.sum(axis=1), run.people),
        "m5_loss_area": loss_area(essential),
        "m5_loss_area_output": loss_area(output),
        "m6_days_to_recover": days_to_recover(essential),
        "m6_days_to_recover_output": days_to_recover(output),
        "m7_rapidity": rapidity(essential),
        "m7_rapidity_output": rapidity(output),
        "m8_autonomy_days": autonomy_days(run.essential),
        "m4_unmet_gini": gini(more.sum(axis=1), run.people),
        "calm_output": calm_output(reference.output, reference.people),
        "m9_change_essential": lasting_change(run.essential, reference.essential),
        "m9_change_output": lasting_change(run.output, reference.output),
        **measure_flows(run.traded, reference.traded),
        **measure_witnessed(run.witnessed, reference.witnessed),
    }
    return {name: values[name] for name in NAMES}
