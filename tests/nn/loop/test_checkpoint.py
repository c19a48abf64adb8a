"""Checkpoints: whole or not at all, and nothing in them is run."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from resight.errors import TrainingError
from resight.nn.loop import checkpoint


@contextmanager
def _no_room(size: int) -> Iterator[None]:
    """Let the system refuse to make a file longer than ``size`` bytes, as it does where a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    content = {"leaf": torch.arange(5.0), "step": 7, "nested": {"sides": ((0, 96),), "best": -float("inf")}}
    file = tmp_path / "new" / "c.pt"
    checkpoint.save(content, file)
    found = checkpoint.load(file)
    assert torch.equal(found.pop("leaf"), content.pop("leaf"))
    assert found == content
    assert list(file.parent.iterdir()) == [file]


def test_a_full_disk_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "c.pt"
    checkpoint.save({"leaf": torch.zeros(10)}, file)
    before = file.read_bytes()
    with (
        _no_room(20_000),
        pytest.raises(TrainingError, match="the older one there is intact: make"),
    ):
        checkpoint.save({"leaf": torch.zeros(100_000)}, file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_says_that_there_is_none_yet(tmp_path: Path) -> None:
    with _no_room(20_000), pytest.raises(TrainingError, match=r"of 0 MB cannot be written .*; there is none yet"):
        checkpoint.save({"leaf": torch.zeros(100_000)}, tmp_path / "c.pt")
    assert not list(tmp_path.iterdir())


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "c.pt"
    checkpoint.save({"leaf": torch.zeros(1000)}, file)
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(TrainingError, match=r"is no whole checkpoint .*: remove it to begin again"):
        checkpoint.load(file)


class Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("run",)


def test_nothing_in_a_checkpoint_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"leaf": Hostile()}, tmp_path / "c.pt")
    with pytest.raises(TrainingError, match="no whole checkpoint"):
        checkpoint.load(tmp_path / "c.pt")
    assert capsys.readouterr().out == ""


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    torch.save(torch.zeros(3), tmp_path / "c.pt")
    with pytest.raises(TrainingError, match="holds Tensor; wanted a checkpoint"):
        checkpoint.load(tmp_path / "c.pt")
