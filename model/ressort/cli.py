"""The command line: `ressort run`, `list`, `show`, `validate`, `territories` and so on.

Data go to standard output, progress and errors to standard error. Heavy modules are imported by the
commands that need them, so that `ressort --help` answers at once.
"""

from __future__ import annotations

import errno
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ressort import __version__, cli_store, federation_cli
from ressort.cli_analysis import analyse
from ressort.cli_batch import batch, replay, resume
from ressort.cli_compare import compare
from ressort.cli_doses import doses
from ressort.cli_options import AsJson, Data, Language, Named, Workers, interruptible
from ressort.cli_report import report
from ressort.cli_signs import arms, signs
from ressort.errors import InputError, RessortError, UsageError
from ressort.output import BROKEN_PIPE, ClosedPipe, discard, flush, print_json, print_text
from ressort.words import Words

if TYPE_CHECKING:
    from ressort.portraits.portrait import Portrait
    from ressort.scenario import Scenario
    from ressort.simulation import Comparison
    from ressort.summary import Summary

# Newer typer carries its own copy of click, so that click's name for it may not be there.
_UsageFault: Any = typer.BadParameter.__base__

app = typer.Typer(
    help="Simulate supply-chain shocks to a French territory, with and without cooperation.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

federation_cli.register(app)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code; every user error is one line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without the sign for minus
    try:
        code = app(args=arguments, prog_name="ressort", standalone_mode=False)
        flush()
    except _UsageFault as error:
        code = _complain(f"{error.format_message()} (see `ressort --help`)", UsageError.exit_code)
    except RessortError as error:
        code = _complain(str(error), error.exit_code)
    except ClosedPipe:
        code = BROKEN_PIPE
    except OSError as error:  # of help, which is printed elsewhere, or of results
        if error.errno != errno.ENOSPC:
            raise
        discard()
        code = _complain(f"{error.strerror}; free some, or write elsewhere", RessortError.exit_code)
    sys.exit(code or 0)


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"ressort: error: {' '.join(message.split())}\n")
    return code


