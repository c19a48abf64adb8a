"""The outset: what a data set says before any photo is read, and a person should know before an hour of work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from resight.progress import Progress

from .dataset import Dataset, Entry
from .lone_labels import LoneLabel, lone_labels
from .survey import NOTHING, Survey

ASKED: Final = ("query", "distractor")
"""The splits of a data set that are asked about."""


@dataclass(frozen=True, slots=True)
class Outset:
    """Facts about a data set that are known beforehand.

    Attributes
    ----------
    lone : labels of queries that no known photo has; their photos count as unknown.
    survey : what was found beside the photos.
    """

    lone: tuple[LoneLabel, ...] = ()
    survey: Survey = NOTHING

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {"lone_labels": [one.to_dict() for one in self.lone], **self.survey.to_dict()}


PLAIN: Final = Outset()
"""The survey of a data set of which there is nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRead(Progress):
    """The step of long work in which a data set's tables and folders were read, and no photo yet.

    Attributes
    ----------
    outset : what is known of the data set.
    """

    outset: Outset

    @classmethod
    def of(cls, outset: Outset, photos: int) -> Self:
        """The step before any of so many photos is read."""
        return cls(stage="data set", done=0, total=photos, outset=outset)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosLeftOut(Progress):
    """The step of long work after which all photos are read, but those that cannot be.

    Attributes
    ----------
    photos : those, "NAME: REASON".
    """

    photos: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.stage}: {len(self.photos):,} of {self.total:,}"

    @classmethod
    def of(cls, photos: Iterable[str], total: int) -> Self:
        """The step after so many photos."""
        return cls(stage="unreadable photos", done=total, total=total, photos=tuple(photos))


def outset(dataset: Dataset, known: Iterable[Entry]) -> Outset:
    """Surveys a data set of which ``known`` photos are indexed or learned."""
    labels = [entry.label for entry in known if entry.label is not None]
    return Outset(lone_labels(dataset.of("query"), labels), dataset.survey)
