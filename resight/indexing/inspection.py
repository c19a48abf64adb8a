"""Whether a gallery holds what resight has written, looked at from end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from resight.calibration import calibration, near_duplicates
from resight.calibration.examples import examples_of
from resight.errors import GalleryError, ResightError
from resight.features.content import shows_something
from resight.features.encoder import Encoder, GlobalEncoder, LocalEncoder
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item
from resight.gallery.remedies import damaged
from resight.gallery.stores.opening import open_gallery
from resight.progress import Job, Progress
from resight.search import stored_features
from resight.search.makers import encoders_of
from resight.search.search_settings import settings_of
from resight.types import Whitening

S = TypeVar("S", Item, int)
T = TypeVar("T")
Look = Callable[[Sequence[Item]], Sequence[object] | None]

BATCH: Final = 64
"""Photos that are looked at together, until one of them turns out to be wrong."""

SAMPLED: Final = 16
"""Points of a photo whose cell is found anew."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a gallery that resight has not written.

    Attributes
    ----------
    fault : what is wrong and what can be done, in words.
    id, photo : of the known photo that it concerns; None for what concerns them all.
    """

    fault: str
    id: int | None = None
    photo: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return asdict(self)


def inspect(path: str | Path) -> Job[list[Fault]]:
    """Read all of a gallery; its faults, none for a sound one.

    Raises GalleryError where the file cannot be opened at all.
    """
    with open_gallery(path) as gallery, gallery.snapshot():
        return (yield from _Inspection(gallery).steps())


def empty_photos(gallery: Gallery) -> list[Item]:
    """The known photos that show nothing, such as a placeholder of one colour: nothing is recognised by them."""
    return [item for item in gallery.items() if not shows_something(stored_features.thumbnail(gallery, item))]


class _Inspection:
    """Goes through a gallery and collects what is wrong."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._faults: list[Fault] = []

    def steps(self) -> Job[list[Fault]]:
        yield Progress("pages", 0, 1)
        self._try(self._gallery.check)
        makers = self._try(lambda: encoders_of(self._gallery)) or ()
        ids, done = self._try(self._gallery.ids) or [], 0
        for start in range(0, len(ids), BATCH):
            items = self._each(lambda some: self._gallery.items(ids=some), ids[start : start + BATCH])
            for look in self._looks(makers):
                self._each(look, items)
            done += BATCH
            yield Progress("photos", min(done, len(ids)), len(ids))
        self._fitted(makers)
        yield Progress("photos", len(ids), len(ids))
        return self._faults

    def _looks(self, makers: Sequence[Encoder]) -> Iterator[Look]:
        """Yields checks of blocks of photos: small images, then features and descriptors."""
        yield lambda items: [stored_features.thumbnail(self._gallery, item) for item in items]
        for maker in makers:
            match maker:
                case LocalEncoder():
                    yield partial(self._features, maker)
                case GlobalEncoder():
                    yield partial(self._descriptors, maker)

    def _features(self, maker: LocalEncoder, items: Sequence[Item]) -> None:
        known = {item.id: item for item in items}
        for id, found, cells in stored_features.features(self._gallery, maker, known):
            rows = np.linspace(0, len(found) - 1, min(len(found), SAMPLED)).astype(int)
            if not np.array_equal(maker.cells.assign(found.values[rows]), cells[rows]):
                raise stored_features.wrong(
                    self._gallery, known[id], "its points are said to lie in other cells than they do"
                )

    def _descriptors(self, maker: GlobalEncoder, items: Sequence[Item]) -> None:
        stored_features.descriptors(self._gallery, maker, {item.id: item for item in items}, alone=False)

    def _fitted(self, makers: Sequence[Encoder]) -> None:
        """Whitenings and calibration."""
        for maker in makers:
            if isinstance(maker, GlobalEncoder):
                self._try(partial(self._whitening, maker))
        self._try(self._calibration)

    def _whitening(self, maker: GlobalEncoder) -> None:
        version = stored_features.whitened(self._gallery).get(maker.fingerprint)
        stored = stored_features.whitening(self._gallery, maker, 0, version)
        if stored is not None and not _is_upright(stored.whitening):
            raise damaged(
                self._gallery.location, f"the whitening of {maker.name} is none: its directions are not upright"
            )

    def _calibration(self) -> None:
        calibration.stored(self._gallery)
        stored_features.whitened(self._gallery)
        settings_of(self._gallery)
        near_duplicates.known_in(self._gallery)
        examples_of(self._gallery)

    def _try(self, look: Callable[[], T]) -> T | None:
        try:
            return look()
        except ResightError as error:
            self._faults.append(Fault(str(error)))
            return None

    def _each(self, look: Callable[[Sequence[S]], Sequence[T] | None], those: Sequence[S]) -> list[T]:
        """Runs a check; those that are not sound are sought out by halves."""
        try:
            return list(look(those) or ())
        except GalleryError as error:
            if len(those) > 1:
                half = len(those) // 2
                return self._each(look, those[:half]) + self._each(look, those[half:])
            one = those[0]
            id, photo = (one.id, one.photo) if isinstance(one, Item) else (one, None)
            self._tell(Fault(str(error), id, photo))
            return []

    def _tell(self, fault: Fault) -> None:
        """Keep a fault of a photo, in the place of the same one where it was found before anybody knew whose it is."""
        self._faults = [other for other in self._faults if other.fault != fault.fault] + [fault]


def _is_upright(whitening: Whitening) -> bool:
    """Whether its directions are at right angles to each other."""
    directions = whitening.projection.astype(np.float64)
    directions /= np.linalg.norm(directions, axis=0)
    return bool(
        np.abs(directions.T @ directions - np.eye(directions.shape[1])).max(initial=0) < stored_features.ROUNDING
    )
