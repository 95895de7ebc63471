"""What is wrong with a scenario, in words: the key, what is allowed there, and what was given.

Checking by itself tells what a program expects; these lines tell what the writer of a file does.
"""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from ressort.errors import named, shown
from ressort.parameters import DAYS, records

MOST_FAULTS: Final = 12  # that one message holds
RENAMED: Final = {"labour_pool": "ptce"}  # sections of older files
BESIDE: Final = ("extends",)  # a key of scenario files that is gone once they are read

# What to add where a key is missing, by its last part.
_EXAMPLES: Final = {
    "territory": 'a section [territory] with, say, name = "Issoire"',
    "kind": 'kind = "import_cut"',
    "start_day": "start_day = 30",
    "days": "days = 30",
    "depth": "depth = {low = 0.2, high = 1.0}",
    "per_year": "per_year = 2.0",
    "partner": 'partner = "Thiers"',
    "low": "low = 0.2",
    "high": "high = 1.0",
}
_PATTERNS: Final = {
    "name": "at most 80 letters without accents, digits, dots, hyphens and underscores are "
    "expected, the first a letter or a digit, since it names the folder of results (a file without "
    "`name` takes its own)",
    "partner": "a name of at most 80 letters is expected, without dot or space at its ends",
    "rows": 'rows of the seed table such as "S08" are expected',
}
_PLAIN: Final = {
    "int_type": "a whole number without quotes or decimals is expected",
    "int_from_float": "a whole number is expected",
    "float_type": "a number without quotes is expected",
    "finite_number": "a finite number is expected",
    "bool_type": "true or false without quotes is expected",
    "string_type": "text in quotes is expected",
    "dict_type": "a section such as [parameters] is expected",
    "greater_than_equal": "at least {ge:g} is expected",
    "greater_than": "more than {gt:g} is expected",
    "less_than_equal": "at most {le:g} is expected",
}


