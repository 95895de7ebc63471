"""Batch files: one TOML file says what is run, what is kept, and where it is computed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ressort import indicators
from ressort.batch import clusters, executors, sampling
from ressort.batch.plan import ALL_INDICATORS, Arm, Kept, Plan, Point, Stop
from ressort.batch.sampling import Factor
from ressort.errors import InputError, named, shown
from ressort.faults import faults_of, join_faults
from ressort.measures.sections import Section
from ressort.metrics import METRICS
from ressort.metrics_groups import GROUP_METRICS
from ressort.scenario import NAME
from ressort.scenario_files import find_scenario, parse, read_scenario
from ressort.simulation import COST, SETUP

METRIC_NAMES: Final = (*(m.name for m in (*METRICS, *GROUP_METRICS)), COST, SETUP)
MOST_CHECKED: Final = 200  # points whose scenarios are all checked before anything runs
AS_GIVEN: Final = ("base", "points", "set", "values")


class DesignSection(Section):
    """Where the points lie."""

    kind: Literal[sampling.KINDS] = "factorial"  # type: ignore[valid-type]
    size: Annotated[int, Field(ge=1, le=sampling.MOST_POINTS)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1


class FactorSection(Section):
    """What varies: a key of the scenario, and either `values` or `low` and `high`."""

    key: Annotated[str, Field(pattern=r"^[^.\s]+(\.[^.\s]+)+$")]
    values: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False

    @model_validator(mode="after")
    def _values_or_range(self) -> Self:
        has_range = self.low is not None and self.high is not None
        if bool(self.values) == (self.low is not None or self.high is not None):
            raise ValueError("give either values = [...], or low = ... and high = ...")
        if not self.values and not has_range:
            raise ValueError("low and high go together; add the other one")
        if has_range and not self.low < self.high:  # type: ignore[operator]
            raise ValueError(f"low = {self.low:g} is not below high = {self.high:g}; exchange them")
        if self.scale == "log" and (self.low is None or self.low <= 0.0 or self.whole):
            raise ValueError('scale = "log" needs low above 0 and no whole = true')
        if self.whole and not (has_range and _is_whole(self.low) and _is_whole(self.high)):
            raise ValueError("whole = true goes with whole low and high")
        return self


def _is_whole(number: float | None) -> bool:
    return number is not None and math.isfinite(number) and number == int(number)


class ArmSection(Section):
    """One side of the comparison; `set` changes keys of the scenario in this arm alone."""

    name: Annotated[str, Field(pattern=NAME)]
    cooperation: bool = True
    set: dict[str, Any] = Field(default_factory=dict)


class SeedsSection(Section):
    """`draws` of people and establishments from `first` on, each with `replicates` of its luck."""

    first: Annotated[int, Field(ge=0, le=2**31)] = 1
    draws: Annotated[int, Field(ge=1, le=100_000)] = 10
    replicates: Annotated[int, Field(ge=1, le=10_000)] = 1


class StopSection(Section):
    """Seeds enough: the interval of a paired difference is at most `width` wide."""

    metric: Literal[METRIC_NAMES]  # type: ignore[valid-type]
    arms: tuple[str, str] | None = None
    width: Annotated[float, Field(gt=0)]
    level: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.9
    least: Annotated[int, Field(ge=4)] = 10
    step: Annotated[int, Field(ge=1)] = 10
    most: Annotated[int, Field(ge=4, le=100_000)] = 200


class KeepSection(Section):
    """What is kept of each run beside its metrics."""

    series: tuple[str, ...] = ("essential", "output")
    reference: bool = True
    communes: bool = False


class ClusterSection(Section):
    """Workers on other machines; keys beyond `kind` go with it."""

    kind: Literal[clusters.KINDS] = "local"  # type: ignore[valid-type]
    address: str | None = None
    queue: str | None = None
    account: str | None = None
    cores: Annotated[int, Field(ge=1)] | None = None
    memory: str | None = None
    walltime: str | None = None
    job_extra: tuple[str, ...] = ()
    prologue: tuple[str, ...] = ()
    image: str | None = None
    namespace: str | None = None

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if (self.kind == "address") != (self.address is not None):
            raise ValueError('address = "tcp://HOST:PORT" goes with kind = "address", and only so')
        for key in clusters.NEEDED.get(self.kind, ()):
            if getattr(self, key) is None:
                raise ValueError(f'{key} is needed with kind = "{self.kind}"; add {key} = ...')
        return self


class EngineSection(Section):
    """Where and how runs are computed; nothing here changes what they give."""

    executor: Literal[executors.KINDS] = "processes"  # type: ignore[valid-type]
    workers: Annotated[int, Field(ge=1, le=100_000)] | None = None
    chunk: Annotated[int, Field(ge=0, le=100_000)] = 0
    seconds_a_run: Annotated[float, Field(gt=0)] | None = None
    memory_gb: Annotated[float, Field(gt=0)] | None = None
    cluster: ClusterSection = ClusterSection()

    def engine(self) -> executors.Engine:
        """Return the settings as the engine takes them."""
        cluster = self.cluster.model_dump(mode="json", exclude_none=True)
        return executors.Engine(**self.model_dump(exclude={"cluster"}), cluster=cluster)


class BatchFile(Section):
    """A frozen, closed record of a batch: the scenario by name or path, or as a section [base]."""

    name: Annotated[str, Field(pattern=NAME)] = "batch"
    scenario: str | None = None
    base: dict[str, Any] | None = None
    design: DesignSection = DesignSection()
    factors: tuple[FactorSection, ...] = ()
    points: tuple[dict[str, Any], ...] = ()
    arms: tuple[ArmSection, ...] = (
        ArmSection(name="with"),
        ArmSection(name="without", cooperation=False),
    )
    seeds: SeedsSection = SeedsSection()
    stop: StopSection | None = None
    keep: KeepSection = KeepSection()
    engine: EngineSection = EngineSection()


def load(path: Path) -> tuple[Plan, EngineSection]:
    """Return what a batch file asks for; InputError that names the file, keys and remedies."""
    content = parse(path)
    content.setdefault("name", path.stem)
    try:
        given = BatchFile.model_validate(_tuples(content))
    except ValidationError as error:
        raise InputError(join_faults(str(path), faults_of(error, BatchFile))) from None
    faults = _faults(given)
    if faults:
        raise InputError(join_faults(str(path), faults))
    try:
        return _plan(given, path), given.engine
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _tuples(value: Any, key: str = "") -> Any:
    """Turn lists into tuples, which strict checking asks for; what goes into scenarios stays."""
    if key in AS_GIVEN:
        return tuple(value) if isinstance(value, list) else value
    if isinstance(value, list):
        return tuple(_tuples(v) for v in value)
    if isinstance(value, dict):
        return {k: _tuples(v, k) for k, v in value.items()}
    return value


def _faults(given: BatchFile) -> list[str]:
    """Return what does not go together in values that are each well formed."""
    faults = []
    if (given.scenario is None) == (given.base is None):
        faults.append('scenario: give either scenario = "NAME", or a section [base]')
    kind, sizes = given.design.kind, ("latin_hypercube", "sobol", "morris", "saltelli")
    if (kind in sizes) != (given.design.size is not None):
        needed = "needs" if kind in sizes else "takes no"
        faults.append(f'design.size: kind = "{kind}" {needed} size = ...')
    if (kind == "list") != bool(given.points):
        faults.append('points: [[points]] go with design.kind = "list", and only so')
    if kind == "list" and given.factors:
        faults.append("factors: a list of points has none; write their values into [[points]]")
    if kind not in ("list", "factorial") and not given.factors:
        faults.append(f'factors: kind = "{kind}" needs [[factors]]')
    faults += _faults_of_factors(given)
    faults += _faults_of_arms(given)
    strange = sorted(set(given.keep.series) - set(indicators.NAMES) - set(ALL_INDICATORS))
    if strange:
        faults.append(
            f"keep.series: no series {shown(strange[0])}; `all`, or some of those that "
            "docs/batches.md lists"
        )
    return faults


def _faults_of_factors(given: BatchFile) -> list[str]:
    kind, faults = given.design.kind, []
    for k, factor in enumerate(given.factors):
        if kind == "factorial" and not factor.values:
            faults.append(f'factors.{k}: kind = "factorial" needs values = [...]')
        if kind in ("morris", "saltelli") and factor.values:
            faults.append(f'factors.{k}: kind = "{kind}" needs low and high')
        if factor.key in [f.key for f in given.factors[:k]]:
            faults.append(f"factors.{k}.key: {named(factor.key)} a second time; merge the two")
    return faults


def _faults_of_arms(given: BatchFile) -> list[str]:
    names = [arm.name for arm in given.arms]
    faults = []
    if not names:
        faults.append("arms: at least one is needed; leave the key out for with and without")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        faults.append(f"arms: {shown(twice[0])} a second time; give each arm a name of its own")
    if given.stop is not None:
        pair = given.stop.arms or tuple(names[:2])
        if len(pair) < 2 or not set(pair) <= set(names) or pair[0] == pair[1]:
            faults.append(f"stop.arms: two of {', '.join(names)} are expected")
        if given.stop.most < max(given.stop.least, given.seeds.draws):
            faults.append("stop.most: less than stop.least or seeds.draws; raise it")
    return faults


def _plan(given: BatchFile, path: Path) -> Plan:
    factors = [
        Factor(f.key, f.low, f.high, f.scale == "log", f.whole, f.values) for f in given.factors
    ]
    design = given.design
    drawn = sampling.points(design.kind, factors, design.size or 0, design.seed, given.points)
    stop = given.stop
    plan = Plan(
        name=given.name,
        base=_base(given, path),
        arms=tuple(Arm(arm.name, arm.cooperation, arm.set) for arm in given.arms),
        points=drawn,
        first_seed=given.seeds.first,
        draws=max(given.seeds.draws, stop.least) if stop else given.seeds.draws,
        replicates=given.seeds.replicates,
        kept=Kept(_series(given.keep.series), given.keep.reference, given.keep.communes),
        stop=_stop(given),
        design=given.design.model_dump(mode="json")
        | {"factors": [f.model_dump(mode="json") for f in given.factors]},
    )
    check_scenarios(plan)
    return plan


def _stop(given: BatchFile) -> Stop | None:
    stop = given.stop
    if stop is None:
        return None
    pair = stop.arms or (given.arms[0].name, given.arms[1].name)
    return Stop(stop.metric, pair, stop.width, stop.level, stop.least, stop.step, stop.most)


def _base(given: BatchFile, path: Path) -> dict[str, Any]:
    if given.base is not None:
        return given.base
    assert given.scenario is not None
    return read_scenario(find_scenario(given.scenario, path.parent))


def _series(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the series kept, in the order in which runs give them."""
    everything = set(wanted) & set(ALL_INDICATORS)
    return tuple(n for n in indicators.NAMES if everything or n in wanted)


def check_scenarios(plan: Plan) -> None:
    """Check the scenarios of all points, or where there are many of those at the ends of factors.

    A point that turns out to be wrong later is a failed run, with the same message.
    """
    for point in _chosen(plan.points):
        for arm in plan.arms:
            plan.scenario(point, arm)


def _chosen(drawn: tuple[Point, ...]) -> tuple[Point, ...]:
    if len(drawn) <= MOST_CHECKED:
        return drawn
    ends: set[int] = {0, len(drawn) - 1}
    for key in drawn[0].factors:
        values = [p.factors[key] for p in drawn]
        if all(isinstance(v, int | float) for v in values):
            ends |= {values.index(min(values)), values.index(max(values))}
        else:
            ends |= {[shown(v) for v in values].index(text) for text in {shown(v) for v in values}}
    return tuple(drawn[k] for k in sorted(ends))
