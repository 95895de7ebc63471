"""People and establishments are drawn as integers, and everyone is counted once."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import BOURG, TOWN, VILLAGE, live, place_of

from ressort.branches import BRANCHES, INDEX, N_BRANCHES
from ressort.goods import TRADE
from ressort.parameters import Behaviour, branch_traits
from ressort.place import Place, place
from ressort.population import (
    AGRI,
    Employment,
    Establishments,
    Homes,
    draw_employment,
    draw_establishments,
    draw_homes,
    establishment_sizes,
    mean_size,
)
from ressort.state import FORMATS, NO_SHOP
from ressort.territories import communes_table, territory
from ressort.world import Rules, build_world

BEHAVIOUR = Behaviour()


def drawn(
    frame: Place, people_per_agent: float = 1.0, seed: int = 1, **parameters: Any
) -> tuple[Establishments, Homes, Employment]:
    behaviour = Behaviour(parameters)
    firms = draw_establishments(frame, branch_traits(), behaviour, seed)
    homes = draw_homes(frame, behaviour, people_per_agent, seed)
    return firms, homes, draw_employment(frame, firms, homes, behaviour, seed)


def check_everyone_is_counted_once(
    frame: Place, firms: Establishments, homes: Homes, work: Employment
) -> None:
    """What holds for any draw: whole agents, people kept, each job and each worker used once."""
    assert (firms.jobs == np.rint(firms.jobs)).all()
    assert (firms.jobs >= 1).all()
    assert (homes.size >= 1).all()
    assert ((homes.workers >= 0) & (homes.workers <= homes.adults)).all()
    assert (homes.adults <= homes.size).all()
    people = np.bincount(
        homes.commune, weights=homes.weight * homes.size, minlength=len(frame.population)
    )
    np.testing.assert_allclose(people, frame.population, rtol=1e-12)
    # Jobs: residents and outsiders fill each establishment exactly.
    filled = np.bincount(work.producer, weights=work.slots, minlength=len(firms.jobs))
    np.testing.assert_allclose(filled, firms.jobs, rtol=1e-9)
    assert (work.slots > 0).all()
    assert (np.diff(work.producer) >= 0).all()
    # Workers: each works here or beyond the border, by the posts it stands for.
    here = work.household >= 0
    posts = np.bincount(work.household[here], weights=work.slots[here], minlength=len(homes.size))
    np.testing.assert_allclose(
        posts + work.outside_slots, homes.workers * homes.weight, rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("people_per_agent", [1.0, 3.0, 40.0])
@pytest.mark.parametrize("name", [VILLAGE, BOURG, TOWN])
def test_everyone_is_counted_once(name: str, people_per_agent: float) -> None:
    frame = place_of(name)
    check_everyone_is_counted_once(frame, *drawn(frame, people_per_agent))


def with_people(codes: tuple[str, ...], population: list[int]) -> Place:
    """Return the place of some communes with other numbers of people."""
    found = place(territory(codes=list(codes)))
    jobs = found.jobs * (np.array(population) / found.population)[:, None]
    return dataclasses.replace(found, population=np.array(population, dtype=float), jobs=jobs)


@cache
def auvergne() -> tuple[str, ...]:
    table = communes_table()
    return tuple(table.code[table.dep_code == "63"])


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 460), st.integers(0, 800)),
        min_size=1,
        max_size=4,
        unique_by=lambda row: row[0],
    ),
    people_per_agent=st.floats(1.0, 60.0),
    seed=st.integers(0, 2**31),
)
def test_any_communes(rows: list[tuple[int, int]], people_per_agent: float, seed: int) -> None:
    """Communes of any size, empty ones included, as long as someone lives somewhere."""
    population = [people for _, people in rows]
    if sum(population) == 0:
        population[0] = 1
    frame = with_people(tuple(auvergne()[row] for row, _ in rows), population)
    check_everyone_is_counted_once(frame, *drawn(frame, people_per_agent, seed))


# ---------------------------------------------------------------- establishments
def observed(**jobs: list[float]) -> Place:
    """Return two communes with observed jobs."""
    found = place(territory(codes=[VILLAGE, BOURG]))
    table = np.zeros((2, N_BRANCHES))
    for branch, numbers in jobs.items():
        table[:, INDEX[branch]] = numbers
    return dataclasses.replace(found, level="observed", jobs=table, hectares=np.zeros(2))


def test_observed_jobs_are_kept_commune_by_commune() -> None:
    """Whole jobs exactly; a fraction becomes a whole job as often as it says."""
    frame = observed(food=[37.0, 250.0], trade=[4.0, 0.0], water=[0.25, 0.0])
    water = 0
    for seed in range(200):
        firms, _, _ = drawn(frame, 50.0, seed)
        total = np.zeros((2, N_BRANCHES))
        np.add.at(total, (firms.commune, firms.branch), firms.jobs)
        np.testing.assert_array_equal(total[:, INDEX["food"]], [37, 250])
        np.testing.assert_array_equal(total[:, INDEX["trade"]], [4, 0])
        water += int(total[0, INDEX["water"]])
    assert 25 <= water <= 75  # 50 expected, standard deviation 6


def test_estimated_jobs_are_kept_on_average() -> None:
    """Without observed jobs they vary with whole establishments, around what was estimated."""
    frame = place_of(TOWN)
    traits, seeds = branch_traits(), range(60)
    jobs = np.array(
        [
            np.bincount(f.branch, weights=f.jobs, minlength=N_BRANCHES)
            for f in (draw_establishments(frame, traits, BEHAVIOUR, seed) for seed in seeds)
        ]
    )
    expected = frame.jobs.sum(axis=0)
    error = jobs.std(axis=0, ddof=1) / np.sqrt(len(seeds))
    gaps = (jobs.mean(axis=0) - expected) / np.maximum(error, 1e-9)
    common = (expected > 20) & (np.arange(N_BRANCHES) != AGRI)
    assert common.sum() > 10
    assert np.abs(gaps[common]).max() < 4.0, dict(zip(BRANCHES, gaps, strict=True))


def test_mean_size_is_the_mean_of_what_is_drawn() -> None:
    rng = np.random.default_rng(1)
    for mean, spread, least in ((14.0, 1.2, 1.0), (200.0, 1.2, 50.0), (2.0, 0.0, 1.0)):
        sizes = establishment_sizes(rng, 200_000, mean, spread, least)
        assert sizes.min() >= least
        assert (sizes == np.rint(sizes)).all()
        assert sizes.mean() == pytest.approx(mean_size(mean, spread, least), rel=0.03)


def test_farms_follow_farmland() -> None:
    """Farms number hectares over their size; a place without land has none."""
    frame = place_of(TOWN)
    farms = [int((drawn(frame, 50.0, seed)[0].branch == AGRI).sum()) for seed in range(40)]
    expected = float(frame.hectares.sum()) / BEHAVIOUR.farm_size
    assert np.mean(farms) == pytest.approx(expected, abs=4 * np.sqrt(expected / 40))
    bare = dataclasses.replace(frame, hectares=np.zeros_like(frame.hectares))
    assert not (drawn(bare, 50.0)[0].branch == AGRI).any()


def test_only_trade_has_shops() -> None:
    """Some establishments of trade are shops, of each kind in some draw."""
    kinds: set[int] = set()
    for seed in range(10):
        firms, _, _ = drawn(place_of(TOWN), 50.0, seed)
        assert ((firms.format != NO_SHOP) <= (firms.branch == TRADE)).all()
        kinds |= set(firms.format[firms.branch == TRADE].tolist())
    assert kinds == {NO_SHOP, *range(len(FORMATS))}


def test_establishments_are_whole_at_any_resolution() -> None:
    """`people_per_agent` thins out households, never establishments."""
    frame = place_of(BOURG)
    fine, coarse = drawn(frame, 1.0)[0], drawn(frame, 50.0)[0]
    for a, b in zip(fine, coarse, strict=True):
        np.testing.assert_array_equal(a, b)


# ---------------------------------------------------------------- households
def test_households_look_like_the_census() -> None:
    """Sizes, retired and employed within 4 standard errors of their parameters, in a town."""
    frame = place_of(TOWN)
    homes = draw_homes(frame, BEHAVIOUR, 1.0, 3)
    n = len(homes.size)
    for size, share in enumerate(BEHAVIOUR.household_size_shares, 1):
        assert (homes.size == size).mean() == pytest.approx(
            share, abs=4 * np.sqrt(share / n) + 1 / n
        )
    assert homes.retired.mean() == pytest.approx(BEHAVIOUR.retired_share, abs=4 * 0.5 / np.sqrt(n))
    assert (homes.size[homes.retired] <= 2).all()
    assert (homes.workers[homes.retired] == 0).all()
    employed = homes.workers.sum() / homes.size.sum()
    assert employed == pytest.approx(BEHAVIOUR.employed_share, abs=0.02)


@pytest.mark.parametrize("people_per_agent", [1.0, 5.0, 25.0])
def test_resolution_keeps_totals(people_per_agent: float) -> None:
    """Fewer rows stand for the same people, workers and jobs."""
    frame = place_of(TOWN)
    firms, homes, work = drawn(frame, people_per_agent)
    assert len(homes.size) == pytest.approx(
        frame.population.sum() / people_per_agent / (homes.size.mean()), rel=0.01
    )
    assert (homes.weight == homes.weight[0]).all()
    employed = float((homes.workers * homes.weight).sum())
    assert employed == pytest.approx(BEHAVIOUR.employed_share * frame.population.sum(), rel=0.06)
    here = work.household >= 0
    assert work.slots[here].sum() + work.outside_slots.sum() == pytest.approx(employed)
    assert work.slots.sum() == pytest.approx(firms.jobs.sum())


def test_draws_repeat_themselves() -> None:
    frame = place_of(BOURG)
    for one, other in zip(drawn(frame, 2.0, 9), drawn(frame, 2.0, 9), strict=True):
        for a, b in zip(one, other, strict=True):
            assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


def test_changing_people_does_not_change_establishments() -> None:
    """Each is drawn from its own stream."""
    frame = place_of(BOURG)
    one = drawn(frame, 1.0, 4)[0]
    other = drawn(frame, 1.0, 4, retired_share=0.25, employed_share=0.35)[0]
    np.testing.assert_array_equal(one.jobs, other.jobs)


def test_a_hamlet_of_fifty_works() -> None:
    """A commune of fifty: whole households, perhaps no establishment at all, and it runs."""
    frame = with_people((VILLAGE,), [50])
    for seed in range(5):
        world = build_world(frame, Rules(), seed)
        assert world.state.homes.people.sum() == pytest.approx(50.0)
        series = live(world, 10)
        np.testing.assert_allclose(series["essential"], 1.0, atol=1e-9)


def test_a_single_person_works() -> None:
    frame = with_people((VILLAGE,), [1])
    frame = dataclasses.replace(frame, hectares=np.zeros(1))
    world = build_world(frame, Rules(), 1, 1000.0)
    assert len(world.state.homes) == 1
    live(world, 10)
