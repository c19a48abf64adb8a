"""The outset: what a data set says before any photo is read, and a person should know before an hour of work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .dataset import Dataset, Entry
from .lone_labels import Lone, lone_labels
from .survey import NOTHING, Survey

OUTSET: Final = "data set"
"""The stage of long work whose report is an :class:`Outset`."""

UNREADABLE: Final = "unreadable photos"
"""The stage of long work whose report lists photos that were left out since they cannot be read, "NAME: REASON"."""

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

    lone: tuple[Lone, ...] = ()
    survey: Survey = NOTHING

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {"lone_labels": [one.to_dict() for one in self.lone], **self.survey.to_dict()}


PLAIN: Final = Outset()
"""The survey of a data set of which there is nothing to say."""


def outset(dataset: Dataset, known: Iterable[Entry]) -> Outset:
    """Surveys a data set of which ``known`` photos are indexed or learned."""
    labels = [entry.label for entry in known if entry.label is not None]
    return Outset(lone_labels(dataset.of("query"), labels), dataset.survey)
