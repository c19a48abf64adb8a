"""Pillow's warnings about a photo that is read: they name no photo, and what matters of them is raised all the same."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final


class _Listener(threading.local):
    """Stands in a filter of warnings for the pattern of modules, and fits Pillow's in a thread that reads for us.

    Its ``pattern`` is for whoever copies filters as text, as scikit-learn does for each of its jobs: it fits no module.
    """

    pattern: Final = "(?!)"
    reading = False

    def match(self, module: str, *_: object) -> bool:
        return self.reading and module.startswith("PIL.")


_LISTENER: Final = _Listener()
_FILTER: Final = ("ignore", None, Warning, _LISTENER, 0)


@contextmanager
def unheard() -> Iterator[None]:
    """Pillow's warnings in this thread go nowhere inside, whatever filters there are; all others are as they were.

    Python's own ``catch_warnings`` swaps the filters of all threads, and two of them would leave the wrong ones behind.
    Here one filter lies before the others for good, and asks which thread warns. Where errors are made of warnings, a
    photo with a damaged EXIF entry would otherwise lose the orientation that is in it.
    """
    filters: Any = warnings.filters
    if filters[:1] != [_FILTER]:  # others have come before it, or were put back without it
        filters.insert(0, _FILTER)
    before, _LISTENER.reading = _LISTENER.reading, True
    try:
        yield
    finally:
        _LISTENER.reading = before
