"""The page of a report as PDF, where the system has Pango; nothing is fetched."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any


def can_write() -> bool:
    """Return whether PDF can be written: whether the libraries of the system are there."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):  # OSError: Pango is missing
        return False
    return True


def write(html: str, file: Path) -> int:
    """Write a page as PDF and return how many sheets it takes."""
    import weasyprint

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # properties for screens
    document = weasyprint.HTML(string=html, url_fetcher=_refuse).render()
    document.write_pdf(file, pdf_tags=True)  # for screen readers
    return len(document.pages)


def _refuse(url: str, *_: Any, **__: Any) -> Any:
    raise ValueError(f"a report needs nothing from elsewhere: {url}")
