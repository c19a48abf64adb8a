"""The known photos in memory: what a gallery holds, ready to be asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from resight.errors import GalleryError
from resight.features.encoder import Encoder, GlobalEncoder, LocalEncoder
from resight.features.head import gallery_head
from resight.gallery.protocol import Gallery
from resight.gallery.records import Changes, Item
from resight.gallery.remedies import damaged
from resight.io.datasets.place import ids_of_path, several_fit
from resight.names import canonical
from resight.types import Array, Head, Image
from resight.verification.comparison import LocalFeatures
from resight.verification.contrast import LookAlike, look_alike

from . import stored_features
from .describe import PhotoFeatures, featureless, fingerprints
from .global_index import GROWN, GlobalIndex
from .local_index import LocalIndex, Proposal
from .search_settings import SearchSettings, settings_of

CACHED: Final = 512
"""References kept decoded; each is about 400 KB."""

PAIRS: Final = 2048
"""Pairs of known photos that look alike of which is kept where they differ; each is at most 50 KB."""


@dataclass(frozen=True, slots=True)
class _Revision:
    """A revision of a gallery: equal revisions have equal photos, whitenings and calibration.

    A new whitening shows by the calibration that is fitted with it: until then the old ones belong together, and to
    read a whitening takes as long as a tenth of an answer.
    """

    identity: str = ""
    revision: int = 0
    calibration: int = 0


class GalleryIndex:
    """A cache of a gallery's photos that follows the gallery's changes.

    Parameters
    ----------
    gallery, encoders : the file, and what it was made with.
    newest : whether descriptors are seen through the newest whitenings, with which a calibration is about to be fitted;
        otherwise through those that the stored calibration was fitted with, for only these belong to its weights.
    settings : of the search, in place of those that the stored calibration was fitted with.
    """

    def __init__(
        self,
        gallery: Gallery,
        encoders: Sequence[Encoder],
        *,
        newest: bool = False,
        settings: SearchSettings | None = None,
    ) -> None:
        self.gallery = gallery
        self._newest = newest
        self._given = settings
        self.settings = settings or SearchSettings()
        self.items: dict[int, Item] = {}
        self._digests: dict[bytes, int] = {}
        self._photos_of: dict[str, list[int]] | None = None
        self._local = next((encoder for encoder in encoders if isinstance(encoder, LocalEncoder)), None)
        self._seen_by = fingerprints(encoders)
        self._globals = [encoder for encoder in encoders if isinstance(encoder, GlobalEncoder)]
        self._local_index: LocalIndex | None = None
        self._descriptors: dict[str, GlobalIndex] = {}
        self._whitenings: dict[str, int] = {}
        self._unfinished: dict[str, tuple[int, Head]] = {}
        self._learned = _Revision()
        self.local = lru_cache(CACHED)(self._compared)
        self.look_alike = lru_cache(PAIRS)(self._looking_alike)
        self._remove_all()
        self.refresh()

    def instance(self, id: int) -> str:
        """The name of what a known photo shows."""
        return self.items[id].instance

    def photos_of(self, instance: str) -> Sequence[int]:
        """Ids of the known photos of an instance, in order."""
        if self._photos_of is None:
            self._photos_of = {}
            for id in sorted(self.items):
                self._photos_of.setdefault(self.items[id].instance, []).append(id)
        return self._photos_of.get(instance, ())

    def first_of_each(self, ids: Iterable[int]) -> list[int]:
        """Ids of the first photo of each instance among these, in their order."""
        first: dict[str, int] = {}
        for id in ids:
            first.setdefault(self.items[id].instance, id)
        return list(first.values())

    def __len__(self) -> int:
        return len(self.items)

    @property
    def whitenings(self) -> Mapping[str, int]:
        """Versions of the whitenings in use by their encoder's fingerprint, 0 for none."""
        return self._whitenings

    def is_current(self) -> bool:
        """Whether the gallery holds what it held at the last look."""
        with self.gallery.snapshot():
            return self._revision() == self._learned

    def refresh(self) -> bool:
        """Follow what the gallery has come to hold since the last look; whether anything changed."""
        with self.gallery.snapshot():
            moment = self._revision()
            if moment == self._learned:
                return False
            # A look that fails half-way is taken again from the start.
            learned, self._learned, self._photos_of = self._learned, _Revision(), None
            if moment.identity != learned.identity:
                learned = self._learned
                self._remove_all()
            changes = self.gallery.changed_since(learned.revision)
            self._remove(changes.removed)
            self._insert(changes.added)
            self.items.update((item.id, item) for item in self.gallery.items(ids=changes.renamed))
            if len(self.items) != len(self.gallery):
                raise damaged(self.gallery.location, "the revisions of its photos are not those of their enrolment")
            self.settings = self._given or settings_of(self.gallery)
            whitened = {} if self._newest else stored_features.whitened(self.gallery)
            for encoder in self._globals:
                followed = self._followed(encoder, whitened, changes)
                index = self._global_index(encoder, whitened) if followed is None else followed
                self._descriptors[encoder.fingerprint] = index
        self._learned = moment
        return True

    def propose(self, query: LocalFeatures, k: int, *, exclude: Collection[int] = ()) -> list[Proposal]:
        """Candidates of the local votes, nearest by consensus first; none where no encoder votes."""
        return [] if self._local_index is None else self._local_index.propose(query.features, k, exclude=exclude)

    @property
    def local_index(self) -> LocalIndex | None:
        """The proposer by local votes, or None where no encoder votes."""
        return self._local_index

    @property
    def descriptors(self) -> dict[str, GlobalIndex]:
        """The global proposers by their encoder's fingerprint."""
        return self._descriptors

    @property
    def backgrounds(self) -> dict[str, Array]:
        """Unwhitened descriptors ``(b, d)`` of everyday photos, by the fingerprint of each encoder that brings some."""
        return {one.fingerprint: one.background for one in self._globals if one.background is not None}

    def features(self, id: int) -> PhotoFeatures:
        """A known photo as it was seen when it was enrolled."""
        descriptors = {encoder: self.descriptor(encoder, id) for encoder in self._descriptors}
        return PhotoFeatures(self.local(id), descriptors, self.items[id].digest)

    def image(self, id: int) -> Image:
        """The small image of a known photo."""
        return stored_features.thumbnail(self.gallery, self.items[id])

    def holding(self, digest: bytes) -> int | None:
        """Id of the known photo that is the file with this digest; None where none is."""
        return self._digests.get(digest)

    def _looking_alike(self, id: int, other: int) -> LookAlike | None:
        """A known photo as it looks like another one."""
        return look_alike(self.local(id), self.local(other))

    def _compared(self, id: int) -> LocalFeatures:
        """A known photo as it is compared."""
        item = self.items[id]
        size = (item.width, item.height)
        image = self.image(id)
        if self._local is None:
            return LocalFeatures(featureless(size), image, self._seen_by)
        [(_, features, _)] = stored_features.features(self.gallery, self._local, {id: item})
        return LocalFeatures(features, image, self._seen_by)

    def _insert(self, ids: Iterable[int]) -> None:
        ids = sorted(ids)
        if not ids:
            return
        items = {item.id: item for item in self.gallery.items(ids=ids)}
        self.items.update(items)
        self._digests.update((item.digest, id) for id, item in items.items())
        if self._local_index is None or self._local is None:
            return
        for id, features, cells in stored_features.features(self.gallery, self._local, items):
            self._local_index.add(id, features, cells=cells)

    def _remove(self, ids: Collection[int]) -> None:
        for id in ids:
            gone = self.items.pop(id, None)
            if gone is not None and self._digests.get(gone.digest) == id:
                del self._digests[gone.digest]
        if self._local_index is not None:
            self._local_index.remove(ids)
        self.local.cache_clear()
        self.look_alike.cache_clear()

    def _remove_all(self) -> None:
        self.items = {}
        self._digests = {}
        self._descriptors = {}
        self._local_index = None if self._local is None else LocalIndex(self._local.cells)
        self.local.cache_clear()
        self.look_alike.cache_clear()

    def _revision(self) -> _Revision:
        stored = self.gallery.calibration()
        return _Revision(self.gallery.identity, self.gallery.revision, 0 if stored is None else stored.version)

    def _followed(self, encoder: GlobalEncoder, whitened: Mapping[str, int], changes: Changes) -> GlobalIndex | None:
        """The index of before with the changes, where its head stays; None where it is to be made of all photos."""
        index, version = self._descriptors.get(encoder.fingerprint), whitened.get(encoder.fingerprint)
        if index is None or version != self._whitenings[encoder.fingerprint]:
            return None
        if version == 0 and index.settings.whitening is not None:  # an unfinished one, that was not stored
            return None
        if not changes.added and not changes.removed:
            return index
        added = {id: self.items[id] for id in changes.added}
        ids, rows = stored_features.descriptors(self.gallery, encoder, added, alone=False)
        return index.changed(changes.removed, ids, rows)

    def _global_index(self, encoder: GlobalEncoder, whitened: Mapping[str, int]) -> GlobalIndex:
        ids, rows = stored_features.descriptors(self.gallery, encoder, self.items)
        version, head = self._head(encoder, rows, whitened.get(encoder.fingerprint))
        self._whitenings[encoder.fingerprint] = version
        return GlobalIndex(ids, rows, head)

    def _head(self, encoder: GlobalEncoder, rows: Array, version: int | None) -> tuple[int, Head]:
        """The head that descriptors are seen through, and its version: that asked for, else the newest, else a new one.

        No whitening is stored before the end of a gallery's first run. Until then the head is what that run would
        store if it ended now, as far as the photos have not grown by much since it was fitted last.
        """
        if version == 0 or not self.settings.whiten:
            return 0, Head()
        stored = stored_features.whitening(self.gallery, encoder, rows.shape[1], version)
        if stored is not None:
            return stored.version, Head(stored.whitening)
        fitted_on, head = self._unfinished.get(encoder.fingerprint, (0, Head()))
        known = len(rows) + (0 if encoder.background is None else len(encoder.background))
        if len(rows) and not fitted_on <= known < GROWN * fitted_on:
            head = gallery_head(rows, encoder.background)
            self._unfinished[encoder.fingerprint] = known, head
        return 0, head

    def descriptor(self, encoder: str, id: int) -> Array:
        """The unwhitened descriptor ``(d,)`` of a known photo."""
        return self.gallery.descriptors(encoder, ids=[id])[1][0]

    def find(self, name: str) -> int | None:
        """The id of the known photo of that path, or of the first photo of that instance; None for neither.

        Of several contents of one file it is the newest. Raises GalleryError where photos of several places fit.
        """
        shown, places = {id: item.photo for id, item in self.items.items()}, self.gallery.places()
        ids = ids_of_path(name, shown, places)
        if len({places[id].path if id in places else id for id in ids}) > 1:
            raise GalleryError(several_fit(name, ids, shown, places))
        named = [id for id, item in sorted(self.items.items()) if item.instance == canonical(name)]
        return ids[-1] if ids else named[0] if named else None
