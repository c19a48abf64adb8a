"""Troubles of known things: what there is to look at in each, from what a gallery's calibration came upon."""

from __future__ import annotations

from dataclasses import dataclass

from resight.calibration.look_alikes import look_alikes_in
from resight.calibration.near_duplicates import known_in
from resight.gallery.protocol import Gallery


@dataclass(frozen=True, slots=True)
class Trouble:
    """Trouble to look at: how much it weighs, 0 for nothing, and remarks for people."""

    weight: float = 0.0
    remarks: tuple[str, ...] = ()

    def and_(self, weight: float, remark: str) -> Trouble:
        """Trouble with one remark more."""
        return Trouble(self.weight + weight, (*self.remarks, remark))


def troubles(gallery: Gallery) -> dict[str, Trouble]:
    """The troubles of each known thing."""
    known = gallery.instances()
    found = dict.fromkeys(known, Trouble())

    def tell(name: str, weight: float, remark: str) -> None:
        if name in found:
            found[name] = found[name].and_(weight, remark)

    for pair in known_in(gallery):
        for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
            tell(one.instance, 3.0, f"one picture with {other.instance}")
    for alike in look_alikes_in(gallery):
        for one, other in ((alike.first, alike.second), (alike.second, alike.first)):
            tell(one.instance, 2.0, f"looks like {other.instance}")
    for name, photos in known.items():
        if photos == 1:
            tell(name, 0.5, "one photo alone")
    return found
