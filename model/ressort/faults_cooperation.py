"""Keys of `[cooperation]` that would do nothing: told, so that nobody believes they did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ressort.measures.sections import Section

OF_SCIC: Final = ("mechanisms", "members", "founding", "on_failure", "placebo", "fund_eur")
# Measures whose members are those of the SCIC where there is one.
BY_LOT: Final = ("guarantee", "shared_machines", "local_ties")


def faults_of_scic(section: Any) -> Iterator[str]:
    """Yield what would do nothing, so that nobody believes it did."""
    for key in ("membership", "governance"):
        if getattr(section, key) is not None and not section.scic:
            yield (
                f"cooperation.{key}: there is no SCIC to be a member of (scic = false); "
                "set scic = true or leave this section out"
            )
    yield from _keys_without_use(section)
    fundless = section.placebo or "fund" not in section.mechanisms
    if section.scic and section.fund_eur is not None and fundless:
        yield (
            'cooperation.fund_eur: there is no fund to fill; add "fund" to '
            "cooperation.mechanisms and leave out placebo, or leave out fund_eur"
        )


def _keys_without_use(section: Any) -> Iterator[str]:
    """Yield keys that were given and that another key makes idle."""
    if not section.scic:
        for key in OF_SCIC:
            if _is_given(section, key):
                yield (
                    f"cooperation.{key}: there is no SCIC (scic = false); set scic = true or "
                    f"leave out {key}"
                )
        return
    for name in BY_LOT:
        measure = getattr(section, name)
        if measure is not None and _is_given(measure, "member_share"):
            yield (
                f"cooperation.{name}.member_share: members of the SCIC take part, not a share by "
                "lot; leave it out (parameters.member_share sets theirs) or set scic = false"
            )
    if section.placebo and "priority" in section.mechanisms:
        yield (
            'cooperation.mechanisms: a placebo puts nobody first; leave out "priority" or placebo'
        )
    if section.placebo and section.founding == "added":
        yield (
            "cooperation.founding: a placebo holds nothing that could be added; leave out founding "
            "or placebo"
        )


def _is_given(section: Section, key: str) -> bool:
    """Whether somebody wrote a key. Of a section dumped as a whole all are: those changed count."""
    fields = type(section).model_fields
    whole = section.model_fields_set == set(fields)
    changed = getattr(section, key) != fields[key].default
    return key in section.model_fields_set and (changed or not whole)


def faults_of_prices(scenario: Any) -> Iterator[str]:
    """Yield a smoothing of prices that never move."""
    if scenario.cooperation.price_smoothing is None:
        return
    if scenario.run.prices == "fixed":
        yield (
            "cooperation.price_smoothing: prices are fixed (run.prices), so there is no premium to "
            'hold back; set run.prices = "scarcity" or leave this section out'
        )
    if not scenario.cooperation.scic:
        yield (
            "cooperation.price_smoothing: there is no SCIC whose members would do so (scic = "
            "false); set scic = true or leave this section out"
        )
