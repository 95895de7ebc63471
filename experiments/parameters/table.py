"""Write docs/parameters.md, the table of all scalar numbers.

`python experiments/parameters/table.py`; with --check, only tell whether the page is up to date
(exit code 1 if not).
"""

from __future__ import annotations

import sys
from pathlib import Path

from ressort.parameters import Record, all_records

PAGE = Path(__file__).resolve().parents[2] / "docs" / "parameters.md"
HEAD = """# Parameters

The scalar numbers of the rules, the measures and the metrics. Generated from `behaviour.toml`,
`measures/` and `metrics.toml` in `model/ressort/parameters/` by
`python experiments/parameters/table.py`: do not edit. A scenario changes one under `[parameters]`,
or in the section of its measure, within the limits; the range is what is plausible, to be swept.
Those named `metrics.` judge a run: no rule reads them, and no scenario changes them. Confidence:
*observed* in data, *published*, *recalled* from the literature and to be verified, *assumed*.
Numbers by branch and by commune are in the other files of that folder, each with its source.

| name | value | range | limits | unit | confidence | source |
| --- | --- | --- | --- | --- | --- | --- |
"""


def row(record: Record) -> str:
    """Return the line of one parameter."""
    value = ", ".join(map(str, record.value)) if isinstance(record.value, list) else record.value
    span = "" if record.low is None else f"{record.low:g} to {record.high:g}"
    limits = f"{record.least:g} to {record.most:g}".replace(" to inf", " on")
    source = record.source + (f" ({record.note})" if record.note else "")
    cells = (f"`{record.name}`", value, span, limits, record.unit, record.confidence, source)
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |\n"


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(row(record) for record in all_records())


def main() -> int:
    """Write or check the page."""
    if "--check" in sys.argv[1:]:
        return int(not PAGE.is_file() or PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
