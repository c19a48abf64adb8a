"""A log beside a gallery file: its own is merged, and another one's is noticed before SQLite touches the file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard
from tests.gallery.conftest import Make


@pytest.fixture
def folder(tmp_path: Path, cards: Sequence[EncoderCard], make: Make) -> Path:
    """Two galleries of as many photos, each with a log of its last change beside it, as a killed writer leaves it."""
    for name, numbers in (("one", range(6)), ("two", range(6, 12))):
        with SqliteGallery.create(tmp_path / f"{name}.gallery", cards) as gallery:
            gallery.add(make(number) for number in numbers)
    return tmp_path


def killed(path: Path, change: str) -> None:
    """Change a gallery in a process that ends without a word."""
    script = (
        "import os, sys; from resight.gallery.sqlite.gallery import SqliteGallery; "
        f"gallery = SqliteGallery.open(sys.argv[1], write=True); {change}; os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == 9
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0


REMOVE, CALIBRATE = "gallery.remove(ids=[2])", "gallery.save_calibration({'x': 1})"


@pytest.mark.parametrize("change", [REMOVE, CALIBRATE, "gallery.move({1: 'elsewhere'})"])
def test_a_log_of_its_own_is_merged(folder: Path, change: str) -> None:
    killed(folder / "one.gallery", change)
    with SqliteGallery.open(folder / "one.gallery") as gallery:
        assert len(gallery) == 6 - (change == REMOVE)
        assert (gallery.calibration() is not None) == (change == CALIBRATE)


@pytest.mark.parametrize("change", [REMOVE, CALIBRATE, "gallery.move({1: 'elsewhere'})"])
@pytest.mark.parametrize("write", [False, True])
def test_a_log_of_another_is_refused_and_changes_nothing(folder: Path, change: str, write: bool) -> None:
    one, two = folder / "one.gallery", folder / "two.gallery"
    killed(one, change)
    before = two.read_bytes()
    shutil.copy(f"{one}-wal", f"{two}-wal")
    for _ in range(2):
        with pytest.raises(GalleryError, match=r"two.gallery-wal is the log of another gallery.*move it away"):
            SqliteGallery.open(two, write=write)
    assert two.read_bytes() == before
    os.unlink(f"{two}-wal")
    with SqliteGallery.open(two) as gallery:
        gallery.check()
        assert {item.photo for item in gallery.items()} == {f"photos/{number}.jpg" for number in range(6, 12)}


def test_a_log_of_an_older_moment_is_refused(folder: Path, make: Make) -> None:
    path = folder / "one.gallery"
    killed(path, REMOVE)
    old = Path(f"{path}-wal").read_bytes()
    with SqliteGallery.open(path, write=True) as gallery:
        gallery.add([make(20), make(21)])
    Path(f"{path}-wal").write_bytes(old)
    with pytest.raises(GalleryError, match="another moment of this one"):
        SqliteGallery.open(path)


def test_a_foreign_journal_is_refused(folder: Path) -> None:
    (folder / "one.gallery-journal").write_bytes(b"x" * 600)
    with pytest.raises(GalleryError, match=r"one.gallery-journal is no file of resight"):
        SqliteGallery.open(folder / "one.gallery")


def test_a_gallery_that_took_over_another_keeps_its_log(folder: Path) -> None:
    """Also where it was killed before the log was merged, and once more."""
    for _ in range(2):
        killed(folder / "one.gallery", f"gallery.restore({str(folder / 'two.gallery')!r})")
        with SqliteGallery.open(folder / "one.gallery") as one, SqliteGallery.open(folder / "two.gallery") as two:
            assert one.items() == two.items()
            assert one.identity == two.identity
        killed(folder / "one.gallery", CALIBRATE)
        with SqliteGallery.open(folder / "one.gallery") as one:
            one.check()
