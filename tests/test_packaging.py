"""The built package holds all that it needs, and finds its scenarios wherever it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import ressort

ROOT = Path(__file__).resolve().parents[1]
BUILT_FROM = ("pyproject.toml", "LICENSE", "NOTICE", "README.md", "model", "scenarios")
CACHES = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store")

LIST_SCENARIOS = """
import tomllib
from ressort import paths
for file in paths.scenario_dir().glob("*.toml"):
    tomllib.loads(file.read_text("utf-8"))
    print(file)
"""


def run(*command: str | Path, cwd: Path, import_from: Path | None = None) -> str:
    """Run a command of this Python; fail with all that it wrote."""
    env = os.environ | ({} if import_from is None else {"PYTHONPATH": str(import_from)})
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def scenarios_seen(import_from: Path, cwd: Path) -> set[Path]:
    """Return the scenario files that a copy of the package finds when run in a folder."""
    return {
        Path(line)
        for line in run("-P", "-c", LIST_SCENARIOS, cwd=cwd, import_from=import_from).splitlines()
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the build reads, and add a scenario, so that there is always one."""
    folder = tmp_path_factory.mktemp("with space") / "project"
    folder.mkdir()
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=CACHES)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, folder)
    (folder / "scenarios" / "made-up.toml").write_text('title = "Été"\n', "utf-8")
    return folder


@pytest.fixture(scope="module")
def wheel(project: Path) -> Path:
    """Build the sdist, then the wheel from it, as a release does."""
    run("-m", "build", "--no-isolation", "--outdir", "dist", ".", cwd=project)
    (file,) = (project / "dist").glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into an empty folder; its dependencies are those of the tests."""
    target = tmp_path_factory.mktemp("site")
    pip = ("-m", "pip", "install", "-q", "--disable-pip-version-check")
    run(*pip, "--no-index", "--no-deps", "--target", target, wheel, cwd=target)
    return target


def test_wheel_holds_the_package_and_the_scenarios_and_nothing_else(
    project: Path, wheel: Path
) -> None:
    package, scenarios = project / "model" / "ressort", project / "scenarios"
    expected = {f"ressort/{f.relative_to(package).as_posix()}" for f in files_below(package)}
    expected |= {f"ressort/scenarios/{f.name}" for f in files_below(scenarios)}
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {n for n in names if ".dist-info/" not in n} == expected


def test_wheel_holds_types_parameters_data_and_licences(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    parameters = {f.name for f in (ROOT / "model" / "ressort" / "parameters").glob("*.toml")}
    assert "behaviour.toml" in parameters
    assert names >= {f"ressort/parameters/{name}" for name in parameters}
    assert names >= {"ressort/__init__.py", "ressort/py.typed", "ressort/data/communes.csv.gz"}
    licences = {n.split(".dist-info/licenses/")[1] for n in names if "/licenses/" in n}
    assert licences == {"LICENSE", "NOTICE"}


def test_sdist_holds_what_the_wheel_is_built_from(project: Path, wheel: Path) -> None:
    (sdist,) = wheel.parent.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {n.split("/", 1)[1] for n in archive.getnames()}
    sources = [f for name in ("model", "scenarios") for f in files_below(project / name)]
    assert names >= {f.relative_to(project).as_posix() for f in sources}


def test_installed_wheel_finds_its_own_scenarios(
    project: Path, installed: Path, tmp_path: Path
) -> None:
    seen = scenarios_seen(import_from=installed, cwd=tmp_path)
    assert {f.parent for f in seen} == {installed / "ressort" / "scenarios"}
    assert {f.name for f in seen} == {f.name for f in (project / "scenarios").glob("*.toml")}


def test_editable_install_reads_the_repository_at_once(project: Path, tmp_path: Path) -> None:
    run("-m", "hatchling", "build", "-t", "wheel:editable", "-d", tmp_path, cwd=project)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (path_file,) = (n for n in archive.namelist() if ".dist-info/" not in n)
        import_from = Path(archive.read(path_file).decode())
    added = project / "scenarios" / "added-later.toml"
    added.touch()
    seen = scenarios_seen(import_from, cwd=tmp_path)
    added.unlink()
    assert import_from == project / "model"
    assert seen == {*(project / "scenarios").glob("*.toml"), added}


def test_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert ressort.__version__ == project["version"]
    assert f"\nversion: {project['version']}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


def files_below(folder: Path) -> list[Path]:
    """Return the files below a folder."""
    return [f for f in folder.rglob("*") if f.is_file()]
