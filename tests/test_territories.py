"""Territories are found by whatever a planner types, and refused in words that help."""

from __future__ import annotations

import dataclasses
import gzip
import math
import pickle
import random
from collections import Counter
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from ressort.errors import InputError, LedgerError, RessortError, RunError, UsageError
from ressort.territories import communes_table, normalise, search, territory


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    """The shipped file, read as it is."""
    file = resources.files("ressort") / "data" / "communes.csv.gz"
    with file.open("rb") as stream, gzip.open(stream, "rt", encoding="utf-8") as text:
        return pd.read_csv(text, dtype=str, keep_default_na=False).set_index("code")


def refusal(*args, **kwargs) -> str:
    """Return the message of a refused territory, after checking that it is one line."""
    with pytest.raises(InputError) as caught:
        territory(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    return message


def km_between(a: pd.Series, b: pd.Series) -> float:
    """Great-circle distance by the law of cosines, to check the haversine of the package."""
    lat_1, lat_2, turn = (math.radians(v) for v in (a.lat, b.lat, a.lon - b.lon))
    cosine = math.sin(lat_1) * math.sin(lat_2) + math.cos(lat_1) * math.cos(lat_2) * math.cos(turn)
    return 6371.0 * math.acos(min(1.0, cosine))


# --- The table -----------------------------------------------------------------------------------


def test_table_has_every_commune_once_and_no_gap(raw: pd.DataFrame) -> None:
    table = communes_table()
    assert list(table.code) == sorted(raw.index)
    assert not table.isna().any(axis=None)
    assert (table.area_km2 > 0).all()
    assert table.population.sum() == raw.population_2023.astype(int).sum()
    assert (table.epci_code == "").sum() == 4


def test_no_metropolitan_commune_lies_outside_france() -> None:
    # The source has town halls in the Indian Ocean: signs lost, longitude and latitude swapped.
    metro = communes_table().query("zone == 'metro'")
    assert metro.lon.between(-5.2, 9.6).all()
    assert metro.lat.between(41.3, 51.1).all()


def test_misplaced_town_halls_give_way_to_the_centroid(raw: pd.DataFrame) -> None:
    table = communes_table().set_index("code")
    # Dinéault, Varengeville-sur-Mer, Cuy: hundreds to thousands of km off in the source.
    for code in ("29044", "76720", "60192"):
        assert table.position_from[code] == "centroid"
        assert table.lon[code] == float(raw.lon[code])
    hall = table[table.position_from == "town hall"]
    assert len(hall) > 33_000
    assert (hall.lon - raw.lon_mairie[hall.index].astype(float)).abs().max() == 0
    # Communes of one departement stay near each other.
    metro = table[table.zone == "metro"]
    centre = metro.groupby("dep_code")[["lon", "lat"]].transform("median")
    assert np.hypot((metro.lon - centre.lon) * 78, (metro.lat - centre.lat) * 111).max() < 120


def test_estimated_areas_and_positions_are_plausible() -> None:
    table = communes_table().set_index("code")
    estimated = table[table.area_from == "density"]
    assert set(estimated.index) == {
        *("12218", "14581", "15031", "15035", "15047", "15171", "49126", "69114")
    }
    # Published: Orée d'Anjou about 156 km2.
    assert estimated.area_km2["49126"] == pytest.approx(156, rel=0.3)
    # The Cantal communes left 15141, whose centroid is known.
    for code in ("15031", "15035", "15047", "15171"):
        assert km_between(table.loc[code], table.loc["15141"]) < 10


# --- By name and code ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Issoire", "63178"),
        ("63178", "63178"),
        (" 63178 ", "63178"),
        ("2a004", "2A004"),
        ("ajaccio", "2A004"),
        ("CLERMONT FERRAND", "63113"),
        ("clermont–ferrand", "63113"),  # en dash
        ("L'Hay les roses", "94038"),
        ("L\N{RIGHT SINGLE QUOTATION MARK}Haÿ-les-Roses", "94038"),
        ("Ste-Sigolène", "43224"),
        ("st. étienne", "42218"),
        ("E\N{COMBINING ACUTE ACCENT}vreux", "27229"),  # as typed on a Mac
        ("Oeyregave", "40206"),
        ("Œyregave", "40206"),
        ("besse et st anastaise", "63038"),
    ],
)
def test_spelling_of_a_commune_is_forgiven(text: str, code: str) -> None:
    found = territory(text)
    assert (found.kind, found.codes) == ("commune", (code,))


