"""Enrolling photos in a gallery: read, extract, store; resumable, in a fixed order, with what went wrong listed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from resight.errors import PhotoError
from resight.features.encoder import Encoder, LocalEncoder
from resight.gallery.feature_arrays import pack_features
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item, LabelConflict, NewItem
from resight.gallery.thumbnail_seal import sealed
from resight.io import images
from resight.io.datasets.dataset import Entry
from resight.io.datasets.place import Place
from resight.io.datasets.survey import UnreadablePhoto
from resight.io.decoding.memory import BUDGET
from resight.io.images import Photo
from resight.runtimes import processors
from resight.search.describe import extract, long_side
from resight.search.search_settings import SearchSettings
from resight.search.stored_features import owner

from .index_report import IndexReport, KeptName
from .relocation import Movements

BATCH: Final = 16
"""Photos acknowledged at a time: about a second's work, which is what a kill can cost."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Facts about photos that are known before they are read.

    Attributes
    ----------
    places : where they lie, by their names as entries.
    instances : what they show, by digest, whatever their entries say.
    removed : digests of those that were removed from the gallery, and stay out.
    renamed : digests of those that were given another name there.
    settings : of the search, chosen for these photos before; None for a gallery's own, or the default.
    """

    places: Mapping[str, Place] = field(default_factory=dict)
    instances: Mapping[bytes, str] = field(default_factory=dict)
    removed: frozenset[bytes] = frozenset()
    renamed: frozenset[bytes] = frozenset()
    settings: SearchSettings | None = None


BLANK: Final = Memory()


def enrol(
    gallery: Gallery,
    entries: Sequence[Entry],
    encoders: Sequence[Encoder],
    memory: Memory = BLANK,
) -> Iterator[IndexReport]:
    """Add the photos of ``entries`` that the gallery lacks; yields the state after each batch it has on disk.

    Works on every processor. What was yielded survives a kill, and the same call goes on where it stopped: the
    gallery's content does not depend on interruptions.
    """
    report = IndexReport(len(entries))
    reader = _Reader(encoders, {item.digest: item for item in gallery.items()}, memory)
    batch: list[NewItem] = []
    movements = Movements(gallery.places(), memory.places)
    with _workers() as workers:
        for entry, outcome in zip(entries, _in_order(workers, reader, entries), strict=True):
            match outcome:
                case NewItem():
                    batch.append(outcome)
                    report.without_features += [entry.name] if not _points(outcome) else []
                    report.empty += [entry.name] if _is_empty(outcome) else []
                    if outcome.instance != entry.label:
                        report.kept_names.append(KeptName(entry.name, entry.label or "", outcome.instance))
                case LabelConflict():
                    report.label_conflicts.append(outcome)
                    report.present_ids.add(outcome.known.id)
                    movements.meet(outcome.known, entry)
                case PhotoError():
                    report.unreadable.append(UnreadablePhoto(entry.name, str(outcome)))
                case Item():
                    report.skipped += 1
                    report.present_ids.add(outcome.id)
                    movements.meet(outcome, entry)
                case ExcludedPhoto():
                    report.removed.append(entry.name)
            if len(batch) == BATCH:
                _store(gallery, batch, report)
                yield report
        _store(gallery, batch, report)
    if movements.names or movements.places:
        gallery.move(movements.names, movements.places)
    yield report


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """A pool of as many threads as processors; when the work ends, photos that none has begun are left alone."""
    with ThreadPoolExecutor(processors.available()) as workers:
        try:
            yield workers
        finally:
            workers.shutdown(wait=False, cancel_futures=True)


def _points(item: NewItem) -> int:
    """Number of points of a photo that can vote; 1 where no encoder of the gallery lets points vote."""
    return max((len(arrays["cells"]) for arrays in item.features.values()), default=1)


def _is_empty(item: NewItem) -> bool:
    """Whether no encoder has anything to say of a photo."""
    points = any(len(arrays["cells"]) for arrays in item.features.values())
    return not points and not any(vector.any() for vector in item.descriptors.values())


def _store(gallery: Gallery, batch: list[NewItem], report: IndexReport) -> None:
    if batch:
        done = gallery.add(batch)
        report.added += len(done.ids)
        report.present_ids.update(done.ids)
        report.skipped += len(done.skipped)
        report.label_conflicts += done.label_conflicts
        batch.clear()


@dataclass(frozen=True, slots=True)
class ExcludedPhoto:
    """A photo that was removed from the gallery and stays out of it."""


Outcome = NewItem | LabelConflict | PhotoError | Item | ExcludedPhoto
"""A photo to store, one known under another name, one that cannot be read, one there already, or one that stays out."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns an entry into what is stored of it; runs on any thread."""

    encoders: Sequence[Encoder]
    known: Mapping[bytes, Item]
    memory: Memory

    def __call__(self, entry: Entry) -> Outcome:
        with BUDGET.keeping():  # as many processors as there are would hold as many large photos
            return self._read(entry)

    def _read(self, entry: Entry) -> Outcome:
        instance = entry.label or ""
        try:
            data = entry.read()
            digest = images.digest(data)
            known = self.known.get(digest)
            instance = self.memory.instances.get(digest, instance)
            if known is not None:
                return known if known.instance == instance else LabelConflict(entry.name, instance, known)
            if digest in self.memory.removed:
                return ExcludedPhoto()
            photo = images.read(data, long_side=long_side(self.encoders))
        except PhotoError as error:
            return error
        new = _new_item(entry, instance, photo, len(data), self.encoders)
        return replace(new, place=self.memory.places.get(entry.name), renamed=digest in self.memory.renamed)


def _new_item(entry: Entry, instance: str, photo: Photo, file_bytes: int, encoders: Sequence[Encoder]) -> NewItem:
    seen = extract(photo, encoders)
    features = {
        encoder.fingerprint: pack_features(seen.local.features, encoder.cells.assign(seen.local.features.values))
        for encoder in encoders
        if isinstance(encoder, LocalEncoder)
    }
    return NewItem(
        photo=entry.name,
        instance=instance,
        digest=photo.digest,
        file_bytes=file_bytes,
        width=photo.size[0],
        height=photo.size[1],
        features=features,
        descriptors={name: vector.astype(np.float16) for name, vector in seen.descriptors.items()},
        thumbnail=sealed(images.encode(seen.local.image, ".jpg", quality=85), owner(photo.digest, photo.size)),
        about={**entry.about, **({"ignore": list(entry.ignore)} if entry.ignore else {})},
    )


def _in_order(
    workers: ThreadPoolExecutor, work: Callable[[Entry], Outcome], entries: Iterable[Entry]
) -> Iterator[Outcome]:
    """``work`` of each entry, in order, with only a few done ahead: results are large and the writer may be slower."""
    ahead: deque[Future[Outcome]] = deque()
    for entry in entries:
        ahead.append(workers.submit(work, entry))
        if len(ahead) > 2 * BATCH:
            yield ahead.popleft().result()
    while ahead:
        yield ahead.popleft().result()
