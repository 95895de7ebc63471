"""How many people an agent stands for must not decide what happens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ressort.scenario import check
from ressort.simulation import Run, Stage, run_arm

TOWN = "63040"  # Billom, 4 800 inhabitants
WITHIN = 0.05  # of the loss


def runs(people_per_agent: float, seeds: int, days: int, shock: dict[str, Any]) -> list[Run]:
    scenario = check(
        {
            "territory": {"codes": [TOWN]},
            "run": {"days": days, "people_per_agent": people_per_agent},
            "shocks": [{"start_day": 5} | shock],
        }
    )
    stage = Stage.of(scenario)
    return [run_arm(stage, seed, cooperation=False) for seed in range(1, seeds + 1)]


def losses(runs: list[Run]) -> dict[str, np.ndarray]:
    """Return by seed: person-days of unmet need a head, mean output lost, most jobs lost."""
    jobs = [1 - (run.daily.jobs_held / run.reference.jobs_held).min() for run in runs]
    return {
        "unmet": np.array([run.metrics["m4_unmet_person_days"] / run.population for run in runs]),
        "output": np.array([run.metrics["m5_loss_area_output"] for run in runs]),
        "jobs": np.array(jobs),
    }


@pytest.mark.slow
def test_resolution_moves_no_median_of_a_cut() -> None:
    """A month without goods, 15 seeds, 1, 2 and 8 people an agent: medians agree within 5 %.

    Measured: needs unmet 21.0, 20.9 and 21.6 days a head, output 3.01, 3.04 and 3.12 %.

    What that covers is one town, Billom, and one shock. Unpaired medians do not always agree so
    well: of 9 seeds of Issoire needs unmet were up to 7 % apart (20.5, 22.0 and 21.6 days), of 15
    seeds of Ambert up to 8 %, and of the first 11 seeds and 45 days here output was 9 % apart.
    Paired by seed, which is tested here too, the median ratio was within 1.2 % in the cases
    computed, above 1 as often as under it. Of one seed, losses may differ by 30 %: other households
    are drawn, and a town with one maker of a good tips or does not.
    """
    finest, *coarser = (
        losses(runs(people, 15, 60, {"kind": "import_cut", "days": 30})) for people in (1, 2, 8)
    )
    for what in ("unmet", "output"):
        loss = np.median(finest[what])
        assert loss > 0.01
        for other in coarser:
            assert abs(np.median(other[what]) / loss - 1) < WITHIN, what
            assert abs(np.median(other[what] / finest[what]) - 1) < WITHIN / 2, what


@pytest.mark.slow
def test_resolution_moves_no_layoffs() -> None:
    """Exports lost for 75 days: as many jobs go, whatever a row of jobs stands for."""
    finest, *coarser = (
        losses(runs(people, 3, 85, {"kind": "export_loss", "days": 75})) for people in (1, 2, 8)
    )
    assert finest["jobs"].min() > 0.02
    for other in coarser:
        np.testing.assert_allclose(other["jobs"], finest["jobs"], rtol=0.01)
        assert abs(np.median(other["output"] / finest["output"]) - 1) < WITHIN
