"""The sections of a scenario that switch measures on, made from the records of their settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

from ressort.measures.base import Measure
from ressort.parameters import Record, measure_records

PARTNER = r"^[^.\s](.{0,78}[^.\s])?$"  # also a part of the names of columns


class Section(BaseModel):
    """A strict, closed, frozen section of a scenario."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def section_of(measure: type[Measure], **more: Any) -> type[Section]:
    """Return the section of a measure: one key a record, with its default, limits and source."""
    records = measure_records()[measure.name].values()
    fields: dict[str, Any] = {record.name: _field(record) for record in records}
    fields["from_year"] = (float, Field(0.0, ge=0.0, le=25.0, description="years after the start"))
    title = "".join(part.title() for part in measure.name.split("_")) + "Section"
    section: type[Section] = create_model(title, __base__=Section, **(more | fields))
    section.__doc__ = measure.meaning
    globals()[title] = section  # where pickle looks for it, when scenarios go to other processes
    return section


def _field(record: Record) -> tuple[Any, Any]:
    text = f"{record.unit}; {record.confidence}: {record.source}"
    if record.choices:
        return Literal[record.choices], Field(record.value, description=text)
    if isinstance(record.value, bool | str | list):
        kind: Any = tuple[str, ...] if isinstance(record.value, list) else type(record.value)
        default = tuple(record.value) if isinstance(record.value, list) else record.value
        return kind, Field(default, description=text)
    field = Field(record.value, description=text, ge=record.least, le=record.most)
    return type(record.value), field


def group_of(title: str, measures: tuple[type[Measure], ...]) -> type[Section]:
    """Return a section with one optional sub-section a measure."""
    fields: dict[str, Any] = {m.name: (section_of(m) | None, None) for m in measures}
    group: type[Section] = create_model(title, __base__=Section, **fields)
    return group


def made_from(section: Any, measures: tuple[type[Measure], ...]) -> tuple[Measure, ...]:
    """Return new measures of those kinds that a group of sections switches on."""
    wanted = ((kind, getattr(section, kind.name)) for kind in measures)
    return tuple(kind(given.model_dump()) for kind, given in wanted if given is not None)


def contract_of(measures: tuple[type[Measure], ...]) -> Any:
    """Return the type of an entry of a list of contracts: the section that its `contract` names."""
    kinds = tuple(
        section_of(
            m,
            contract=(Literal[m.name], ...),
            partner=(str, Field(pattern=PARTNER, description="name of the other territory")),
        )
        for m in measures
    )
    return Annotated[Union[kinds], Field(discriminator="contract")]  # noqa: UP007
