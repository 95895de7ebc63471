"""What is noted of a run each evening, from the day of the shock on, for M1, M2 and M12.

A witness reads a world and changes nothing in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ressort import cascades, readiness
from ressort.cascades import Cascades, Fallen
from ressort.readiness import Acts, Decision
from ressort.rules.idling import people_hoarding

if TYPE_CHECKING:
    from ressort.measures import Measure
    from ressort.world import World

METRICS: Final = (*readiness.METRICS, *cascades.METRICS)


@dataclass(frozen=True)
class Witnessed:
    """What a witness tells of one run."""

    readiness: float
    acts: Acts
    decision: Decision
    fallen: Fallen


class Witness:
    """Watches one world from the morning of a day on."""

    def __init__(self, world: World) -> None:
        self.cascades = Cascades(world)
        self.readiness = readiness.readiness_of(world)
        self.since = _alarm_since(world)
        self.days: list[tuple[bool, float, float]] = []
        self.was_decided = _decided(world)
        self.decision: Decision | None = None

    def see(self, world: World) -> None:
        """Note the day that ends."""
        self.cascades.see(world)
        alarm = bool(world.state.scic[0].open) or math.isfinite(_alarm_since(world))
        self.days.append((alarm, people_hoarding(world.state.homes), float(world.links_made)))
        if self.decision is None:
            now = _decided(world)
            new = [who for who in now if who not in self.was_decided]
            self.was_decided = now
            if new:
                self.decision = _decision(world, new[0])

    def witnessed(self, world: World) -> Witnessed:
        """Return what was seen so far."""
        alarm, hoarding, links = zip(*self.days, strict=True) if self.days else ((), (), ())
        pending = math.isfinite(_alarm_since(world)) and not self.was_decided
        waiting = Decision(days=math.inf) if pending else Decision()
        return Witnessed(
            readiness=self.readiness,
            acts=Acts(np.array(alarm, dtype=bool), np.array(hoarding), np.array(links), self.since),
            decision=self.decision or waiting,
            fallen=self.cascades.fallen(),
        )


def _alarms(world: World) -> list[int]:
    """Return the days of alarms that last: of the SCIC, and of measures that have a watch."""
    days = [getattr(measure, "alarm_day", -1) for measure in world.measures]
    head = world.state.scic[0]
    return [int(d) for d in (head.alarm_day if head.active else -1, *days) if d >= 0]


def _alarm_since(world: World) -> float:
    """Return how many days the oldest alarm has lasted by this morning, NaN for none."""
    alarms = _alarms(world)
    return float(world.tick - min(alarms)) if alarms else math.nan


def _decided(world: World) -> list[Measure | None]:
    """Return who has decided to act and acts now: panels, and the SCIC (None)."""
    found: list[Measure | None] = [m for m in world.measures if getattr(m, "decided", False)]
    return [*found, None] if world.state.scic[0].open else found


def _decision(world: World, who: Measure | None) -> Decision:
    """Return what is known of a decision of today. Where staff decides alone, nobody is consulted.

    The days are those from the alarm on; of a meeting by the calendar, those from its vote on.
    """
    if who is not None:  # a panel of residents
        people = float(world.place.population.sum())
        return Decision(who.set.size / people, float(world.tick - 1 - who.alarm_day))  # type: ignore[attr-defined]
    head = world.state.scic[0]
    votes = next((m for m in world.measures if m.name == "governance"), None)
    seen = votes.observed if votes is not None else {}
    days = world.tick - 1 - head.alarm_day if head.alarm_day >= 0 else seen.get("delay", math.nan)
    return Decision(min(1.0, seen.get("consulted", 0.0)), float(days))


def measure_witnessed(run: Witnessed | None, reference: Witnessed | None) -> dict[str, float]:
    """Return the metrics that rest on a witness; NaN for runs that had none."""
    if run is None or reference is None:
        names = ("m1_readiness", "m2_warning_days", "consulted_share", "decision_days")
        return dict.fromkeys((*names, *(m.name for m in cascades.METRICS)), math.nan)
    return {
        "m1_readiness": run.readiness,
        "m2_warning_days": readiness.warning_days(run.acts, reference.acts),
        "consulted_share": run.decision.consulted,
        "decision_days": run.decision.days,
        **cascades.measure_cascades(run.fallen, reference.fallen),
    }
