"""The command `ressort report`: a stored comparison as a page and a PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ressort.cli_options import Language, interruptible
from ressort.output import print_text
from ressort.words import LANGUAGES, Words


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="RESULTS", help="The folder of a comparison or batch.")
    ],
    lang: Annotated[
        Language | None, typer.Option(help="Language of the report; both by default.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; RESULTS/report by default.")
    ] = None,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="Write HTML alone.")] = False,
) -> None:
    """Write what a comparison shows as report.LANG.html and report.LANG.pdf."""
    from ressort.comparison import evidence as reading
    from ressort.comparison.report import files, pdf
    from ressort.comparison.report.words import ReportWords
    from ressort.progress import say as tell

    say = ReportWords(lang or "en")
    with interruptible(Words(lang or "en")("interrupted")):
        evidence = reading.read(folder)
        for note in evidence.warnings:
            tell(say(note.key, *note.values))
        with_pdf = not no_pdf and pdf.can_write()
        if not no_pdf and not with_pdf:
            tell(say("no pango"))
        langs = (str(lang),) if lang else LANGUAGES
        written = files.write(evidence, out or folder / "report", langs, with_pdf)
    for file in written:
        print_text(say("written to", file))
