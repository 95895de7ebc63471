"""What the agents of the plain model own and read: goods, purchases, jobs, items, conditions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.reference.plain_household import Household
    from tests.reference.plain_producer import Producer

NEEDS = {
    "water": ("water",),
    "food": ("food", "agri"),
    "energy": ("energy",),
    "care": ("health_social",),
    "medicine": ("pharma",),
    "shelter": ("construction", "materials"),
    "mobility": ("fuel", "transport"),
    "communication": ("info_comm",),
}
NEED_OF = {good: need for need, goods in NEEDS.items() for good in goods}
PROTECTED: tuple[str, ...] = (
    "water",
    "food",
    "agri",
    "energy",
    "health_social",
    "pharma",
    "construction",
)
PROTECTED += ("materials", "fuel", "transport", "info_comm", "real_estate", "public_admin")
PROTECTED += ("education",)
OPTIONAL: tuple[str, ...] = (
    "light",
    "chemicals",
    "equipment",
    "horeca",
    "finance",
    "business_services",
)
OPTIONAL += ("other_services",)
SHELVES = {
    "grocery": ("food", "agri"),
    "pharmacy": ("pharma",),
    "station": ("fuel",),
    "store": ("light", "chemicals", "materials", "equipment"),
}
KIND_OF = {good: kind for kind, goods in SHELVES.items() for good in goods}
PANTRY = ("food", "agri", "pharma", "fuel")
STANDS_IN = {"agri": "food", "transport": "fuel"}  # what is bought when the other lacks
CROSSES = ("goods", "travel")  # what an isolation stops at the border
TROUBLE_MOST = 100
GOOD_SERVICE = 0.999  # from here on a source counts as serving all
WORKS_AGAIN = 0.98
ALL_MET = 1.0 - 1e-12
LEAN_LEAST, LEAN_MOST = 0.05, 0.95


@dataclass(eq=False)
class Good:
    """A good, and the branch that makes it."""

    name: str
    reach: str
    storable: bool
    lead_days: int
    shelf_life_days: float
    decay_km: float
    machine_dependence: float
    owners_local: float
    margin: float
    shelf_days: float
    shelf_restock_days: float
    makers: list[Producer] = field(default_factory=list)


@dataclass
class Conditions:
    """What shocks leave of normal conditions today, by good, and of commuting."""

    outside: dict[str, float]
    border: dict[str, float]
    exports: dict[str, float]
    demand: dict[str, float]
    beyond: dict[str, float]
    commuting: float = 1.0
    payments: float = 1.0
    credit: float = 1.0


def dispatched(supply: float, wanted: float, calm_use: float) -> float:
    """Return what the outside sends of what is wanted, when it has a share of normal supply."""
    return wanted if supply >= 1.0 else min(wanted, supply * calm_use)


def share_out(supply: float, asked: Sequence[float]) -> list[float]:
    """Return the share of each tier that is served: the first tier, then the second."""
    first = min(1.0, supply / asked[0]) if asked[0] > 0.0 else 1.0
    left = max(0.0, supply - first * asked[0])
    second = min(1.0, left / asked[1]) if asked[1] > 0.0 else 1.0
    return [first, second]


def moved_lean(lean: float, served: Sequence[float], rate: float, return_days: float) -> float:
    """Return the share of custom of the first of two sellers after they served these shares."""
    if min(served) >= GOOD_SERVICE:
        lean += (0.5 - lean) / return_days
    else:
        lean += rate * (served[0] - served[1])
    return min(LEAN_MOST, max(LEAN_LEAST, lean))


class Purchase:
    """What a producer buys of one good, from two sources; None is the outside."""

    def __init__(
        self,
        owner: Producer,
        good: Good,
        stock: float,
        target: float,
        arrivals: dict[int, float],
    ) -> None:
        self.owner = owner
        self.good = good
        self.stock = stock
        self.stock_target = target
        self.in_transit = sum(arrivals.values())
        self.arrivals = defaultdict(float, arrivals)  # by day
        self.pooled = 0.0  # granted by the pool and on its way
        self.haul: dict[int, float] = {}  # of which by day of arrival
        self.lean = 0.5
        self.trouble = [0, 0]
        self.sources: list[Producer | None] = [None, None]
        self.calm_sources: tuple[Producer | None, ...] = (None, None)
        self.order = 0.0
        self.dispatched = [0.0, 0.0]

    def part(self, k: int) -> float:
        """Share of the orders that goes to source k."""
        return self.lean if k == 0 else 1.0 - self.lean

    @property
    def part_outside(self) -> float:
        """Share of the orders that goes outside now."""
        return sum(self.part(k) for k, source in enumerate(self.sources) if source is None)

    @property
    def held(self) -> float:
        """What it has, and what is on its way."""
        return self.stock + self.in_transit + self.pooled

    @property
    def stake(self) -> float:
        """Output that hangs on it, EUR/day."""
        raise NotImplementedError

    @property
    def calm_use(self) -> float:
        """Use in calm times, EUR/day."""
        raise NotImplementedError

    @property
    def use(self) -> float:
        """Use expected, EUR/day."""
        raise NotImplementedError

    @property
    def restock_days(self) -> float:
        """Days over which a gap is ordered back."""
        raise NotImplementedError

    def calm_source_works(self, k: int) -> bool:
        """Whether the source of calm times serves again."""
        source = self.calm_sources[k]
        if source is not None:
            return source.works_for(self.owner.tier_at(source))
        today = self.owner.model.today
        return today.outside[self.good.name] >= 1.0 and today.border[self.good.name] >= 1.0


class Input(Purchase):
    """An input of the recipe."""

    def __init__(
        self,
        owner: Producer,
        good: Good,
        stock: float,
        target: float,
        arrivals: dict[int, float],
        coefficient: float,
        rating: int,
    ) -> None:
        super().__init__(owner, good, stock, target, arrivals)
        self.coefficient = coefficient
        self.rating = rating  # 2 critical, 1 important, 0 neither

    @property
    def stake(self) -> float:
        return 0.5 * self.rating * self.owner.output_calm

    @property
    def calm_use(self) -> float:
        return self.coefficient * self.owner.output_calm

    @property
    def use(self) -> float:
        return self.coefficient * self.owner.plan

    @property
    def restock_days(self) -> float:
        return self.owner.restock_days


class Shelf(Purchase):
    """A good on the shelves of a shop."""

    def __init__(
        self,
        owner: Producer,
        good: Good,
        stock: float,
        target: float,
        arrivals: dict[int, float],
        sales_calm: float,
    ) -> None:
        super().__init__(owner, good, stock, target, arrivals)
        self.sales_calm = sales_calm
        self.sales_expected = sales_calm
        self.asked = [0.0, 0.0]
        self.served = [1.0, 1.0]

    @property
    def stake(self) -> float:
        return self.sales_calm * self.good.margin

    @property
    def calm_use(self) -> float:
        return self.sales_calm

    @property
    def use(self) -> float:
        return self.sales_expected

    @property
    def restock_days(self) -> float:
        return self.good.shelf_restock_days

    def found(self, tier: int) -> float:
        """Share of what customers of a tier ask for that they take home."""
        return min(self.served[tier], self.owner.served[tier])


@dataclass(eq=False)
class Job:
    """Posts at a producer held by members of one household; None lives outside."""

    household: Household | None
    posts: float
    wage: float
    held: float = 1.0  # share of the posts


@dataclass(eq=False)
class Item:
    """What households buy of one good, and require."""

    row: int
    good: Good
    price: float
    margin: float
    committed: float
    variable: float
    pantry_days: float
    required: float
    cap: float = 1.0  # most of the requirement of its need that it can meet

    @property
    def name(self) -> str:
        """Name of the good."""
        return self.good.name

    @property
    def need(self) -> str:
        """The need that it meets, "" for none."""
        return NEED_OF.get(self.name, "")

    @property
    def kind(self) -> str:
        """The kind of shop that sells it, "" for a service."""
        return KIND_OF.get(self.name, "")