@pytest.mark.parametrize(
    ("text", "code", "n_communes"),
    [
        ("Clermont Auvergne Métropole", "246300701", 21),
        ("CU clermont auvergne metropole", "246300701", 21),
        ("Clermont-Auvergne", "246300701", 21),
        ("246300701", "246300701", 21),
        ("Agglo Pays d'Issoire", "200070407", 87),
        ("CA Agglo Pays d’Issoire", "200070407", 87),
        ("Communauté d'agglomération Agglo Pays d'Issoire", "200070407", 87),
        ("Pays de l'Arbresle", "246900625", None),
        ("CC du Pays de l'Arbresle (CCPA)", "246900625", None),
    ],
)
def test_epci_is_found_with_and_without_its_form(
    text: str, code: str, n_communes: int | None
) -> None:
    found = territory(text)
    assert found.kind == "epci"
    assert set(found.communes.epci_code) == {code}
    table = communes_table()
    assert len(found) == (table.epci_code == code).sum()
    assert n_communes in (None, len(found))


@pytest.mark.parametrize("text", ["63", "Puy-de-Dôme", "puy de dome", "le Puy-de-Dôme"])
def test_departement_is_found_by_code_and_name(text: str) -> None:
    found = territory(text)
    assert (found.name, found.kind) == ("Puy-de-Dôme", "departement")
    assert found.population == communes_table().query("dep_code == '63'").population.sum()


def test_commune_comes_first_and_kind_forces() -> None:
    commune, departement = territory("Vienne"), territory("Vienne", kind="departement")
    assert commune.codes == ("38544",)
    assert set(departement.communes.dep_code) == {"86"}
    city, metropole = territory("Lyon"), territory("Lyon", kind="epci")
    assert city.codes == ("69123",)
    assert metropole.name == "Métropole de Lyon"
    assert set(city.codes) < set(metropole.codes)
    assert territory("63", kind="departement").codes == territory("63").codes


def test_bare_name_of_a_departement_means_it_unless_a_commune_has_it_too() -> None:
    table = communes_table()
    names = {normalise(name) for name in table.name}
    metro = table.query("zone == 'metro'")[["dep_code", "dep_name"]].drop_duplicates()
    shared = {name for name in metro.dep_name if normalise(name) in names}
    assert {"Vienne", "Paris", "Creuse", "Mayenne"} <= shared
    for code, name in metro.itertuples(index=False):
        assert set(territory(name, kind="departement").communes.dep_code) == {code}
        if name not in shared:  # also: no EPCI stands in the way
            assert territory(name).kind == "departement"


def test_unique_names_lead_to_their_own_commune() -> None:
    metro = communes_table().query("zone == 'metro' and population > 0")
    counts = Counter(map(normalise, communes_table().name))
    unique = [c for c in metro.itertuples() if counts[normalise(c.name)] == 1]
    for commune in random.Random(1).sample(unique, 300):
        assert territory(commune.name).codes == (commune.code,)


def test_homonyms_are_listed_with_code_and_departement(raw: pd.DataFrame) -> None:
    message = refusal("saint denis")
    for part in ("93066", "Seine-Saint-Denis", "11339", "Aude", "30247", "Gard", "97411"):
        assert part in message
    assert "4 places" in message
    assert "give the code" in message
    message = refusal("Ste-Colombe")
    homonyms = raw.index[raw.name == "Sainte-Colombe"]
    assert f"{len(homonyms)} places" in message
    assert all(code in message for code in homonyms)
    assert territory("93066").name == "Saint-Denis"


def test_accents_alone_do_not_choose_between_communes() -> None:
    # Melle and Mellé: who types without accents must not silently get the other one.
    for text in ("Melle", "Mellé"):
        message = refusal(text)
        assert "79174 Melle (Deux-Sèvres)" in message
        assert "35174 Mellé (Ille-et-Vilaine)" in message


def test_homonymous_epci_are_listed() -> None:
    message = refusal("CC des Quatre Rivières")
    assert "247000623" in message
    assert "247400666" in message
    assert "Haute-Savoie" in message


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Isoire", "Issoire (commune 63178)"),
        ("Clermond-Ferand", "Clermont-Ferrand (commune 63113)"),
        ("Chamonix", "Chamonix-Mont-Blanc (commune 74056)"),
        ("Puy-de-Dom", "Puy-de-Dôme (departement 63)"),
    ],
)
def test_unknown_name_suggests_near_ones(text: str, suggestion: str) -> None:
    message = refusal(text)
    assert repr(text) in message
    assert suggestion in message


