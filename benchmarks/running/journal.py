"""A journal of finished work: a benchmark that was cut off goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from running.progress import meter


def resumed(
    path: Path, keys: Iterable[str], work: Callable[[str], Any], *, workers: int | None = None
) -> dict[str, Any]:
    """``work(key)``, a JSON value, for each key in order; what the file holds is not worked again.

    Works on ``workers`` threads, by default one for each processor. Each result is on disk as soon as those before it
    are; a line that was torn by a kill is done again.
    """
    wanted = list(keys)
    done = _read(path)
    missing = [key for key in wanted if key not in done]
    tell = meter(f"{path.parent.name}/{path.stem}")
    path.parent.mkdir(parents=True, exist_ok=True)
    pool = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    try:
        with path.open("a", encoding="utf-8") as file:
            for count, (key, result) in enumerate(zip(missing, pool.map(work, missing), strict=True), 1):
                done[key] = result
                file.write(json.dumps([key, result], allow_nan=False) + "\n")
                file.flush()
                tell(count, len(missing))
    finally:
        pool.shutdown(cancel_futures=True)  # or an interrupt would wait for all that is queued
    return {key: done[key] for key in wanted}


def _read(path: Path) -> dict[str, Any]:
    """The results in a journal, whose torn end is cut off so that the next line begins on its own."""
    if not path.exists():
        return {}
    whole = path.read_bytes().rpartition(b"\n")[0]
    os.truncate(path, len(whole) + 1 if whole else 0)
    return dict(json.loads(line) for line in whole.splitlines())
