"""A folder for a run is gone with it; what killed runs leave is gone with the next one, and what lives stays."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from resight.io.scratch_folder import PREFIX, YOUNG, scratch

KILLED = (
    "import os; from resight.io.scratch_folder import scratch; run = scratch(); print(run.__enter__()); os._exit(9)"
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def aged(folder: Path) -> Path:
    """As if nothing had happened in it for long."""
    then = folder.stat().st_mtime - 2 * YOUNG
    os.utime(folder, (then, then))
    return folder


def killed() -> Path:
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
    assert done.returncode == 9
    return Path(done.stdout.strip())


def test_a_folder_is_gone_with_its_run(place: Path) -> None:
    run = scratch()
    folder = run.__enter__()
    (folder / "evaluation.gallery").write_bytes(b"x")
    assert run.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None) is False
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_is_gone_with_the_next_but_not_at_once(place: Path) -> None:
    left, young = aged(killed()), killed()
    with scratch() as folder:
        assert set(place.iterdir()) == {young, folder}
    assert not left.exists()


def test_what_lives_and_what_is_not_ours_stays(place: Path) -> None:
    (place / "else").mkdir()
    (place / f"{PREFIX}link").symlink_to(place / "else")
    aged(place / "else")
    with scratch() as first:
        aged(first)
        with scratch() as second:
            assert first.exists()
            assert first != second
    assert sorted(place.iterdir()) == [place / "else", place / f"{PREFIX}link"]