def test_unknown_name_without_a_near_one_says_what_to_do() -> None:
    assert "give its code" in refusal("Qzxvw-lès-Zzyx")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("63999", "5 characters"),
        ("63000", "postal code, of 63113 Clermont-Ferrand"),
        ("75112", "give 75056"),
        ("97502", "collectivities (975,"),
        ("988", "collectivities (975,"),
        ("20", "2 for a departement"),
        ("123456789", "9 for an EPCI"),
    ],
)
def test_unknown_code_is_explained(code: str, words: str) -> None:
    message = refusal(code)
    assert code in message
    assert words in message


@pytest.mark.parametrize("text", ["97411", "Mayotte", "971", "CA du Sud", "Les Abymes"])
def test_overseas_departements_are_refused_for_want_of_farmland(text: str) -> None:
    message = refusal(text)
    assert "farmland by departement" in message
    assert "metropolitan France" in message


def test_commune_without_people_is_refused_alone_and_kept_among_others() -> None:
    assert "nobody lives there" in refusal("Bezonvaux")
    assert "Bezonvaux" in refusal(codes=["55050", "55239"])
    meuse = territory("Meuse").communes
    assert set(meuse.code[meuse.population == 0]) == {
        *("55039", "55050", "55139", "55189", "55239", "55307")
    }
    assert (meuse.area_km2[meuse.population == 0] > 5).all()


# --- By codes ------------------------------------------------------------------------------------


def test_codes_are_sorted_and_add_up() -> None:
    wanted = ["63178", "01004", "2a004", "63113"]
    found = territory(codes=iter(wanted))
    assert found.codes == ("01004", "2A004", "63113", "63178")
    assert found.kind == "codes"
    assert found.name == "Clermont-Ferrand and 3 more"
    assert found.population == sum(territory(c).population for c in wanted)
    assert found.area_km2 == pytest.approx(sum(territory(c).area_km2 for c in wanted))
    assert territory(codes=np.array(["63178"])).name == "Issoire"


def test_all_unknown_codes_are_named() -> None:
    message = refusal(codes=["63113", "63999", "64999"])
    assert "63999, 64999" in message
    assert "63113" not in message
    message = refusal(codes=[f"99{n:03}" for n in range(30)])
    assert "99011 and 18 more" in message
    assert "99012" not in message


def test_repeated_codes_are_refused() -> None:
    assert "repeated: 63113" in refusal(codes=["63113", "63178", "63113"])
    assert "repeated: 2A004" in refusal(codes=["2A004", "2a004"])


def test_codes_overseas_among_others_are_named() -> None:
    message = refusal(codes=["63113", "97411"])
    assert message.startswith("Saint-Denis: overseas")


# --- By radius -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("around", "code", "radius_km"),
    [("Clermont-Ferrand", "63113", 20), ("29155", "29155", 45.5), ("Lauterbourg", "67261", 12)],
)
def test_radius_takes_what_lies_within(around: str, code: str, radius_km: float) -> None:
    table = communes_table().query("zone == 'metro'").set_index("code")
    centre = table.loc[code]
    box = table[(table.lat - centre.lat).abs() < radius_km / 100]
    expected = [c.Index for c in box.itertuples() if km_between(centre, c) <= radius_km]
    found = territory(around=around, radius_km=radius_km)
    assert list(found.codes) == expected
    assert len(expected) > 1
    assert found.name == f"{radius_km:g} km around {centre['name']}"


def test_smallest_and_largest_radius() -> None:
    assert territory(around="63113", radius_km=0.001).codes == ("63113",)
    largest = territory(around="63113", radius_km=300)
    assert 14_000 < len(largest) < 16_000
    assert not largest.communes.dep_code.str.startswith("97").any()


@pytest.mark.parametrize("radius", [0, -1, math.nan, math.inf, 300.1, "20", True, None, [20]])
def test_impossible_radius_is_refused(radius: object) -> None:
    message = refusal(around="63113", radius_km=radius)
    assert "above 0 and at most 300" in message
    assert repr(radius) in message


def test_centre_of_a_radius_is_one_commune() -> None:
    assert "4 places" in refusal(around="Saint-Denis", radius_km=10)
    assert "Puy-de-Dôme (departement 63)" in refusal(around="Puy-de-Dôme", radius_km=10)
    assert "overseas" in refusal(around="97411", radius_km=10)


