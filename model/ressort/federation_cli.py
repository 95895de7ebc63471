"""The command `ressort federation`: one territory, units alone, units linked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ressort.cli_options import AsJson, Data, Language, Workers, interruptible
from ressort.output import print_json, print_text
from ressort.words import Words

if TYPE_CHECKING:
    import pandas as pd


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("federation")(federation)


def federation(
    scenario: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="A scenario with a section [federation].")
    ],
    seeds: Annotated[int | None, typer.Option(min=1, help="Number of seeds.")] = None,
    cooperation: Annotated[
        bool | None,
        typer.Option(
            "--cooperation/--no-cooperation",
            help="Give each unit the SCIC and measures of the file; on if the file has any.",
        ),
    ] = None,
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Annotated[Language, typer.Option(help="Language of the table.")] = Language.en,
    data: Data = None,
) -> None:
    """Compare one territory, its units alone, and its units federated."""
    words = Words(lang)
    with interruptible(words("interrupted")):
        table = _compared(scenario, seeds, cooperation, workers, words, data)
    if as_json:
        finite = table.astype(object).where(table.notna() & (table != float("inf")), None)
        rows: list[dict[str, Any]] = finite.to_dict("records")
        print_json(rows)
    else:
        _print_table(table, words)


def _compared(
    name: str,
    seeds: int | None,
    cooperation: bool | None,
    workers: int | None,
    words: Words,
    data: Path | None,
) -> pd.DataFrame:
    """Return what the forms of a scenario's federation give, see `federation.compare_forms`."""
    from ressort.federation import compare_forms
    from ressort.progress import Progress, say, say_if_cold
    from ressort.scenario import load
    from ressort.scenario_federation import cooperates
    from ressort.workers import cores

    scenario = load(name, data)
    if cooperation is None:
        cooperation = cooperates(scenario) and scenario.federation is not None
    say_if_cold(words)
    say(words("federation with" if cooperation else "federation without"))
    count = seeds or scenario.seeds.count
    with Progress(count, words, "federation running") as progress:
        return compare_forms(
            scenario,
            seeds,
            cooperation=cooperation,
            workers=min(workers or cores(), count),
            data=data,
            progress=progress.update,
        )


def _print_table(table: pd.DataFrame, words: Words) -> None:
    from ressort.federation import summary

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
    if "single" in set(table.form):
        print_text(words("federation note"))
