"""Territories of any size that are nowhere: exact counts, nested, of constant composition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import live

from ressort.branches import INDEX
from ressort.errors import InputError
from ressort.place import place
from ressort.profiles import LARGEST, PROFILES, SMALLEST, synthetic
from ressort.scenario import check
from ressort.world import Rules, build_world

SIZES = (50, 1_700, 30_000, 400_000)


@settings(max_examples=30, deadline=None)
@given(size=st.integers(SMALLEST, LARGEST), profile=st.sampled_from(sorted(PROFILES)))
def test_everyone_has_a_place(size: int, profile: str) -> None:
    found = synthetic(size, profile)
    assert found.population == size
    assert (found.communes.area_km2 > 0).all()
    assert found.surroundings is not None
    assert (found.surroundings.population >= 0).all()


def test_a_smaller_one_is_the_heart_of_a_larger() -> None:
    """Of an even density, the area follows the size and radii nest."""
    small, large = synthetic(20_000), synthetic(80_000)
    assert large.area_km2 == pytest.approx(4 * small.area_km2, rel=1e-3)
    np.testing.assert_allclose(small.communes.lon, large.communes.lon[:20], atol=1e-4)
    np.testing.assert_allclose(small.communes.lat, large.communes.lat[:20], atol=1e-4)


def test_composition_does_not_change_with_size() -> None:
    """Jobs by branch and farmland a head are those of France, at every size; reach is not."""
    frames = [place(synthetic(size)) for size in SIZES]
    jobs = np.array([f.jobs.sum(axis=0) / f.population.sum() for f in frames])
    land = np.array([f.hectares.sum() / f.population.sum() for f in frames])
    np.testing.assert_allclose(jobs, np.broadcast_to(jobs[0], jobs.shape), rtol=1e-9)
    np.testing.assert_allclose(land, land[0], rtol=1e-2)
    trade = [float(f.population @ f.local_pull[:, INDEX["trade"]]) for f in frames]
    reach = np.array(trade) / np.array(SIZES)
    assert (np.diff(reach) > 0).all()
    assert reach[0] < 0.02
    assert reach[-1] > 0.5


def test_a_slice_joins_the_heart_of_a_city_to_its_country() -> None:
    found = synthetic(60_000, "slice").communes
    density = found.population / found.area_km2
    assert density.max() > 1500
    assert density.min() < 150
    # A sector of an eighth of the disc: all lie within 45 degrees of each other.
    east, north = (found.lon - 2.5) * np.cos(np.radians(46.5)), found.lat - 46.5
    angle = np.degrees(np.arctan2(north, east))
    assert angle.min() >= 0
    assert angle.max() <= 45


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("size", [50, 3_000])
def test_they_live(size: int, profile: str) -> None:
    """Calm days in each, books closed, every need met."""
    world = build_world(place(synthetic(size, profile)), Rules(), 1)
    series = live(world, 20)
    assert series["essential"].min() > 0.99


@pytest.mark.parametrize("size", [49, 1_500_001, True, 1e4, None])
def test_sizes_out_of_range_are_refused(size: object) -> None:
    with pytest.raises(InputError, match="size: a whole number"):
        synthetic(size)  # type: ignore[arg-type]


def test_scenarios_name_them() -> None:
    scenario = check({"territory": {"synthetic": "slice", "size": 5000}})
    assert scenario.resolve_territory().population == 5000
    with pytest.raises(InputError, match="synthetic needs size beside it"):
        check({"territory": {"synthetic": "slice"}})
    with pytest.raises(InputError, match="exactly one of name, codes, around, synthetic"):
        check({"territory": {"synthetic": "slice", "size": 500, "name": "Issoire"}})


def test_the_public_name_stays_a_function() -> None:
    """No module of the package may hide `ressort.synthetic` once it is imported."""
    import ressort.profiles

    assert ressort.synthetic is ressort.profiles.synthetic
    assert ressort.synthetic(300).population == 300
