"""Many readers, each of one moment, beside one writer; and folders that cannot be written."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite import connection as module
from resight.gallery.sqlite.connection import Readers, Writer, connect, inspect
from resight.gallery.sqlite.founding import create
from resight.gallery.sqlite.sources import source_of
from resight.io.lock import WriterLock
from resight.types import EncoderCard

COUNT = "SELECT count(*) FROM calibration"
INSERT = "INSERT INTO calibration VALUES (NULL, 0, '{}', x'')"
Permissions = Callable[[bool], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "art.gallery"
    create(file, [EncoderCard("sift:1", "rootsift", "local")])
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
    create(other, [EncoderCard("sift:1", "rootsift", "local")])
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


def test_what_a_writer_promises(path: Path, synced: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WRITING", synced)
    writer = Writer(path, WriterLock(path, wait=0))
    with writer.alone() as connection:
        for pragma, value in (("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0), ("journal_mode", "wal")):
            assert connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)
    writer.close()


def test_a_connection_that_fails_to_open_is_closed(tmp_path: Path) -> None:
    """An open one would be a ResourceWarning, which is an error here, from Python 3.13 on."""
    (tmp_path / "x").write_bytes(bytes(4096))
    with pytest.raises(sqlite3.DatabaseError):
        connect(tmp_path / "x", "mode=rw", pragmas=("journal_mode = WAL",))


@pytest.mark.parametrize(
    "name", ["a b.gallery", "what?.gallery", "50%20.gallery", "#1.gallery", "猫.gallery", "a\nb.gallery"]
)
def test_every_file_name_can_be_opened(tmp_path: Path, name: str) -> None:
    create(tmp_path / name, [EncoderCard("sift:1", "rootsift", "local")])
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
    assert source_of(path)[0] == "immutable=1"


def test_in_a_read_only_folder_a_changed_file_is_read_anew(readers: Readers, path: Path, writable: Permissions) -> None:
    writable(False)
    assert count(readers) == 0
    made = Writer(path, WriterLock(path, wait=0))
    insert(made)
    assert count(readers) == 1  # now there is a log, and it is read
    assert source_of(path)[0] == "mode=ro"
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
    used: set[int] = set()

    def read() -> None:
        with readers.reading() as connection:
            used.add(id(connection))

    for _ in range(20):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    with readers.reading() as connection:
        assert used == {id(connection)}


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


@pytest.fixture
def kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, but not its folder, may only be read, by root too."""
    access = os.access
    monkeypatch.setattr(os, "access", lambda file, mode: access(file, mode) and (mode != os.W_OK or file != path))


@pytest.mark.usefixtures("kept")
def test_who_may_not_write_the_file_leaves_nothing_beside_it(readers: Readers, path: Path) -> None:
    """What he left would be his, and lock its owner out."""
    with readers.reading() as connection:
        assert connection.execute(COUNT).fetchone() == (0,)
        assert names(path) == ["art.gallery"]


@pytest.mark.usefixtures("kept")
def test_who_may_not_write_the_file_reads_what_is_written(readers: Readers, path: Path) -> None:
    made = Writer(path, WriterLock(path, wait=0))
    assert count(readers) == 0
    insert(made)
    assert count(readers) == 1
    assert source_of(path)[0] == "mode=ro&readonly_shm=1"
    made.close()
    assert count(readers) == 1


@pytest.mark.usefixtures("kept")
def test_a_log_that_only_its_owner_can_merge_is_said_so(readers: Readers, path: Path) -> None:
    path.with_name("art.gallery-wal").write_bytes(b"frames")
    with pytest.raises(
        GalleryError, match=r"may only be read, and art\.gallery-wal holds .* compact`, run by .*, merges"
    ):
        count(readers)


def test_a_file_beside_it_that_another_owns_is_named_before_anything_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, access = path.with_name("art.gallery-wal"), os.access
    left.touch()
    monkeypatch.setattr(os, "access", lambda file, mode: access(file, mode) and not (mode & os.W_OK and file == left))
    with pytest.raises(
        GalleryError, match=r"art\.gallery-wal beside it, which belongs to .*, may not be written by you"
    ):
        inspect(path, write=True)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's limit on the size of files")
