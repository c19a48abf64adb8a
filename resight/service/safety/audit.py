"""The audit log: who changed what, and when, a line of JSON each."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, final

LARGEST: Final = 20_000_000
"""Bytes from which a log is put aside as NAME.1, and a new one begun."""


@final
class AuditLog:
    """A log of changes: it holds ids of keys, never keys, and names of things, never photos."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def tell(self, who: str, action: str, about: Mapping[str, Any]) -> None:
        """Write down a change that was made."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "key": who, "action": action, **about}) + "\n"
        with self._lock:
            if self._path.exists() and self._path.stat().st_size > LARGEST:
                self._path.replace(self._path.with_suffix(self._path.suffix + ".1"))
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line.encode())
            finally:
                os.close(handle)

    def last(self, count: int) -> list[dict[str, Any]]:
        """The newest entries, the newest first."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()[-count:]
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in reversed(lines)]
