"""Report of an index run: counts, and what a person should look at."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from resight.calibration.look_alikes import LookAlikePair
from resight.calibration.near_duplicates import Duplicate
from resight.calibration.unknown_photos import RecognisedPhoto
from resight.gallery.records import Item, LabelConflict
from resight.io.datasets.survey import NOTHING, Survey, UnreadablePhoto
from resight.progress import Progress

from .examples import CalibrationReport
from .relocation import AbsentFolder


@dataclass(frozen=True, slots=True)
class KeptName:
    """A photo that is called ``known_as`` in the gallery, as it was named there, and not ``instance`` as its folder."""

    photo: str
    instance: str
    known_as: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosAdded(Progress):
    """The step of long work after which photos are on the disk; ``added`` counts those that the run has enrolled."""

    added: int


@dataclass(slots=True)
class IndexReport:
    """Report of a run so far: counts, and what a person should look at.

    Attributes
    ----------
    total, added, skipped : photos to enrol, enrolled now, and known before.
    unreadable : photos that could not be read.
    label_conflicts : photos known under another name than they have now.
    duplicates : pictures known under two names, saved anew, cut or turned.
    look_alikes : things of which known photos look alike, the most alike first.
    crowded_photos : photos that look like too many others, and were compared with the most alike of them alone.
    recognised : photos given as unknown that show a known thing; the calibration does not rest on them.
    unlabelled : photos that do not say what they show.
    unlabelled_rows : where the rows stand of those of them that a table names.
    without_features : photos without a point that could be found again.
    empty : photos that show nothing by any encoder, such as a placeholder of one colour: nothing is recognised by them.
    missing_files : known photos of these folders whose content is not there any more.
    present_ids : ids of the known photos that are.
    absent_folders : folders that are missing or empty, whose known photos are told once and not as stale.
    unplaced : known photos that may be missing from these folders or not: where they lay was not written down.
    removed : photos that were removed from the gallery before, and stay out of it.
    kept_names : photos that keep the names they were given in the gallery, or in the old one that was made anew.
    forgotten_photos : photos of the old gallery that one made anew does not know any more.
    forgotten_settings : of the search, that were chosen for the old gallery and do not fit the encoders of the new one.
    unknown_photos : how many photos the gallery was asked about as unknown ones; it can promise no lower rate than one
        of them.
    similar_names : groups of names in the gallery that differ in case, in blanks or in what cannot be seen alone.
    taught : what examples taught the calibration; None where none were given.
    unreadable_things : names of things that nobody knows, for none of their photos could be read.
    survey : what was found beside the photos.
    not_indexed : how many photos of each other split there are, which are not made known.
    """

    total: int
    added: int = 0
    skipped: int = 0
    unreadable: list[UnreadablePhoto] = field(default_factory=list)
    label_conflicts: list[LabelConflict] = field(default_factory=list)
    duplicates: tuple[Duplicate, ...] = ()
    look_alikes: tuple[LookAlikePair, ...] = ()
    crowded_photos: tuple[Item, ...] = ()
    recognised: list[RecognisedPhoto] = field(default_factory=list)
    unlabelled: tuple[str, ...] = ()
    unlabelled_rows: dict[str, str] = field(default_factory=dict, repr=False)
    without_features: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    missing_files: tuple[Item, ...] = ()
    present_ids: set[int] = field(default_factory=set, repr=False)
    absent_folders: tuple[AbsentFolder, ...] = ()
    unplaced: int = 0
    removed: list[str] = field(default_factory=list)
    kept_names: list[KeptName] = field(default_factory=list)
    forgotten_photos: tuple[Item, ...] = ()
    forgotten_settings: str = ""
    unknown_photos: int = 0
    similar_names: tuple[tuple[str, ...], ...] = ()
    taught: CalibrationReport | None = field(default=None, repr=False)
    unreadable_things: tuple[str, ...] = ()
    survey: Survey = field(default=NOTHING, repr=False)
    not_indexed: dict[str, int] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.repr}
        counts = {name: value if isinstance(value, int) else len(value) for name, value in told.items()}
        some = [f"{name}={count}" for name, count in counts.items() if count or name in ("total", "added")]
        return f"<IndexReport: {', '.join(some)}>"

    @property
    def done(self) -> int:
        """Photos that were looked at, whatever came of them."""
        return self.added + self.skipped + len(self.unreadable) + len(self.label_conflicts) + len(self.removed)

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "photos": self.total,
            "added": self.added,
            "already_there": self.skipped,
            "unreadable": [{"photo": bad.photo, "reason": bad.reason} for bad in self.unreadable],
            "conflicts": [
                {"photo": clash.photo, "instance": clash.instance, "known_as": clash.known.instance}
                for clash in self.label_conflicts
            ],
            "near_duplicates": [pair.to_dict() for pair in self.duplicates],
            "look_alikes": [pair.to_dict() for pair in self.look_alikes],
            "crowded": [{"id": item.id, "photo": item.photo} for item in self.crowded_photos],
            "recognised": [photo.to_dict() for photo in self.recognised],
            "unlabelled": list(self.unlabelled),
            "unlabelled_rows": dict(self.unlabelled_rows),
            "blank": list(self.without_features),
            "empty": list(self.empty),
            "stale": [{"id": item.id, "photo": item.photo} for item in self.missing_files],
            "away": [{"folder": one.folder, "photos": one.photos} for one in self.absent_folders],
            "unplaced": self.unplaced,
            "removed": list(self.removed),
            "kept_names": [asdict(one) for one in self.kept_names],
            "lost": [{"photo": item.photo, "instance": item.instance} for item in self.forgotten_photos],
            "forgotten_settings": self.forgotten_settings,
            "impostors": self.unknown_photos,
            "alike": [list(names) for names in self.similar_names],
            "unreadable_things": list(self.unreadable_things),
            "not_indexed": dict(self.not_indexed),
            **self.survey.to_dict(),
            **({} if self.taught is None else {"taught": self.taught.to_dict()}),
        }
