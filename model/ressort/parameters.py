"""The numbers of the model, each a record with unit, range, source and confidence.

Rules never hold a number of their own. `behaviour.toml` has the scalars of the rules,
`branch_traits.toml` and `technical.toml` the traits of the branches, `jobs_per_head.toml` and
`farmland.toml` what is estimated for a commune. A scenario may override the scalars.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, INDEX, N_BRANCHES
from ressort.errors import InputError, named, shown
from ressort.paths import parameter_dir

Floats = NDArray[np.float64]
DAYS = 365  # of a simulated year
TROUBLE_MOST = 100  # days in a row of failing that are counted
CONFIDENCES = ("observed", "published", "recalled", "assumed")
FROM_TECHNICAL = (
    "input_stock_days",
    "import_share",
    "final_import_share",
    "consumption",
    "public_share",
    "investment",
    "output_per_job",
    "output_per_head",
)


@dataclass(frozen=True)
class Record:
    """One scalar parameter and where it comes from.

    `low` to `high` is the plausible range; an override must lie within `least` and `most`.
    """

    name: str
    value: Any
    unit: str
    source: str
    confidence: str
    low: float | None = None
    high: float | None = None
    least: float = 0.0
    most: float = math.inf
    note: str = ""
    choices: tuple[str, ...] = ()


def read(name: str) -> dict[str, Any]:
    """Return the content of one parameter file of the package."""
    with (parameter_dir() / name).open("rb") as file:
        return tomllib.load(file)


@cache
def records() -> Mapping[str, Record]:
    """Return all scalar parameters by name."""
    return MappingProxyType(
        {name: Record(name, **body) for name, body in read("behaviour.toml").items()}
    )


@cache
def metric_records() -> Mapping[str, Record]:
    """Return the numbers by which metrics judge, by name; no rule reads them."""
    return MappingProxyType(
        {name: Record(name, **body) for name, body in read("metrics.toml").items()}
    )


@cache
def measure_records() -> Mapping[str, Mapping[str, Record]]:
    """Return the settings of measures by measure and name, from `parameters/measures/`."""
    found: dict[str, Mapping[str, Record]] = {}
    for file in sorted((parameter_dir() / "measures").glob("*.toml")):
        for measure, settings in read(f"measures/{file.name}").items():
            records = {}
            for name, body in settings.items():
                choices = tuple(body.pop("choices", ()))
                records[name] = Record(name, **body, choices=choices)
            found[measure] = MappingProxyType(records)
    return MappingProxyType(found)


def all_records() -> list[Record]:
    """Return every scalar number: of the rules, `measure.name` of each measure, of metrics."""
    of_measures = [
        replace(record, name=f"{measure}.{record.name}")
        for measure, settings in measure_records().items()
        for record in settings.values()
    ]
    of_metrics = [replace(r, name=f"metrics.{r.name}") for r in metric_records().values()]
    return [*records().values(), *of_measures, *of_metrics]


class Behaviour:
    """The scalar parameters of one run: `behaviour.search_rate`, overridden by a scenario."""

    def __init__(self, overrides: Mapping[str, Any] | None = None) -> None:
        values = {name: record.value for name, record in records().items()}
        for name, value in (overrides or {}).items():
            values[name] = _checked(name, value)
        self._values = values
        _check_together(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"no parameter named {name!r}") from None

    def as_dict(self) -> dict[str, Any]:
        """Return all values by name."""
        return dict(self._values)


def _checked(name: str, value: Any) -> Any:
    """Return an override if it has a known name, the type of the default and a possible value."""
    if name not in records():
        near = difflib.get_close_matches(name, records(), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise InputError(
            f"parameters.{named(name)}: no such parameter{hint} (see `ressort parameters`)"
        )
    default = records()[name].value
    if isinstance(default, list):
        if not isinstance(value, list) or len(value) != len(default) or not all(map(_real, value)):
            raise InputError(
                f"parameters.{name}: a list of {len(default)} numbers is expected, "
                f"not {shown(value)}"
            )
        if abs(math.fsum(value) - 1) > 1e-9 or min(value) < 0:
            raise InputError(
                f"parameters.{name}: shares of at least 0 that sum to 1 are expected, "
                f"not {shown(value)}"
            )
        return value
    least, most = records()[name].least, records()[name].most
    limit = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of at least {least:g}"
    if not _real(value) or not least <= value <= most:
        raise InputError(f"parameters.{name}: a number {limit} is expected, not {shown(value)}")
    if isinstance(default, int) and value != int(value):
        raise InputError(f"parameters.{name}: a whole number is expected, not {shown(value)}")
    return type(default)(value)


def _real(value: Any) -> bool:
    """Whether a value is a finite number that a computer can count with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**63


