"""What a killed run leaves behind: a sound gallery with all that was acknowledged, and a next run that goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import resight
from resight.gallery.stores.opening import open_gallery
from resight.indexing import enrolment
from resight.indexing.index import index, iter_index
from resight.io.datasets.dataset import discover
from tests.children import Child
from tests.galleries import Photos, content, quick, some, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
REPOSITORY = Path(__file__).resolve().parent.parent
NAMES = ("chelsea", "coffee", "coins", "page", "text")


def enrol(folder: Path, path: Path, rebuild: bool) -> None:
    """Index in small steps, and say so after each that is on the disk."""
    enrolment.BATCH = 2
    with quick():
        for step in iter_index(folder, path, rebuild=rebuild):
            print(step.stage, step.done)


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five photos of five things, only to be read."""
    return write(tmp_path_factory.mktemp("photos"), some(known_photos, *NAMES))


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    """The gallery that comes of a run which nobody disturbs."""
    with quick():
        index(folder, folder / "whole.gallery")
    return folder / "whole.gallery"


@pytest.fixture(scope="module")
def lines(whole: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How much such a run says, in a process of its own; its gallery is the same."""
    path = tmp_path_factory.mktemp("undisturbed") / "known.gallery"
    said = run(folder, path)
    assert content(path) == content(whole)
    return len(said)


def run(folder: Path, path: Path, *, rebuild: bool = False, lines: int | None = None, delay: float = 0) -> list[str]:
    """Index in a process of its own, and kill it some seconds after it has said so much; what it said in all."""
    child = Child(enrol, folder, path, rebuild)
    if lines is None:
        assert child.end() == 0, child.err
    else:
        child.lines(lines)
        time.sleep(delay)
        assert child.kill() in (0, -9), child.err
    return [line for line in child.out.splitlines(keepends=True) if line.endswith("\n")]


def acknowledged(folder: Path, said: list[str]) -> set[str]:
    """The photos that a first run said it had stored: all of them are good, so they are the first ones."""
    done = max((int(line.split()[1]) for line in said if line.startswith("photos")), default=0)
    return {entry.name for entry in discover(folder).entries[:done]}


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.2, 0.6])
def test_a_killed_run_loses_nothing_and_is_gone_on_with(
    tmp_path: Path, folder: Path, whole: Path, lines: int, moment: float
) -> None:
    """At a random moment in each part of a run: its start, while photos are stored, and while questions are asked."""
    path = tmp_path / "known.gallery"
    delay = np.random.default_rng(round(100 * moment)).uniform(0, 0.05 if moment else 0.3)
    stored = acknowledged(folder, run(folder, path, lines=int(moment * lines), delay=delay))
    if path.exists():
        with open_gallery(path) as gallery:
            gallery.check()
            assert stored <= {item.photo for item in gallery.items()}
    else:
        assert not stored
    again = run(folder, path)
    assert acknowledged(folder, again) == {entry.name for entry in discover(folder).entries}
    assert content(path) == content(whole)
    assert [file.name for file in tmp_path.iterdir()] == ["known.gallery"]


@pytest.mark.parametrize("moment", [0.1, 0.95])
def test_a_killed_rebuild_leaves_the_old_gallery_and_is_gone_on_with(
    tmp_path: Path, folder: Path, whole: Path, lines: int, known_photos: Photos, moment: float
) -> None:
    path = tmp_path / "known.gallery"
    with quick():
        index(write(tmp_path / "old", some(known_photos, "coffee")), path)
        old = content(path)
        said = run(folder, path, rebuild=True, lines=int(moment * lines), delay=0.01)
        assert content(path) in (old, content(whole))
        with resight.open(path) as recogniser:
            recogniser.gallery.check()
            assert recogniser.recognise(known_photos["coffee"]).instance == "coffee"
    assert len(said) >= int(moment * lines)
    run(folder, path, rebuild=True)
    assert content(path) == content(whole)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["known.gallery", "old"]


def test_fifty_kills_can_be_counted_on_any_folder(tmp_path: Path, known_photos: Photos) -> None:
    """The benchmark, here with two."""
    (tmp_path / "photos" / "coffee").mkdir(parents=True)
    for name, photo in (("whole", known_photos["coffee"]), ("part", known_photos["coffee"][:200, :200])):
        Image.fromarray(photo).save(tmp_path / "photos" / "coffee" / f"{name}.png")
    shutil.copy(tmp_path / "photos" / "coffee" / "whole.png", tmp_path / "photos" / "coffee" / "copy.png")
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "kill_indexing.py"), str(tmp_path / "photos")]
    around = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([*command, "--kills", "2"], env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| all | 2 |" in done.stdout
    assert "finished in the end are those of a run that nobody disturbed" in done.stdout
