"""Calibrating a gallery to its real use: by photos of which a person says what they show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from resight.calibration import calibration
from resight.calibration.fitting import calibrate as calibrated
from resight.errors import GalleryError
from resight.gallery.stores.opening import open_gallery
from resight.io.datasets.place import Root
from resight.progress import Job, Watch, finished
from resight.search.makers import encoders_of

from .examples import CalibrationReport, Examples, given_photos
from .index import whiten


def calibrate(
    path: Root,
    *,
    examples: Examples = (),
    unknown: Root | Sequence[Root] = (),
    seen: Root | Sequence[Root] = (),
    others_unknown: bool = False,
    forget: bool | Collection[bytes] = False,
    progress: Watch | None = None,
) -> CalibrationReport:
    """Fit a gallery's calibration to what it holds, and to examples: photos of real use with what they show.

    Examples are asked about and never become references. They weigh against the questions that a gallery asks itself by
    how well they tell what becomes of other examples, and are not used where they do not help. They stay with the
    gallery, also where it changes; those whose file stays where it is are asked about again when that is due.

    Parameters
    ----------
    path : the gallery's file.
    examples : folders of photos, tables or Parquet files, as for :func:`resight.index`; or photos by the name of what
        they show, None for unknown things, such as ``{"Mona Lisa": ["wrong.jpg"], None: [data]}``, each as for
        :meth:`resight.Recogniser.recognise`.
    unknown : folders of photos that show none of the things.
    seen : folders of photos of real use of which nobody says what they show: the share of those that show nothing known
        is estimated, for ``unknown_share``. They teach nothing.
    others_unknown : take examples of things that the gallery does not know for unknown ones; otherwise they are told.
    forget : forget the examples and unknown photos that were given before, or those of these digests.
    progress : told where the work stands, step by step.

    Returns what they taught, and what a person should look at. A run that was killed goes on where it stopped when it
    is called again. Raises DatasetError, GalleryError, EncoderMismatch, PhotoError.
    """
    steps = iter_calibrate(
        path, examples=examples, unknown=unknown, seen=seen, others_unknown=others_unknown, forget=forget
    )
    return finished(steps, progress)


def iter_calibrate(
    path: Root,
    *,
    examples: Examples = (),
    unknown: Root | Sequence[Root] = (),
    seen: Root | Sequence[Root] = (),
    others_unknown: bool = False,
    forget: bool | Collection[bytes] = False,
) -> Job[CalibrationReport]:
    """:func:`calibrate` step by step, only as far as it is iterated; it returns the same."""
    given = given_photos(examples, unknown, seen)
    with open_gallery(Path(path), write=True) as gallery:
        if not len(gallery):
            raise GalleryError(f"{gallery.location} knows no photo: index some before its calibration is taught")
        makers = encoders_of(gallery)
        whiten(gallery, makers)
        entries = given.among(gallery.instances(), others_unknown=others_unknown)
        found = yield from calibrated(gallery, makers, entries, seen=given.seen, forget=forget)
        return CalibrationReport.of(found, given, impostors=calibration.unknown_photos_in(gallery))
