"""The importer of the official tables: by hand on made-up ones, in bulk on the true ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ressort.branches import BRANCHES
from ressort.cli import app
from ressort.describe import describe
from ressort.errors import InputError
from ressort.mesa_model import TerritoryModel
from ressort.official import (
    bassin_de_vie,
    find_data,
    observed_farmland,
    observed_jobs,
    observed_territory_bassin,
)
from ressort.results import resolved
from ressort.scenario import check
from ressort.simulation import Stage, compare
from ressort.territories import communes_table, territory

BESIDE = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "official"
SECTORS = ("agri", "industry", "construction", "trade_services", "public_educ_health")
# What the model's branches are made of; the rest keep their names.
PARTS = {
    "light": ["textile", "wood_paper"],
    "fuel": ["refining"],
    "materials": ["plastics_minerals", "metals"],
    "equipment": ["equipment", "vehicles"],
    "energy": ["energy_extraction"],
    "water": ["water_waste"],
}


@pytest.fixture(scope="module")
def official() -> Path:
    """The folder of the true tables, where they are."""
    given = os.environ.get("RESSORT_DATA_OF_TESTS")  # see conftest.py
    if given is None and not BESIDE.is_dir():
        pytest.skip("official tables absent: set RESSORT_DATA to their folder")
    folder = find_data(given or BESIDE)
    assert folder is not None
    return folder


def mix_rows(zone: str, shares: dict[str, dict[str, float]]) -> list[tuple[str, str, str, float]]:
    """Rows of the table of branch mixes."""
    return [(zone, s, b, share) for s, branches in shares.items() for b, share in branches.items()]


MADE_UP = {
    "agri": {"agri": 1.0},
    "industry": {"textile": 0.1, "wood_paper": 0.2, "metals": 0.3, "chem_pharma": 0.4},
    "construction": {"construction": 1.0},
    "trade_services": {"trade": 0.75, "horeca": 0.25},
    "public_educ_health": {"education": 1.0},
}


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """A folder with made-up tables of five communes, in the form of the true ones."""
    table = pd.DataFrame(
        [
            ("63113", 200.0, 0.0, 100.0, 20.0, 40.0, 40.0, "Z1", 500.0, "63113", "Clermont"),
            ("63178", 99.0, 8.0, 10.0, 0.0, 80.0, 2.0, "unheard of", 70.0, "63178", "Là-Haut"),
            ("63300", np.nan, 0.0, 0.0, 0.0, 0.0, 0.0, "Z1", np.nan, "63178", "Là-Haut"),
            ("55050", np.nan, 0.0, 0.0, 0.0, 0.0, 0.0, "Z1", np.nan, "1A", "Là-Haut"),
            ("63014", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "Z1", 3.0, "63113", "Clermont"),
        ],
        columns=[
            *("code", "jobs_2018", *(f"jobs_{s}_est" for s in SECTORS), "ze2020_code"),
            *("sau_2020_ha_est", "bv2022_code", "bv2022_name"),
        ],
    ).set_index("code")
    folder = tmp_path / "official"
    folder.mkdir()
    table.to_parquet(folder / "communes.parquet")
    national = MADE_UP | {"industry": {"food": 1.0}}
    mix = pd.DataFrame(
        mix_rows("Z1", MADE_UP) + mix_rows("FR", national),
        columns=["ze2020_code", "sector", "branch", "share_in_sector"],
    )
    mix.to_csv(folder / "zones_emploi_branch_mix.csv", index=False)
    return folder


# --- Where the tables are ------------------------------------------------------------------------


def test_folder_or_the_one_above_it_is_found(
    made_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RESSORT_DATA", raising=False)
    assert find_data() is None
    assert find_data(made_up) == find_data(str(made_up.parent)) == made_up
    monkeypatch.setenv("RESSORT_DATA", str(made_up.parent))
    assert find_data() == made_up
    monkeypatch.setenv("RESSORT_DATA", "")
    assert find_data() is None


def test_argument_comes_before_the_environment(
    made_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESSORT_DATA", str(made_up / "nowhere"))
    assert find_data(made_up) == made_up
    with pytest.raises(InputError, match=r"RESSORT_DATA folder .*nowhere: no such folder"):
        find_data()


def test_missing_files_are_named(made_up: Path) -> None:
    (made_up / "zones_emploi_branch_mix.csv").unlink()
    with pytest.raises(InputError, match=r"official: zones_emploi_branch_mix\.csv missing"):
        find_data(made_up.parent)
    (made_up / "communes.parquet").unlink()
    with pytest.raises(InputError, match=r"communes\.parquet and zones_emploi_branch_mix\.csv"):
        find_data(made_up)
    with pytest.raises(InputError, match="a path is expected"):
        find_data(3)  # type: ignore[arg-type]


def test_tables_asked_for_and_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESSORT_DATA", raising=False)
    here = territory("Issoire")
    words = r"official tables.*RESSORT_DATA"
    with pytest.raises(InputError, match=words):
        observed_jobs(here, None, pharma_share=0.5)
    with pytest.raises(InputError, match=words):
        observed_farmland(here, None)
    with pytest.raises(InputError, match=words):
        territory("Issoire", kind="bassin_de_vie")


def test_spoilt_tables_are_refused_by_name(made_up: Path) -> None:
    here = territory("63113")
    mix = made_up / "zones_emploi_branch_mix.csv"
    text = mix.read_text("utf-8")
    for spoilt, words in (
        (text.replace("Z1,agri,agri,1.0", "Z1,agri,agri,0.9"), "sum to 1"),
        (text.replace("textile", "weaving"), "'weaving' of sector 'industry' is not known"),
        (text.replace("share_in_sector", "part"), "cannot be read"),
        (text.replace("FR,", "Z2,"), "for FR"),
    ):
        mix.write_text(spoilt, "utf-8")
        with pytest.raises(InputError, match=words) as caught:
            observed_jobs(here, made_up, pharma_share=0.5)
        assert mix.name in str(caught.value)
    (made_up / "communes.parquet").write_bytes(b"not a table")
    with pytest.raises(InputError, match=r"communes\.parquet: cannot be read"):
        observed_farmland(here, made_up)


def test_tables_without_a_needed_column_are_refused(made_up: Path) -> None:
    file = made_up / "communes.parquet"
    table = pd.read_parquet(file)
    table.drop(columns="sau_2020_ha_est").to_parquet(file)
    with pytest.raises(InputError, match="sau_2020_ha_est"):
        observed_farmland(territory("63113"), made_up)
    table.reset_index().to_parquet(file)
    with pytest.raises(InputError, match="named code"):
        observed_farmland(territory("63113"), made_up)


# --- Jobs and farmland, by hand ------------------------------------------------------------------


def test_jobs_follow_the_mix_of_the_zone(made_up: Path) -> None:
    jobs = observed_jobs(territory(codes=["63113", "63014"]), made_up, pharma_share=0.25)
    assert list(jobs.columns) == list(BRANCHES)
    expected = {
        "light": 30.0,
        "materials": 30.0,
        "chemicals": 30.0,
        "pharma": 10.0,
        "construction": 20.0,
        "trade": 30.0,
        "horeca": 10.0,
        "education": 40.0,
    }
    got = jobs.loc["63113"]
    assert got[got > 0].to_dict() == pytest.approx(expected)
    assert (jobs.loc["63014"] == 0).all()


def test_jobs_of_a_zone_without_mix_are_national_and_rounding_is_undone(made_up: Path) -> None:
    got = observed_jobs(territory("63178"), made_up, pharma_share=0.5).loc["63178"]
    # Sectors sum to 100 for 99 jobs.
    expected = {"agri": 7.92, "food": 9.9, "trade": 59.4, "horeca": 19.8, "education": 1.98}
    assert got[got > 0].to_dict() == pytest.approx(expected)


def test_gaps_are_named_unless_nobody_lives_there(made_up: Path) -> None:
    # Riom has people and no figure; so has Thiers, which is not in the table at all.
    here = territory(codes=["63113", "63300", "63430", "55050"])
    gaps = r"for Riom \(63300\), Thiers \(63430\); leave"
    with pytest.raises(InputError, match="jobs of 2018 " + gaps):
        observed_jobs(here, made_up, pharma_share=0.5)
    with pytest.raises(InputError, match="farmland of 2020 " + gaps):
        observed_farmland(here, made_up)
    here = territory(codes=["63113", "55050"])
    assert observed_farmland(here, made_up).to_dict() == {"55050": 0.0, "63113": 500.0}
    assert observed_jobs(here, made_up, pharma_share=0.5).sum(axis=1)["55050"] == 0


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), "half", None, True])
def test_share_of_pharma_is_a_share(share: object, made_up: Path) -> None:
    with pytest.raises(InputError, match="pharma_share"):
        observed_jobs(territory("63113"), made_up, pharma_share=share)  # type: ignore[arg-type]


# --- Bassins de vie, by hand ---------------------------------------------------------------------


def test_bassin_de_vie_is_found_by_name_and_code(made_up: Path) -> None:
    assert observed_territory_bassin("CLERMONT", made_up) == ["63014", "63113"]
    assert bassin_de_vie("63178", made_up) == ("Là-Haut", ["63178", "63300"])
    found = territory("clermont", kind="bassin_de_vie", data=made_up.parent)
    assert (found.name, found.kind) == ("Clermont", "bassin_de_vie")
    assert found.codes == ("63014", "63113")


def test_unknown_and_shared_names_of_bassins_are_refused(made_up: Path) -> None:
    with pytest.raises(InputError, match=r"near: Clermont \(63113\)"):
        bassin_de_vie("Clermond", made_up)
    with pytest.raises(InputError, match=r"2 bassins de vie.*1A Là-Haut, 63178 Là-Haut.*code"):
        bassin_de_vie("la haut", made_up)
    with pytest.raises(InputError, match="text in quotes"):
        bassin_de_vie(63178, made_up)  # type: ignore[arg-type]


def test_bassin_of_a_commune_that_is_gone_names_its_code(made_up: Path) -> None:
    file = made_up / "communes.parquet"
    pd.read_parquet(file).rename(index={"63014": "63999"}).to_parquet(file)
    with pytest.raises(InputError, match="63999"):
        territory("Clermont", kind="bassin_de_vie", data=made_up)


# --- The true tables -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def jobs(official: Path) -> pd.DataFrame:
    """Jobs by branch of all metropolitan communes that have figures."""
    table = pd.read_parquet(official / "communes.parquet", columns=["jobs_2018"])
    codes = table.index[table.jobs_2018.notna() & ~table.index.str.startswith("97")]
    return observed_jobs(territory(codes=codes), official, pharma_share=0.4)


def test_true_jobs_add_up_to_those_of_each_commune(official: Path, jobs: pd.DataFrame) -> None:
    total = pd.read_parquet(official / "communes.parquet", columns=["jobs_2018"]).jobs_2018
    assert len(jobs) > 34_700
    assert jobs.to_numpy().min() >= 0
    np.testing.assert_allclose(jobs.sum(axis=1), total[jobs.index], rtol=1e-9)


def test_true_jobs_agree_with_the_published_bassins(official: Path, jobs: pd.DataFrame) -> None:
    bassin = pd.read_parquet(official / "communes.parquet", columns=["bv2022_code"]).bv2022_code
    ours = jobs.groupby(bassin[jobs.index]).sum()
    file = official / "bassins_de_vie_jobs24.csv"
    theirs = pd.read_csv(file, dtype={"code": str}).set_index("code").loc[ours.index]
    gap = (ours.chemicals + ours.pharma - theirs.chem_pharma).abs()
    for branch in set(BRANCHES) - {"chemicals", "pharma"}:
        gap += (ours[branch] - theirs[PARTS.get(branch, [branch])].sum(axis=1)).abs()
    # Both are rounded, and a bassin may lie in two zones: 1.5 % of its jobs at worst.
    assert len(ours) > 1_650
    assert (gap / theirs.jobs_total).max() < 0.015
    assert gap.sum() < 0.001 * theirs.jobs_total.sum()
    assert ours.pharma.sum() == pytest.approx(0.4 * theirs.chem_pharma.sum(), rel=1e-3)


def test_communes_split_lately_have_no_true_jobs(official: Path) -> None:
    # Their sectors are written as zeros, only the unknown total tells.
    with pytest.raises(InputError, match=r"L'Oie \(85165\), Sainte-Florence \(85212\)"):
        observed_jobs(territory("Vendée"), official, pharma_share=0.4)


def test_true_farmland_is_that_of_the_departement(official: Path) -> None:
    published = pd.read_csv(official / "communes_sau_puy_de_dome.csv", dtype={"code": str})
    puy_de_dome = territory("63")
    hectares = observed_farmland(puy_de_dome, official)
    assert tuple(hectares.index) == puy_de_dome.codes
    assert hectares.sum() == pytest.approx(published.sau.sum(), rel=0.01)


def test_true_bassin_de_vie(official: Path) -> None:
    listed = pd.read_csv(official / "bassins_de_vie.csv", dtype={"code": str}).set_index("code")
    found = territory("issoire", kind="bassin_de_vie", data=official)
    assert len(found) == listed.n_communes["63178"]
    assert found.population == listed.population_2023["63178"]
    with pytest.raises(InputError, match="24396 Saint-Cyprien, 66171 Saint-Cyprien"):
        territory("Saint-Cyprien", kind="bassin_de_vie", data=official)


def test_every_true_bassin_de_vie_of_metropolitan_france_is_in_the_table(official: Path) -> None:
    bassins = pd.read_parquet(official / "communes.parquet", columns=["bv2022_code"])
    assert set(bassins.index) == set(communes_table().code)


# --- One way to them -----------------------------------------------------------------------------

BASSIN = {
    "name": "bassin",
    "territory": {"name": "Clermont", "kind": "bassin_de_vie"},
    "run": {"days": 3, "people_per_agent": 2000.0},
    "seeds": {"count": 1},
}


@pytest.mark.parametrize("way", ["argument", "environment"])
def test_scenarios_of_a_bassin_find_their_tables(
    way: str, made_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same folder tells the communes and their jobs, given or in the environment."""
    data = made_up if way == "argument" else None
    if way == "environment":
        monkeypatch.setenv("RESSORT_DATA", str(made_up))
    scenario = check(BASSIN, data=data)
    assert scenario.resolve_territory(data).codes == ("63014", "63113")
    assert "Clermont" in describe(scenario, data=data)
    stage = Stage.of(scenario, data)
    assert stage.place.level == "observed"
    assert stage.place.jobs.sum() == pytest.approx(200.0)  # as the table says
    assert TerritoryModel.of_scenario(scenario, data=data).world.place.level == "observed"


