"""The command `ressort compare`: recovery with and without cooperation, by territory and shock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ressort.cli_options import Language, Workers, interruptible
from ressort.errors import InputError
from ressort.output import print_text


def compare(
    territories: Annotated[
        list[str],
        typer.Argument(
            metavar="TERRITORY...",
            help="village, rural, clermont, dense, departement; a scenario; any name or code.",
        ),
    ],
    shock: Annotated[
        str, typer.Option(help="Classes of shock, separated by commas; all by default.")
    ] = "",
    arms: Annotated[
        str, typer.Option(help="Arms beside `without`: scic (default), placebo, broad.")
    ] = "",
    mechanisms: Annotated[
        str, typer.Option(help="Mechanisms in a factorial design, such as pool,fund,E8.")
    ] = "",
    dose: Annotated[
        str, typer.Option(help="Also with these shares of establishments as members: 0.1,0.5.")
    ] = "",
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds.")] = 30,
    first_seed: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    people_per_agent: Annotated[
        float | None, typer.Option(min=1, help="Households that a household agent stands for.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder; results/compare-TERRITORY... by default.")
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Tables alone.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Run failed runs once more.")
    ] = False,
    workers: Workers = None,
    lang: Annotated[Language, typer.Option(help="Language of what is printed.")] = Language.en,
) -> None:
    """Compare recovery with and without cooperation, and write tables and a report.

    The same command goes on where an interrupted one stopped.
    """
    from ressort.batch.executors import Engine
    from ressort.batch.store import Store
    from ressort.batch.words import BatchWords
    from ressort.cli_batch import complain_of_failures, fill, opened
    from ressort.comparison.plan import Asked, plan

    words = BatchWords(lang)
    name = "compare-" + "-".join(dict.fromkeys(Path(text).stem for text in territories))
    asked = Asked(
        territories=tuple(territories),
        shocks=_listed(shock),
        arms=_listed(arms),
        mechanisms=_listed(mechanisms),
        doses=_numbers(dose),
        seeds=seeds,
        first_seed=first_seed,
        people_per_agent=people_per_agent,
        name=name,
    )
    made = plan(asked)
    folder = out or Path("results") / _as_file(name)
    with interruptible(words("kept", folder)):
        engine = Engine(workers=workers)
        with opened(folder, made, engine) as store:
            fill(store, engine, retry_failed, words)
        _tell(folder, lang, with_report=not no_report)
        with Store.open(folder) as store:
            complain_of_failures(store, words)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in _listed(text))
    except ValueError:
        raise InputError(f"--dose: {text} is no list of numbers such as 0.1,0.5") from None


def _as_file(name: str) -> str:
    """Return a name that folders may have everywhere."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name)


def _tell(folder: Path, lang: Language, with_report: bool) -> None:
    """Print the answer, and write tables and, if wanted, the report in both languages."""
    from ressort.cli_report import read_told, write_report
    from ressort.comparison import tables
    from ressort.comparison.findings import findings
    from ressort.comparison.report.words import ReportWords

    say = ReportWords(lang)
    evidence = read_told(folder, say)
    found = findings(evidence)
    print_text(tables.text(evidence, found, lang))
    print_text("")
    for file in tables.write(evidence, found, folder / "tables"):
        print_text(say("written to", file))
    if with_report:
        for file in write_report(evidence, found, folder / "report", None, no_pdf=False, say=say):
            print_text(say("written to", file))
