"""How a file is opened for reading, whatever may be written and whatever lies beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.sources import IMMUTABLE, identity, source_of

Forbid = Callable[..., None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Any file: nothing of it is read here."""
    file = tmp_path / "art.gallery"
    file.write_bytes(b"pages")
    return file


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Forbid:
    """``forbid(*places)``: these may not be written, by root neither."""
    access = os.access

    def forbid(*places: Path) -> None:
        monkeypatch.setattr(os, "access", lambda at, mode: access(at, mode) and (mode != os.W_OK or at not in places))

    return forbid


@pytest.mark.parametrize("log", [None, "wal", "journal"])
def test_who_may_write_shares_the_log(path: Path, log: str | None) -> None:
    if log:
        path.with_name(f"{path.name}-{log}").write_bytes(b"frames")
    assert source_of(path) == ("mode=rw", *identity(path)[:2])


@pytest.mark.parametrize(
    ("beside", "folder_too", "query"),
    [
        ((), True, IMMUTABLE),
        ((), False, IMMUTABLE),
        (("wal", "shm"), True, "mode=ro"),
        (("wal", "shm"), False, "mode=ro&readonly_shm=1"),
        (("journal",), True, "mode=ro"),
        (("journal",), False, "mode=ro&readonly_shm=1"),
    ],
)
def test_who_may_only_read_makes_nothing(
    path: Path, forbid: Forbid, beside: tuple[str, ...], folder_too: bool, query: str
) -> None:
    for end in beside:
        path.with_name(f"{path.name}-{end}").write_bytes(b"frames")
    forbid(path, *[path.parent] * folder_too)
    whole = identity(path)
    assert source_of(path) == (query, *(whole if query == IMMUTABLE else whole[:2]))


def test_without_shared_memory_a_file_without_a_log_is_read_as_it_is(path: Path) -> None:
    path.with_name(f"{path.name}-wal").touch()  # which holds nothing
    assert source_of(path, shared=False) == (IMMUTABLE, *identity(path))
    path.with_name(f"{path.name}-wal").write_bytes(b"frames")
    with pytest.raises(GalleryError, match=r"art\.gallery-wal holds changes that .* compact`, run by .*, merges them"):
        source_of(path, shared=False)


def test_a_log_without_its_memory_needs_who_may_write(path: Path, forbid: Forbid) -> None:
    path.with_name(f"{path.name}-wal").write_bytes(b"frames")
    forbid(path)
    with pytest.raises(GalleryError, match=r"may only be read, and art\.gallery-wal holds changes"):
        source_of(path)


def test_a_changed_file_is_another_source_only_where_it_is_taken_not_to_change(path: Path, forbid: Forbid) -> None:
    shared = source_of(path)
    os.utime(path, ns=(1, 1))
    assert source_of(path) == shared
    forbid(path)
    before = source_of(path)
    os.utime(path, ns=(2, 2))
    assert source_of(path) != before


def test_a_file_that_is_gone_is_an_error(path: Path) -> None:
    path.unlink()
    with pytest.raises(GalleryError, match=r"is gone or out of reach \(No such file or directory\): open it again"):
        source_of(path)
