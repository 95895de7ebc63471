"""The command that says what a stored batch shows: `ressort analyse`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ressort.cli_options import AsJson, Language, interruptible
from ressort.errors import InputError
from ressort.output import print_json, print_text
from ressort.words import Words

if TYPE_CHECKING:
    from ressort.analysis.analyse import Found
    from ressort.analysis.reading import Batch
    from ressort.analysis.words import AnalysisWords


def analyse(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a batch.")],
    metric: Annotated[str, typer.Option(help="Metric, such as m4_unmet_person_days.")],
    arms: Annotated[
        str, typer.Option(help="Two arms (first less second), or one; by default the first two.")
    ] = "",
    what: Annotated[
        str,
        typer.Option(
            help="Some only, separated by commas: differences, convergence, sensitivity, scoring, "
            "discovery, emulator, survival; by default all that the batch allows."
        ),
    ] = "",
    condition: Annotated[
        str, typer.Option(help='For discovery: "difference < 0" or "METRIC > NUMBER".')
    ] = "",
    width: Annotated[
        float | None, typer.Option(help="Width of the interval wanted: how many draws it needs.")
    ] = None,
    horizon: Annotated[
        float | None, typer.Option(min=1, help="Days up to which times are looked at.")
    ] = None,
    margin: Annotated[
        float, typer.Option(min=0, help="Size from which a difference counts, beside 2 %.")
    ] = 0.0,
    out: Annotated[Path | None, typer.Option(help="Folder for tables and figures.")] = None,
    as_json: AsJson = False,
    lang: Annotated[Language, typer.Option(help="Language of text and figures.")] = Language.en,
) -> None:
    """Say what a batch shows: paired differences, what moves them, where they hold, how surely."""
    from ressort.analysis import analyse as work
    from ressort.analysis import reading
    from ressort.analysis.report import report
    from ressort.analysis.words import AnalysisWords

    wanted = _listed(what)
    strange = [name for name in wanted if name not in work.WHAT]
    if strange:
        raise InputError(f"--what: no '{strange[0]}'; choose from {', '.join(work.WHAT)}")
    with interruptible(Words(lang)("interrupted")):
        batch = reading.read(folder)
        chosen = _arms(arms, batch)
        asked = work.Asked(metric, chosen, condition, width, horizon, margin)
        found = work.analyse(batch, asked, wanted)
        if out is not None:
            _write(found, out, AnalysisWords(lang))
    if as_json:
        print_json(found.as_json())
    else:
        words = AnalysisWords(lang)
        print_text(report(found, words) + (f"\n\n{words('written', out)}" if out else ""))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _arms(text: str, batch: Batch) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in text.split(",") if part.strip()) or batch.arms[:2]
    if len(wanted) > 2:
        raise InputError(f"--arms: {len(wanted)} arms; give two to compare, or one")
    return wanted


def _write(found: Found, out: Path, words: AnalysisWords) -> None:
    """Write analysis.json, differences.csv and the figures of what was found."""
    from ressort.analysis import differences, figure
    from ressort.results import write_json

    try:
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / "analysis.json", found.as_json())
        if "differences" in found.results:
            compared = found.results["differences"]
            table = differences.frame([compared["in_all"], *compared["by_point"]])
            table.to_csv(out / "differences.csv", index=False)
            figure.save(figure.draw_differences(found, words), out / "differences.png")
        if "survival" in found.results:
            figure.save(figure.draw_survival(found, words), out / "survival.png")
    except OSError as error:
        raise InputError(f"{out}: cannot be written there: {error.strerror}") from None
