"""Who pays whom: the flows of a day in any money and in euros, and those of units over a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ressort.measures.base import Floats
from ressort.multiplier import COUNCIL, HOUSEHOLDS, OUTSIDE, PRODUCERS, SECTORS
from ressort.rules.passes import euros_of
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.world import World


@dataclass(frozen=True)
class Counted:
    """Payments of one day in any money that no flow of the day tells, EUR.

    `bought`: by households from producers here; `public`: by the state besides; `beyond`: by
    households from sellers outside. `between`: producers here. `wages`: net, to residents.
    `profits`: to residents, with what they earn by cooperation.
    """

    bought: float = 0.0
    public: float = 0.0
    beyond: float = 0.0
    between: float = 0.0
    wages: float = 0.0
    profits: float = 0.0


def of_trade(day: Any, bought: float, public: float, between: float) -> Counted:
    """Return the payments of trade; `day`: flows of money as they stand after phase *consume*.

    The state pays its part of what residents buy outside, too.
    """
    beyond = -float(day.household_imports) - (float(day.public_purchases) - public)
    return Counted(bought=bought, public=public, beyond=beyond, between=between)


def in_any_money(counted: Counted, day: Any) -> Floats:
    """Return who paid whom on a day, EUR, shape (4, 4); `day`: its flows of money.

    The council is part of the state here, which is outside: taxes leave, public purchases come in.
    What other measures collect and pay is not counted.
    """
    flows = np.zeros((len(SECTORS), len(SECTORS)))
    flows[HOUSEHOLDS, PRODUCERS] = counted.bought
    flows[HOUSEHOLDS, OUTSIDE] = counted.beyond - float(day.taxes + day.saving)
    flows[PRODUCERS, PRODUCERS] = counted.between
    flows[PRODUCERS, HOUSEHOLDS] = counted.wages + counted.profits
    leaves = day.imports + day.refunds + day.contributions + day.commuters + day.profits
    flows[PRODUCERS, OUTSIDE] = -float(leaves + day.haulage)
    flows[OUTSIDE, PRODUCERS] = counted.public + float(day.exports + day.investment)
    flows[OUTSIDE, HOUSEHOLDS] = float(day.transfers + day.jobless_pay)
    return np.maximum(0.0, flows)


def in_units(amounts: Mapping[str, float]) -> Floats:
    """Return who paid whom in units, EUR, shape (4, 4), from amounts of `seen.DAILY`.

    Units buy nothing outside: they leave when they are changed back or cancelled, and that counts
    as a payment to outside; the office, which issues and takes them back, is outside too.
    """
    flows = np.zeros((len(SECTORS), len(SECTORS)))
    here = ("spent", "wages", "taxes", "of_council", "to_staff")
    flows[HOUSEHOLDS, PRODUCERS] = amounts["spent"]
    flows[PRODUCERS, PRODUCERS] = amounts["paid"] - sum(amounts[name] for name in here)
    flows[PRODUCERS, HOUSEHOLDS] = amounts["wages"]
    flows[HOUSEHOLDS, COUNCIL] = amounts["taxes"]
    flows[COUNCIL, PRODUCERS] = amounts["of_council"]
    flows[COUNCIL, HOUSEHOLDS] = amounts["to_staff"]
    flows[OUTSIDE, HOUSEHOLDS] = amounts["changed"] + amounts["issued"]
    flows[HOUSEHOLDS, OUTSIDE] = amounts["left_homes"]
    flows[PRODUCERS, OUTSIDE] = amounts["left_firms"]
    flows[COUNCIL, OUTSIDE] = amounts["left_council"]
    return np.maximum(0.0, flows)


def in_euros(any_money: Floats, units: Floats) -> Floats:
    """Return who paid whom in euros: all payments less those among residents and firms in units."""
    euros = any_money.copy()
    among = np.ix_([HOUSEHOLDS, PRODUCERS], [HOUSEHOLDS, PRODUCERS])
    euros[among] = np.maximum(0.0, euros[among] - units[among])
    return euros


def among_residents_and_firms(flows: Floats) -> float:
    """Return what residents and producers here paid one another, EUR."""
    return float(flows[:COUNCIL, :COUNCIL].sum())


def unit_payments(amounts: Mapping[str, float]) -> float:
    """Return what residents and producers here paid one another in units, EUR."""
    return amounts["paid"] - sum(amounts[name] for name in ("taxes", "of_council", "to_staff"))


def left(amounts: Mapping[str, float]) -> float:
    """Return the units that left: changed back, given for pledges, lost, parted with."""
    return amounts["left_homes"] + amounts["left_firms"] + amounts["left_council"]


def held_in_euros(world: World) -> float:
    """Return the euros that residents and producers hold, debts not set off."""
    tables = (plain(world.state.homes), plain(world.state.firms))
    return sum(float(euros_of(table).sum()) for table in tables)
