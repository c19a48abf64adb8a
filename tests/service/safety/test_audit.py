"""The log of changes outlives what cuts it short, and is put aside when it is large."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.service.safety import audit
from resight.service.safety.audit import AuditLog


def test_a_line_that_was_cut_short_hides_no_other(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "log.jsonl")
    log.tell("local", "add", {"instance": "a"})
    with (tmp_path / "log.jsonl").open("ab") as cut:
        cut.write(b'{"time": "20\xff')
    log.tell("local", "add", {"instance": "b"})
    assert [entry["instance"] for entry in log.last(10)] == ["b", "a"]
    assert len(log.last(1)) == 1


def test_a_large_log_is_put_aside_and_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LARGEST", 10)
    log = AuditLog(tmp_path / "log.jsonl")
    for name in "ab":
        log.tell("local", "add", {"instance": name})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.jsonl", "log.jsonl.1"]
    assert [entry["instance"] for entry in log.last(10)] == ["b", "a"]
