"""Territories: the communes that a run is about, chosen by name, code, list or radius."""

from __future__ import annotations

import difflib
import os
import re
import reprlib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from typing import Final, NamedTuple

import pandas as pd

from ressort.data import COLUMNS, communes_table, great_circle_km
from ressort.errors import MOST_LISTED, InputError, listed, named, shown

__all__ = ["Candidate", "Territory", "communes_table", "search", "territory"]

MAX_RADIUS_KM: Final = 300.0

_CODE: Final = re.compile(r"\d[\dab]?\d*")
BASSIN: Final = "bassin_de_vie"
# In order of precedence for a bare name, with the columns that hold code and name.
KINDS: Final = {
    "commune": ("code", "name"),
    "epci": ("epci_code", "epci_name"),
    "departement": ("dep_code", "dep_name"),
}
# Cities whose municipal arrondissements have codes of their own, which the table does not hold.
_ARRONDISSEMENTS: Final = {
    **{str(code): "75056 (Paris)" for code in range(75101, 75121)},
    **{str(code): "69123 (Lyon)" for code in range(69381, 69390)},
    **{str(code): "13055 (Marseille)" for code in range(13201, 13217)},
}
_OVERSEAS: Final = (
    "codes beginning with 97 and 98 lie overseas: collectivities (975, 977, 978, 986, 987, 988) "
    "are not in the table, departements (971 to 976) lack a figure of farmland"
)


@dataclass(frozen=True, eq=False, repr=False)
class Territory:
    """Communes that are simulated together.

    `kind` is "commune", "epci", "departement", "bassin_de_vie", "codes", "radius" or "synthetic".
    A synthetic one brings its `surroundings` (population, area_km2, lon, lat of the places around)
    and, with `average_jobs`, has the jobs a head of France in all its communes. `communes` has
    one row a commune, sorted by code: code, name, dep_code, dep_name, epci_code ("" for the four
    islands that belong to none), population (people, 2023), area_km2, lon, lat (degrees, WGS84).
    Communes without inhabitants are kept: they have land.
    """

    name: str
    kind: str
    communes: pd.DataFrame
    surroundings: pd.DataFrame | None = None
    average_jobs: bool = False

    @property
    def population(self) -> int:
        """People living there in 2023."""
        return int(self.communes["population"].sum())

    @property
    def codes(self) -> tuple[str, ...]:
        """INSEE codes of the communes, sorted."""
        return tuple(self.communes["code"])

    @property
    def area_km2(self) -> float:
        """Area in km2."""
        return float(self.communes["area_km2"].sum())

    @property
    def n_communes(self) -> int:
        """Number of communes."""
        return len(self.communes)

    def __len__(self) -> int:
        return len(self.communes)

    def __repr__(self) -> str:
        size = f"communes={len(self)}, population={self.population}"
        return f"Territory({self.name!r}, {self.kind}, {size})"


class Candidate(NamedTuple):
    """A territory that a name may mean; population in people, 2023."""

    kind: str
    code: str
    name: str
    population: int


# --- Names ---------------------------------------------------------------------------------------

_MARKS: Final = re.compile("[\u0300-\u036f]")
_WORD: Final = re.compile(r"[^\W_]+")
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae"})
_SAINT: Final = {"st": "saint", "ste": "sainte"}
_BRACKETS: Final = re.compile(r"\(.*?\)")
_FORM: Final = re.compile(r"^(cc|ca|cu|communaute (de communes|d agglomeration|urbaine)) ")
_METROPOLE: Final = re.compile(r"^(euro)?metropole | metropole$")
_ARTICLE: Final = re.compile(r"^(de la|de l|du|des|de|d|la|le|les|l) ")