def _version(wanted: bool) -> None:
    if wanted:
        print_text(f"ressort {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


@app.command()
def run(
    scenario: Named,
    seed: Annotated[int | None, typer.Option(min=0, help="Run this seed alone.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Number of seeds.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Length of the run.")] = None,
    people_per_agent: Annotated[
        float | None, typer.Option(help="Households that a household agent stands for.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder in which OUT/<name> is written.")] = Path(
        "results"
    ),
    as_json: AsJson = False,
    lang: Annotated[Language, typer.Option(help="Language of table and figure.")] = Language.en,
    audit: Annotated[bool, typer.Option("--audit", help="Check the books every day.")] = False,
    workers: Workers = None,
    data: Data = None,
) -> None:
    """Run a scenario with and without cooperation, and write tables and a figure."""
    if seed is not None and seeds is not None:
        raise UsageError("--seed and --seeds exclude each other: one seed, or a number of seeds")
    from ressort.scenario_federation import refuse_federation

    words = Words(lang)
    with interruptible(words("interrupted")):
        given = _load(scenario, data)
        refuse_federation(given)
        checked = _overridden(given, seed, seeds, days, people_per_agent, data)
        summary, folder = _run_and_write(checked, out, words, audit, workers, data)
    if as_json:
        print_json(summary.as_json(_files(folder)))
    else:
        from ressort.report import report

        print_text(report(summary, words) + "\n\n" + words("written", folder))


def _load(name: str, data: Path | None) -> Scenario:
    """Return a scenario by name, by TOML file, or by the scenario.json of a result."""
    if name.endswith(".json"):
        from ressort.results import scenario_of

        return scenario_of(Path(name), data)
    from ressort.scenario import load

    return load(name, data)


def _overridden(
    scenario: Scenario,
    seed: int | None,
    seeds: int | None,
    days: int | None,
    people_per_agent: float | None,
    data: Path | None,
) -> Scenario:
    """Return the scenario with what the command line asks for, checked anew."""
    from ressort.scenario import check

    content = scenario.model_dump()
    changes: dict[str, dict[str, float | None]] = {
        "run": {"days": days, "people_per_agent": people_per_agent},
        "seeds": {"first": seed, "count": 1 if seed is not None else seeds},
    }
    for section, values in changes.items():
        content[section] |= {k: v for k, v in values.items() if v is not None}
    return check(content, scenario.name, data)


def _run_and_write(
    scenario: Scenario, out: Path, words: Words, audit: bool, workers: int | None, data: Path | None
) -> tuple[Summary, Path]:
    """Run a scenario and write its folder of results, whole or not at all."""
    from ressort.results import new_folder, write_json, write_scenario, write_tables
    from ressort.workers import cores

    with new_folder(out, scenario.name) as filling:
        _tell_what_is_replaced(out / scenario.name, words)
        began = time.monotonic()
        workers = min(workers or cores(), scenario.seeds.count)
        comparison = _compare(scenario, words, audit, workers, data)
        seconds = time.monotonic() - began

        from ressort.figures import draw, save
        from ressort.results import daily_table
        from ressort.summary import summarise

        summary = summarise(comparison)
        write_tables(filling, comparison)
        save(draw(daily_table(comparison), summary, words), filling)
        write_scenario(filling, comparison, seconds, workers)
        folder = out / scenario.name
        write_json(filling / "summary.json", summary.as_json(_files(folder, filling)))
    return summary, folder


def _tell_what_is_replaced(folder: Path, words: Words) -> None:
    from ressort.progress import say
    from ressort.results import manifest_of

    earlier = manifest_of(folder)
    if earlier is not None:
        count, date = len(earlier.get("seeds", ())), str(earlier.get("date", "?"))[:10]
        say(words("replacing", words.counted(count, "seed"), date, folder))


def _compare(
    scenario: Scenario, words: Words, audit: bool, workers: int, data: Path | None
) -> Comparison:
    from ressort.progress import Progress, say_if_cold
    from ressort.simulation import compare

    say_if_cold(words)
    with Progress(scenario.seeds.count, words) as progress:
        return compare(scenario, audit=audit, workers=workers, data=data, progress=progress.update)


def _files(folder: Path, at: Path | None = None) -> dict[str, str]:
    """Return the path of each file of a result by name; `at` is where they are until then."""
    files = {file.name: str(folder / file.name) for file in sorted((at or folder).iterdir())}
    return files | {"summary.json": str(folder / "summary.json")}


@app.command("list")
def list_scenarios(
    as_json: AsJson = False,
    lang: Annotated[Language, typer.Option(help="Language of the titles.")] = Language.en,
) -> None:
    """List the ready-made scenarios."""
    from ressort.scenario_files import find_scenario, read_scenario, scenario_names

    usual: dict[str, Any] = {"title": "", "title_fr": "", "description": "", "description_fr": ""}
    usual |= {"name": "", "rows": []}
    contents = [read_scenario(find_scenario(name)) for name in scenario_names()]
    found = [{key: content.get(key, value) for key, value in usual.items()} for content in contents]
    if as_json:
        print_json(found)
        return
    width = max((len(s["name"]) for s in found), default=0)
    for scenario in found:
        title = (scenario["title_fr"] if lang == "fr" else "") or scenario["title"]
        print_text(f"{scenario['name']:{width}}  {title}")


@app.command()
def validate(scenario: Named, data: Data = None) -> None:
    """Check a scenario without running it."""
    from ressort.place import job_tables

    checked = _load(scenario, data)
    place = checked.resolve_territory(data)
    job_tables(checked.run.jobs, data, checked.territory.synthetic is not None)
    people = Words().number(place.population)
    print_text(
        f"{scenario}: valid; {place.name}, {people} inhabitants, communes: {len(place)}; "
        f"{checked.run.days} days, seeds: {checked.seeds.count}, shocks: {len(checked.shocks)}"
    )


@app.command()
def schema() -> None:
    """Print the JSON schema of scenario files, for editors (`#:schema FILE` in the first line)."""
    from ressort.scenario import Scenario

    print_text(json.dumps(Scenario.model_json_schema(), indent=2))


@app.command()
def show(
    scenario: Named,
    lang: Annotated[Language, typer.Option(help="Language of the text.")] = Language.en,
    data: Data = None,
) -> None:
    """Say a scenario in words, with the source of each number that it changes."""
    from ressort import describe

    print_text(describe.describe(_load(scenario, data), Words(lang), data))


@app.command()
def portrait(
    of: Annotated[
        str,
        typer.Argument(
            metavar="TERRITORY|SCENARIO",
            help="Name or code of a territory; or a scenario, for its territory.",
        ),
    ],
    kind: Annotated[
        str | None, typer.Option(help="commune, epci, departement or bassin_de_vie.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language of text, page and map.")] = Language.en,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the official tables, for observed jobs.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for page, figure and data.")] = None,
    as_json: AsJson = False,
) -> None:
    """Portray a territory on one page: what it has, makes, buys and stores, beside France."""
    with interruptible(Words(lang)("interrupted")):
        content = _portray(of, kind, data, out, lang)
    if as_json:
        print_json(content.as_json())
    elif out is not None:
        from ressort.portraits.words import Speaker

        print_text(Speaker(lang)("written", out))
    else:
        print_text(content.text(lang))


def _portray(
    of: str, kind: str | None, data: Path | None, out: Path | None, lang: Language
) -> Portrait:
    from ressort.portraits.portrait import named, portrait
    from ressort.progress import say_if_cold

    place = named(of, kind, data)
    say_if_cold(Words(lang))
    if out is None:
        return portrait(place, data=data)
    from ressort.portraits.folder import filling, write

    with filling(out) as folder:  # before the work, so that a folder that cannot be is told at once
        content = portrait(place, data=data)
        write(content, folder, lang)
    return content


@app.command()
def territories(
    text: Annotated[str, typer.Argument(help="Part of a name, or beginning of a code.")],
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Search communes, EPCI and departements by name or code."""
    from ressort.territories import search

    found = search(text, limit)
    if as_json:
        print_json([place._asdict() for place in found])
    elif not found:
        raise InputError(f"no territory of metropolitan France looks like {text!r}")
    for place in [] if as_json else found:
        print_text(
            f"{place.kind:12} {place.code:10} {place.name}, {Words().number(place.population)}"
        )


@app.command()
def parameters(
    text: Annotated[str, typer.Argument(help="Part of a name, unit or source.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the numbers of the rules, with unit, range, source and confidence."""
    from dataclasses import asdict

    from ressort.parameters import all_records

    found = [
        {k: None if v == math.inf else v for k, v in asdict(record).items()}
        for record in all_records()
        if text.casefold() in f"{record.name} {record.unit} {record.source}".casefold()
    ]
    if as_json:
        print_json(found)
    elif not found:
        raise InputError(f"no parameter mentions {text!r}; `ressort parameters` lists all")
    for r in [] if as_json else found:
        limits = "" if r["low"] is None else f" [{r['low']:g} to {r['high']:g}]"
        print_text(f"{r['name']} = {r['value']}{limits}  {r['unit']}")
        print_text(
            f"    {r['confidence']}: {r['source']}" + (f" ({r['note']})" if r["note"] else "")
        )


app.command()(batch)
app.command()(resume)
app.command()(replay)
app.command()(signs)
app.command()(arms)
app.command()(doses)
app.command()(analyse)
app.command()(compare)
app.command()(report)
cli_store.register(app)


if __name__ == "__main__":
    main()
