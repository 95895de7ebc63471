"""What all measures share: an account in the audit, a switch, a cost, a time to begin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.worlds import TOWN

from ressort.errors import InputError
from ressort.federation_contracts import Capability, Reciprocity
from ressort.federation_links import Aid
from ressort.measures import COOPERATION, COUNCIL, CURRENCY, PARTNERS, Measure
from ressort.parameters import measure_records
from ressort.results import resolved
from ressort.scenario import Scenario, check
from ressort.simulation import Run, compare, simulate

ALL: tuple[type[Measure], ...] = (
    *COOPERATION,
    *COUNCIL,
    *CURRENCY,
    *PARTNERS,
    Aid,
    Reciprocity,
    Capability,
)


def scenario(**sections: Any) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"name": TOWN},
        "run": {"days": 70, "people_per_agent": 20.0},
        "shocks": [{"kind": "import_cut", "start_day": 15, "days": 20}],
        "cooperation": {"scic": False},
    }
    return check(content | sections)


def with_reserve(seed: int = 1, **settings: Any) -> Run:
    return simulate(scenario(council={"reserve": settings}), seed, audit=True)


def unmet(run: Run) -> float:
    return run.metrics["m4_unmet_food"]


def test_every_measure_has_records_words_and_rows() -> None:
    assert {m.name for m in ALL} == set(measure_records())
    for measure in ALL:
        assert measure.meaning
        assert measure.meaning_fr
        assert all(row[0] == "S" and row[1:].isdigit() for row in measure.rows)


def test_without_measures_both_arms_are_one() -> None:
    """A scenario with neither SCIC nor measures has equal arms, bit for bit."""
    runs = [simulate(scenario(), 1, cooperation=arm) for arm in (True, False)]
    assert runs[0].series.indicators.tobytes() == runs[1].series.indicators.tobytes()
    assert runs[0].measures.empty


def test_a_measure_that_has_not_begun_changes_nothing() -> None:
    later = with_reserve(from_year=0.191)
    never = simulate(scenario(), 1)
    assert later.series.indicators.tobytes() == never.series.indicators.tobytes()


def test_a_measure_is_forgotten_by_no_fork() -> None:
    """The run without the shock keeps a reserve of its own: full when the other is spent."""
    run = with_reserve()
    calm = run.reference_series.measures_frame()["reserve.stock"].to_numpy()
    assert np.ptp(calm) < 1e-6 * calm[0]
    assert run.measures["reserve.stock"].min() < 0.1 * calm[0]


def test_a_reserve_is_paid_by_residents_and_costs_its_storage() -> None:
    run, bare = with_reserve(days=5.0), simulate(scenario(), 1)
    start = run.reference_series.measures_frame()["reserve.stock"].iloc[0]
    held = [r.daily["household_cash"].iloc[0] for r in (run, bare)]
    # They begin to fill their purses again on the first day.
    assert held[1] - held[0] == pytest.approx(start, rel=0.03)
    assert run.yearly_cost == pytest.approx(0.15 * start / run.population, rel=0.01)


def test_a_reserve_of_nothing_changes_nothing_to_speak_of() -> None:
    assert unmet(with_reserve(days=1e-6)) == pytest.approx(unmet(simulate(scenario(), 1)), rel=1e-3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_larger_reserve_leaves_less_hunger(seed: int) -> None:
    """Direction of S15; what is not kept does not get better."""
    none = simulate(scenario(), seed)
    small, large = (with_reserve(seed, days=days, goods=["food"]) for days in (3.0, 9.0))
    assert unmet(large) < unmet(small) < unmet(none)
    medicine = [run.metrics["m4_unmet_medicine"] for run in (large, none)]
    assert medicine[0] == pytest.approx(medicine[1], rel=0.02)


def test_a_late_decision_makes_a_reserve_useless() -> None:
    late = with_reserve(delay_days=60)
    assert late.measures["reserve.sold"].sum() == 0.0
    assert unmet(late) == pytest.approx(unmet(simulate(scenario(), 1)), rel=0.01)


def test_calm_years_come_before_day_0() -> None:
    years = scenario(calm={"years": 2}, council={"reserve": {"ready": False, "build_days": 400.0}})
    run = simulate(years, 1)
    assert run.daily["day"].iloc[0] == -730
    assert run.daily["essential"].iloc[730 : 730 + 15].min() == 1.0
    assert run.daily["essential"].iloc[730 + 15 :].min() < 0.9
    stock = run.measures["reserve.stock"].to_numpy()
    assert 0.4 < stock[200] / stock[729] < 0.6
    assert run.communes.index[0] == -730


def test_unknown_keys_of_measures_are_told_with_near_ones() -> None:
    with pytest.raises(InputError, match=r"council.reserve.day: unknown key, did you mean 'days'"):
        scenario(council={"reserve": {"day": 3.0}})
    with pytest.raises(InputError, match=r"council.reserv: unknown key, did you mean 'reserve'"):
        scenario(council={"reserv": {}})
    with pytest.raises(InputError, match=r"council.reserve.days: at least 0 is expected"):
        scenario(council={"reserve": {"days": -1.0}})


def test_a_scenario_with_measures_comes_back_from_its_json() -> None:
    first = compare(scenario(council={"reserve": {"days": 4.0}}), 1)
    again = check(resolved(first))
    assert again.council == first.scenario.council
    assert compare(again, 1).table().equals(first.table())
