"""Arguments to photos: files, folders, Parquet and standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import typer

from resight.cli.terminal.queries import LateFile, Query, queries
from resight.errors import DatasetError, PhotoError
from resight.io import images
from resight.io.datasets.dataset import Entry


def test_a_path_is_taken_as_it_was_typed_whether_or_not_it_exists() -> None:
    assert queries(["./a.jpg", "b\n.png"]) == [Query("./a.jpg", "./a.jpg"), Query("b\n.png", "b\n.png")]


def test_a_folder_gives_its_photos_in_order(museum: Path) -> None:
    found = queries([str(museum / "query"), "last.jpg"])
    assert [Path(query.name).name for query in found] == ["coffee.jpg", "astronaut.jpg", "last.jpg"]
    assert found[0].name == (museum / "query" / "coffee" / "coffee.jpg").as_posix()
    assert images.read(found[1].source).image.shape[2] == 3


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds nothing: wanted files"):
        queries([str(tmp_path)])


def test_sub_folders_and_tables_mean_nothing_in_a_folder_that_is_asked_about(
    museum: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("holiday/a.jpg", "query/b.jpg", "reference/c.jpg")
    for name in names:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes((museum / "distractor" / "grass.jpg").read_bytes())
    (tmp_path / "metadata.csv").write_text("file_name,label,split\nquery/b.jpg,grass,train\n", encoding="utf-8")
    assert [query.name for query in queries([str(tmp_path)])] == [f"{tmp_path}/{name}" for name in names]
    assert capsys.readouterr() == ("", f"passed over: .csv (1): {tmp_path}/metadata.csv\n")


def test_what_cannot_be_read_in_a_folder_is_asked_about_and_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a/1.jpg", "a/1.CR2", "b/2.jxl", "b/2.mov"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"of another kind")
    found = queries([str(tmp_path)])
    assert [query.name for query in found] == [f"{tmp_path}/{name}" for name in ("a/1.jpg", "a/1.CR2", "b/2.jxl")]
    with pytest.raises(PhotoError, match=r"\.cr2 is not read: develop it"):
        found[1].source.read()
    assert capsys.readouterr() == ("", f"passed over: .mov (1): {tmp_path}/b/2.mov\n")


def test_a_folder_without_photos_beside_others_is_refused_alone(tmp_path: Path) -> None:
    missing, photo = queries([str(tmp_path), "1.jpg"])
    assert (missing.name, photo) == (str(tmp_path), Query("1.jpg", "1.jpg"))
    with pytest.raises(PhotoError, match="holds nothing: wanted files"):
        missing.source.read()


def test_a_parquet_file_gives_its_rows_and_reads_them_late(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason='needs pyarrow: pip install "resight[data]"')
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.table({"image": [b"one", b"two", None], "file_name": ["a.jpg", "b.jpg", "c.jpg"]})
    pq.write_table(table, tmp_path / "photos.parquet")
    found = queries([str(tmp_path / "photos.parquet")])
    assert [query.name for query in found] == [f"{tmp_path}/photos.parquet/{name}.jpg" for name in "abc"]
    assert [found[1].source.read(4), found[1].source.read(4)] == [b"two", b""]
    with pytest.raises(PhotoError, match=r"row 2 .* holds no encoded image"):
        found[2].source.read()


def test_late_photos_of_plain_files_are_whole(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"content")
    late = LateFile(Entry("a.jpg", tmp_path / "a.jpg"))
    assert [late.read(), late.read(), late.read()] == [b"content", b"", b""]


class Piped:
    """Standard input with these bytes."""

    def __init__(self, data: bytes, *, terminal: bool = False) -> None:
        self.buffer = io.BytesIO(data)
        self.isatty = lambda: terminal


def test_a_dash_is_the_photo_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Piped(b"a photo"))
    assert queries(["-"]) == [Query("-", b"a photo")]


def test_more_than_can_be_a_photo_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Piped(b"0123456789"))
    monkeypatch.setattr(images, "MAX_BYTES", 4)
    assert queries(["-"]) == [Query("-", b"01234")]


def test_a_dash_does_not_wait_for_somebody_to_type_a_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Piped(b"", terminal=True))
    with pytest.raises(typer.BadParameter, match="which is a terminal"):
        queries(["-"])
