"""Images inside Parquet files: any order, any thread, little memory, and files that are broken."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resight.errors import DatasetError, MissingExtra, PhotoError
from resight.io.datasets.parquet import BATCH, Cell, Table


def _contents(count: int) -> list[bytes]:
    return [b"%d of %d" % (row, count) * (row % 7 + 1) for row in range(count)]


def _table(path: Path, columns: dict[str, Any], group: int = 100, **options: Any) -> Table:
    pq.write_table(pa.table(columns), path, row_group_size=group, **options)
    return Table(path)


@pytest.mark.parametrize("group", [7, BATCH, 100, 1000])
@pytest.mark.parametrize("order", ["forwards", "backwards", "shuffled", "twice"])
def test_rows_are_read_in_any_order(tmp_path: Path, rng: np.random.Generator, group: int, order: str) -> None:
    images = _contents(250)
    table = _table(tmp_path / "a.parquet", {"image": images}, group)
    rows = np.repeat(np.arange(250), 2 if order == "twice" else 1)
    rows = {"backwards": rows[::-1], "shuffled": rng.permutation(rows)}.get(order, rows)
    assert [table.read(int(row)) for row in rows] == [images[row] for row in rows]
    assert len(table) == 250


def test_threads_share_a_table(tmp_path: Path) -> None:
    images = _contents(300)
    table = _table(tmp_path / "a.parquet", {"image": images})
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(table.read, range(300))) == images


def test_a_batch_is_held_not_the_file(tmp_path: Path, rng: np.random.Generator) -> None:
    images = [rng.bytes(100_000) for _ in range(200)]
    options = {"compression": "none", "use_dictionary": False, "write_batch_size": 10, "data_page_size": 1 << 20}
    pq.write_table(pa.table({"image": images}), tmp_path / "a.parquet", **options)
    del images
    table, before, most = Table(tmp_path / "a.parquet"), pa.total_allocated_bytes(), 0
    for row in range(200):
        table.read(row)
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 10_000_000  # of 20 MB


@pytest.mark.parametrize(
    "kind", [pa.binary(), pa.large_binary(), pa.struct({"bytes": pa.binary(), "path": pa.string()})]
)
def test_images_are_bytes_or_the_struct_of_hugging_face(tmp_path: Path, kind: pa.DataType) -> None:
    values: list[Any] = [b"one", b"two"]
    if pa.types.is_struct(kind):
        values = [{"bytes": value, "path": f"{value.decode()}.jpg"} for value in values]
    table = _table(tmp_path / "a.parquet", {"image": pa.array(values, kind)})
    assert [table.read(1), table.read(0)] == [b"two", b"one"]
    named = ["one.jpg", "two.jpg"] if pa.types.is_struct(kind) else ["000000", "000001"]
    assert [row["file_name"] for row in table.rows(("file_name", "label"))] == named


def test_rows_hold_the_columns_asked_for(tmp_path: Path) -> None:
    columns = {"image": [b"1", b"2"], "file_name": ["a", "b"], "labels": [["x", "y"], []], "width": [3, 4]}
    table = _table(tmp_path / "a.parquet", columns)
    assert table.rows(("file_name", "labels", "split")) == [
        {"file_name": "a", "labels": ["x", "y"]},
        {"file_name": "b", "labels": []},
    ]


def test_a_row_without_an_image_costs_that_photo_only(tmp_path: Path) -> None:
    table = _table(tmp_path / "a.parquet", {"image": pa.array([b"1", None, b"3"], pa.binary())})
    with pytest.raises(PhotoError, match=r"row 1 of '.*a\.parquet' holds no encoded image"):
        table.read(1)
    assert table.read(2) == b"3"


STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


@pytest.mark.parametrize(
    ("images", "found"),
    [
        (["photos/a.jpg"], "only paths of photos in the column image"),
        (pa.array(["a.jpg"]).dictionary_encode(), "only paths of photos"),
        ([{"path": "a.jpg"}], "only paths of photos"),
        (pa.array([{"bytes": None, "path": "a.jpg"}], STRUCT), "only paths of photos"),  # as datasets' to_parquet does
        (pa.array([None], pa.binary()), "no photos in the column image"),
    ],
)
def test_paths_in_place_of_photos_are_refused_at_once(tmp_path: Path, images: Any, found: str) -> None:
    with pytest.raises(DatasetError, match=f"holds {found}.*: wanted their bytes; name the folder"):
        _table(tmp_path / "a.parquet", {"image": images})


def test_a_row_without_its_photo_is_no_reason_to_refuse_the_others(tmp_path: Path) -> None:
    images = pa.array([{"bytes": b"1", "path": "a.jpg"}, {"bytes": None, "path": "b.jpg"}], STRUCT)
    table = _table(tmp_path / "a.parquet", {"image": images})
    assert table.read(0) == b"1"
    with pytest.raises(PhotoError, match=r"row 1 .* wanted bytes"):
        table.read(1)


def _described(path: Path, columns: dict[str, Any], features: Any) -> Table:
    """A table as Hugging Face's datasets writes it, with what it says of the columns."""
    about = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(pa.table(columns).replace_schema_metadata(about), path)
    return Table(path)