def join_faults(where: str, faults: Iterable[str]) -> str:
    """Return one line that names a file and what is wrong with it."""
    faults = list(faults)
    rest = len(faults) - MOST_FAULTS
    more = [f"and {rest} more faults"] if rest > 0 else []
    return f"{where}: " + "; ".join([*faults[:MOST_FAULTS], *more])


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return what checking found against a model, each fault in words."""
    return [_fault(e, model) for e in error.errors(include_url=False, include_context=True)]


def faults_of_measures(scenario: Any) -> Iterator[str]:
    """Yield what is wrong with measures that are each well formed."""
    seen = [(entry.contract, entry.partner) for entry in scenario.partners]
    for k, entry in enumerate(seen):
        if entry in seen[:k]:
            yield f"partners.{k}: a second {entry[0]} with {entry[1]}; merge the two"
    years, days = scenario.calm.years, scenario.run.days
    for key, section in _measures(scenario):
        begins = section.from_year
        if DAYS * begins >= DAYS * years + days:
            yield (
                f"{key}.from_year: {begins:g} is not before the end of the run (calm.years = "
                f"{years}, run.days = {days}); begin earlier or run longer"
            )


def _measures(scenario: Any) -> Iterator[tuple[str, Any]]:
    """Yield the sections of all measures that are switched on, with their keys."""
    for group in ("cooperation", "council"):
        for name, section in getattr(scenario, group):
            if hasattr(section, "from_year"):
                yield f"{group}.{name}", section
    for k, section in enumerate(scenario.partners):
        yield f"partners.{k}", section
    if scenario.currency is not None:
        yield "currency", scenario.currency
    if scenario.federation is not None:
        for k, section in enumerate(scenario.federation.contracts):
            yield f"federation.contracts.{k}", section
        if scenario.federation.aid is not None:
            yield "federation.aid", scenario.federation.aid


def _fault(error: Any, model: type[BaseModel]) -> str:
    location = tuple(error["loc"])
    key = ".".join(named(str(part)) for part in location)
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        return f"{key}: unknown key{_near_keys(location, model)}"
    if kind == "missing":
        example = _EXAMPLES.get(str(location[-1]), f"{location[-1]} = ...")
        if location[0] == "random_shocks" and location[-1] == "days":
            example = "days = {low = 3.0, high = 30.0}"
        return f"{key}: required; add {example}"
    if kind == "union_tag_not_found":
        example = "reciprocity" if location[0] == "federation" else "mutual_aid"
        return f'{key}.contract: required; add contract = "{example}", or another one'
    if kind == "union_tag_invalid":
        tag, allowed = error["ctx"]["tag"], error["ctx"]["expected_tags"]
        near = difflib.get_close_matches(tag.lower(), allowed.replace("'", "").split(", "), n=1)
        hint = f", did you mean '{near[0]}'?" if near else ""
        return f"{key}.contract: one of {allowed} is expected, not {shown(tag)}{hint}"
    if kind == "value_error":
        return f"{key}: {error['ctx']['error']}" if key else str(error["ctx"]["error"])
    return f"{key}: {_expected(error, location)}, not {shown(given)}{_near_values(error)}"


def _expected(error: Any, location: tuple[Any, ...]) -> str:
    """Return what is allowed instead of a value."""
    names = [part for part in location if isinstance(part, str)]
    kind, last = error["type"], names[-1] if names else ""
    if kind == "string_pattern_mismatch" and last in _PATTERNS:
        return _PATTERNS[last]
    if kind == "literal_error":
        return f"one of {error['ctx']['expected']} is expected"
    if kind == "tuple_type":
        in_sections = last in ("shocks", "random_shocks", "partners", "contracts", "units")
        form = (
            f"[[{'.'.join(names)}]] in double brackets"
            if in_sections
            else 'a list such as ["...", "..."]'
        )
        return f"{form} is expected"
    if kind in ("model_type", "model_attributes_type"):
        if isinstance(location[-1], int):
            return f"a section [[{last}]] is expected"
        if names[0] == "random_shocks" and len(names) > 1:
            return f"{last} = {{low = ..., high = ...}} is expected"
        if len(names) > 1:
            return f"a section [{'.'.join(names)}] is expected (it may be empty)"
        return f"a section [{last}] with keys of its own is expected"
    if kind in _PLAIN:
        share = " (a share: 50 % is 0.5)" if last == "depth" and kind == "less_than_equal" else ""
        return _PLAIN[kind].format(**error.get("ctx", {})) + share
    return str(error["msg"][:1].lower() + error["msg"][1:])


def _near_values(error: Any) -> str:
    """Return a hint at the allowed text that is spelt nearly like a wrong one."""
    if error["type"] != "literal_error" or not isinstance(error["input"], str):
        return ""
    allowed = error["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
    near = difflib.get_close_matches(error["input"].lower(), allowed, n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def _near_keys(location: tuple[Any, ...], model: type[BaseModel]) -> str:
    """Return a hint at the known key, here or in another section, that an unknown one may mean."""
    key = str(location[-1])
    here = _keys(location[:-1], model)
    if RENAMED.get(key) in here:
        return f"; it is now called '{RENAMED[key]}'"
    if len(location) == 1:
        here += BESIDE
    near = difflib.get_close_matches(key, here, n=1)
    if near:
        return f", did you mean '{near[0]}'?"
    sections = [n for n in model.model_fields if key in _keys((n,), model) and n != "parameters"]
    if key in records():
        sections.append("parameters")
    if sections and location[0] not in sections:
        return f"; it belongs into the section {' or '.join(f'[{s}]' for s in sections)}"
    return f"; known here: {', '.join(here)}"


def _keys(path: tuple[Any, ...], model: type[BaseModel]) -> tuple[str, ...]:
    """Return the keys of the section at a path, none if it is a single value."""
    models: list[type[BaseModel]] = []
    for part in path:
        if isinstance(part, int):
            continue
        of_kind = [choice for choice in models if part in _kinds(choice)]
        if of_kind:  # an entry of a list says itself which of several kinds of section it is
            model = of_kind[0]
            continue
        models = _models(model.model_fields[part].annotation) if part in model.model_fields else []
        if not models:
            return ()
        model = models[0]
    return tuple(model.model_fields)


def _kinds(model: type[BaseModel]) -> tuple[Any, ...]:
    """Return the values of `contract` that make an entry of `partners` this section."""
    field = model.model_fields.get("contract")
    return typing.get_args(field.annotation) if field else ()


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models within an annotation, such as that of the items of a tuple."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in typing.get_args(annotation) for m in _models(inner)]
