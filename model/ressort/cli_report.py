"""The command `ressort report`: a stored comparison as a page and a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ressort.cli_options import Language, interruptible
from ressort.output import print_text
from ressort.words import LANGUAGES, Words

if TYPE_CHECKING:
    from ressort.comparison.evidence import Evidence
    from ressort.comparison.findings import Finding
    from ressort.comparison.report.words import ReportWords


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
    from ressort.comparison.findings import findings
    from ressort.comparison.report.words import ReportWords

    say = ReportWords(lang or "en")
    with interruptible(Words(lang or "en")("interrupted")):
        evidence = read_told(folder, say)
        found = findings(evidence)
        written = write_report(evidence, found, out or folder / "report", lang, no_pdf, say)
    for file in written:
        print_text(say("written to", file))


def read_told(folder: Path, say: ReportWords) -> Evidence:
    """Return what a store holds; what is missing or odd is told on standard error."""
    from ressort.comparison import evidence as reading
    from ressort.progress import say as tell

    evidence = reading.read(folder)
    for note in evidence.warnings:
        tell(say(note.key, *note.values))
    return evidence


def write_report(
    evidence: Evidence,
    found: Sequence[Finding],
    out: Path,
    lang: Language | None,
    no_pdf: bool,
    say: ReportWords,
) -> list[Path]:
    """Write a report in one language or in both, as PDF too if that can be; return the files."""
    from ressort.comparison.report import files, pdf
    from ressort.progress import say as tell

    with_pdf = not no_pdf and pdf.can_write()
    if not no_pdf and not with_pdf:
        tell(say("no pango"))
    return files.write(evidence, found, out, (str(lang),) if lang else LANGUAGES, with_pdf)
