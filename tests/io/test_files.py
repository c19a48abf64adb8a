"""Room on a disk: enough is silent, too little is told with both numbers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from resight.errors import DatasetError
from resight.io import files


def test_a_disk_with_one_byte_too_few_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=3_000_000))
    files.require(tmp_path, 3_000_000, "the maps", "keep fewer")
    with pytest.raises(DatasetError, match=r"the maps need 3 MB, .* has 3 MB left: make room, keep fewer, or name"):
        files.require(tmp_path, 3_000_001, "the maps", "keep fewer")


def test_what_belongs_to_a_file_lies_beside_it(tmp_path: Path) -> None:
    assert files.beside(tmp_path / "art.v2.gallery", "wal") == tmp_path / "art.v2.gallery-wal"