def test_on_a_full_disk_a_gallery_is_read(readers: Readers, path: Path) -> None:
    """No byte can be written, as for the shared memory that a log needs."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        assert count(readers) == 0
        assert source_of(path)[0] == "mode=rw"  # which fails, and is given up
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    made = Writer(path, WriterLock(path, wait=0))
    insert(made)
    assert count(readers) == 1  # there is a log again, and it is read
    made.close()


class Poor(sqlite3.Connection):
    """As on a drive whose files cannot be mapped: where there is a log, nothing is read but by one that is alone."""

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement in ("SELECT 1 FROM sqlite_master", "PRAGMA user_version"):
            [(_, _, file)] = super().execute("PRAGMA database_list").fetchall()
            mode = super().execute("PRAGMA locking_mode").fetchone()
            if Path(file).read_bytes()[18] == 2 and mode == ("normal",) and not self.alone:
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMMAP
                raise error
        return super().execute(statement, *values)

    alone = False


@pytest.fixture
def poor(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = sqlite3.connect

    def connect(name: str, **options: Any) -> sqlite3.Connection:
        made = plain(name, factory=Poor, **options)
        made.alone = "immutable" in name
        return made

    monkeypatch.setattr(sqlite3, "connect", connect)


@pytest.mark.usefixtures("poor")
def test_without_shared_memory_a_gallery_is_read_and_written_without_a_log(tmp_path: Path, path: Path) -> None:
    new = tmp_path / "new.gallery"
    create(new, [EncoderCard("sift:1", "rootsift", "local")])
    for file in (path, new):
        pool = Readers(file)
        assert count(pool) == 0
        made = Writer(file, WriterLock(file, wait=0))
        pool.close()
        pool = Readers(file)
        for number in range(2):
            assert count(pool) == number
            insert(made)
        with made.alone() as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert count(pool) == 2
        pool.close()
        made.close()
    assert names(path) == ["art.gallery", "new.gallery"]


@pytest.mark.usefixtures("poor")
def test_who_may_not_write_the_file_reads_beside_a_commit_without_a_log(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, access = Writer(path, WriterLock(path, wait=0)), os.access
    monkeypatch.setattr(os, "access", lambda file, mode: access(file, mode) and (mode != os.W_OK or file != path))
    pool = Readers(path)
    with made.transaction() as connection:
        connection.execute(INSERT)
        assert path.with_name("art.gallery-journal").exists()
        assert count(pool) == 0
    assert count(pool) == 1
    pool.close()
    made.close()


def test_a_gallery_without_a_log_gets_one_where_it_can(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "LOGGED", module.UNLOGGED)
        Writer(path, WriterLock(path, wait=0)).close()
    assert path.read_bytes()[18] == 1
    Writer(path, WriterLock(path, wait=0)).close()
    assert path.read_bytes()[18] == 2


@pytest.fixture
def held(path: Path) -> Iterator[None]:
    """Somebody is alone with the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.usefixtures("held")
def test_what_is_held_is_waited_for(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY", 0.01)
    with pytest.raises(GalleryError, match="another process is writing and did not end in time"):
        count(readers)


@pytest.mark.usefixtures("held")
def test_what_cannot_be_locked_is_read_all_the_same(
    readers: Readers, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To SQLite a drive without locks looks like one that somebody holds for ever."""
    monkeypatch.setattr(module, "can_lock", lambda _: False)
    monkeypatch.setattr("resight.gallery.sqlite.drive.can_lock", lambda _: False)
    monkeypatch.setattr(module, "BUSY", 0.01)
    assert count(readers) == 0
    with pytest.raises(GalleryError, match="its drive has no locks on files, as some network drives"):
        Writer(path, WriterLock(path, wait=0))


def test_a_writer_does_not_cross_a_fork(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: -1)
        with pytest.raises(GalleryError, match="before this process was forked off: open it again"):
            insert(writer)
    insert(writer)
