"""What happens to a gallery whose writer is killed, runs out of disk or finds its folder read-only: nothing is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.gallery import SqliteGallery
from tests.gallery.conftest import Make
from tests.gallery.sqlite.conftest import Dump

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills and mounts as POSIX does")
REPOSITORY = Path(__file__).resolve().parents[3]
PHOTOS = 60

INDEX = """
import sys
from pathlib import Path
import numpy as np
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.gallery.records import NewItem
from resight.types import EncoderCard

def photo(number):
    features = {"sift:1": {"values": np.full((200, 128), number, np.uint8)}}
    descriptors = {"gem:1": np.full(64, number, np.float32)}
    names = f"{number}.jpg", f"thing {number // 3}"
    return NewItem(*names, b"%d" % number, 1, 2, 3, features, descriptors, b"thumbnail")

path, photos, batch = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
cards = [EncoderCard("sift:1", "rootsift", "local"), EncoderCard("gem:1", "resnet50", "global")]
with SqliteGallery.open(path, write=True) if path.exists() else SqliteGallery.create(path, cards) as gallery:
    known = {item.digest for item in gallery.items()}
    numbers = [number for number in range(photos) if b"%d" % number not in known]
    for first in range(0, len(numbers), batch):
        gallery.add(photo(number) for number in numbers[first : first + batch])
        print(*numbers[first : first + batch], flush=True)