def normalise(text: str) -> str:
    """Return a name as plain lower-case words, so that spellings of one name are equal.

    >>> normalise("L’Haÿ-les-Roses"), normalise("STE COLOMBE")
    ('l hay les roses', 'sainte colombe')
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return " ".join(_SAINT.get(word, word) for word in _WORD.findall(_MARKS.sub("", plain)))


def name_forms(text: str, kind: str) -> list[str]:
    """Return the normalised forms of a name of a kind of territory, the strictest first.

    An EPCI is also known without acronym in brackets, legal form, "Métropole" and leading article,
    a departement without its article.

    >>> name_forms("CA de Bastia", "epci")
    ['ca de bastia', 'de bastia', 'bastia']
    """
    forms = [normalise(text)]
    if kind == "epci":
        forms.append(_FORM.sub("", normalise(_BRACKETS.sub(" ", text))))
        forms.append(_METROPOLE.sub("", forms[-1]))
    if kind in ("epci", "departement"):
        forms.append(_ARTICLE.sub("", forms[-1]))
    return [form for form in dict.fromkeys(forms) if form]


def near_names(query: str, names: Iterable[str]) -> list[str]:
    """Return up to five names spelt nearly like a query, the nearest first; all normalised."""
    # Names much longer or shorter cannot be near: most need no comparison.
    few = [name for name in names if abs(len(name) - len(query)) <= 3]
    return difflib.get_close_matches(query, few, n=5, cutoff=0.75)


def plain_text(value: object, where: str) -> str:
    """Return a name or code, stripped; InputError, naming `where`, for what cannot be one."""
    if not isinstance(value, str):
        shown = f"{reprlib.repr(value)} ({type(value).__name__})"
        raise InputError(f'{where}: text in quotes is expected, such as "63178", got {shown}')
    if not normalise(value):
        raise InputError(f"{where}: a name or a code is expected, got {reprlib.repr(value)}")
    return value.strip()


@cache
def _gazetteer() -> dict[str, dict[str, list[Candidate]]]:
    """Return, by kind, what each normalised name may mean."""
    table = communes_table()
    gazetteer: dict[str, dict[str, list[Candidate]]] = {}
    for kind, columns in KINDS.items():
        people: dict[tuple[str, str], int] = {}
        values = (table[column].tolist() for column in (*columns, "population"))
        for code, name, count in zip(*values, strict=True):
            people[code, name] = people.get((code, name), 0) + count
        people.pop(("", ""), None)  # the four islands without EPCI
        index: dict[str, list[Candidate]] = {}
        for (code, name), count in people.items():
            for form in name_forms(name, kind):
                index.setdefault(form, []).append(Candidate(kind, code, name, count))
        gazetteer[kind] = index
    return gazetteer


@cache
def _overseas() -> frozenset[str]:
    """Codes of communes, EPCI and departements overseas."""
    table = communes_table()
    drom = table[table["zone"] == "drom"]
    return frozenset(code for column, _ in KINDS.values() for code in drom[column])


def search(text: str, limit: int = 10) -> list[Candidate]:
    """Return territories of metropolitan France whose name contains a text, best first.

    Equal names come before beginnings of names, of words and parts of words, then large places
    before small ones; where nothing contains the text, names spelt nearly alike. A text that looks
    like the beginning of a code is compared with codes. Raises InputError for an empty text or a
    limit that is not a positive whole number.

    >>> search("issoire")[0]
    Candidate(kind='commune', code='63178', name='Issoire', population=15115)
    """
    if isinstance(limit, bool) or not isinstance(limit, Integral) or limit < 1:
        raise InputError(f"limit: a whole number above 0 is expected, got {reprlib.repr(limit)}")
    return _ranked(plain_text(text, "text"), tuple(KINDS))[: int(limit)]


def _ranked(text: str, kinds: tuple[str, ...]) -> list[Candidate]:
    query = normalise(text)
    entries = [entry for kind in kinds for entry in _gazetteer()[kind].items()]
    is_code = _CODE.fullmatch(query) is not None
    if is_code:
        entries = [(c.code.lower(), [c]) for _, found in entries for c in found]
        entries = [entry for entry in entries if entry[0].startswith(query)]
    # 0 for an equal name, 1 for the beginning of it, 2 of one of its words, 3 for another part.
    order = {
        key: (key != query) + (not key.startswith(query)) + (f" {query}" not in f" {key}")
        for key in (key for key, _ in entries if query in key)
    }
    if not order and not is_code:
        order = {key: n for n, key in enumerate(near_names(query, [key for key, _ in entries]))}
    ranks: dict[Candidate, int] = {}
    for key, candidates in entries:
        if key in order:
            for candidate in candidates:
                ranks[candidate] = min(order[key], ranks.get(candidate, order[key]))
    best = sorted(ranks, key=lambda c: (ranks[c], -c.population, c.code))
    return [c for c in best if c.code not in _overseas()]


# --- Choosing ------------------------------------------------------------------------------------


def territory(
    name: str | None = None,
    *,
    codes: Iterable[str] | None = None,
    around: str | None = None,
    radius_km: float | None = None,
    kind: str | None = None,
    data: str | os.PathLike[str] | None = None,
) -> Territory:
    """Return a territory of metropolitan France, chosen by exactly one of name, codes and around.

    `name`: name or code of a commune, else of an EPCI, else of a departement; `kind` ("commune",
    "epci", "departement", "bassin_de_vie") forces one. `codes`: INSEE codes of communes.
    `around`, `radius_km`: all communes whose position lies within so many km, as the crow flies and
    at most 300, of a commune given by name or code. `data`: folder of the official tables; only
    bassins de vie need it.

    Raises InputError, saying what to do, for what is unknown, ambiguous, of a wrong type, without
    inhabitants, or overseas (no figure of farmland).

    >>> territory("issoire")
    Territory('Issoire', commune, communes=1, population=15115)
    >>> territory("clermont auvergne").name
    'Clermont Auvergne Métropole'
    """
    choices = {"name": name, "codes": codes, "around": around}
    given = [key for key, value in choices.items() if value is not None]
    if len(given) != 1:
        raise InputError(
            "a territory is chosen by exactly one of name, codes and around; "
            f"given: {', '.join(given) or 'none'}"
        )
    for key, value, partner in (("kind", kind, "name"), ("radius_km", radius_km, "around")):
        if value is not None and given != [partner]:
            raise InputError(f"{key} goes with {partner}: leave it out beside {given[0]}")
    if codes is not None:
        return _from_codes(codes)
    if around is not None:
        return _from_radius(plain_text(around, "around"), radius_km)
    return _from_name(plain_text(name, "name"), kind, data)


def _from_name(name: str, kind: str | None, data: str | os.PathLike[str] | None) -> Territory:
    if kind == BASSIN:
        # Imported here because that module needs this one.
        from ressort.official import bassin_de_vie

        label, codes = bassin_de_vie(name, data)
        return _build(label, BASSIN, _rows(codes))
    if kind is not None and kind not in tuple(KINDS):
        allowed = ", ".join([*KINDS, BASSIN])
        raise InputError(f"kind: one of {allowed} is expected, got {reprlib.repr(kind)}")
    place = _find(name, tuple(KINDS) if kind is None else (kind,))
    return _build(place.name, place.kind, _members(place))


def _from_codes(codes: Iterable[str]) -> Territory:
    if isinstance(codes, str | bytes) or not isinstance(codes, Iterable):
        shown = reprlib.repr(codes)
        raise InputError(f'codes: a list is expected, such as ["63113", "63178"], got {shown}')
    wanted = [plain_text(code, "codes").upper() for code in codes]
    if not wanted:
        raise InputError("codes: the list is empty, give at least one commune")
    repeated = [code for code, count in Counter(wanted).items() if count > 1]
    if repeated:
        raise InputError(f"codes: give each commune once, repeated: {listed(repeated)}")
    rows = _rows(wanted)
    largest = rows.loc[rows["population"].idxmax(), "name"]
    others = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return _build(largest + others, "codes", rows)


def _from_radius(around: str, radius_km: float | None) -> Territory:
    is_number = isinstance(radius_km, Real) and not isinstance(radius_km, bool)
    if radius_km is None or not is_number or not 0 < radius_km <= MAX_RADIUS_KM:
        raise InputError(
            f"radius_km: a number of km above 0 and at most {MAX_RADIUS_KM:g} is expected "
            f"beside around, got {reprlib.repr(radius_km)}"
        )
    centre = _find(around, ("commune",))
    here = _members(centre).iloc[0]
    table = communes_table()
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    inside = great_circle_km(here["lon"], here["lat"], lon, lat) <= radius_km
    return _build(f"{float(radius_km):g} km around {centre.name}", "radius", table[inside])


def _members(place: Candidate) -> pd.DataFrame:
    table = communes_table()
    return table[table[KINDS[place.kind][0]] == place.code]


def _rows(codes: list[str]) -> pd.DataFrame:
    table = communes_table()
    unknown = sorted(set(codes).difference(table["code"]))
    if unknown:
        told = listed(map(named, unknown))
        raise InputError(f"no commune has the code {told}: {_advice_on_codes(unknown)}")
    return table[table["code"].isin(codes)]


def _build(name: str, kind: str, rows: pd.DataFrame) -> Territory:
    overseas = rows[rows["zone"] == "drom"]
    if len(overseas):
        where = name if len(overseas) == len(rows) else listed(overseas["name"])
        raise InputError(
            f"{where}: overseas, where farmland by departement (971 to 976) is missing, so that no "
            "economy can be estimated; choose communes of metropolitan France"
        )
    if not rows["population"].sum():
        raise InputError(
            f"{name}: nobody lives there (population 0 in 2023); choose communes with inhabitants"
        )
    return Territory(name, kind, rows[[*COLUMNS]].reset_index(drop=True))


def _find(name: str, kinds: tuple[str, ...]) -> Candidate:
    """Return the one place of a name or code; InputError where there is none or several."""
    if _CODE.fullmatch(name.lower()):
        return _find_code(name.upper(), kinds)
    for kind in kinds:
        index = _gazetteer()[kind]
        found = next((index[form] for form in name_forms(name, kind) if form in index), [])
        if len(found) == 1:
            return found[0]
        if found:
            found = sorted(found, key=lambda c: -c.population)
            places = listed(f"{c.code} {c.name} ({_where(c)})" for c in found)
            raise InputError(
                f"{len(found)} places ({kind}) are called {shown(name)}: {places}; "
                "give the code instead of the name"
            )
    candidates = _ranked(name, kinds) or _ranked(name, tuple(KINDS))
    near = ", ".join(f"{c.name} ({c.kind} {c.code})" for c in candidates[:5])
    raise InputError(
        f"no {' or '.join(kinds)} is called {shown(name)}; "
        + (f"near: {near}" if near else "look for it by a part of its name, or give its code")
    )


def _find_code(code: str, kinds: tuple[str, ...]) -> Candidate:
    table = communes_table()
    for kind in kinds:
        rows = table[table[KINDS[kind][0]] == code]
        if len(rows):
            name = rows[KINDS[kind][1]].iloc[0]
            return Candidate(kind, code, name, int(rows["population"].sum()))
    advice = _advice_on_codes([code])
    raise InputError(f"no {' or '.join(kinds)} has the code {named(code)}: {advice}")


def _where(place: Candidate) -> str:
    rows = _members(place)
    main = rows.loc[rows["population"].idxmax()]
    return f"{main['dep_name']}, not covered" if main["zone"] == "drom" else main["dep_name"]


def _advice_on_codes(codes: list[str]) -> str:
    """Return what to do about unknown codes, by the likely mistakes."""
    table = communes_table()
    advice = [_OVERSEAS] if any(code.startswith(("97", "98")) for code in codes) else []
    for code in codes[:MOST_LISTED]:
        towns = table[table["postal_code"] == code]
        if code in _ARRONDISSEMENTS:
            advice.append(f"{code} is a municipal arrondissement, give {_ARRONDISSEMENTS[code]}")
        elif len(code) == 4 and (table["code"] == f"0{code}").any():
            advice.append(f"its first digit is missing, give 0{code}")
        elif len(towns):
            of = listed(f"{c} {n}" for c, n in zip(towns["code"], towns["name"], strict=True))
            advice.append(f"{code} is a postal code, of {of}; give the code of a commune")
    return "; ".join(advice[:3]) or (
        "INSEE codes have 5 characters for a commune (01004, 2A004; boundaries of 2026), "
        "9 for an EPCI, 2 for a departement"
    )
