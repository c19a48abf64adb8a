"""The audit log: who changed what, and when, a line of JSON each."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, final

from resight.io.files import append_line

LARGEST: Final = 20_000_000
"""Bytes from which a log is put aside as NAME.1, and a new one begun."""


@final
class AuditLog:
    """A log of changes: it holds ids of keys, never keys, and names of things, never photos."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = path.with_name(f"{path.name}.1")
        self._lock = threading.Lock()

    def tell(self, who: str, action: str, about: Mapping[str, Any]) -> None:
        """Write down a change that was made."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "key": who, "action": action, **about})
        with self._lock:
            if self._path.exists() and self._path.stat().st_size > LARGEST:
                self._path.replace(self._before)
            append_line(self._path, line.encode())

    def last(self, count: int) -> list[dict[str, Any]]:
        """The newest entries, the newest first; a line that a crash cut short was never acknowledged."""
        found: list[dict[str, Any]] = []
        for path in (self._path, self._before):
            if len(found) < count and path.exists():
                found += _entries(path)[: count - len(found)]
        return found


def _entries(path: Path) -> list[dict[str, Any]]:
    entries = []
    for line in reversed(path.read_text(encoding="utf-8", errors="replace").split("\n")):
        with suppress(ValueError):
            entries.append(json.loads(line))
    return [entry for entry in entries if isinstance(entry, dict)]
