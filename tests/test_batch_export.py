"""Exports have each value of each run that is done, in one order, whole or not at all."""

from __future__ import annotations

import csv
import errno
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.batches import DAYS, Eager, plan, result

from ressort.batch import export as exporting
from ressort.batch.blocks import ROWS, Blocks
from ressort.batch.export import export
from ressort.batch.store import Store
from ressort.errors import InputError, RessortError

DONE = [k for k in range(19) if k != 7]
ORDER = sorted(DONE, key=lambda k: (k % 5, k))  # by point, then by seed


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs 0 to 18 in any order but 7, which failed; 19 is left."""
    folder = tmp_path_factory.mktemp("batch") / "b"
    with Store.create(folder, plan()) as store:
        store.save(result([3, 9, 18, 1], communes=True))
        store.save(result([0, 2, 7, 8, 17], failed=[7], communes=True))
        store.save(result([4, 5, 6, *range(10, 17)], communes=True))
    return folder


@pytest.mark.parametrize("to", ["csv", "parquet"])
@pytest.mark.parametrize("block", [1, ROWS])
def test_tables(
    batch: Path, tmp_path: Path, to: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "ROWS", block)
    out = tmp_path / "new" / "out"
    done, others, files = export(batch, to, out)
    assert (done, others) == (18, 2)
    assert {f.name for f in files} == {f.name for f in out.iterdir()}
    read = pd.read_csv if to == "csv" else pd.read_parquet
    tables = {f.stem: read(f) for f in files}
    expected = result(DONE, communes=True).tables
    for name, table in expected.items():
        keys = [k for k in ("run_id", "arm", "kind", "day", "commune") if k in table.column_names]
        wanted = table.to_pandas().astype({"arm": str}).assign(point=table["run_id"].to_numpy() % 5)
        wanted = wanted.sort_values(["point", *keys], ignore_index=True).drop(columns="point")
        pd.testing.assert_frame_equal(
            tables[name].astype({"arm": str}),
            wanted,
            check_dtype=False,
            check_exact=to == "parquet",
            rtol=1e-7,
        )
    assert list(tables["runs"]["status"]).count("done") == 18
    assert list(tables["points"]["shocks.0.depth"]) == [k / 7 for k in range(5)]


def test_csv_has_floats_to_the_last_bit(batch: Path, tmp_path: Path) -> None:
    export(batch, "csv", tmp_path)
    with (tmp_path / "metrics.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    rows.sort(key=lambda row: int(row["run_id"]))
    for name, values in result(DONE).tables["metrics"].to_pydict().items():
        if name.startswith("m"):
            read = [float(row[name]) for row in rows]
            np.testing.assert_array_equal(read, values)
    assert {row["m6_days_to_recover"] for row in rows} > {"inf"}


def test_bytes_depend_on_no_chunks(batch: Path, tmp_path: Path) -> None:
    with Eager.create(tmp_path / "b", plan()) as store:
        store.save(result([7], failed=[7]))
        for run_id in reversed(DONE):
            store.save(result([run_id], communes=True))
    for folder, name in ((batch, "a"), (tmp_path / "b", "c")):
        export(folder, "csv", tmp_path / name)
    for table in ("metrics", "series", "communes", "runs", "points"):
        one, other = (tmp_path / name / f"{table}.csv" for name in "ac")
        assert one.read_bytes() == other.read_bytes()


def test_netcdf(batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("h5py")
    xarray = pytest.importorskip("xarray")
    from ressort.batch import netcdf

    monkeypatch.setattr(netcdf, "CELLS", 50)  # several slices
    monkeypatch.setattr(netcdf, "AT_ONCE", 2)
    done, others, files = export(batch, "netcdf", tmp_path / "b.nc")
    assert (done, others, files) == (18, 2, [tmp_path / "b.nc"])
    with xarray.open_dataset(files[0], engine="h5netcdf") as data:
        assert dict(data.sizes) == {"run": 18, "arm": 2, "kind": 2, "day": DAYS, "commune": 3}
        assert data["run"].values.tolist() == ORDER
        assert data["kind"].values.tolist() == ["shocked", "reference"]
        assert {"scenario_id", "replication_id", "seed", "shocks.0.depth"} <= set(data.coords)
        assert data["scenario_id"].values.tolist() == [k % 5 for k in ORDER]
        assert data["shocks.0.depth"].values.tolist() == [k % 5 / 7 for k in ORDER]
        assert data["word"].values.tolist() == ["ab"[k % 5 % 2] for k in ORDER]
        expected = result(DONE, communes=True).tables
        data = data.sortby("run")
        series = expected["series"]["essential"].to_numpy().reshape(18, 2, 2, DAYS)
        np.testing.assert_array_equal(data["essential"].values, series)
        metrics = expected["metrics"]["m6_days_to_recover"].to_numpy().reshape(18, 2)
        np.testing.assert_array_equal(data["m6_days_to_recover"].values, metrics)
        needs = expected["communes"]["needs_met"].to_numpy().reshape(18, 2, DAYS, 3)
        np.testing.assert_array_equal(data["needs_met"].values, needs)
        assert data["essential"].attrs == {
            "units": "share",
            "long_name": "needs met, the worst need (mean over people)",
        }
        assert data["m6_days_to_recover"].attrs["units"] == "days"
        assert data.attrs["title"] == "by-hand"
        mean = data["essential"].sel(arm="with", kind="shocked").groupby("scenario_id").mean()
        assert mean.sizes["scenario_id"] == 5


def test_netcdf_without_its_libraries(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h5netcdf", None)
    with pytest.raises(InputError, match=r"needs h5netcdf: pip install 'ressort\[netcdf\]'"):
        export(batch, "netcdf", tmp_path / "b.nc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", ["csv", "netcdf"])
def test_failed_export_leaves_nothing(
    batch: Path, tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if to == "netcdf":
        pytest.importorskip("h5py")
    block, calls = Blocks._block, []

    def full(self: Blocks, *arguments: object) -> object:
        calls.append(1)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return block(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Blocks, "_block", full)
    (tmp_path / "mine.txt").write_text("x")
    out = tmp_path / "out" if to == "csv" else tmp_path / "out.nc"
    with pytest.raises(RessortError, match=r"No space left on device; free some space"):
        export(batch, to, out)
    assert [f.name for f in tmp_path.iterdir()] == ["mine.txt"]


def test_places_that_cannot_be(batch: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for to, out, told in (
        ("csv", tmp_path / "file", "cannot be written there"),
        ("netcdf", tmp_path / "file" / "x.nc", "cannot be written there"),
        ("netcdf", tmp_path, "name a file such as x.nc"),
        ("csv", batch, "outside of it"),
        ("parquet", batch / "chunks", "outside of it"),
    ):
        with pytest.raises(InputError, match=told):
            export(batch, to, out)
    with Store.open(batch) as store:
        assert store.holds(result(DONE, communes=True))


def test_nothing_to_export(tmp_path: Path) -> None:
    Store.create(tmp_path / "b", plan()).close()
    with pytest.raises(InputError, match="no run is done yet"):
        export(tmp_path / "b", "csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_parquet_is_replaced_and_encoded_alike(batch: Path, tmp_path: Path) -> None:
    export(batch, "parquet", tmp_path)
    export(batch, "parquet", tmp_path)
    group = pq.ParquetFile(tmp_path / "series.parquet").metadata.row_group(0)
    assert {group.column(k).compression for k in range(group.num_columns)} == {"ZSTD"}
