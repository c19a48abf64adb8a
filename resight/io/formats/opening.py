"""Data sets in whatever form: the one that is named, or that which lies there, or plain folders and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from resight.errors import DatasetError, suggestion
from resight.io.datasets.dataset import Dataset, discover
from resight.io.datasets.place import Root, several

from .iiif import iiif, is_iiif
from .landmarks import is_landmarks, recognition, retrieval
from .met import is_met, met
from .places import is_places, places
from .revisited import SETTINGS, is_revisited, revisited
from .shards import is_shards, shards
from .views import is_ukbench, ukbench

FOLDERS: Final = "folders"
"""The form of folders, tables and Parquet files of our own, which `discover` reads."""


@dataclass(frozen=True, slots=True)
class Format:
    """A form of data sets.

    Attributes
    ----------
    words : what it is, in a few words.
    read : the data set of a folder in this form.
    lies_in : whether a folder holds one, so that nobody has to say so; never, where it has to be named.
    """

    words: str
    read: Callable[[Path], Dataset]
    lies_in: Callable[[Path], bool] = lambda _: False


FORMATS: Final[dict[str, Format]] = {
    "gldv2": Format("Google Landmarks v2, recognition", recognition, is_landmarks),
    "gldv2-retrieval": Format("Google Landmarks v2, retrieval", retrieval),
    "met": Format("the Met", met, is_met),
    "revisited": Format("revisited Oxford or Paris, in the setting medium", revisited, is_revisited),
    **{
        f"revisited-{setting}": Format(f"the same, in the setting {setting}", partial(revisited, setting=setting))
        for setting in SETTINGS
    },
    "places": Format("place recognition, by coordinates in file names or in coordinates.csv", places, is_places),
    "ukbench": Format("UKBench, four photos in a row of each object", ukbench, is_ukbench),
    "iiif": Format("IIIF manifests, with their images beside them", iiif, is_iiif),
    "shards": Format("Parquet shards of the Hugging Face hub", shards, is_shards),
}
"""Forms in which the field hands data sets out, by name."""


def open_dataset(roots: Root | Sequence[Root], *, format: str | None = None, frame_gap: int = 0) -> Dataset:
    """The photos of one or several folders and Parquet files with what they show, described but not yet read.

    ``format`` names one of FORMATS or FOLDERS; without it each folder is read in the form that lies there. With
    ``frame_gap`` the frames fewer than so many from a query are left out of its ranking, where there are places. Raises
    DatasetError as :func:`resight.io.datasets.dataset.discover`, and for a format that there is not, or that does not
    take several folders.
    """
    if format is not None and format not in (FOLDERS, *FORMATS):
        names = ", ".join((FOLDERS, *FORMATS))
        raise DatasetError(f"there is no format {format!r}{suggestion(format, FORMATS)}; wanted one of {names}")
    paths = [Path(root) for root in several(roots)]
    name = format or next((name for path in paths for name, one in FORMATS.items() if one.lies_in(path)), FOLDERS)
    if frame_gap and name != "places":
        raise DatasetError(f"a frame gap is one of places, not of {name}: leave it out, or name --format places")
    if name == FOLDERS:
        return discover(roots)
    if len(paths) != 1:
        raise DatasetError(f"{len(paths)} folders are given, one of them {FORMATS[name].words}: name that one alone")
    (path,) = paths
    if not path.is_dir():
        raise DatasetError(f"{str(path)!r} is no folder: wanted {FORMATS[name].words}; check the path")
    return places(path, frame_gap=frame_gap) if name == "places" else FORMATS[name].read(path)
