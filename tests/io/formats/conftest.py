"""A made-up example of each form: a handful of files, whose bytes are no photos, for only their lists are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from resight.io.datasets.dataset import Dataset

Lay = Callable[..., Path]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Writes files by name below a folder: text as it is, and a name alone as a file that holds its name."""

    def laid(*names: str, **texts: str | bytes) -> Path:
        files = {**dict.fromkeys(names, b"photo"), **texts}
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return laid


def seen(dataset: Dataset, root: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each photo's place, split and labels."""
    return [(entry.name.removeprefix(f"{root.as_posix()}/"), entry.split, entry.labels) for entry in dataset.entries]


def noted(dataset: Dataset) -> dict[str, int]:
    """What was noted, and of how many."""
    return {group.kind: group.count for group in dataset.survey.noted}
