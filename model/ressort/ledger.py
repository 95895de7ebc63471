"""The audit: money, goods and people are conserved, and nothing is impossible, every day.

    euros held tonight = euros held this morning + all declared flows
    stock tonight = stock + produced + imported - used - consumed - exported - invested
                    - spoiled - lost, for each good

and whatever identities a measure declares. Tolerance 1e-9 of what is held and moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES
from ressort.errors import LedgerError
from ressort.goods import STORED_GOODS
from ressort.rules.observation import euros_held, goods_held
from ressort.state import MONEY_FLOWS
from ressort.world import World

TOLERANCE = 1e-9
OUT = ("used", "consumed", "exported", "invested", "spoiled", "lost")


@dataclass
class Ledger:
    """What was held at the last audit, and the largest relative gap found so far."""

    euros: float
    goods: NDArray[np.float64]
    people: float
    largest_gap: float = 0.0

    @classmethod
    def open(cls, world: World) -> Ledger:
        """Take stock before the first day."""
        return cls(_euros(world), _goods(world), float(world.place.population.sum()))

    def audit(self, world: World) -> None:
        """Check the day just lived; raises LedgerError at the first imbalance."""
        day = int(world.day.number)
        self._check_money(world, day)
        self._check_goods(world, day)
        self._check_limits(world, day)
        people = float(world.state.homes.people.sum())
        self._close("people", day, people, self.people, self.people)
        for measure in world.measures:
            for account, found, expected in measure.audit(world):
                self._close(f"{account} of {measure.name}", day, found, expected, abs(expected))

    def _check_money(self, world: World, day: int) -> None:
        flows = np.array([float(world.flows[name]) for name, _ in MONEY_FLOWS])
        euros = _euros(world)
        scale = abs(self.euros) + np.abs(flows).sum()
        self._close("euros", day, euros, self.euros + flows.sum(), scale)
        self.euros = euros

    def _check_goods(self, world: World, day: int) -> None:
        flows = world.flows
        goods = _goods(world)
        gained = flows.produced + flows.imported
        gone = np.sum([flows[name] for name in OUT], axis=0)
        for g, name in enumerate(BRANCHES):
            scale = self.goods[g] + gained[g] + gone[g]
            expected = self.goods[g] + gained[g] - gone[g]
            self._close(f"good {name}", day, goods[g], expected, scale)
        self.goods = goods

    def _check_limits(self, world: World, day: int) -> None:
        state = world.state
        firms, homes = state.firms, state.homes
        euro = TOLERANCE * max(1.0, float(np.abs(firms.cash).max(initial=0.0)))
        unit = TOLERANCE * max(1.0, float(self.goods.max()))
        limits = {
            # What it owes other producers in local currency is no debt to its bank.
            "debt above the credit line of a producer": (
                firms.cash + firms.credit + np.maximum(0.0, -firms.units),
                euro,
            ),
            "cash of a household": (homes.cash, euro),
            "finished goods of a producer": (firms.stock, unit),
            "standing crop of a farm": (firms.crop, unit),
            "stock of a purchase": (state.slots.stock, unit),
            "pantry of a household": (homes.pantry, unit),
            "pool of the SCIC": (state.scic.pool, unit),
            "fund of the SCIC": (state.scic.fund, euro),
            "account of the SCIC": (state.scic.cash, euro),
            **{f"account of {m.label}": (np.array([m.cash]), euro) for m in world.measures},
            **{f"stock of {m.label}": (m.stock, unit) for m in world.measures},
        }
        for what, (values, slack) in limits.items():
            if values.size and not values.min() >= -slack:  # also catches NaN
                row = int(np.argmin(values)) // (values.size // len(values))
                raise LedgerError(day=day, account=f"{what} (row {row})", gap=float(values.min()))

    def _close(self, account: str, day: int, found: float, expected: float, scale: float) -> None:
        gap = found - expected
        relative = abs(gap) / max(scale, 1.0)
        self.largest_gap = max(self.largest_gap, relative)
        if not relative <= TOLERANCE:
            raise LedgerError(day=day, account=account, gap=gap)


def _euros(world: World) -> float:
    state = world.state
    held = float(euros_held(state.firms, state.homes, state.scic[0]))
    return held + sum(measure.euros(world) for measure in world.measures)


def _goods(world: World) -> NDArray[np.float64]:
    state = world.state
    held = goods_held(
        state.firms, state.slots, state.homes, state.pooled, state.scic[0].pool, STORED_GOODS
    )
    return np.sum([held, *(measure.stock for measure in world.measures)], axis=0)
