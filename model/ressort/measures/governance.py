"""Members of the SCIC decide by vote, in colleges, instead of its staff (E10).

They hear more voices, and the error of what they believe falls as seats**-1/2; they also take
longer, sittings cost money, and a part of them may take hold of the decision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ressort import scic
from ressort.errors import InputError
from ressort.measures.base import Floats, Measure
from ressort.measures.membership import Membership, charge_members
from ressort.rules.cooperation import members_in_trouble
from ressort.scic import COLLEGES, Voices
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

LEAST, MOST = 0.1, 0.5  # of the votes, for a college that has any (law of 1947, article 19 octies)
FEWEST_COLLEGES = 3
NEVER = -1


class Governance(Measure):
    """A SCIC that opens and closes pool and fund by the vote of its colleges.

    It meets every `meeting_days`, or `notice_days` after the staff has raised the alarm. Those who
    sit say whether they see trouble, and err; what they decide takes effect once they have
    deliberated, decisions have climbed, and members agree. A part `capture` of the vote and of what
    is shared out goes by the wish of members in one commune, the seat.
    """

    name = "governance"
    mechanism = "E10"
    meaning = "members of the SCIC decide by vote, in colleges, instead of its staff"
    meaning_fr = "les membres de la SCIC décident par vote, en collèges, à la place des salariés"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.weights: Floats = np.array([getattr(self.set, f"votes_{c}") for c in COLLEGES])
        _check_weights(self.weights)
        self.called = NEVER  # day of a meeting that the staff has called
        self.takes_effect = NEVER  # day on which the last decision does
        self.opens = False  # what was decided last
        self.seat = 0  # commune
        self.sat = 0  # people, today
        self.seen = dict.fromkeys(("vote", "decision_error", "delay"), math.nan)

    def prepare(self, world: World) -> None:
        """Find the seat: the commune with most members."""
        firms = world.state.firms
        self.seat = int(np.bincount(firms.commune[np.array(firms.member)], minlength=1).argmax())

    def decide(self, world: World) -> None:
        """Hold the meetings of today, and let decisions take effect."""
        self.sat = 0
        head = world.state.scic[0]
        if not self.is_on(world) or not head.active:
            world.voices = Voices()
            return
        self._call(world)
        if world.tick in (self.called, self._regular(world)):
            self._meet(world)
        if world.tick >= self.takes_effect > NEVER:
            head.open, self.takes_effect = self.opens, NEVER
        world.voices = Voices(self._seats(world), self._weights_of_claims(world))

    def _regular(self, world: World) -> int:
        """Return today if a meeting is due by the calendar, else a day that never comes."""
        return world.tick if world.tick % self.set.meeting_days == 0 else NEVER

    def _call(self, world: World) -> None:
        """Let the staff call a meeting as soon as it sees trouble, if the statutes allow it."""
        head, alarm = world.state.scic[0], world.rules.behaviour.alarm_share
        pending = self.called >= world.tick or self.takes_effect > NEVER
        if not self.set.on_call or head.open or pending or scic.trouble(world) <= alarm:
            return
        if head.alarm_day < 0:
            head.alarm_day = world.tick
            self.called = world.tick + self.set.notice_days

    def _meet(self, world: World) -> None:
        """Vote; what changes takes effect later, what does not change ends the alarm."""
        head = world.state.scic[0]
        truth = self._positions(world)
        vote = self._vote(world, truth)
        self.sat = self._seats(world)
        self.opens = vote > self.set.majority and scic.is_quorate(world)
        if not self.opens:
            head.alarm_day = NEVER
        if self.opens != bool(head.open) and self.takes_effect == NEVER:
            waits = self._deliberation(world) if self.opens else 0.0
            self.takes_effect = world.tick + math.ceil(waits)
            self.seen["delay"] = waits
        self.seen["vote"] = vote
        self.seen["decision_error"] = abs(vote - self._weighed(truth))
        self._persuade(world)

    def _deliberation(self, world: World) -> float:
        """Days from the vote to its effect: to prepare, to hear all, to climb, to agree."""
        heard = self.set.days_a_seat * self._seats(world)
        return float(world.rules.behaviour.decision_delay_days + heard + scic.extra_days(world))

    def _seats(self, world: World) -> int:
        """Return how many sit: as many as there are seats, or members if these are fewer."""
        return max(1, min(self.set.seats, sum(scic.colleges(world).values())))

    # ------------------------------------------------------------------ the vote
    def _positions(self, world: World) -> Floats:
        """Return the share of each college that is in trouble today, NaN if it has no member.

        Producers: low stocks, or short of means. Workers: those of such members. Users: member
        households with a need unmet. Public: the council sees the same share of all residents.
        """
        firms, homes = world.state.firms, world.state.homes
        members = np.array(firms.member & firms.alive)
        hit = members_in_trouble(firms, world.state.slots, world.goods)
        lacks = homes.met.min(axis=1) < world.rules.behaviour.trouble_fill
        of_users = np.array(homes.member)
        return np.array(
            [
                _mean(hit, members.astype(float)),
                _mean(hit, np.where(members, firms.staff, 0.0)),
                _mean(lacks, np.where(of_users, homes.people, 0.0)),
                _mean(lacks, np.asarray(homes.people)),
            ]
        )

    def _weighed(self, shares: Floats) -> float:
        """Return the weighted share of votes; colleges without members have none."""
        there = np.isfinite(shares) & (self.weights > 0.0)
        weights = np.where(there, self.weights, 0.0)
        if weights.sum() <= 0.0:
            return 0.0
        return float((weights * np.where(there, shares, 0.0)).sum() / weights.sum())

    def _vote(self, world: World, truth: Floats) -> float:
        """Return the weighted share of those who sit that vote for opening.

        Each errs with the chance `misjudge`; seats go to colleges by their weight, so that the
        error of the outcome falls with the square root of their number.
        """
        luck = stream(world.seed, "votes", world.tick)
        says = truth * (1.0 - self.set.misjudge) + (1.0 - truth) * self.set.misjudge
        seats = np.maximum(1, np.round(self._seats(world) * self.weights)).astype(int)
        chance = np.clip(np.nan_to_num(says), 0.0, 1.0)
        shares = np.where(np.isfinite(truth), luck.binomial(seats, chance) / seats, math.nan)
        fair = self._weighed(shares)
        if self.set.capture == 0.0:
            return fair
        firms = world.state.firms
        at_seat = np.array(firms.member & firms.alive & (firms.commune == self.seat))
        hit = members_in_trouble(firms, world.state.slots, world.goods)
        theirs = float(np.nan_to_num(_mean(hit, at_seat.astype(float))))
        return (1.0 - self.set.capture) * fair + self.set.capture * theirs

    def _weights_of_claims(self, world: World) -> Floats | None:
        """Let members away from the seat get less of what is shared out."""
        if self.set.capture == 0.0:
            return None
        return np.where(world.state.firms.commune == self.seat, 1.0, 1.0 - self.set.capture)

    def _persuade(self, world: World) -> None:
        """Let members who do not pay, and were consulted, pay from now on, with a chance."""
        firms, n = world.state.firms, world.n_drawn
        riders = np.array(firms.member[:n] & firms.free_rider[:n] & firms.alive[:n])
        if not riders.any():
            return
        consulted = min(1.0, self._consulted(world))
        luck = stream(world.seed, "persuaded", world.tick).random(n)
        won = np.flatnonzero(riders & (luck < self.set.compliance * consulted))
        for measure in world.measures:
            if isinstance(measure, Membership):
                measure.win_back(world, won)

    def _consulted(self, world: World) -> float:
        """Return the share of member establishments that sit."""
        members = scic.colleges(world)["producers"]
        return float(self.weights[0] * self._seats(world)) / max(1, members)

    # ------------------------------------------------------------------ money
    def cooperate(self, world: World) -> None:
        """Let members who pay fees pay those who sat, by output; show what was decided."""
        cost = self.sat * self.set.pay_a_seat
        if cost > 0.0:
            firms = world.state.firms
            held = np.asarray(firms.cash - firms.units + firms.credit)
            self.cash += charge_members(world, cost, held)
            self.pay_residents(world, self.cash, wages=False)
        self.observed = {
            "seats": float(self.sat),
            "consulted": self._consulted(world) if world.state.scic[0].active else 0.0,
            **self.seen,
        }


def _mean(hit: Any, weights: Floats) -> float:
    """Return the weighted share that is hit; NaN if all weights are 0."""
    there = weights > 0.0  # alone, so that rows kept free change no bit of the sums
    weight = float(weights[there].sum())
    return float(weights[there & np.asarray(hit)].sum()) / weight if weight > 0.0 else math.nan


def _check_weights(weights: Floats) -> None:
    """Raise InputError unless the votes are what the law of cooperatives allows."""
    given = ", ".join(f"votes_{c} = {w:g}" for c, w in zip(COLLEGES, weights, strict=True))
    used = weights[weights > 0.0]
    if abs(float(weights.sum()) - 1.0) > 1e-9:
        raise InputError(
            f"governance: the votes of the colleges must sum to 1, not {weights.sum():g} ({given})"
        )
    if len(used) < FEWEST_COLLEGES or used.min() < LEAST or used.max() > MOST:
        raise InputError(
            f"governance: at least {FEWEST_COLLEGES} colleges are needed, each with {LEAST:g} to "
            f"{MOST:g} of the votes, or 0 for one that there is not ({given})"
        )
