"""The commands that look into a batch: `ressort status`, `ressort query`, `ressort export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ressort.cli_options import AsJson, Language, interruptible
from ressort.errors import UsageError
from ressort.output import print_json, print_text

if TYPE_CHECKING:
    from ressort.batch.status import Status
    from ressort.batch.store_words import StoreWords

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a batch.")]
Lang = Annotated[Language, typer.Option(help="Language of what is printed.")]


class Form(StrEnum):
    """What a batch is exported to."""

    csv = "csv"
    parquet = "parquet"
    netcdf = "netcdf"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(status)
    app.command()(query)
    app.command()(export)


def status(folder: Folder, as_json: AsJson = False, lang: Lang = Language.en) -> None:
    """Tell how far a batch is, which runs failed and why, and how long the rest takes."""
    from ressort.batch.status import status as status_of
    from ressort.batch.store_words import StoreWords

    found = status_of(folder)
    if as_json:
        print_json(found.as_json())
    else:
        print_text("\n".join(_told(found, StoreWords(lang))))


def _told(found: Status, words: StoreWords) -> list[str]:
    counts = found.counts
    numbers = {
        "done": counts.done,
        "failed": counts.failed,
        "left": counts.left,
        "asked": counts.asked,
    }
    lines = [words("title", found.name, found.folder)]
    width = max(len(words.number(number)) for number in numbers.values())
    lines += [f"  {words.number(n):>{width}}  {words(name)}" for name, n in numbers.items()]
    if found.writer is not None:
        lines.append(words("at work", found.writer["pid"], found.writer["host"]))
    else:
        lines.append(words("idle", found.folder) if counts.left else words("complete"))
    if found.pace is not None and found.seconds_a_run is not None:
        seconds = words.number(found.seconds_a_run, 3)
        lines.append(words("pace", words.number(found.pace, 1), seconds))
    if counts.left and found.seconds_left is not None:
        lines.append(words("time left", words.span(found.seconds_left)))
    lines.append(words("size", words.number(found.bytes / 1e6, 1)))
    return lines + _causes(found, words)


def _causes(found: Status, words: StoreWords) -> list[str]:
    from ressort.batch.status import replay_command

    if not found.failures:
        return []
    lines = [words("causes")]
    for cause in found.failures:
        first = " ".join(map(str, cause.run_ids))
        more = " ..." if cause.count > len(cause.run_ids) else ""
        lines.append(f"  {words.number(cause.count)}  {cause.kind}: {cause.error}")
        lines.append("     " + words("cause", first + more, replay_command(found.folder, cause)))
    return [*lines, "  " + words("retry", found.folder)]


def query(
    folder: Folder,
    sql: Annotated[
        str,
        typer.Argument(
            metavar="SQL",
            help="One SELECT over runs, points, metrics, series, communes and results.",
        ),
    ],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
    as_json: AsJson = False,
    lang: Lang = Language.en,
) -> None:
    """Answer a question in SQL, also while the batch runs: `DESCRIBE results` lists columns."""
    if as_csv and as_json:
        raise UsageError("--csv and --json exclude each other")
    from ressort.batch import answers
    from ressort.batch.query import answer
    from ressort.batch.store_words import StoreWords
    from ressort.progress import say

    words = StoreWords(lang)
    with interruptible(words("stopped")), answer(folder, sql) as reader:
        if as_csv or as_json:
            for part in (answers.as_csv if as_csv else answers.as_json)(reader):
                print_text(part)
            return
        text, are_more = answers.table(reader)
        print_text(text)
        if are_more:
            say(words("more rows", answers.MOST_ROWS))


def export(
    folder: Folder,
    to: Annotated[Form, typer.Option(help="Form: csv, parquet or netcdf.")],
    out: Annotated[
        Path, typer.Option(help="Folder of the tables, or the file for netcdf; replaced if there.")
    ],
    as_json: AsJson = False,
    lang: Lang = Language.en,
) -> None:
    """Write a batch as tables (one file each) or as one NetCDF file, whole or not at all."""
    from ressort.batch.export import export as export_to
    from ressort.batch.store_words import StoreWords
    from ressort.progress import say

    words = StoreWords(lang)
    with interruptible(words("nothing written")):
        done, others, files = export_to(folder, to, out)
    if others:
        say(words("not exported", words.number(others)))
    if as_json:
        print_json({"runs": done, "not_exported": others, "files": [str(file) for file in files]})
    else:
        print_text(words("exported", words.number(done), out))
