"""The portrait of a territory: its numbers by hand, its words in two languages, its files."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from tests.worlds import BOURG, TOWN, VILLAGE, place_of

import ressort
from ressort.branches import BRANCHES, INDEX, NEEDS
from ressort.data import communes_table, great_circle_km
from ressort.parameters import (
    Behaviour,
    branch_traits,
    farmland_per_head,
    read,
)
from ressort.place import Place, france
from ressort.population import draw_establishments, mean_size
from ressort.portraits.content import SHOWN
from ressort.portraits.draws import draw_calm
from ressort.portraits.map import draw_map
from ressort.portraits.measure import Stock, closed_form, presences
from ressort.portraits.portrait import Portrait, named, portrait
from ressort.portraits.words import _TEXTS, Speaker
from ressort.profiles import synthetic
from ressort.territories import territory

LANGUAGES = ("en", "fr")


@cache
def of(name: str) -> Portrait:
    """A portrait by commune code, or of a synthetic territory `profile:size`."""
    profile, _, size = name.partition(":")
    return portrait(synthetic(int(size), profile) if size else name, draws=3)


def french(shown: Portrait, name: str) -> float:
    """The value of France of a measure."""
    value = shown.measures[name].france
    assert value is not None
    return value


# --- Numbers -------------------------------------------------------------------------------------


def test_a_uniform_territory_has_the_jobs_of_france_per_head() -> None:
    average = of("uniform:5000")
    for branch in average.branches:
        if branch.name != "agri":
            assert branch.jobs == pytest.approx(branch.jobs_france, rel=1e-9), branch.name
    for found in average.presences:
        if found.name != "agri":
            assert found.expected == pytest.approx(found.at_french_rate, rel=1e-9), found.name
    # Farmland is a share of land, of which it has 1 / 107 km2 a head and France 1 / 120.6.
    wide = french(average, "density") / average.density.value
    farmland = average.farmland_per_head
    assert farmland.value / french(average, "farmland_per_head") == pytest.approx(wide, rel=0.02)
    energy = average.energy_by_output
    assert energy.value == pytest.approx(energy.france, rel=0.01)


def test_jobs_of_a_village_are_those_of_its_kind_of_commune() -> None:
    village = of(VILLAGE)
    kind_0 = read("jobs_per_head.toml")["kind_0"]
    for branch in village.branches:
        if branch.name != "agri":
            assert branch.jobs == pytest.approx(kind_0[branch.name]), branch.name
    assert village.population.value == 413
    assert village.jobs.value == pytest.approx(sum(b.jobs for b in village.branches))


def test_what_a_village_lacks_follows_from_expected_numbers() -> None:
    village, traits, behaviour = of(VILLAGE), branch_traits(), Behaviour()
    by_name = {p.name: p for p in village.presences}
    assert set(by_name) == set(BRANCHES) - {"trade"} | {"grocery", "pharmacy", "station", "store"}
    b = INDEX["education"]
    schools = (
        0.413
        * 12.46
        / mean_size(
            traits.jobs_per_establishment[b], behaviour.establishment_spread, traits.jobs_minimum[b]
        )
    )
    assert by_name["education"].expected == pytest.approx(schools)
    for found in village.presences:
        assert found.none == pytest.approx(math.exp(-found.expected))
    # A pharmacy for 3 300 people at the trade of France, and the village has less trade.
    assert 413 / 3300 > by_name["pharmacy"].expected > 0.03
    lacking = [p.name for p in village.missing]
    assert {"pharmacy", "station", "fuel", "pharma", "energy"} <= set(lacking)
    assert "agri" not in lacking
    assert [p.none for p in village.missing] == sorted(
        [p.none for p in village.missing], reverse=True
    )
    nobody = by_name["pharma"].none * by_name["pharmacy"].none
    assert village.alone["medicine"] == pytest.approx(nobody)
    assert tuple(village.alone) == NEEDS


def test_expected_numbers_are_the_means_of_what_is_drawn() -> None:
    here, traits, behaviour = place_of(TOWN), branch_traits(), Behaviour()
    drawn = [draw_establishments(here, traits, behaviour, seed).branch for seed in range(60)]
    means = np.mean([np.bincount(d, minlength=len(BRANCHES)) for d in drawn], axis=0)
    for found in of(TOWN).presences:
        if found.name in BRANCHES:
            error = math.sqrt(max(found.expected, 0.05) / len(drawn))
            assert means[INDEX[found.name]] == pytest.approx(found.expected, abs=4.5 * error)


def test_with_observed_jobs_a_commune_that_has_them_lacks_nothing() -> None:
    estimated = place_of(VILLAGE)
    jobs = np.zeros_like(estimated.jobs)
    jobs[0, INDEX["education"]], jobs[0, INDEX["finance"]] = 3.0, 0.25
    observed = Place(**{**vars(estimated), "level": "observed", "jobs": jobs})
    drawn = np.full(len(BRANCHES), 0.2)
    drawn[INDEX["education"]] = 1.4
    nation = france(Behaviour().farm_output)
    by_name = {p.name: p for p in presences(observed, nation, Behaviour(), drawn)}
    assert by_name["education"].none == 0.0
    assert by_name["finance"].none == 0.75
    assert by_name["construction"].none == 1.0
    assert by_name["education"].expected == 1.4
    assert by_name["finance"].expected == 0.25  # few draws may miss what is rare
    farms = estimated.hectares.sum() / Behaviour().farm_size
    assert by_name["agri"].none == pytest.approx(math.exp(-farms))


def test_farmland_of_a_departement_is_the_published_one() -> None:
    department = portrait("90", draws=1)  # Territoire de Belfort
    published = farmland_per_head()["90"]
    assert department.farmland_per_head.value == pytest.approx(published)
    fed = department.food_by_land
    assert fed.value == pytest.approx(published / 0.31)
    assert fed.low == pytest.approx(published / 0.37)
    assert fed.high == pytest.approx(published / 0.24)
    assert department.farmland.value == pytest.approx(published * department.population.value)


def test_france_is_all_metropolitan_communes() -> None:
    table = communes_table()
    metro = table[table["zone"] == "metro"]
    measures = of(VILLAGE).measures
    assert measures["population"].france == metro["population"].sum()
    assert measures["communes"].france == len(metro)
    jobs = measures["jobs"].france
    assert jobs == pytest.approx(sum(b.jobs_france for b in of(VILLAGE).branches))
    assert 0.35 < french(of(VILLAGE), "farmland_per_head") < 0.45  # 26.7 million ha, 66.2 million


# --- Trade ---------------------------------------------------------------------------------------


def test_shares_of_purchases_sum_to_one_and_follow_distance() -> None:
    town = of(TOWN)
    for branch in town.branches:
        parts = (branch.here, branch.rest_of_france, branch.abroad)
        assert sum(parts) == pytest.approx(1.0)
        assert all(part >= -1e-12 for part in parts), branch.name
    here, traits = place_of(TOWN), branch_traits()
    drawn = draw_calm(here, Behaviour(), 10)
    for name in ("education", "health_social", "water", "real_estate"):
        b = INDEX[name]
        share = drawn.here[:, b].sum() / drawn.use[:, b].sum()
        pull = here.local_pull[0, b] * (1 - traits.final_import_share[b])
        # No more than distance pulls; less where those who sell here have no room for all.
        assert 0.7 * pull < share < pull + 0.03, name


def test_whoever_works_here_lives_here_or_comes_in() -> None:
    calm = draw_calm(place_of(BOURG), Behaviour(), 3)
    inside = calm.workers - calm.commuters_out
    assert inside == pytest.approx(calm.jobs - calm.commuters_in, rel=1e-9)
    assert (inside > 0).all()


def test_stocks_at_home_are_those_of_the_parameters() -> None:
    days = {s.name: s for s in of(TOWN).stocks}
    assert days["food"].home == pytest.approx(3.0)
    assert days["medicine"].home == pytest.approx(15.0)
    assert days["fuel"].home == pytest.approx(7.0)
    for name in ("water", "energy", "care", "transport", "communication"):
        assert (days[name].home, days[name].shops, days[name].makers) == (0.0, 0.0, 0.0)
    # A shop holds 4 days of what it sells, and sells a part of what residents use.
    assert 0.0 < days["food"].shops < 4.0
    assert days["fuel"].shops < 10.0


def test_the_closed_form() -> None:
    assert closed_form(6.0, 0.02, 0.8) == pytest.approx(7.69, abs=0.01)
    assert closed_form(30.0, 0.54, 0.8) == pytest.approx(115.4, abs=0.1)
    assert closed_form(10.0, 0.8, 0.8) == math.inf
    stock = Stock("food", "food", 3.0, 3.0, 99.0, 0.4, 0.7)
    assert stock.lasts(1.0) == pytest.approx(10.0)  # what makers hold is not counted
    assert stock.lasts(0.8) == pytest.approx(15.0)


def test_a_portrait_is_the_same_twice_and_takes_a_scenario() -> None:
    first, second = (portrait(VILLAGE, draws=2) for _ in range(2))
    assert first.as_json() == second.as_json()
    scenario = ressort.load("village-isolation")
    assert ressort.portrait(scenario, draws=2).as_json() == first.as_json()
    place, found = named(VILLAGE), named("village-isolation")
    assert isinstance(place, ressort.Territory)
    assert place.codes == (VILLAGE,)
    assert isinstance(found, ressort.Scenario)
    assert found == scenario


# --- Words and pages -----------------------------------------------------------------------------


def test_every_text_is_in_both_languages() -> None:
    for key, texts in _TEXTS.items():
        assert len(texts) == 2, key
        fields = [set(re.findall(r"\{\d\}", text)) for text in texts]
        assert fields[0] == fields[1], key
        assert all(text.strip() for text in texts), key


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [VILLAGE, TOWN, "slice:3000"])
def test_the_text_says_all(name: str, lang: str) -> None:
    drawn, say = of(name), Speaker(lang)
    text = drawn.text(lang)
    for key in (*(f"m {m}" for m in SHOWN), "missing", "stocks", "sources"):
        assert say(key) in text, key
    for branch in BRANCHES:
        assert say.branch(branch) in text
    assert max(map(len, text.splitlines())) <= 100
    assert not re.search(r"\bnan\b|\binf\b", text)
    assert say("invented" if name.startswith("slice") else "observed") in text


def test_what_a_village_lacks_is_said() -> None:
    never = "None in nine draws of ten or more: "
    line = next(x for x in _sentences(of(VILLAGE).html("en")) if x.startswith(never))
    assert "pharmacies" in line
    assert "petrol stations" in line
    assert "construction" not in line
    french = "".join(_sentences(of(VILLAGE).html("fr")))
    assert "pharmacies" in french
    assert "medicine (9" in "".join(_sentences(of(VILLAGE).html("en")))


def _sentences(page: str) -> list[str]:
    return [item.text or "" for item in _parsed(page).iter("li")]


def _parsed(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [VILLAGE, "uniform:5000"])
def test_the_page_is_well_formed_and_needs_nothing_else(name: str, lang: str) -> None:
    page = of(name).html(lang)
    root = _parsed(page)
    assert root.get("lang") == lang
    tags = {element.tag.rsplit("}", 1)[-1] for element in root.iter()}
    assert not tags & {"script", "link", "img", "iframe", "object", "image", "foreignObject"}
    for element in root.iter():
        for key, value in element.attrib.items():
            assert not key.startswith("on"), key
            if key.rsplit("}", 1)[-1] in ("href", "src", "data"):
                assert value.startswith("#"), value
    assert not re.search(r"url\((?!#)|@import", page)
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page))
    for one, other in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page):
        assert (one or other) in names
    for element in root.iter():
        for label in (element.get("aria-labelledby") or "").split():
            assert label in names


def test_pictures_are_told_in_words() -> None:
    root = _parsed(of(TOWN).html("en"))
    drawings = [element for element in root.iter() if element.get("role") == "img"]
    assert len(drawings) == 2
    words = [" ".join(d.itertext()) for d in drawings]
    assert "Issoire (15,115)" in words[0]
    farming = next(b for b in of(TOWN).branches if b.name == "agri")
    assert f"farming: {farming.jobs:.1f} jobs per 1,000 inhabitants" in words[1]
    heads = [e for e in root.iter("th") if e.get("scope") in ("row", "col")]
    assert len(heads) == len(list(root.iter("th")))


def test_names_are_escaped() -> None:
    bad = dataclasses.replace(territory(VILLAGE), name='<b>& "Q"')
    page = dataclasses.replace(of(VILLAGE), territory=bad).html("en")
    assert "<b>" not in page
    assert _parsed(page).find(".//h1").text == '<b>& "Q"'  # type: ignore[union-attr]


def test_the_map_is_true_to_shape_and_discs_to_people() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4))
    axes = figure.add_axes((0, 0, 1, 1))
    pair = portrait(territory(codes=[TOWN, BOURG]), draws=1)
    draw_map(axes, pair, Speaker("en"))
    points: Any = axes.transData.transform([(0, 0), (1, 0), (0, 1)])
    (x0, y0), (x1, _), (_, y1) = points
    assert x1 - x0 == pytest.approx(y1 - y0, rel=1e-6)
    discs: Any = axes.collections[0]
    sizes, places = discs.get_sizes(), discs.get_offsets()
    assert sizes[0] / sizes[1] == pytest.approx(15115 / 1192, rel=1e-6)
    lon, lat = (pair.territory.communes[c].to_numpy() for c in ("lon", "lat"))
    km = great_circle_km(lon[0], lat[0], lon[1:], lat[1:])
    assert np.hypot(*(places[0] - places[1])) == pytest.approx(km[0], rel=0.005)


def test_json_is_strict() -> None:
    for name in (VILLAGE, "slice:3000"):
        content = of(name).as_json()
        again = json.loads(json.dumps(content, allow_nan=False))
        assert set(again["branches"]) == set(BRANCHES)
        assert again["measures"]["population"]["value"] == of(name).population.value
        assert again["stocks"]["food"]["days_at_80_percent"] > 0
        statuses = {m["status"] for m in again["measures"].values()}
        assert statuses <= {"observed", "estimated", "modelled", "invented"}


def test_fifty_people_have_a_portrait() -> None:
    tiny = portrait(synthetic(50, "rural"), draws=2)
    json.dumps(tiny.as_json(), allow_nan=False)
    for lang in LANGUAGES:
        assert "50" in tiny.text(lang)
        assert _parsed(tiny.html(lang)) is not None