# --- What is refused at the door -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({}, "exactly one of name, codes and around; given: none"),
        ({"name": None}, "given: none"),
        ({"name": "Issoire", "codes": ["63178"]}, "given: name, codes"),
        ({"codes": ["63178"], "around": "63178", "radius_km": 3}, "given: codes, around"),
        ({"codes": ["63178"], "kind": "commune"}, "kind goes with name"),
        ({"name": "Issoire", "radius_km": 3}, "radius_km goes with around"),
        ({"name": "Issoire", "kind": "region"}, "commune, epci, departement, bassin_de_vie"),
        ({"name": "Issoire", "kind": 3}, "got 3"),
        ({"name": "Puy-de-Dôme", "kind": "commune"}, "no commune is called"),
        ({"name": "63178", "kind": "departement"}, "no departement has the code 63178"),
        ({"name": 63178}, "got 63178 (int)"),
        ({"name": ["Issoire"]}, "(list)"),
        ({"name": ""}, "a name or a code is expected"),
        ({"name": " - "}, "a name or a code is expected"),
        ({"around": 63113, "radius_km": 20}, "around: text in quotes"),
        ({"codes": "63113"}, "codes: a list is expected"),
        ({"codes": 63113}, "codes: a list is expected"),
        ({"codes": []}, "codes: the list is empty"),
        ({"codes": ["63113", None]}, "got None (NoneType)"),
        ({"codes": [1004]}, "got 1004 (int)"),
    ],
)
def test_wrong_choice_is_refused_in_words(choice: dict[str, object], words: str) -> None:
    assert words in refusal(**choice)


# --- The record ----------------------------------------------------------------------------------


def test_record_is_frozen_numbered_anew_and_short_to_print() -> None:
    found = territory("Clermont Auvergne Métropole")
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.name = "other"  # type: ignore[misc]
    assert list(found.communes.index) == list(range(len(found)))
    assert found.n_communes == len(found) == 21
    assert list(found.communes.columns) == [
        *("code", "name", "dep_code", "dep_name", "epci_code"),
        *("population", "area_km2", "lon", "lat"),
    ]
    assert len(repr(found)) < 100
    assert pickle.loads(pickle.dumps(found)).codes == found.codes


def test_changing_a_territory_leaves_the_table_alone() -> None:
    found = territory("Issoire")
    found.communes.loc[0, "population"] = 1
    assert territory("Issoire").population > 10_000


# --- Search --------------------------------------------------------------------------------------


def test_search_ranks_equal_names_then_beginnings_then_size() -> None:
    names = [c.name for c in search("clermont", limit=200)]
    assert names[:4] == ["Clermont"] * 4
    assert names.index("Clermont-Ferrand") < names.index("Clermont-l'Hérault")
    assert "Clermont Auvergne Métropole" in names
    inside = search("ferrand", limit=50)
    assert inside[0].name == "Clermont-Ferrand"
    assert "Montferrand" in {c.name for c in inside}


def test_search_finds_codes_kinds_and_near_names() -> None:
    assert {c.kind for c in search("63", limit=100)} == {"commune", "departement"}
    assert search("63178") == [search("Issoire")[0]]
    assert search("Isoire")[0].code == "63178"
    assert search("qzxvwq") == []
    assert search("63999") == []


def test_everything_searched_for_can_be_loaded() -> None:
    for text in ("Saint-Denis", "Réunion", "Sainte-Marie", "97"):
        for candidate in search(text, limit=30):
            found = territory(candidate.code, kind=candidate.kind)
            assert (found.name, found.population) == (candidate.name, candidate.population)


def test_search_keeps_to_its_limit() -> None:
    assert len(search("saint", limit=3)) == 3
    for limit in (0, -1, 2.5, True, "3"):
        with pytest.raises(InputError, match="limit"):
            search("saint", limit=limit)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="text"):
        search("")


# --- Errors --------------------------------------------------------------------------------------


def test_exit_codes_tell_errors_apart() -> None:
    kinds = (RessortError, UsageError, InputError, RunError, LedgerError)
    assert [kind.exit_code for kind in kinds] == [1, 2, 3, 4, 1]
    assert all(issubclass(kind, RessortError) for kind in kinds)


def test_ledger_error_names_day_account_and_gap_and_reaches_other_processes() -> None:
    error = LedgerError(day=12, account="good food", gap=-3.5)
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.day, copy.account, copy.gap) == (12, "good food", -3.5)
    for part in ("day 12", "good food", "-3.5"):
        assert part in str(copy)
