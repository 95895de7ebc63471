"""The words of `ressort status`, `query` and `export`, in English and French."""

from __future__ import annotations

import math
from typing import Final

from ressort.words import Words

_TEXTS: Final = {
    "title": ("{0}, batch in {1}", "{0}, lot dans {1}"),
    "done": ("done", "faits"),
    "failed": ("failed", "en échec"),
    "left": ("left", "restants"),
    "asked": ("asked", "demandés"),
    "at work": (
        "being written now by process {0} on {1}",
        "en cours d'écriture par le processus {0} sur {1}",
    ),
    "complete": ("complete; nobody is writing", "complet ; personne n'écrit"),
    "idle": (
        "nobody is writing; `ressort resume {0}` goes on",
        "personne n'écrit ; `ressort resume {0}` continue",
    ),
    "pace": (
        "{0} runs a second of late; {1} s a run on one worker",
        "{0} calculs par seconde dernièrement ; {1} s par calcul sur un processus",
    ),
    "time left": ("about {0} left at that pace", "environ {0} à ce rythme"),
    "size": ("{0} MB of results", "{0} Mo de résultats"),
    "causes": ("Failures by cause:", "Échecs par cause :"),
    "cause": (
        "runs {0}; once more, books checked: `{1}`",
        "calculs {0} ; à nouveau, comptes vérifiés : `{1}`",
    ),
    "retry": (
        "`ressort resume {0} --retry-failed` runs all of them again",
        "`ressort resume {0} --retry-failed` les refait tous",
    ),
    "more rows": (
        "the first {0} rows; --csv or --json gives all",
        "les {0} premières lignes ; --csv ou --json les donne toutes",
    ),
    "no rows": ("no rows", "aucune ligne"),
    "stopped": ("interrupted", "interrompu"),
    "nothing written": (
        "interrupted; nothing was written",
        "interrompu ; rien n'a été écrit",
    ),
    "exported": ("runs exported: {0} to {1}", "calculs exportés : {0} vers {1}"),
    "not exported": (
        "runs that failed or are left, so not exported: {0}",
        "calculs en échec ou restants, donc non exportés : {0}",
    ),
    "s": ("{0} s", "{0} s"),
    "min": ("{0} min", "{0} min"),
    "h": ("{0} h", "{0} h"),
    "d": ("{0} days", "{0} jours"),
}
_SPANS: Final = (("s", 1.0, 120.0), ("min", 60.0, 7200.0), ("h", 3600.0, 172_800.0))


class StoreWords(Words):
    """Texts of a store in one language: `words(key, *values)`; numbers as `Words`."""

    def __call__(self, key: str, *values: object) -> str:
        """Return a text with its blanks filled in."""
        if key not in _TEXTS:
            return super().__call__(key, *values)
        return _TEXTS[key][self.column].format(*values)

    def span(self, seconds: float) -> str:
        """Return a time in a unit that suits it.

        >>> StoreWords("fr").span(90.0), StoreWords().span(5400.0), StoreWords().span(9e5)
        ('90 s', '90 min', '10 days')
        """
        if not math.isfinite(seconds):
            return "?"
        for unit, size, most in _SPANS:
            if seconds < most:
                return self(unit, self.number(seconds / size))
        return self("d", self.number(seconds / 86_400))
