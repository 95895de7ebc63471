"""Importer of the official tables of jobs, farmland and bassins de vie, where a user has them.

They do not ship with the package, for their licences differ. The folder holds

- `communes.parquet`: INSEE, census of 2018 (jobs at workplace) and of 2022 (their sectors, true for
  communes of 5,000 inhabitants and more, estimated from the bassin de vie for others); Agreste,
  census of farms 2020; INSEE, bassins de vie 2022;
- `zones_emploi_branch_mix.csv`: INSEE, FLORES 2023, branches within each sector by zone d'emploi.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from numbers import Real
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.branches import BRANCHES
from ressort.errors import InputError, listed
from ressort.territories import Territory, near_names, normalise, plain_text

Floats = NDArray[np.float64]

VARIABLE: Final = "RESSORT_DATA"
COMMUNES: Final = "communes.parquet"
MIX: Final = "zones_emploi_branch_mix.csv"
NATIONAL: Final = "FR"  # stands for a zone d'emploi that has no mix of its own

SECTORS: Final = ("agri", "industry", "construction", "trade_services", "public_educ_health")
# Official branches that have another name here; `chem_pharma` is split, the rest keep theirs.
REGROUPED: Final = {
    "textile": "light",
    "wood_paper": "light",
    "refining": "fuel",
    "plastics_minerals": "materials",
    "metals": "materials",
    "vehicles": "equipment",
    "energy_extraction": "energy",
    "water_waste": "water",
}
SPLIT: Final = "chem_pharma"


def find_data(path: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the folder of the official tables, or None where none is named.

    `path`, else the environment variable RESSORT_DATA, names the folder itself or the one above its
    `official` folder. Raises InputError, naming what is missing, for one without the tables.
    """
    where = "data folder"
    if path is None:
        path, where = os.environ.get(VARIABLE) or None, f"{VARIABLE} folder"
        if path is None:
            return None
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"{where}: a path is expected, got {path!r} ({type(path).__name__})")
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise InputError(f"{where} {folder}: no such folder; give the one with {COMMUNES}")
    if (folder / "official").is_dir() and not (folder / COMMUNES).exists():
        folder = folder / "official"
    missing = [name for name in (COMMUNES, MIX) if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"{where} {folder}: {' and '.join(missing)} missing; give the folder that holds the "
            "official tables, or none to use estimates"
        )
    return folder


def observed_jobs(
    territory: Territory, data_dir: str | os.PathLike[str] | None, *, pharma_share: float
) -> pd.DataFrame:
    """Return jobs at the workplace by commune (rows, by code) and by the 22 branches (columns).

    Jobs of a commune in each of five sectors, scaled so that their sum is its jobs of 2018 (sectors
    are rounded at the source), times the branches' shares of that sector in its zone d'emploi.
    `pharma_share`, from 0 to 1, is the share of medicine in the jobs of chemistry and medicine.

    Raises InputError where the tables are absent, or have no figure for a commune with people.
    """
    is_number = isinstance(pharma_share, Real) and not isinstance(pharma_share, bool)
    if not is_number or not 0.0 <= pharma_share <= 1.0:
        raise InputError(f"pharma_share: a share from 0 to 1 is expected, got {pharma_share!r}")
    folder = _required(data_dir)
    columns = [f"jobs_{sector}_est" for sector in SECTORS]
    rows = _communes(folder, ["jobs_2018", "ze2020_code", *columns]).reindex(territory.codes)
    sectors = rows[columns].to_numpy(dtype=float)
    total = rows["jobs_2018"].to_numpy(dtype=float)
    # Communes split lately have sectors of zero jobs and an unknown total: the total decides.
    sums = sectors.sum(axis=1)
    known = ~np.isnan(total) & ((sums > 0) | (total == 0))
    _refuse_gaps(territory, known, "jobs of 2018")
    scale = np.divide(total, sums, out=np.zeros_like(sums), where=known & (sums > 0))
    sectors = np.where(scale[:, None] > 0, sectors * scale[:, None], 0.0)
    mix, zones = _branch_mix(folder, pharma_share)
    zone = [zones.get(code, zones[NATIONAL]) for code in rows["ze2020_code"]]
    jobs = np.einsum("cs,csb->cb", sectors, mix[zone])
    index = pd.Index(territory.codes, name="code")
    return pd.DataFrame(jobs, index=index, columns=[*BRANCHES])


def observed_farmland(
    territory: Territory, data_dir: str | os.PathLike[str] | None
) -> pd.Series[float]:
    """Return farmland in hectares (surface agricole utile, 2020) by commune code.

    Counted at the seat of the farm; measured by commune in Puy-de-Dôme, elsewhere the departement's
    total spread over its communes by the makers of the table. Raises InputError where the tables
    are absent, or have no figure for a commune with people.
    """
    rows = _communes(_required(data_dir), ["sau_2020_ha_est"]).reindex(territory.codes)
    hectares = rows["sau_2020_ha_est"].to_numpy(dtype=float)
    known = ~np.isnan(hectares)
    _refuse_gaps(territory, known, "farmland of 2020")
    index = pd.Index(territory.codes, name="code")
    return pd.Series(np.where(known, hectares, 0.0), index=index, name="hectares")


