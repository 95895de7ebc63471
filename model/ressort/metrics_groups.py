"""What a shock costs by group: members, other residents and firms, neighbours, and all together.

The same people and firms are compared in two runs: who is a member is a mask fixed beforehand, not
who happens to be one at the end. A gain of members that others lose is thereby seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ressort.metrics import Metric

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GROUPS: Final = ("members", "others", "total")
GROUP_METRICS: Final = (
    Metric(
        "unmet_per_member",
        "days a person",
        "atténuer",
        True,
        "needs unmet, summed over needs, of members' households",
    ),
    Metric("unmet_per_other", "days a person", "atténuer", True, "the same, of other households"),
    Metric("output_lost_members", "share", "atténuer", True, "value added lost by member firms"),
    Metric("output_lost_others", "share", "atténuer", True, "the same, by other firms"),
    Metric("exports_lost_eur", "EUR", "atténuer", True, "sales that customers beyond did not get"),
)
NAMES: Final = tuple(m.name for m in GROUP_METRICS)


@dataclass(frozen=True)
class Members:
    """Who is in the group of members: establishments as drawn, shape (P,), households (H,)."""

    firms: Bools
    homes: Bools


@dataclass(frozen=True)
class Tally:
    """What one run adds up from the day of the shock on.

    `unmet`: person-days by household, summed over needs, shape (H,). `people`: persons by
    household. `output`: value added by establishment as drawn, EUR, shape (P,); `output_added`:
    that of establishments which measures founded. `exports`: sales outside, EUR. `closed`:
    closures.
    """

    unmet: Floats
    people: Floats
    output: Floats
    output_added: float
    exports: float
    closed: int


def unmet_by_group(tally: Tally, members: Members) -> dict[str, float]:
    """Return needs unmet per person by group, days; NaN for a group of nobody."""
    homes = members.homes
    masks = (homes, ~homes, np.ones_like(homes))
    return {
        group: _ratio(float(tally.unmet[mask].sum()), float(tally.people[mask].sum()))
        for group, mask in zip(GROUPS, masks, strict=True)
    }


def output_by_group(tally: Tally, members: Members) -> dict[str, float]:
    """Return value added by group, EUR; what measures founded counts with the others."""
    of_members = float(tally.output[members.firms].sum())
    others = float(tally.output[~members.firms].sum()) + tally.output_added
    return {"members": of_members, "others": others, "total": of_members + others}


def measure_groups(run: Tally, reference: Tally, members: Members) -> dict[str, float]:
    """Return the metrics of groups by name, against the paired run without the shock.

    >>> import numpy as np
    >>> calm = Tally(np.zeros(2), np.array([1.0, 2.0]), np.array([8.0, 4.0]), 0.0, 5.0, 0)
    >>> hit = Tally(np.array([3.0, 2.0]), calm.people, np.array([6.0, 4.0]), 0.0, 4.0, 1)
    >>> who = Members(np.array([True, False]), np.array([False, True]))
    >>> list(measure_groups(hit, calm, who).values())
    [1.0, 3.0, 0.25, 0.0, 1.0]
    """
    unmet, usual = unmet_by_group(run, members), unmet_by_group(reference, members)
    output, normal = output_by_group(run, members), output_by_group(reference, members)
    values = (
        unmet["members"] - usual["members"],
        unmet["others"] - usual["others"],
        1.0 - _ratio(output["members"], normal["members"]),
        1.0 - _ratio(output["others"], normal["others"]),
        reference.exports - run.exports,
    )
    return dict(zip(NAMES, values, strict=True))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else float("nan")
