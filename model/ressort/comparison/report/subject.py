"""What all sections of a report share: the evidence, the findings, and names in a language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from ressort.comparison.evidence import Evidence
from ressort.comparison.findings import Finding, deciding, findings
from ressort.comparison.report.words import ReportWords

SHOWN: int = 3  # arms in a figure: more hide each other; the tables have all


class Subject:
    """The subject of a report in a language."""

    def __init__(
        self, evidence: Evidence, lang: str, found: Sequence[Finding] | None = None
    ) -> None:
        self.evidence = evidence
        self.say = ReportWords(lang)
        self.found = tuple(findings(evidence) if found is None else found)
        self._by_key = {(f.territory, f.shock, f.arm, f.outcome, f.group): f for f in self.found}

    def territory(self, name: str) -> str:
        """Return what a territory is called."""
        return str(self.evidence.design["territories"][name][self.say.language])

    def shock(self, name: str) -> str:
        """Return what a shock is called."""
        return str(self.evidence.design["shocks"][name]["title"][self.say.language])

    def arm(self, name: str) -> str:
        """Return what an arm is called."""
        known = self.evidence.design["arms"].get(name, {})
        return str(known.get("title", {}).get(self.say.language, name))

    def cell(self, territory: str, shock: str) -> str:
        """Return what a cell is called, without what all cells share."""
        evidence = self.evidence
        one_place = len({t for t, _ in evidence.cells}) == 1
        one_shock = len({s for _, s in evidence.cells}) == 1
        if one_place:
            return self.shock(shock)
        if one_shock:
            return self.territory(territory)
        return f"{self.territory(territory)}: {self.shock(shock)}".replace(
            ":", self.say("colon"), 1
        )

    @cached_property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """The cells of which any run is done."""
        results = self.evidence.results
        done = set(zip(results["territory"], results["shock"], strict=True))
        return tuple(cell for cell in self.evidence.cells if cell in done)

    @cached_property
    def main(self) -> str | None:
        """The arm that is told of first: that with most mechanisms, among those in full dose."""
        arms = self.evidence.design["arms"]

        def rank(name: str) -> tuple[bool, int]:
            about = arms.get(name, {})
            return about.get("dose") is None, len(about.get("mechanisms", ()))

        return max(self.evidence.compared, key=rank, default=None)

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The arms that figures show: the reference, the main arm, then others."""
        first = [name for name in (self.evidence.reference, self.main) if name is not None]
        rest = [name for name in self.evidence.arms if name not in first]
        return tuple([*first, *rest][:SHOWN])

    def find(
        self, territory: str, shock: str, arm: str, outcome: str, group: str = "total"
    ) -> Finding | None:
        """Return a finding, None if there is none."""
        return self._by_key.get((territory, shock, arm, outcome, group))

    def decides(self, territory: str, shock: str, arm: str) -> Finding | None:
        """Return the finding that decides the sign of a cell, None if there is none."""
        needs = self.find(territory, shock, arm, "needs")
        output = self.find(territory, shock, arm, "output")
        return output if needs is None else deciding(needs, output)

    def of(self, outcome: str, group: str = "total", arm: str | None = None) -> Iterator[Finding]:
        """Return the findings of an outcome in all cells, of the main arm if none is named."""
        for territory, shock in self.cells:
            found = self.find(territory, shock, arm or self.main or "", outcome, group)
            if found is not None:
                yield found

    @property
    def draws(self) -> int:
        """The least number of draws of any cell."""
        return int(self.evidence.results.groupby(["territory", "shock"])["draw"].nunique().min())
