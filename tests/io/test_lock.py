"""One writer at a time, whatever becomes of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

from resight.errors import GalleryError
from resight.io import lock as module
from resight.io.lock import WriterLock

REPOSITORY = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from resight.io.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]), wait=0)
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_lock_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    gallery = tmp_path / "art.gallery"
    first = WriterLock(gallery, wait=0)
    holder = (
        rf"being written by process {os.getpid()} on {socket.gethostname()} since 20\d\d-.*; waited 0 s: let it end"
    )
    with pytest.raises(GalleryError, match=holder):
        WriterLock(gallery, wait=0)
    first.release()
    WriterLock(gallery, wait=0).release()


def test_a_release_leaves_no_file_and_may_be_repeated(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "art.gallery", wait=0)
    assert [path.name for path in tmp_path.iterdir()] == ["art.gallery-lock"]
    lock.release()
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_releasing_twice_does_not_release_the_next_holder(tmp_path: Path) -> None:
    gallery = tmp_path / "art.gallery"
    first = WriterLock(gallery, wait=0)
    first.release()
    second = WriterLock(gallery, wait=0)
    first.release()
    with pytest.raises(GalleryError, match="being written"):
        WriterLock(gallery, wait=0)
    second.release()


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.then: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.then()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def test_a_waiting_writer_gets_the_lock_when_it_is_free(tmp_path: Path, clock: Clock) -> None:
    first = WriterLock(tmp_path / "art.gallery", wait=0)
    clock.then = lambda: first.release() if clock.now >= 103 else None
    second = WriterLock(tmp_path / "art.gallery", wait=10)
    assert 103 <= clock.now < 103.1
    second.release()


def test_waiting_ends_in_time(tmp_path: Path, clock: Clock) -> None:
    first = WriterLock(tmp_path / "art.gallery", wait=0)
    with pytest.raises(GalleryError, match=r"waited 0\.2 s"):
        WriterLock(tmp_path / "art.gallery", wait=0.2)
    assert 100.2 <= clock.now < 100.3
    first.release()


def test_a_killed_holder_holds_nobody_up(tmp_path: Path) -> None:
    gallery = tmp_path / "art.gallery"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(gallery)], stdout=subprocess.PIPE, env={"PYTHONPATH": str(REPOSITORY)}
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(GalleryError, match=f"process {child.pid} on"):
            WriterLock(gallery, wait=0)
        child.kill()
    assert (tmp_path / "art.gallery-lock").exists()
    WriterLock(gallery, wait=0).release()


@pytest.mark.skipif(sys.platform == "win32", reason="a file keeps its name there while it is open")
def test_a_lock_on_a_file_without_a_name_is_not_the_lock(tmp_path: Path) -> None:
    """What a writer gets that opened the file just before its holder let go and unlinked it."""
    path = tmp_path / "art.gallery-lock"
    late = os.open(path, os.O_RDWR | os.O_CREAT)
    path.unlink()
    assert not module._locked(late, path)
    path.touch()  # the next holder's
    assert not module._locked(late, path)
    os.close(late)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '"a"', "\xff"])
def test_an_unreadable_signature_is_another_process(tmp_path: Path, text: str) -> None:
    gallery = tmp_path / "art.gallery"
    first = WriterLock(gallery, wait=0)
    (tmp_path / "art.gallery-lock").write_text(text, encoding="latin-1")
    with pytest.raises(GalleryError, match="being written by another process; waited"):
        WriterLock(gallery, wait=0)
    first.release()


def test_the_signature_is_json(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "art.gallery", wait=0)
    assert set(json.loads((tmp_path / "art.gallery-lock").read_text())) == {"process", "host", "since"}
    lock.release()


def test_a_full_disk_leaves_the_lock_unsigned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    lock = WriterLock(tmp_path / "art.gallery", wait=0)
    monkeypatch.undo()
    assert (tmp_path / "art.gallery-lock").read_bytes() == b""
    lock.release()


def test_a_folder_that_is_missing_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(GalleryError, match=r"art\.gallery cannot be written: .*-lock cannot be made \(No such file"):
        WriterLock(tmp_path / "no" / "art.gallery", wait=0)


def test_a_file_system_without_locks_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(filelock, "lock_descriptor", refuse)
    with pytest.raises(
        GalleryError, match=r"its drive cannot lock files \(No locks available\), as some network drives"
    ):
        WriterLock(tmp_path / "art.gallery", wait=0)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_user_left_is_locked_unsigned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a killed run leaves it in a folder that many may write."""
    gallery, left = tmp_path / "art.gallery", tmp_path / "art.gallery-lock"
    left.write_text("not mine")
    opened = os.open

    def strange(path: Path, flags: int, *mode: int) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, *mode)

    monkeypatch.setattr(os, "open", strange)
    lock = WriterLock(gallery, wait=0)
    assert left.read_text() == "not mine"
    with pytest.raises(GalleryError, match="being written by another process"):
        WriterLock(gallery, wait=0)
    lock.release()
    assert not left.exists()
    with pytest.raises(GalleryError, match=r"cannot be made \(Permission denied\)"):
        WriterLock(gallery, wait=0)


def test_a_forked_child_does_not_release_its_parents_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = WriterLock(tmp_path / "art.gallery", wait=0)
    copy = os.dup(lock._file or 0)  # as the parent has it
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: -1)
        lock.release()
    with pytest.raises(GalleryError, match="being written"):
        WriterLock(tmp_path / "art.gallery", wait=0)
    os.close(copy)


def test_the_lock_of_an_older_run_counts_and_its_holder_is_named(tmp_path: Path) -> None:
    """It wrote from the first byte on, and locked by the system's own call."""
    fcntl = pytest.importorskip("fcntl")
    gallery = tmp_path / "art.gallery"
    with (tmp_path / "art.gallery-lock").open("w") as older:
        older.write('{"process": 7, "host": "elsewhere", "since": "2025-01-01"}')
        older.flush()
        fcntl.flock(older, fcntl.LOCK_EX)
        with pytest.raises(GalleryError, match="being written by process 7 on elsewhere since 2025-01-01"):
            WriterLock(gallery, wait=0)
    WriterLock(gallery, wait=0).release()


def test_the_holder_is_named_without_the_byte_that_is_locked(tmp_path: Path) -> None:
    """As Windows has it: nobody else reads the first byte."""
    lock = WriterLock(tmp_path / "art.gallery", wait=0, mandatory=True)
    signature = (tmp_path / "art.gallery-lock").read_bytes()
    (tmp_path / "art.gallery-lock").write_bytes(b"\xff" + signature[1:])
    with pytest.raises(GalleryError, match=f"being written by process {os.getpid()} on"):
        WriterLock(tmp_path / "art.gallery", wait=0, mandatory=True)
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_open_elsewhere_is_let_go_of_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows has it: a file keeps its name while it is open."""
    lock = WriterLock(tmp_path / "art.gallery", wait=0, mandatory=True)

    def refuse(*_: object, **__: object) -> None:
        assert lock._file is None  # closed before: an open file cannot be deleted
        raise PermissionError(13, "in use by another process")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        lock.release()
    assert (tmp_path / "art.gallery-lock").exists()
    WriterLock(tmp_path / "art.gallery", wait=0, mandatory=True).release()
