"""The words of batches, in English and French."""

from __future__ import annotations

from typing import Final

from ressort.batch.store_words import StoreWords

_TEXTS: Final = {
    "asked": (
        "runs: {0} (points: {1}, seeds a point: {2}, arms a run: {3})",
        "calculs : {0} (points : {1}, tirages par point : {2}, bras par calcul : {3})",
    ),
    "asked most": (
        "up to {0} runs if no point stops before {1} draws",
        "jusqu'à {0} calculs si aucun point ne s'arrête avant {1} tirages",
    ),
    "going on": (
        "{0}: {1} runs are there already, {2} are left",
        "{0} : {1} calculs déjà faits, {2} à faire",
    ),
    "trying": (
        "trying two runs of the first point to measure them",
        "essai de deux calculs du premier point pour les mesurer",
    ),
    "running": ("running", "calcul"),
    "progress": (
        "runs done: {0} of {1}, failed: {2}, {3} a second, time left: {4}",
        "calculs faits : {0} sur {1}, en échec : {2}, {3} par seconde, reste : {4}",
    ),
    "bar": ("{0} failed, {1}/s", "{0} en échec, {1}/s"),
    "kept": (
        "interrupted; what is done is kept: go on by `ressort resume {0}`",
        "interrompu ; ce qui est fait est gardé : continuer par `ressort resume {0}`",
    ),
    "done": (
        "runs stored: {0} in {1} (`ressort query {1} ...`, `ressort analyse {1}`)",
        "calculs enregistrés : {0} dans {1} (`ressort query {1} ...`, `ressort analyse {1}`)",
    ),
    "failed": (
        "{0} of {1} runs failed, all others are stored; causes by `ressort status {2}`, one again "
        "by `ressort replay {2} {3}`",
        "{0} calculs sur {1} en échec, tous les autres sont enregistrés ; causes par "
        "`ressort status {2}`, un à nouveau par `ressort replay {2} {3}`",
    ),
    "estimate runs": ("Runs", "Calculs"),
    "estimate most": ("(up to {0} if no point stops early)", "(jusqu'à {0} sans arrêt anticipé)"),
    "estimate points": ("Points", "Points"),
    "estimate seeds": ("Seeds a point", "Tirages par point"),
    "estimate arms": ("Arms a run", "Bras par calcul"),
    "estimate days": ("Simulated days", "Jours simulés"),
    "estimate second": ("Seconds a run, measured", "Secondes par calcul, mesurées"),
    "estimate time": ("Time with {0} workers", "Durée avec {0} processus"),
    "estimate memory": ("Memory of all workers", "Mémoire de tous les processus"),
    "estimate disk": ("Disk", "Disque"),
    "estimate note": (
        "Measured on two runs of the first point: others may take longer.",
        "Mesuré sur deux calculs du premier point : d'autres peuvent durer plus.",
    ),
    "replay ended": ("interrupted; nothing was stored", "interrompu ; rien n'a été enregistré"),
    "replayed": (
        "run {0}: point {1}, seed {2}, luck {3}",
        "calcul {0} : point {1}, tirage {2}, hasard {3}",
    ),
    "replay done": (
        "done in {0} s; the books close every day",
        "fait en {0} s ; les comptes sont justes chaque jour",
    ),
    "replay same": (
        "same results as stored, bit for bit",
        "mêmes résultats que ceux enregistrés, bit pour bit",
    ),
    "replay new": ("the batch holds no result of it", "le lot n'en a aucun résultat"),
    "replay unlike": (
        "results differ from those stored",
        "résultats différents de ceux enregistrés",
    ),
    "replay failed": ("run {0} fails again: {1}", "le calcul {0} échoue encore : {1}"),
    "replay not same": (
        "run {0} differs from what is stored: another machine or other libraries?",
        "le calcul {0} diffère de ce qui est enregistré : autre machine ou bibliothèques ?",
    ),
}


class BatchWords(StoreWords):
    """The texts of one language: those of running batches before those of stores."""

    def __call__(self, key: str, *values: object) -> str:
        """Return a text with its blanks filled in."""
        if key not in _TEXTS:
            return super().__call__(key, *values)
        return _TEXTS[key][self.column].format(*values)

    def size(self, count: float) -> str:
        """Return a number of bytes in words, such as "1.5 GB"."""
        units = _UNITS[self.column]
        step = 0
        while count >= 1000.0 and step < len(units) - 1:
            count, step = count / 1000.0, step + 1
        return f"{self.number(count, 1 if step > 1 else 0)} {units[step]}"


_UNITS: Final = (("B", "kB", "MB", "GB", "TB"), ("o", "ko", "Mo", "Go", "To"))
