"""Many readers, each of one moment, beside one writer; and folders that cannot be written."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resight.errors import GalleryError
from resight.stores import connection as module
from resight.stores.connection import Readers, Writer, connect
from resight.stores.founding import found
from resight.stores.lock import WriterLock
from resight.stores.records import EncoderCard

COUNT = "SELECT count(*) FROM calibration"
INSERT = "INSERT INTO calibration VALUES (NULL, 0, '{}', x'')"
Permissions = Callable[[bool], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "art.gallery"
    found(file, [EncoderCard("sift:1", "rootsift", "local")])
    return file


@pytest.fixture
def readers(path: Path) -> Iterator[Readers]:
    pool = Readers(path)
    yield pool
    pool.close()


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    made = Writer(path, WriterLock(path, wait=0))
    yield made
    made.close()


@pytest.fixture
def writable(monkeypatch: pytest.MonkeyPatch) -> Permissions:
    """``writable(False)``: folders look read-only from here on, for root too."""
    access = os.access

    def switch(answer: bool) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: access(path, mode) and (answer or mode != os.W_OK))

    return switch


def count(readers: Readers) -> int:
    with readers.reading() as connection:
        return int(connection.execute(COUNT).fetchone()[0])


def insert(writer: Writer) -> None:
    with writer.transaction() as connection:
        connection.execute(INSERT)


def test_reading_sees_what_was_committed(readers: Readers, writer: Writer) -> None:
    assert count(readers) == 0
    insert(writer)
    assert count(readers) == 1


def test_a_read_is_of_one_moment(readers: Readers, writer: Writer) -> None:
    with readers.reading() as connection:
        assert connection.execute(COUNT).fetchone() == (0,)
        insert(writer)
        assert connection.execute(COUNT).fetchone() == (0,)
        assert count(readers) == 1  # another read is of another moment


def test_a_snapshot_joins_the_reads_of_its_thread_alone(readers: Readers, writer: Writer) -> None:
    elsewhere: list[int] = []
    with readers.snapshot():
        insert(writer)  # after the snapshot began, before its first visible read
        assert count(readers) == 0
        with readers.snapshot():
            assert count(readers) == 0
        thread = threading.Thread(target=lambda: elsewhere.append(count(readers)))
        thread.start()
        thread.join()
        assert count(readers) == 0
    assert elsewhere == [1]
    assert count(readers) == 1


def test_what_outlives_a_snapshot_fails_instead_of_reading_another_moment(readers: Readers) -> None:
    with readers.snapshot(), readers.reading() as connection:
        pass
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute(COUNT)


@pytest.mark.parametrize("error", [ZeroDivisionError(), OSError(2, "my file"), sqlite3.OperationalError("mine")])
def test_an_error_inside_a_snapshot_ends_it_and_passes(readers: Readers, writer: Writer, error: Exception) -> None:
    with pytest.raises(type(error)), readers.snapshot():
        raise error
    insert(writer)
    assert count(readers) == 1


def test_connections_are_used_again_and_never_by_two_at_once(readers: Readers) -> None:
    with readers.reading() as first, readers.reading() as second:
        assert first is not second
    with readers.reading() as third:
        assert third in (first, second)
    with pytest.raises(GalleryError), readers.reading() as failed:
        failed.execute("SELECT nonsense")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        failed.execute(COUNT)


def test_readers_cannot_write(readers: Readers) -> None:
    with pytest.raises(GalleryError, match="is read-only"), readers.reading() as connection:
        connection.execute(INSERT)


def test_a_closed_pool_says_so_and_closes_what_comes_back(readers: Readers) -> None:
    with readers.reading() as connection:
        readers.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute(COUNT)
    with pytest.raises(GalleryError, match="was closed: open it again"):
        count(readers)


def test_a_gallery_does_not_cross_a_fork(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    assert count(readers) == 0
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(GalleryError, match="before this process was forked off: open it again"):
        count(readers)


def test_a_file_that_was_replaced_is_read_anew(readers: Readers, path: Path) -> None:
    assert count(readers) == 0
    other = path.with_name("other.gallery")
    found(other, [EncoderCard("sift:1", "rootsift", "local")])
    made = Writer(other, WriterLock(other, wait=0))
    insert(made)
    made.close()
    other.replace(path)
    assert count(readers) == 1


def test_a_file_that_is_gone_is_an_error(readers: Readers, path: Path) -> None:
    path.unlink()
    with pytest.raises(GalleryError, match=r"is gone or out of reach \(No such file or directory\)"):
        count(readers)


def run(writer: Writer, *statements: str, then: BaseException | None = None) -> None:
    with writer.transaction() as connection:
        for statement in statements:
            connection.execute(statement)
        if then is not None:
            raise then


def test_a_failed_transaction_leaves_nothing(readers: Readers, writer: Writer) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(writer, INSERT, then=KeyboardInterrupt())
    with pytest.raises(GalleryError, match="SQLite refused"):
        run(writer, INSERT, "INSERT INTO nonsense VALUES (1)")
    assert count(readers) == 0
    insert(writer)
    assert count(readers) == 1


def test_a_fault_that_rolls_back_by_itself_is_told_as_it_was(readers: Readers, writer: Writer) -> None:
    with pytest.raises(GalleryError, match="SQLite refused: UNIQUE"):
        run(writer, INSERT, "INSERT OR ROLLBACK INTO calibration VALUES (1, 0, '{}', x'')")
    assert count(readers) == 0


def test_transactions_of_threads_take_turns(readers: Readers, writer: Writer) -> None:
    threads = [threading.Thread(target=lambda: [insert(writer) for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(readers) == 20


def test_a_closed_writer_lets_the_next_one_in(path: Path) -> None:
    first = Writer(path, WriterLock(path, wait=0))
    first.close()
    first.close()
    with pytest.raises(GalleryError, match="was closed"):
        insert(first)
    Writer(path, WriterLock(path, wait=0)).close()


def test_what_a_writer_promises(writer: Writer) -> None:
    with writer.alone() as connection:
        for pragma, value in (("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0), ("journal_mode", "wal")):
            assert connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def test_a_connection_that_fails_to_open_is_closed(tmp_path: Path) -> None:
    """An open one would be a ResourceWarning, which is an error here, from Python 3.13 on."""
    (tmp_path / "x").write_bytes(bytes(4096))
    with pytest.raises(sqlite3.DatabaseError):
        connect(tmp_path / "x", "mode=rw", pragmas=("journal_mode = WAL",))


@pytest.mark.parametrize(
    "name", ["a b.gallery", "what?.gallery", "50%20.gallery", "#1.gallery", "猫.gallery", "a\nb.gallery"]
)
def test_every_file_name_can_be_opened(tmp_path: Path, name: str) -> None:
    found(tmp_path / name, [EncoderCard("sift:1", "rootsift", "local")])
    assert [file.name for file in tmp_path.iterdir()] == [name]
    pool = Readers(tmp_path / name)
    assert count(pool) == 0
    pool.close()


def test_in_a_read_only_folder_a_whole_file_is_read_and_nothing_written(
    readers: Readers, path: Path, writable: Permissions
) -> None:
    writable(False)
    with readers.reading() as connection:
        assert connection.execute(COUNT).fetchone() == (0,)
        assert [file.name for file in path.parent.iterdir()] == ["art.gallery"]
    assert module._source(path)[0] == "immutable=1"


def test_in_a_read_only_folder_a_changed_file_is_read_anew(readers: Readers, path: Path, writable: Permissions) -> None:
    writable(False)
    assert count(readers) == 0
    made = Writer(path, WriterLock(path, wait=0))
    insert(made)
    assert count(readers) == 1  # now there is a log, and it is read
    assert module._source(path)[0] == "mode=ro"
    made.close()
    assert count(readers) == 1
    readers.close()


def test_in_a_read_only_folder_a_file_that_changes_while_it_is_read_is_an_error(
    readers: Readers, path: Path, writable: Permissions
) -> None:
    writable(False)
    with pytest.raises(GalleryError, match="changed while it was read from a read-only folder"), readers.reading():
        os.utime(path, ns=(1, 1))
    assert count(readers) == 0


def test_in_a_read_only_folder_a_log_without_its_index_is_an_error(
    readers: Readers, path: Path, writable: Permissions
) -> None:
    (path.parent / "art.gallery-wal").touch()
    writable(False)
    assert count(readers) == 0  # an empty log holds nothing
    (path.parent / "art.gallery-wal").write_bytes(b"frames")
    with pytest.raises(GalleryError, match=r"art\.gallery-wal holds changes that an interrupted run has not merged"):
        count(readers)


def test_a_pool_does_not_grow_with_the_threads_that_come_and_go(readers: Readers) -> None:
    for _ in range(20):
        thread = threading.Thread(target=lambda: count(readers))
        thread.start()
        thread.join()
    assert len(readers._idle) == 1
