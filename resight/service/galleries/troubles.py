"""Troubles of known things: what there is to look at in each, from what a gallery's calibration came upon."""

from __future__ import annotations

from dataclasses import dataclass

from resight.calibration.look_alikes import look_alikes_in
from resight.calibration.near_duplicates import known_in
from resight.gallery.protocol import Gallery

ONE_PICTURE, LOOKS_LIKE, ONE_PHOTO = "one_picture", "looks_like", "one_photo"
"""Kinds of remarks: one picture with another thing, looks like another thing, has one photo alone."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to look at: its kind, and the name of the other thing, "" where there is none."""

    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Trouble to look at: how much it weighs, 0 for nothing, and what it is."""

    weight: float = 0.0
    remarks: tuple[Remark, ...] = ()

    def and_(self, weight: float, remark: Remark) -> Trouble:
        """Trouble with one remark more."""
        return Trouble(self.weight + weight, (*self.remarks, remark))


def troubles(gallery: Gallery) -> dict[str, Trouble]:
    """The troubles of each known thing."""
    known = gallery.instances()
    found = dict.fromkeys(known, Trouble())

    def tell(name: str, weight: float, remark: Remark) -> None:
        if name in found:
            found[name] = found[name].and_(weight, remark)

    for pair in known_in(gallery):
        for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
            tell(one.instance, 3.0, Remark(ONE_PICTURE, other.instance))
    for alike in look_alikes_in(gallery):
        for one, other in ((alike.first, alike.second), (alike.second, alike.first)):
            tell(one.instance, 2.0, Remark(LOOKS_LIKE, other.instance))
    for name, photos in known.items():
        if photos == 1:
            tell(name, 0.5, Remark(ONE_PHOTO))
    return found