"""
"""Enrol photos in batches, go on where a former run ended, and print the numbers of each acknowledged batch."""


def index(path: Path, *, batch: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", INDEX, str(path), str(PHOTOS), str(batch)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(REPOSITORY)})


def index_and_kill(path: Path, *, lines: int, delay: float) -> set[str]:
    """Kill the run some seconds after it has acknowledged some batches; names of the photos that it acknowledged."""
    with index(path, batch=2) as child:
        assert child.stdout is not None
        acknowledged = [child.stdout.readline() for _ in range(lines)]
        time.sleep(delay)
        child.kill()
        acknowledged += child.stdout.readlines()
    # A line without its end was cut off in the pipe; its batch is on the disk all the same.
    return {f"{number}.jpg" for line in acknowledged if line.endswith("\n") for number in line.split()}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "art.gallery"
    with index(path, batch=7) as child:
        assert child.wait(300) == 0
    return path


@pytest.mark.parametrize("lines", [0, 1, 4, 9, 16])
def test_a_killed_index_keeps_what_it_acknowledged_and_goes_on(
    tmp_path: Path, uninterrupted: Path, dump: Dump, lines: int
) -> None:
    path = tmp_path / "art.gallery"
    delay = np.random.default_rng(lines).uniform(0, 0.15 if lines == 0 else 0.004)
    acknowledged = index_and_kill(path, lines=lines, delay=delay)
    assert len(acknowledged) >= 2 * lines
    if path.exists():
        with SqliteGallery.open(path) as gallery:
            gallery.check()
            assert acknowledged <= {item.photo for item in gallery.items()}
            assert len(gallery) % 2 == 0  # batches are whole
    with index(path, batch=5) as child:
        assert child.wait(300) == 0
    assert dump(path) == dump(uninterrupted)
    assert [file.name for file in tmp_path.iterdir()] == ["art.gallery"]


def test_a_full_file_keeps_what_it_had_and_goes_on(gallery: SqliteGallery, make: Make, dump: Dump) -> None:
    large = {"sift:1": {"values": np.zeros((1000, 128), np.uint8)}}
    before = dump(gallery.path)
    writer = gallery._file.writing()
    with writer.alone() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(GalleryError, match="disk full: nothing was lost, free 16 MiB and run the same command again"):
        gallery.add([make(20), make(21, features=large)])
    assert dump(gallery.path) == before
    gallery.check()
    assert gallery.add([make(20)]).ids == (13,)
    with writer.alone() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    assert gallery.add([make(20), make(21, features=large)]).ids == (14,)


def test_a_full_file_keeps_what_it_had_when_another_is_put_in_its_place(
    gallery: SqliteGallery, make: Make, dump: Dump, uninterrupted: Path
) -> None:
    before = dump(gallery.path)
    with gallery._file.writing().alone() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(GalleryError, match="disk full: nothing was lost"):
        gallery.restore(uninterrupted)
    assert dump(gallery.path) == before
    assert gallery.add([make(20)]).ids == (13,)


def in_a_namespace(folder: Path, script: str) -> str:
    """What a shell script prints whose mounts nobody else sees; ``$0`` is the folder, ``$1`` Python, ``$2`` INDEX."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare, to mount small and read-only disks")
    command = [unshare, "--map-root-user", "--mount", "sh", "-c"]
    mount = 'mount -t tmpfs -o size=1500k none "$0" || exit 77\n'
    environment = {"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    arguments = [str(folder), sys.executable, INDEX]
    done = subprocess.run(
        [*command, mount + script, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip(f"may not mount small and read-only disks here: {done.stderr.strip()}")
    return done.stdout + done.stderr


def test_a_full_disk_keeps_what_was_acknowledged_and_goes_on(tmp_path: Path, uninterrupted: Path, dump: Dump) -> None:
    disk, rescued = tmp_path / "disk", tmp_path / "rescued"
    disk.mkdir()
    rescued.mkdir()
    script = f"""
        "$1" -W error -c "$2" "$0/art.gallery" {PHOTOS} 2
        cp "$0"/art.gallery* {rescued}
    """
    said = in_a_namespace(disk, script)
    assert "GalleryError" in said
    assert "disk full: nothing was lost, free 16 MiB and run the same command again" in said
    acknowledged = {f"{number}.jpg" for line in said.splitlines() if line[:1].isdigit() for number in line.split()}
    assert acknowledged
    with SqliteGallery.open(rescued / "art.gallery") as gallery:
        gallery.check()
        assert {item.photo for item in gallery.items()} == acknowledged
    with index(rescued / "art.gallery", batch=5) as child:
        assert child.wait(300) == 0
    assert dump(rescued / "art.gallery") == dump(uninterrupted)


READ = """
import sys
from resight.errors import GalleryError
from resight.gallery.sqlite.gallery import SqliteGallery
try:
    with SqliteGallery.open(sys.argv[1], write=len(sys.argv) > 2) as gallery:
        gallery.check()
        print("read", len(gallery), len(list(gallery.features("sift:1"))))
except GalleryError as error:
    print(error)
"""


def test_a_read_only_disk_is_read_and_refuses_a_writer(tmp_path: Path) -> None:
    script = f"""
        "$1" -c "$2" "$0/art.gallery" 6 2 > /dev/null
        mount -o remount,ro "$0"
        "$1" -W error -c '{READ}' "$0/art.gallery"
        "$1" -W error -c '{READ}' "$0/art.gallery" write
        ls "$0"
    """
    lines = in_a_namespace(tmp_path, script).splitlines()
    assert lines[0] == "read 6 6"
    assert "art.gallery is read-only: make the file and its folder writable" in lines[1]
    assert lines[2:] == ["art.gallery"]


KILLED = (
    INDEX
    + """
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
"""
)


def test_on_a_read_only_disk_an_unmerged_log_is_read_or_refused_but_never_left_out(tmp_path: Path) -> None:
    script = f"""
        "$1" -c '{KILLED}' "$0/art.gallery" 6 2 > /dev/null
        mount -o remount,ro "$0"
        "$1" -W error -c '{READ}' "$0/art.gallery"
        mount -o remount,rw "$0"
        rm "$0/art.gallery-shm"
        mount -o remount,ro "$0"
        "$1" -W error -c '{READ}' "$0/art.gallery"
    """
    lines = [line for line in in_a_namespace(tmp_path, script).splitlines() if "Killed" not in line]
    assert lines[0] == "read 6 6"
    assert "art.gallery-wal holds changes that an interrupted run has not merged" in lines[1]