def _check_together(behaviour: Behaviour) -> None:
    """Raise InputError for values that are possible alone and not together."""
    if behaviour.tax_rate + behaviour.saving_rate >= 1.0:
        raise InputError("parameters: tax_rate and saving_rate leave nothing to spend; lower one")
    if behaviour.trouble_days + behaviour.match_delay_days > TROUBLE_MOST:
        raise InputError(
            "parameters: trouble_days and match_delay_days together are over the "
            f"{TROUBLE_MOST} days of trouble that are counted; lower one"
        )
    if behaviour.harvest_first_day + behaviour.harvest_days > DAYS:
        raise InputError(
            "parameters: the harvest must end within the year; lower harvest_first_day or "
            "harvest_days"
        )


@dataclass(frozen=True)
class BranchTraits:
    """What is known of the branches; arrays of shape (22,) but for the square tables.

    `coefficients[i, j]`: EUR of good i per EUR of output of branch j. `rating[i, j]`: 2 critical,
    1 important, 0 neither. Money in EUR of 2014 a day, basic prices. Sources in the TOML files.
    """

    coefficients: Floats
    rating: NDArray[np.int8]
    input_stock_days: Floats
    import_share: Floats
    final_import_share: Floats
    consumption: Floats
    public_share: Floats
    investment: Floats
    output_per_job: Floats  # EUR a day
    output_per_head: Floats  # EUR a day an inhabitant of France
    output_stock_days: Floats
    decay_km: Floats
    jobs_per_establishment: Floats
    jobs_minimum: Floats
    labour_share: Floats
    owners_local: Floats
    machine_dependence: Floats
    lead_days: Floats
    margin: Floats
    shelf_days: Floats
    pantry_days: Floats
    shelf_life_days: Floats
    committed_share: Floats
    survival_share: Floats
    essential_share: Floats
    reach: tuple[str, ...]
    label_en: tuple[str, ...]
    label_fr: tuple[str, ...]

    @property
    def value_added_share(self) -> Floats:
        """Value added per EUR of output, shape (22,)."""
        return 1.0 - self.coefficients.sum(axis=0)

    @property
    def cover_days(self) -> Floats:
        """Days of use that a branch holds of each storable input, shape (22,).

        The source gives days of all inputs, services included, which cannot be kept: the same value
        is held here in goods alone, at least one day of them.
        """
        storable = self.output_stock_days > 0
        goods = self.coefficients[storable].sum(axis=0)
        share = self.coefficients.sum(axis=0) / np.maximum(goods, 1e-9)
        return np.maximum(1.0, self.input_stock_days * np.where(goods > 0, share, 1.0))

    @property
    def labour_cost_per_job(self) -> Floats:
        """Labour cost in EUR per job and day, shape (22,)."""
        return self.output_per_job * self.value_added_share * self.labour_share


@cache
def branch_traits() -> BranchTraits:
    """Return the traits of the branches, read once."""
    technical, traits = read("technical.toml"), read("branch_traits.toml")
    coefficients = np.zeros((N_BRANCHES, N_BRANCHES))
    rating = np.zeros((N_BRANCHES, N_BRANCHES), dtype=np.int8)
    for j, user in enumerate(BRANCHES):
        for name, value in technical[user]["inputs"].items():
            coefficients[INDEX[name], j] = value
        for level, key in ((2, "critical"), (1, "important")):
            for name in technical[user][key]:
                rating[INDEX[name], j] = level
    columns: dict[str, Any] = {
        key: np.array([technical[b][key] for b in BRANCHES], dtype=float) for key in FROM_TECHNICAL
    }
    columns["output_per_job"] *= 1000 / 365.25
    for key, record in traits.items():
        values = [record["values"][b] for b in BRANCHES]
        text = isinstance(values[0], str)
        columns[key] = tuple(values) if text else np.array(values, dtype=float)
    return BranchTraits(coefficients=coefficients, rating=rating, **columns)


@cache
def jobs_per_head() -> Floats:
    """Return jobs per inhabitant by kind of commune and branch, shape (kinds, 22)."""
    table = read("jobs_per_head.toml")
    kinds = sorted(int(k.removeprefix("kind_")) for k in table if k.startswith("kind_"))
    rates = [[table[f"kind_{k}"][b] for b in BRANCHES] for k in kinds]
    return np.array(rates) / 1000.0


@cache
def farmland_per_head() -> Mapping[str, float]:
    """Return hectares of farmland per inhabitant by departement code."""
    return MappingProxyType(read("farmland.toml")["hectares_per_inhabitant"])
