"""How a report says numbers and sentences; the texts are in `texts`."""

from __future__ import annotations

import math
import re
from typing import Final

from ressort import words
from ressort.comparison.findings import Finding
from ressort.comparison.report.texts import TEXTS
from ressort.paired import LEVEL, Spread

_SET_OFF: Final = re.compile("(?<=«) | (?=[;:?!%»€])")


class ReportWords(words.Words):
    """Texts and numbers of a report in one language."""

    def __call__(self, key: str, *values: object) -> str:
        """Return the text of a key, filled in; no line begins with a sign that French sets off."""
        pair = TEXTS.get(key)
        text = pair[self.column].format(*values) if pair else super().__call__(key, *values)
        return _SET_OFF.sub(words.NARROW, text) if self.language == "fr" else text

    def knows(self, key: str) -> bool:
        """Return whether there is a text of that key."""
        return key in TEXTS

    def shares(self, spread: Spread) -> str:
        """Return the shares of draws better, equal and worse: "12 / 75 / 13 %"."""
        if math.isnan(spread.better):
            return "–"
        numbers = (spread.better, spread.equal, spread.worse)
        return self("percent", " / ".join(self.number(100 * n, _digits(n)) for n in numbers))

    def part(self, share: float) -> str:
        """Return a share of draws, with a digit where it is no whole percentage."""
        return self.percent(share, _digits(share))

    def median(self, found: Finding) -> str:
        """Return the median change (or the mean, for times) with its unit."""
        return self.size(found.spread.median, found.kind, found.unit)

    def interval(self, found: Finding) -> str:
        """Return the interval of a change, a dash where there are too few draws for one."""
        spread = found.spread
        if not known(spread):
            return "–"
        ends = (self.size(v, found.kind, "") for v in (spread.low, spread.high))
        return self("interval", *ends)

    def sign(self, found: Finding | None) -> str:
        """Return the sign of a finding with its word: "+ helps"."""
        return self(f"sign {found.spread.sign}") if found is not None else "–"

    def decided(self, found: Finding | None) -> str:
        """Return the sign that decides a cell, marked where it is that of output."""
        mark = "*" if found is not None and found.outcome == "output" else ""
        return self.sign(found) + mark

    def size(self, value: float, kind: str, unit: str) -> str:
        """Return a change of some kind, with its sign; the unit only if it is given.

        >>> ReportWords("en").size(-0.123, "relative", "share")
        '−12.3%'
        """
        if math.isnan(value):
            return "–"
        if math.isinf(value):
            return self("from nothing") if value > 0 else "−∞"
        if kind == "relative":
            return self.signed_percent(value)
        if kind == "points":
            text = self.number(100 * value, 1 if abs(value) < 0.1 else 0, signed=True)
            return self("points", text) if unit else text
        digits = 0 if abs(value) >= 100 else 1
        text = self.large(value, digits)
        return f"{text} {self('unit ' + unit)}" if unit else text

    def signed_percent(self, value: float) -> str:
        """Return a share as a signed percentage."""
        space = words.NARROW if self.language == "fr" else ""
        digits = 1 if abs(value) < 0.995 else 0
        return f"{self.number(100 * value, digits, signed=True)}{space}%"

    def large(self, value: float, digits: int = 0, *, signed: bool = True) -> str:
        """Return a number, in millions or thousands where it is large."""
        for power, key in ((1e9, "billions"), (1e6, "millions short"), (1e4, "thousands short")):
            if abs(value) >= power:
                power = 1e3 if power == 1e4 else power
                scaled = value / power
                text = self.number(scaled, 1 if abs(scaled) < 100 else 0, signed=signed)
                return self(key, text)
        return self.number(value, digits, signed=signed)

    def plain(self, value: float, unit: str = "") -> str:
        """Return the value of a metric with the digits that it deserves."""
        if math.isnan(value):
            return "–"
        if math.isinf(value):
            return "∞"
        if unit in ("share", "share/day"):
            return self.percent(value, 1 if abs(value) < 0.0995 and value else 0)
        size = abs(value)
        if size >= 1e4:
            return self.large(value, signed=False)
        return self.number(
            value, 0 if size >= 100 or value == int(value) else 1 if size >= 1 else 2
        )

    def listed(self, items: list[str]) -> str:
        """Return items as a sentence has them."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('and')} {items[-1]}"


def _digits(share: float) -> int:
    return 0 if abs(100 * share - round(100 * share)) < 0.05 else 1


def known(spread: Spread) -> bool:
    """Return whether there are draws enough for an interval."""
    return spread.confidence >= LEVEL and not math.isnan(spread.low + spread.high)
