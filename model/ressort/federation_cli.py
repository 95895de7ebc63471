"""The command `ressort federation`: one territory, units alone, units linked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ressort.output import print_json, print_text
from ressort.words import Words


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("federation")(federation)


def federation(
    scenario: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="A scenario with a section [federation].")
    ],
    seeds: Annotated[int | None, typer.Option(min=1, help="Number of seeds.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    lang: Annotated[Literal["en", "fr"], typer.Option(help="Language of the table.")] = "en",
    data: Annotated[Path | None, typer.Option(help="Folder of the official tables.")] = None,
) -> None:
    """Compare one territory, its units alone, and its units federated."""
    run(scenario, seeds, as_json, Words(lang), data)


def run(name: str, seeds: int | None, as_json: bool, words: Words, data: Path | None) -> None:
    """Compare the forms of a scenario's federation and print the table."""
    from ressort.federation import compare_forms, summary
    from ressort.progress import say_if_cold
    from ressort.scenario import load

    scenario = load(name, data)
    say_if_cold(words)
    table = compare_forms(scenario, seeds, data=data)
    if as_json:
        finite = table.astype(object).where(table.notna() & (table != float("inf")), None)
        rows: list[dict[str, Any]] = finite.to_dict("records")
        print_json(rows)
        return
    labels = ["federation form", "m3_depth", "m4_unmet_person_days", "m6_days_to_recover"]
    head = [words(key, "") for key in labels] + [words("federation worst")]
    lines = [head]
    for form, row in summary(table).iterrows():
        lines.append(
            [
                words(f"federation {form}"),
                words.number(100 * row.m3_depth, 1),
                words.number(row.m4_unmet_person_days),
                words.number(row.m6_days_to_recover),
                words.number(row.worst_unit) if row.worst_unit == row.worst_unit else "",
            ]
        )
    widths = [max(len(line[c]) for line in lines) for c in range(len(head))]
    for line in lines:
        first, *rest = (
            f"{t:>{w}}" if c else f"{t:{w}}"
            for c, (t, w) in enumerate(zip(line, widths, strict=True))
        )
        print_text("  ".join([first, *rest]))
    print_text(words("federation note"))