def test_scenarios_of_a_bassin_without_tables_are_refused(made_up: Path) -> None:
    with pytest.raises(InputError, match="give their folder"):
        check(BASSIN)
    scenario = check(BASSIN, data=made_up)
    with pytest.raises(InputError, match="give their folder"):
        Stage.of(scenario)


def test_commands_take_the_folder(made_up: Path, tmp_path: Path) -> None:
    file = tmp_path / "bassin.toml"
    file.write_text('[territory]\nname = "Clermont"\nkind = "bassin_de_vie"\n[run]\ndays = 3\n')
    for command in (["validate"], ["show"]):
        result = CliRunner().invoke(app, [*command, str(file), "--data", str(made_up)])
        assert result.exit_code == 0, result.output
        assert "Clermont" in result.output
        assert CliRunner().invoke(app, [*command, str(file)]).exit_code != 0


def test_a_run_on_observed_jobs_says_so_and_runs_again(made_up: Path, tmp_path: Path) -> None:
    first = compare(check(BASSIN, data=made_up), data=made_up)
    stored = json.loads(json.dumps(resolved(first)))
    assert stored["run"]["jobs"] == "observed"
    assert stored["territory"]["codes"] == ["63014", "63113"]
    scenario = check(stored)  # a list of communes needs no tables; their jobs do
    second = compare(scenario, data=made_up)
    pd.testing.assert_frame_equal(second.table(), first.table(), check_exact=True)
    with pytest.raises(InputError, match=r'run\.jobs = "observed".*--data.*jobs = "estimated"'):
        compare(scenario)
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(stored))
    result = CliRunner().invoke(app, ["validate", str(file)])
    assert isinstance(result.exception, InputError)
    assert CliRunner().invoke(app, ["validate", str(file), "--data", str(made_up)]).exit_code == 0


def test_no_tables_tell_the_jobs_of_nowhere(made_up: Path) -> None:
    nowhere = {"territory": {"synthetic": "slice", "size": 900}, "run": {"jobs": "observed"}}
    with pytest.raises(InputError, match="a synthetic territory has none"):
        Stage.of(check(nowhere), made_up)


def test_estimated_jobs_may_be_asked_for(made_up: Path) -> None:
    estimated = BASSIN | {"run": {"days": 3, "jobs": "estimated"}}
    assert Stage.of(check(estimated, data=made_up), made_up).place.level == "estimated"
