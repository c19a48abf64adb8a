"""Change of a gallery, and the calibration that follows it: what was changed stays, whatever becomes of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resight.errors import ResightError

from .meter import follow, note


@contextmanager
def change_that_stays() -> Iterator[list[str]]:
    """Say that the change that is put into the list stays where Ctrl-C comes after it is made."""
    done: list[str] = []
    try:
        yield done
    except KeyboardInterrupt:
        if done:
            note(f"interrupted: {done[0]}, and that stays; the calibration waits for the next `resight index`")
        raise


def recalibrated(path: Path, followed: bool) -> None:
    """Fit the calibration to what the gallery holds now; what was changed stays so where that cannot be done.

    Where it was of something else before, and not ``followed``, that is the work of an index run to be gone on with.
    """
    from resight.indexing.index import recalibrate

    if not followed:
        note("the calibration was not of all that the gallery holds: it waits for the next `resight index`")
        return
    try:
        follow(recalibrate(path))
    except ResightError as error:
        note(f"the calibration is still that of before: {error}")