@pytest.mark.parametrize(
    "wrapped",
    [
        {"feature": {"names": ["x", "y"], "_type": "ClassLabel"}, "_type": "List"},
        {"feature": {"names": ["x", "y"], "_type": "ClassLabel"}, "_type": "Sequence"},
        [{"names": ["x", "y"], "_type": "ClassLabel"}],
    ],
)
def test_class_labels_are_their_names(tmp_path: Path, wrapped: Any) -> None:
    columns = {
        "image": [b"1", b"2", b"3", b"4"],
        "label": [1, 0, -1, 7],
        "labels": [[0], [1, 0], [], None],
        "n": [1] * 4,
    }
    features = {"label": {"names": ["Cup", "007"], "_type": "ClassLabel"}, "labels": wrapped, "n": {"dtype": "int64"}}
    rows = _described(tmp_path / "a.parquet", columns, features).rows(("label", "labels", "n"))
    assert [row["label"] for row in rows] == ["007", "Cup", None, 7]
    assert [row["labels"] for row in rows] == [["x"], ["y", "x"], [], None]
    assert [row["n"] for row in rows] == [1] * 4


@pytest.mark.parametrize(
    "about", [b"", b"[]", b"{", b'{"info": null}', b'{"info": {"features": {"label": {"names": 1}}}}']
)
def test_what_is_said_of_columns_may_be_nonsense(tmp_path: Path, about: bytes) -> None:
    table = pa.table({"image": [b"1"], "label": [0]}).replace_schema_metadata({b"huggingface": about})
    pq.write_table(table, tmp_path / "a.parquet")
    assert Table(tmp_path / "a.parquet").rows(("label",)) == [{"label": 0, "file_name": "000000"}]


def test_the_one_column_of_images_may_have_another_name(tmp_path: Path) -> None:
    features = {"img": {"_type": "Image"}, "labels": [{"names": ["a"], "_type": "ClassLabel"}], "label": "string"}
    columns = {"img": [b"1"], "labels": [[0]], "label": ["a"]}
    table = _described(tmp_path / "a.parquet", columns, features)
    assert (table.read(0), table.names) == (b"1", ("labels", "label"))
    two = {"left": {"_type": "Image"}, "right": {"_type": "Image"}}
    with pytest.raises(DatasetError, match="has 2 columns of photos: wanted"):
        _described(tmp_path / "b.parquet", {"left": [b"1"], "right": [b"2"]}, two)


def test_a_path_that_names_several_photos_or_leads_elsewhere_names_none(tmp_path: Path) -> None:
    paths = ["a.jpg", "b/1.jpg", "a.jpg", "/etc/c.jpg", "../d.jpg", "", None, "./b/1.jpg", "e.jpg"]
    photos = pa.array([{"bytes": b"1", "path": path} for path in paths], STRUCT)
    rows = _table(tmp_path / "a.parquet", {"image": photos}).rows(())
    assert [row["file_name"] for row in rows] == [f"{number:06d}" for number in range(8)] + ["e.jpg"]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = pa.table([pa.array([b"1"]), pa.array([b"2"])], names=["image", "image"])
    pq.write_table(twice, tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match="has 2 columns of photos: wanted"):
        Table(tmp_path / "a.parquet")


def test_a_table_may_be_asked_for_without_photos(tmp_path: Path) -> None:
    pq.write_table(pa.table({"file_name": ["a.jpg"], "label": ["x"]}), tmp_path / "a.parquet")
    table = Table(tmp_path / "a.parquet", photos=False)
    assert table.rows(("file_name", "label")) == [{"file_name": "a.jpg", "label": "x"}]


def test_a_table_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has no column image, only label, width: wanted"):
        _table(tmp_path / "a.parquet", {"label": ["a"], "width": [1]})


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(DatasetError, match=r"'.*a\.parquet' cannot be read as Parquet"):
        Table(tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match="cannot be read as Parquet"):
        Table(tmp_path / "missing.parquet")


def test_a_damaged_page_is_an_error_each_time_and_never_another_image(tmp_path: Path) -> None:
    path, images = tmp_path / "a.parquet", _contents(400)
    pq.write_table(pa.table({"image": images}), path, row_group_size=100, compression="zstd", use_dictionary=False)
    column = pq.ParquetFile(path).metadata.row_group(1).column(0)
    data = bytearray(path.read_bytes())
    start = column.data_page_offset
    data[start : start + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(data)
    table = Table(path)
    assert table.read(50) == images[50]
    for _ in range(2):
        with pytest.raises(PhotoError, match=r"row 150: .* cannot be read as Parquet"):
            table.read(150)
    assert [table.read(row) for row in (99, 350, 0)] == [images[99], images[350], images[0]]


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "pyarrow.parquet")
    with pytest.raises(MissingExtra, match=r'reading Parquet files needs pyarrow: pip install "resight\[data\]"'):
        Table(tmp_path / "a.parquet")


def test_a_cell_is_known_by_its_file_and_row(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = _table(path, {"image": [b"1", b"2"]})
    assert Cell(path, 1, table).read() == b"2"
    assert Cell(path, 1, table) == Cell(path, 1, Table(path)) != Cell(path, 0, table)
