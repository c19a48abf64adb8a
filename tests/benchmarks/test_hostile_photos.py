"""A small run of damaged photos, and what is told of files that end otherwise than they should."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import hostile_photos
import numpy as np
import pytest
from data.photo_files import photo_files
from hostile_photos import CHANGES, hostile, main, outcomes


def test_a_run_of_damaged_files_ends_with_photos_and_photo_errors_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hostile_photos, "BATCH", 59)  # in one child
    options = {"quick": False, "files": 59, "seed": 1, "workers": 1, "cache": tmp_path}
    report = main(argparse.Namespace(**options))
    results = report.data["files"]
    assert [result["number"] for result in results] == list(range(59))
    assert {result["end"] for result in results} == {"read", "refused"}
    assert len({result["kind"] for result in results}) == len(photo_files())
    assert max(result["peak"] for result in results) < 512e6
    assert report.markdown.splitlines()[-2].startswith("| all | 59 |")
    again = main(argparse.Namespace(**options))  # from the journal
    assert again.data == report.data


def test_a_number_and_a_seed_are_a_file() -> None:
    for number in range(30):
        assert hostile(number, 5) == hostile(number, 5)
    assert len({hostile(number, seed)[1] for number in range(30) for seed in (5, 6)}) > 55


def test_every_change_changes() -> None:
    data = photo_files()["JPEG, baseline"]
    for change in CHANGES:
        assert any(change(data, np.random.default_rng(seed)) != data for seed in range(5))


def test_what_ends_a_child_is_a_crash_and_the_others_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real = hostile_photos.ProcessPoolExecutor

    class Ending(real):  # type: ignore[misc,valid-type]
        def submit(self, work: object, numbers: list[int], seed: int) -> object:
            if 2 in numbers:
                return super().submit(_end)
            return super().submit(work, numbers, seed)

    monkeypatch.setattr(hostile_photos, "ProcessPoolExecutor", Ending)
    found = outcomes([1, 2], 0)
    assert [result["end"] == "crash" for result in found] == [False, True]
    assert "- number 2, " in hostile_photos._table(found, 0)


def _end() -> None:
    os._exit(1)
