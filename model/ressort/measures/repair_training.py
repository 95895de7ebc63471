"""Training in groups to repair and build machines oneself, with open plans (S25, E13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure
from ressort.state import Rows
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

HALF_A_PERSON = 0.5  # whoever lacks less than that is not sent again


class Course(NamedTuple):
    """A group in training: one person from each of these establishments."""

    firms: NDArray[np.int_]
    last_day: int


class RepairTraining(Measure):
    """Establishments send people to courses in groups; the trained repair when no repairer comes.

    They pay the fee and miss the people while these are away. Skill goes with those who leave.
    """

    name = "repair_training"
    meaning = "establishments train in groups to repair their machines and to make parts themselves"
    meaning_fr = (
        "des établissements se forment en groupe pour réparer leurs machines et faire des pièces"
    )
    rows = ("S25",)
    mechanism = "E13"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.branches = self.rows_of("branches")
        self.trained: Floats = np.zeros(0)  # persons, by establishment
        self.needed: Floats = np.zeros(0)  # persons
        self.invited: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.courses: list[Course] = []
        self.called_off = 0
        self.parts: NDArray[np.int_] = np.zeros(0, dtype=int)  # purchase, -1 for none
        self.materials: NDArray[np.int_] = np.zeros(0, dtype=int)

    def prepare(self, world: World) -> None:
        """Find who may come, and how many trained people each needs."""
        firms = world.state.firms
        dependent = world.goods.machine_dependence[firms.branch] > 0.0
        self.invited = np.isin(firms.branch, self.branches) & dependent
        self.trained = np.zeros(len(firms))
        self.needed = np.maximum(1.0, np.asarray(firms.jobs) / self.set.jobs_per_repairer)
        self.parts = input_rows(world, INDEX["equipment"])
        self.materials = input_rows(world, INDEX["materials"])

    def set_conditions(self, world: World) -> None:
        """Begin the groups due today; those on a course are missing at work."""
        firms = world.state.firms
        if self.is_on(world):
            self._begin(world)
        for course in self.courses:
            missing = self.set.hours_lost / np.maximum(1.0, firms.staff[course.firms])
            firms.able[course.firms] *= np.maximum(0.0, 1.0 - missing)

    def _begin(self, world: World) -> None:
        """Fill the groups that begin today with the least skilled that can pay, in random order.

        Trainers come from outside: while people cannot cross the border, a course is called off.
        """
        groups = self._due(world)
        if groups == 0:
            return
        if world.day.commuting < 1.0:
            self.called_off += groups
            return
        firms = world.state.firms
        busy = np.zeros(len(firms), dtype=bool)
        for course in self.courses:
            busy[course.firms] = True
        means = firms.cash - firms.units + firms.credit
        open_to = self.invited & firms.alive & ~busy & (firms.staff > 0.0)
        open_to &= self.trained <= self.needed - HALF_A_PERSON
        open_to &= means >= self.set.days * self.set.fee
        luck = stream(world.seed, self.name, world.tick).random(len(firms))
        order = np.lexsort((luck, self.trained / self.needed))
        chosen = order[open_to[order]][: groups * self.set.people]
        if len(chosen):
            self.courses.append(Course(chosen, world.tick + self.set.days - 1))

    def _due(self, world: World) -> int:
        """Return how many groups begin today; they are spread evenly over the year."""
        since = world.tick - round(DAYS_A_YEAR * self.set.from_year)
        a_day = self.set.groups / DAYS_A_YEAR
        return int(np.floor((since + 1) * a_day) - np.floor(since * a_day))

    def cooperate(self, world: World) -> None:
        """Let establishments pay for the people whom they sent, as far as they can."""
        firms = world.state.firms
        present = 0
        for course in self.courses:
            means = np.maximum(0.0, _means(firms, course.firms))
            fees = np.minimum(self.set.fee, means * world.day.payments)
            firms.cash[course.firms] -= fees
            self.cash += float(fees.sum())
            present += len(course.firms)
        self.pay_outside(world, self.cash)
        made = self._make_parts(world)
        self.observed = {
            "trained": float(self.trained.sum()),
            "on_course": float(present),
            "skill": self._mean_skill(firms.alive),
            "called_off": float(self.called_off),
            "parts_made": made,
        }

    def _make_parts(self, world: World) -> float:
        """Let the trained turn materials into parts where the store of parts runs low; EUR made.

        Done in the hours of staff who are there and have no other work, which cost nothing more;
        an hour makes as much as it does of other goods.
        """
        firms, slots, flows = world.state.firms, world.state.slots, world.flows
        who = np.flatnonzero((self.trained > 0.0) & (self.parts >= 0) & (self.materials >= 0))
        who = who[firms.alive[who]]
        if not who.size:
            return 0.0
        parts, materials = self.parts[who], self.materials[who]
        usual = slots.coefficient[parts] * firms.output_calm[who]
        lacks = self.set.low_store * slots.stock_target[parts] - slots.stock[parts]
        made = np.minimum(self.set.own_parts * self._skill()[who] * usual, np.maximum(0.0, lacks))
        most = slots.stock[materials] / max(self.set.materials_share, 1e-9)
        busy = firms.jobs[who] * firms.production[who] / firms.output_calm[who]
        idle = np.maximum(0.0, firms.able[who] * firms.staff[who] - busy)
        made = np.minimum(made, np.minimum(most, idle * (firms.output_calm[who] / firms.jobs[who])))
        slots.stock[parts] += made
        slots.stock[materials] -= self.set.materials_share * made
        flows.produced[INDEX["equipment"]] += made.sum()
        flows.used[INDEX["materials"]] += self.set.materials_share * made.sum()
        return float(made.sum())

    def _mean_skill(self, alive: NDArray[np.bool_]) -> float:
        who = self.invited & alive
        return float(self._skill()[who].mean()) if who.any() else 0.0

    def _skill(self) -> Floats:
        return np.minimum(1.0, self.trained / self.needed)

    def adapt(self, world: World) -> None:
        """Courses that end leave people trained; some of the trained leave their jobs."""
        firms = world.state.firms
        for course in self.courses:
            if course.last_day == world.tick:
                self.trained[course.firms] += 1.0
        self.courses = [c for c in self.courses if c.last_day > world.tick]
        self.trained *= (1.0 - self.set.turnover) ** (1.0 / DAYS_A_YEAR)
        self.trained[~firms.alive] = 0.0
        firms.repair_skill = self.set.speed * self._skill()


def _means(firms: Rows, who: NDArray[np.int_]) -> Floats:
    """Return the euros that some establishments can pay with, credit included."""
    return np.asarray(firms.cash[who] - firms.units[who] + firms.credit[who])


def busy_jobs(world: World) -> Floats:
    """Return the jobs that today's output took, by establishment."""
    firms = world.state.firms
    return np.asarray(firms.jobs * firms.production / firms.output_calm)


def input_rows(world: World, good: int) -> NDArray[np.int_]:
    """Return the row of each establishment's purchase of an input, -1 for none."""
    firms, slots = world.state.firms, world.state.slots
    owner = world.buyers
    rows = np.flatnonzero((slots.good == good) & (slots.shelf < 0))
    found = np.full(len(firms), -1)
    found[owner[rows]] = rows
    return found
