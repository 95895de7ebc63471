"""What a metric is: its name, unit, CEREMA's verb and meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A metric: its name, unit, CEREMA's verb, whether more is worse, and its meaning.

    `judged`: whether a higher value is better or worse at all; if not, it describes, and no arm is
    called better by it, whatever `more_is_worse` says.
    """

    name: str
    unit: str
    verb: str
    more_is_worse: bool
    meaning: str
    judged: bool = True
