"""The service: its galleries, the desk where they are asked, and what keeps them apart from strangers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar, final

from starlette.requests import Request

from resight.recognition.recogniser import Recogniser
from resight.service.galleries.answers import SHOWN, Asked, as_json, long_side, of_error, shown
from resight.service.galleries.corrections import Corrections
from resight.service.galleries.editor import Editor
from resight.service.galleries.gallery_map import GalleryMap
from resight.service.galleries.jobs import Jobs
from resight.service.galleries.served_gallery import ServedGallery
from resight.service.galleries.unknown_photos import UnknownPhotos
from resight.service.safety.access import Access
from resight.service.safety.decoder import Decoder
from resight.service.safety.uploads import Uploads
from resight.service.terms.problem import Problem
from resight.service.terms.settings import Settings

from .desk import Desk
from .metrics import Metrics

Result = TypeVar("Result")

HELD: Final = 8
"""Uploads of the largest size that are held at a time, at most."""

KEPT_SIDE: Final = 2048
"""Longer side of a photo that is kept, pixels: more than any encoder looks at."""


@final
class Place:
    """A served gallery with all that belongs to it."""

    def __init__(self, gallery: ServedGallery, jobs: Jobs, deadline: float) -> None:
        self.gallery = gallery
        self.corrections = Corrections(gallery.folder)
        self.unknown = UnknownPhotos(gallery.folder)
        self.map = GalleryMap()
        self.editor = Editor(gallery, jobs, self.corrections, deadline)


@final
class Service:
    """One service.

    Attributes
    ----------
    settings, metrics, jobs, access : of it.
    places : its galleries by name, each with its editor.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.jobs = Jobs()
        self.access = Access(settings)
        self.uploads = Uploads(settings.max_bytes, HELD * settings.max_bytes, settings.deadline)
        self.places = {
            name: Place(ServedGallery(name, path), self.jobs, settings.deadline)
            for name, path in settings.galleries.items()
        }
        self.begun = time.time()
        self._desk: Desk | None = None
        self.metrics.watch("queue_length", "Requests that wait for a worker.", lambda: self.desk.waiting)
        self.metrics.watch("decoder_starts", "Decoding processes that were started.", lambda: self.desk.starts)
        self.metrics.watch("upload_bytes", "Bytes of uploads that are held.", lambda: self.uploads.held)

    @property
    def desk(self) -> Desk:
        """The desk at which photos are asked about."""
        if self._desk is None:
            self._desk = Desk(self.settings, self.metrics)
        return self._desk

    def start(self) -> None:
        """Begin to load the galleries; it answers for each as soon as that is done."""
        threading.Thread(target=self._load, name="loading", daemon=True).start()

    def _load(self) -> None:
        for place in self.places.values():
            place.gallery.load()
        for place in self.places.values():
            with suppress(Problem):  # who asks a gallery that cannot be opened is told why
                place.unknown.remember(place.gallery.recogniser().extract)

    async def close(self) -> None:
        """Finish what was begun."""
        if self._desk is not None:
            await asyncio.to_thread(self._desk.close)
        for place in self.places.values():
            await asyncio.to_thread(place.editor.close)
            place.gallery.close()

    def place(self, name: str | None) -> Place:
        """The gallery of a name, or the first; raises Problem where there is none."""
        if name is None:
            return next(iter(self.places.values()))
        try:
            return self.places[name]
        except KeyError:
            raise Problem(
                404, "there is no such gallery", found=name[:100], wanted=", ".join(self.places), remedy="name one"
            ) from None

    async def look(self, work: Callable[[], Result]) -> Result:
        """Look something up, where the loop does not wait for it."""
        return await asyncio.to_thread(work)

    async def ask(
        self,
        request: Request,
        gallery: str | None,
        answer: Callable[..., Mapping[str, Any]],
        *,
        photos: int = 1,
        upright: bool = False,
        closely: bool = False,
    ) -> Mapping[str, Any]:
        """Receive the photo of a request, or several ``photos``, and have a worker answer, given each as Asked.

        ``closely`` where the photo is looked at larger than to be recognised. All of it is done by the deadline.
        """
        until = time.monotonic() + self.settings.deadline
        place = self.place(gallery)
        recogniser = self.ready(place)
        side = 0 if not closely else recogniser.long_side
        side = max(side, SHOWN // 2 if upright else 0)
        async with self.uploads.receiving(request) as upload:
            return await self.desk.ask(
                partial(_answered, place, recogniser, upload.exactly(photos), answer, side=side, upright=upright),
                until,
            )

    def ready(self, place: Place) -> Recogniser:
        """The recogniser of a gallery; raises Problem while it is loaded, for that would keep the loop waiting."""
        return place.gallery.recogniser()


def _answered(
    place: Place,
    recogniser: Recogniser,
    photos: Sequence[bytes],
    answer: Callable[..., Mapping[str, Any]],
    decoder: Decoder,
    *,
    side: int,
    upright: bool,
) -> Mapping[str, Any]:
    try:
        sides = long_side(recogniser.encoders, side)
        decoded = [decoder.decode(data, long_side=sides) for data in photos]
        return as_json(answer(*(Asked(place.gallery, recogniser, photo, upright) for photo in decoded)))
    except Problem:
        raise
    except Exception as error:
        raise of_error(place.gallery, error) from error


def kept(data: bytes, decoder: Decoder) -> bytes:
    """A photo as it is kept: the same bytes for the same photo, with nothing but pixels."""
    if not data:
        raise Problem(422, "there is a photo without content", found="0 bytes", wanted="a photo", remedy="send one")
    return shown(decoder.decode(data, long_side=KEPT_SIDE // 2), long_side=KEPT_SIDE, quality=92)


def editable(service: Service, gallery: str | None) -> Place:
    """The gallery that is changed; raises Problem where nothing may be."""
    if not service.settings.edits:
        raise Problem(403, "this service changes nothing", found="--read-only", remedy="start it without")
    return service.place(gallery)
