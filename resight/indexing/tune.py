"""Tuning a gallery: how it is searched, chosen by its own photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resight.calibration.fitting import calibrate
from resight.calibration.tuning.tune import TuningChoice
from resight.calibration.tuning.tune import tune as tuned
from resight.errors import GalleryError
from resight.gallery.stores.opening import open_gallery
from resight.io.datasets.place import Root
from resight.progress import Job, Watch, finished
from resight.search.makers import encoders_of
from resight.search.search_settings import SearchSettings

from .index import whiten


@dataclass(frozen=True, slots=True)
class TuningReport:
    """Report of a tuning: how the gallery is searched from now on, and what that rests on.

    Attributes
    ----------
    settings : in words.
    is_default : whether they are the default.
    reason : three sentences: what was chosen, on what evidence, and how long an answer takes.
    tried : each setting in words, with its ``milliseconds`` an answer and its ``score``, the mean log probability of
        right answers; the default first.
    """

    settings: str
    is_default: bool
    reason: tuple[str, ...] = ()
    tried: tuple[dict[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "settings": self.settings,
            "is_default": self.is_default,
            "reason": list(self.reason),
            "tried": list(self.tried),
        }


def tune(
    path: Root, *, latency: float | None = None, reset: bool = False, progress: Watch | None = None
) -> TuningReport:
    """Choose how a gallery is searched by asking it about its own photos, and store that.

    How many photos are compared closely, whether descriptors are whitened, and which vote of the nearest photos (with
    its k, f and α) speaks for a thing: others than the default are chosen only where right answers become likelier by
    more than noise. The calibration is fitted anew. No query is looked at, but photos of the gallery that are held out
    and simulated views.

    Parameters
    ----------
    path : the gallery's file.
    latency : milliseconds that an answer may take once the photo is read; the best of the settings that keep it is
        chosen, even where that is less sure than the default.
    reset : go back to the default, without asking.
    progress : told where the work stands, step by step.

    Returns what was chosen and why. Raises GalleryError, EncoderMismatch, and ValueError for a latency that is not more
    than 0.
    """
    return finished(iter_tune(path, latency=latency, reset=reset), progress)


def iter_tune(path: Root, *, latency: float | None = None, reset: bool = False) -> Job[TuningReport]:
    """:func:`tune` step by step, only as far as it is iterated; it returns the same."""
    if latency is not None and not latency > 0:
        raise ValueError(f"latency is {latency}; wanted milliseconds, more than 0")
    with open_gallery(Path(path), write=True) as gallery:
        if not len(gallery):
            raise GalleryError(f"{gallery.location} knows no photo: index some before it is tuned")
        makers = encoders_of(gallery)
        whiten(gallery, makers)
        if not reset:
            return _report((yield from tuned(gallery, makers, latency=latency)))
        yield from calibrate(gallery, makers, settings=SearchSettings())
        return TuningReport(str(SearchSettings()), is_default=True)


def _report(found: TuningChoice) -> TuningReport:
    tried = tuple(
        {"settings": str(one.settings), "milliseconds": one.milliseconds, "score": one.score(found.importance)}
        for one in found.trials
    )
    return TuningReport(str(found.settings), found.is_default, found.settings.reason, tried)
