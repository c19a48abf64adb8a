"""Files are written whole or not at all; of room on a disk, too little is told with both numbers."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from resight.errors import DatasetError
from resight.io import files


def test_a_disk_with_one_byte_too_few_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=3_000_000))
    files.require(tmp_path, 3_000_000, "the maps", "keep fewer")
    with pytest.raises(DatasetError, match=r"the maps need 3 MB, .* has 3 MB left: make room, keep fewer, or name"):
        files.require(tmp_path, 3_000_001, "the maps", "keep fewer")


def test_what_belongs_to_a_file_lies_beside_it(tmp_path: Path) -> None:
    assert files.beside(tmp_path / "art.v2.gallery", "wal") == tmp_path / "art.v2.gallery-wal"


def test_what_is_written_whole_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    for text in ("old", "new"):
        files.write_whole(file, lambda unfinished, text=text: unfinished.write_text(text))  # type: ignore[misc]
        assert file.read_text() == text
    assert list(tmp_path.iterdir()) == [file]


def _half(unfinished: Path) -> None:
    unfinished.write_text("ha")
    raise ValueError("no more")


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("old")
    with pytest.raises(ValueError, match="no more"):
        files.write_whole(file, _half)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_drive_that_refuses_to_keep_the_file_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "page.html"
    file.write_text("old")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*page\.html'"):
        files.write_whole(file, lambda unfinished: unfinished.write_text("new"))
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_an_error_names_the_file_that_was_wanted(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "page.html"
    with pytest.raises(FileNotFoundError) as caught:
        files.write_whole(file, lambda unfinished: unfinished.write_text("new"))
    assert caught.value.filename == str(file)


def test_two_who_write_one_file_do_not_write_into_each_others(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    with files.whole(file) as one, files.whole(file) as other:
        one.write_text("one")
        other.write_text("other")
    assert file.read_text() == "one"  # which ended last
    assert list(tmp_path.iterdir()) == [file]


def test_a_process_that_is_killed_while_it_writes_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("old")
    script = f"""
import os, pathlib
from resight.io.files import write_whole
def die(unfinished):
    unfinished.write_text("ha")
    os._exit(9)
write_whole(pathlib.Path({str(file)!r}), die)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert file.read_text() == "old"
    assert all(one == file or one.suffix == ".partial" for one in tmp_path.iterdir())  # which data sets do not read


def test_a_line_is_added_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log.jsonl"
    files.append_line(log, b"one")
    with log.open("ab") as cut:
        cut.write(b"cut sho")
    files.append_line(log, b"two\n")
    assert log.read_bytes() == b"one\ncut sho\ntwo\n"
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda handle, data: write(handle, data[:2]))  # a disk that has room for two bytes
        with pytest.raises(OSError, match="No space left on device"):
            files.append_line(log, b"three")
    assert log.read_bytes() == b"one\ncut sho\ntwo\n"
    assert log.stat().st_mode & 0o777 == 0o600 or os.name == "nt"
