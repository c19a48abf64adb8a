"""A survey of folders and tables: all that is not simply a photo of theirs, so that nothing is passed over silently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

SHOWN: Final = 5
"""Number of names that are listed where there are many."""


@dataclass(frozen=True, slots=True)
class RefusedPlace:
    """A place that was to be read and could not be, such as a closed folder or a row of a table, and why."""

    place: str
    reason: str

    def to_dict(self) -> dict[str, str]:
        """The public JSON."""
        return {"place": self.place, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class UnreadablePhoto:
    """A photo that was left out, and why."""

    photo: str
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one kind: how many, and the names of the first of them."""

    kind: str
    count: int
    such_as: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {"kind": self.kind, "count": self.count, "such_as": list(self.such_as)}


def groups(names: Mapping[str, Sequence[str]]) -> tuple[Group, ...]:
    """Names by kind as groups, the largest first; kinds without a name are left out."""
    found = sorted(names.items(), key=lambda kind: -len(kind[1]))
    return tuple(Group(kind, len(those), tuple(those[:SHOWN])) for kind, those in found if those)


@dataclass(frozen=True, slots=True)
class Survey:
    """Survey of a data set: what lies beside the photos, and what a person should know of how they were found.

    Attributes
    ----------
    refused : what was to be read and could not be: closed folders, wrong rows of tables.
    passed_over : files that are no photos and folders that hold none of the user's, by kind.
    without_photos : folders that are named after a thing and hold no photo.
    noted : photos that were taken for a reason that a person may doubt, by kind.
    left_out : photos that the table of their folder does not name.
    nested : folders that are one label, but hold several folders of photos.
    """

    refused: tuple[RefusedPlace, ...] = ()
    passed_over: tuple[Group, ...] = ()
    without_photos: tuple[str, ...] = ()
    noted: tuple[Group, ...] = ()
    left_out: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "left_out": list(self.left_out),
            "nested": list(self.nested),
            "refused": [one.to_dict() for one in self.refused],
            "passed_over": [one.to_dict() for one in self.passed_over],
            "without_photos": list(self.without_photos),
            "noted": [one.to_dict() for one in self.noted],
        }


NOTHING: Final = Survey()
"""The survey of folders that hold photos and nothing else."""


def merge_surveys(surveys: Iterable[Survey]) -> Survey:
    """Merge the surveys of several places."""
    found = list(surveys)
    joined = {
        field.name: tuple(one for survey in found for one in getattr(survey, field.name)) for field in fields(Survey)
    }
    for name in ("passed_over", "noted"):
        joined[name] = _merged(joined[name])
    return Survey(**joined)


def _merged(found: Iterable[Group]) -> tuple[Group, ...]:
    """Merges groups to one of each kind."""
    merged: dict[str, Group] = {}
    for group in found:
        before = merged.get(group.kind, Group(group.kind, 0, ()))
        such_as = (before.such_as + group.such_as)[:SHOWN]
        merged[group.kind] = Group(group.kind, before.count + group.count, such_as)
    return tuple(merged.values())