def observed_territory_bassin(
    name_or_code: str, data_dir: str | os.PathLike[str] | None
) -> list[str]:
    """Return the codes of the communes of a bassin de vie (2022), see `bassin_de_vie`."""
    return bassin_de_vie(name_or_code, data_dir)[1]


def bassin_de_vie(
    name_or_code: str, data_dir: str | os.PathLike[str] | None
) -> tuple[str, list[str]]:
    """Return name and commune codes of a bassin de vie (INSEE, 2022), by its name or code.

    Raises InputError where the tables are absent, or the name is unknown or shared by several.
    """
    text = plain_text(name_or_code, "name")
    folder = find_data(data_dir)
    if folder is None:
        raise InputError(
            f"bassin de vie {text!r}: which communes belong to it is told by the official tables; "
            f"give their folder (data, or {VARIABLE}), or choose an EPCI, codes or a radius"
        )
    table = _communes(folder, ["bv2022_code", "bv2022_name"]).dropna()
    names = dict(zip(table["bv2022_code"], table["bv2022_name"], strict=True))
    query = normalise(text)
    found = [code for code, name in names.items() if query in (code.lower(), normalise(name))]
    if not found:
        by_key = {normalise(name): f"{name} ({code})" for code, name in names.items()}
        near = ", ".join(by_key[key] for key in near_names(query, by_key))
        advice = f"near: {near}" if near else "its name is mostly that of its largest town"
        raise InputError(f"no bassin de vie is called {text!r}; {advice}")
    if len(found) > 1:
        choice = listed(f"{code} {names[code]}" for code in sorted(found))
        raise InputError(
            f"{len(found)} bassins de vie are called {text!r}: {choice} (codes begin with the "
            "departement); give the code instead of the name"
        )
    return names[found[0]], sorted(table.index[table["bv2022_code"] == found[0]])


def _required(data_dir: str | os.PathLike[str] | None) -> Path:
    folder = find_data(data_dir)
    if folder is None:
        raise InputError(f"no official tables: give their folder, or set {VARIABLE}")
    return folder


def _refuse_gaps(territory: Territory, known: NDArray[np.bool_], what: str) -> None:
    """Refuse communes that have people and no figure; where nobody lives, none means zero."""
    communes = territory.communes[~known & (territory.communes["population"] > 0)]
    if len(communes):
        names = listed(
            f"{name} ({code})"
            for name, code in zip(communes["name"], communes["code"], strict=True)
        )
        raise InputError(
            f"the official tables have no {what} for {names}; leave the data folder out to use "
            "estimates, or choose a territory without them"
        )


def _communes(folder: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read columns of the table of communes; indexed by code."""
    file = folder / COMMUNES
    try:
        table = pd.read_parquet(file, columns=[*columns])
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(file, error) from error
    if table.index.name != "code" or not table.index.is_unique:
        raise InputError(f"{file}: an index of unique codes, named code, is expected")
    return table


def _branch_mix(folder: Path, pharma_share: float) -> tuple[Floats, dict[str, int]]:
    """Return shares of the 22 branches in each sector by zone d'emploi, and the zones' positions.

    Shape of the shares: (zones, 5 sectors, 22 branches); each sector's sum to 1.
    """
    file = folder / MIX
    try:
        table = pd.read_csv(
            file,
            usecols=["ze2020_code", "sector", "branch", "share_in_sector"],
            dtype={"ze2020_code": str, "share_in_sector": float},
        )
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from error
    zones = {code: n for n, code in enumerate(table["ze2020_code"].unique())}
    sectors = {name: n for n, name in enumerate(SECTORS)}
    branches = {name: n for n, name in enumerate(BRANCHES)}
    mix = np.zeros((len(zones), len(sectors), len(branches)))
    for zone, sector, branch, share in table.itertuples(index=False):
        parts = {REGROUPED.get(branch, branch): 1.0}
        if branch == SPLIT:
            parts = {"pharma": pharma_share, "chemicals": 1.0 - pharma_share}
        for name, part in parts.items():
            if sector not in sectors or name not in branches:
                raise InputError(f"{file}: branch {branch!r} of sector {sector!r} is not known")
            mix[zones[zone], sectors[sector], branches[name]] += part * share
    sums = mix.sum(axis=2, keepdims=True)
    if NATIONAL not in zones or not np.all(np.abs(sums - 1.0) < 0.001):
        raise InputError(
            f"{file}: for each zone and for {NATIONAL}, the shares of every sector must sum to 1"
        )
    return mix / sums, zones


def _unreadable(file: Path, error: Exception) -> InputError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return InputError(f"{file}: cannot be read as an official table ({reason}); get it again")
