"""The sections of a scenario that tell which shocks come: fixed ones and those at random."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from ressort.branches import BRANCHES
from ressort.errors import shown
from ressort.measures.sections import Section
from ressort.shocks import CATALOGUE, KINDS, PHYSICAL, SHAPES, TARGETS, Shock

MOST_DAYS = 9131  # 25 years
DAYS_A_YEAR = 365.25


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"give each item once, repeated: {', '.join(map(shown, repeated[:3]))}")
    return values


Once = AfterValidator(_once)
Goods = Annotated[tuple[Literal[BRANCHES], ...], Once]  # type: ignore[valid-type]
Communes = Annotated[tuple[str, ...], Once]


class ShockSection(Section):
    """One shock; days count from the start of the run."""

    kind: Literal[KINDS]  # type: ignore[valid-type]
    start_day: Annotated[int, Field(ge=0, le=MOST_DAYS)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)]
    depth: Annotated[float, Field(gt=0, le=1)] = 1.0
    shape: Literal[SHAPES] = "sudden"  # type: ignore[valid-type]
    ramp_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    goods: Goods = PHYSICAL
    branches: Goods = ()
    communes: Communes = ()
    pulse_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    pause_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    hits_surroundings: bool = True

    @model_validator(mode="after")
    def _shape(self) -> Self:
        for shape, days in (("pulses", "pulse_days"), ("ramp", "ramp_days")):
            if (self.shape == shape) != (getattr(self, days) > 0):
                raise ValueError(f'shape = "{shape}" and {days} (at least 1) go together')
        if self.pause_days and self.shape != "pulses":
            raise ValueError('pause_days goes with shape = "pulses": add that or leave it out')
        if self.ramp_days > self.days:
            raise ValueError(
                f"ramp_days is longer than days; give at most {self.days}, or a longer shock"
            )
        return self

    @model_validator(mode="after")
    def _target(self) -> Self:
        _check_target(self)
        return self


def _check_target(section: ShockSection | RandomShockSection) -> None:
    """Raise ValueError for keys that would do nothing, or leave the shock nothing to do."""
    if not section.goods:
        raise ValueError("goods is empty: leave it out to mean all physical goods")
    for key in set(TARGETS) - set(CATALOGUE[section.kind].targets):
        usual = type(section).model_fields[key].default
        if isinstance(usual, bool | float | tuple) and getattr(section, key) != usual:
            raise ValueError(f'{key} means nothing to kind = "{section.kind}": leave it out')


class Spread(Section):
    """A number drawn for each random shock, between `low` and `high`."""

    low: float
    high: float
    distribution: Literal["uniform", "log_uniform"] = "uniform"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low is above high ({self.low:g} > {self.high:g}); exchange them")
        if self.distribution == "log_uniform" and self.low <= 0:
            raise ValueError("low must be above 0 for a log_uniform spread; raise it")
        return self

    def draw(self, rng: np.random.Generator) -> float:
        """Return one draw."""
        if self.distribution == "uniform":
            return float(rng.uniform(self.low, self.high))
        return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))


class RandomShockSection(Section):
    """Shocks of one kind that come at random, as a Poisson process; the same in both arms."""

    kind: Literal[KINDS]  # type: ignore[valid-type]
    per_year: Annotated[float, Field(ge=0, le=100)]
    days: Spread
    depth: Spread
    first_day: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    goods: Goods = PHYSICAL
    branches: Goods = ()
    communes: Communes = ()
    hits_surroundings: bool = True

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if not 0 < self.depth.low <= self.depth.high <= 1:
            raise ValueError("depth.low above 0 and depth.high of at most 1 are expected (shares)")
        if not 1 <= self.days.low <= self.days.high <= MOST_DAYS:
            raise ValueError(f"days.low and days.high from 1 to {MOST_DAYS} are expected")
        _check_target(self)
        return self

    def draw(self, run_days: int, rng: np.random.Generator) -> list[Shock]:
        """Return the shocks of one run."""
        window = max(0, run_days - self.first_day)
        return [
            Shock(
                kind=self.kind,
                start_day=int(rng.integers(self.first_day, run_days)),
                days=round(self.days.draw(rng)),
                depth=self.depth.draw(rng),
                goods=self.goods,
                branches=self.branches,
                communes=self.communes,
                hits_surroundings=self.hits_surroundings,
            )
            for _ in range(rng.poisson(self.per_year * window / DAYS_A_YEAR))
        ]
