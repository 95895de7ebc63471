"""Writing a report: HTML and PDF in each language, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ressort import folders
from ressort.batch.store import Store
from ressort.comparison.evidence import Evidence
from ressort.comparison.findings import Finding
from ressort.comparison.report import pdf
from ressort.comparison.report.page import page
from ressort.words import LANGUAGES

FILES: Final = tuple(f"report.{lang}.{kind}" for lang in LANGUAGES for kind in ("html", "pdf"))


def write(
    evidence: Evidence, found: Sequence[Finding], out: Path, langs: Sequence[str], with_pdf: bool
) -> list[Path]:
    """Write report.LANG.html and .pdf to a folder; return the files. InputError if it cannot be."""
    written = []
    with folders.filling(out, FILES, "the report") as filling:
        with Store.open(evidence.folder) as store:
            fingerprint = store.fingerprint()
        for lang in langs:
            html = page(evidence, lang, fingerprint, found)
            (filling / f"report.{lang}.html").write_text(html, "utf-8")
            written.append(out / f"report.{lang}.html")
            if with_pdf:
                pdf.write(html, filling / f"report.{lang}.pdf")
                written.append(out / f"report.{lang}.pdf")
    return written
