"""Questions a gallery can ask itself, because it knows the answers: what its calibration is fitted on."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import numpy as np

from resight.features.encoder import Encoder
from resight.io.images import Photo
from resight.runtimes import processors
from resight.search.candidates import CHANCE, Candidates, candidates, voted
from resight.search.describe import PhotoFeatures, extract
from resight.search.gallery_index import GalleryIndex
from resight.search.search_settings import COMPARED

from .samples import CalibrationSamples, Key, QueryKind, row
from .simulated_views import view
from .strangers import strangers

MOST_IMPOSTORS: Final = 1000
"""Photos that are asked with their instance left out: what a rate of a tenth of a per cent takes."""

MOST_VIEWS: Final = 150
"""Photos of which views are simulated and extracted, a fifth of a second each."""

FEW: Final = 60
"""Galleries of fewer photos are asked several views of each."""

NEAREST: Final = 2
"""Photos whose descriptor is nearest to that of a new one, so many of which may have got a near twin."""

BACKDROPS: Final = 3
"""Photos that are drawn to stand around and in front of a simulated view."""

HIDDEN: Final = 0.25
"""Share of the other things that may stand there: they are no candidates, and a gallery of few would have none left."""

Picture = tuple[int, bool, int]
"""A photo's id, whether a view of it is simulated, and which; a stranger has the id −1."""

Links = Mapping[str, Collection[str]]
"""Other names that an instance's pictures are known under, by instance: none of them is unknown to it."""


@dataclass(frozen=True, slots=True)
class SelfQuery:
    """A question to ask: about photo ``id``, of a kind; ``token`` as in
    :class:`resight.calibration.samples.CalibrationSamples`; ``number`` of the view.
    """

    id: int
    kind: QueryKind
    token: int
    number: int = 0

    @property
    def key(self) -> Key:
        """The key of a query: equal keys get the same answer from the same gallery."""
        return self.id, self.kind, self.token

    @property
    def picture(self) -> Picture:
        """The picture that is asked about: the photo itself or its numbered view; several queries share one."""
        return self.id, self.kind.is_view, self.number


Look = Callable[[SelfQuery, PhotoFeatures, Candidates], Candidates]
"""A further look at the candidates of a question, asked with a picture of these features."""


class _KnownPhotos:
    """The photos of a gallery, as its questions draw on them.

    Attributes
    ----------
    ids : of all photos by their content, so that the order of enrolment decides nothing.
    members : ids of the photos of each instance.
    strangers : everyday photos that show none of them.
    """

    def __init__(self, index: GalleryIndex, links: Links | None) -> None:
        self.index = index
        self.links = links or {}
        self.ids = sorted(index.items, key=lambda id: index.items[id].digest)
        self.members: dict[str, list[int]] = {}
        for item in index.items.values():
            self.members.setdefault(item.instance, []).append(item.id)
        self.strangers = strangers(index)
        self._rivals_of: dict[int, set[str]] = {}
        self._ids_of_photos = {item.photo: id for id, item in index.items.items()}

    def instance(self, id: int) -> str:
        return self.index.items[id].instance

    def backdrops(self, query: SelfQuery) -> tuple[int, ...]:
        """Photos of other things to stand around and in front of a simulated view.

        They are no candidates of the question. So nothing that looks like its photo is one of them, nor more than a
        share of all other things: a question without rivals teaches nothing.
        """
        most = min(BACKDROPS, int(HIDDEN * (len(self.members) - 1)))
        if not query.kind.is_view or not most:
            return ()
        rng = np.random.default_rng([zlib.crc32(self.index.items[query.id].digest), query.number, 1])
        drawn = [int(id) for id in rng.choice(self.ids, min(BACKDROPS, len(self.ids)), replace=False)]
        rivals = self._rivals(query.id)
        return tuple(id for id in drawn if self.instance(id) not in rivals)[:most]

    def _rivals(self, id: int) -> set[str]:
        """Things that a photo shows, by all their names, or that more of its points vote for than chance brings."""
        if id not in self._rivals_of:
            instance = self.instance(id)
            near = map(self.instance, _voted_for(self.index, id))
            self._rivals_of[id] = {instance, *self.links.get(instance, ()), *near}
        return self._rivals_of[id]

    def aliases(self, query: SelfQuery) -> set[str]:
        """The other names that pictures of what a question shows, and of what stands behind it, are known under."""
        if not self.links:
            return set()
        instance = self.instance(query.id)
        shown = {instance, *map(self.instance, self.backdrops(query))}
        return {name for one in shown for name in self.links.get(one, ())} - {instance}

    def hidden(self, query: SelfQuery) -> list[int]:
        """Photos that a question about one of them is asked without because either answer would be right.

        What stands behind a simulated view is known as well, and would rightly be recognised; neither what is shown nor
        what stands behind it is unknown under another name; and what the photo's own labels ignore may show its thing.
        """
        instances = {*map(self.instance, self.backdrops(query)), *self.aliases(query)}
        ignored = self.index.items[query.id].about.get("ignore", ())
        junk = [self._ids_of_photos[photo] for photo in ignored if photo in self._ids_of_photos]
        return [id for name in instances for id in self.members.get(name, ())] + junk

    def excluded(self, query: SelfQuery, hidden: Sequence[int] | None = None) -> list[int]:
        """Photos without which a question is asked: the ``hidden`` ones, and those of its thing where that is unknown.

        A view of a photo is answered by that photo; only where a photo asks for itself is it left out.
        """
        members = self.members[self.instance(query.id)]
        barred = {QueryKind.VIEW: (), QueryKind.HELD_OUT: (query.id,)}.get(query.kind, members)
        return [*barred, *(self.hidden(query) if hidden is None else hidden)]

    def picture(self, query: SelfQuery, encoders: Sequence[Encoder]) -> PhotoFeatures:
        """The photo as it is known, or a view of it with other photos behind it; or a stranger."""
        if query.kind is QueryKind.STRANGER:
            return self.strangers[query.number]
        if not query.kind.is_view:
            return self.index.features(query.id)
        rng = np.random.default_rng([zlib.crc32(self.index.items[query.id].digest), query.number])
        backdrops = [self.index.local(id).image for id in self.backdrops(query)]
        return extract(Photo.of(view(self.index.local(query.id).image, backdrops, rng)), encoders)


def plan_queries(index: GalleryIndex, links: Links | None = None) -> list[SelfQuery]:
    """The questions that a gallery's calibration rests on, in the order of their photos and of what is seen.

    Photos are sampled by the hash of their content, so that a grown gallery keeps most of its sample. Of a gallery of
    one thing none is asked with its instance left out, for nothing would be left to take it for: strangers stand for
    unknown photos there.
    """
    photos = _KnownPhotos(index, links)
    strangers = [_stranger(photos, number) for number in range(len(photos.strangers))]
    queries = [
        _identified(photos, SelfQuery(id, kind, 0, number))
        for rank, id in enumerate(photos.ids[:MOST_IMPOSTORS])
        for kind, number in _asked_of(photos, rank, id)
    ]
    return [*strangers, *sorted(queries, key=lambda query: (query.picture, query.kind))]


def _stranger(photos: _KnownPhotos, number: int) -> SelfQuery:
    """The question about a stranger, which is another one in a gallery of another size."""
    return SelfQuery(-1, QueryKind.STRANGER, zlib.crc32(f"{number} of {len(photos.ids)}".encode()), number)


def _asked_of(photos: _KnownPhotos, rank: int, id: int) -> Iterator[tuple[QueryKind, int]]:
    """The kinds, and numbers of views, that are asked of the photo at a rank among all."""
    others = len(photos.members) > 1
    if others:
        yield QueryKind.LEFT_OUT, 0
    if len(photos.members[photos.instance(id)]) > 1:
        yield QueryKind.HELD_OUT, 0
    elif rank < MOST_VIEWS:
        for number in range(_views_of_each(len(photos.ids))):
            yield QueryKind.VIEW, number
            if others:
                yield QueryKind.LEFT_OUT_VIEW, number


def _views_of_each(photos: int) -> int:
    """Number of views that are simulated of each photo in a gallery of so many."""
    return 1 if photos >= FEW else min(4, -(-FEW // photos))


def _identified(photos: _KnownPhotos, query: SelfQuery) -> SelfQuery:
    """The query with its token.

    It tells how many photos the instance has, because one that grew, or took in another, is left out with other photos.
    """
    instance = photos.instance(query.id)
    words = [f"{len(photos.members[instance])} {instance}", *sorted(photos.aliases(query))]
    return replace(query, token=zlib.crc32("\0".join(words).encode(errors="surrogateescape")) + query.number)


def neighbours(index: GalleryIndex, id: int) -> set[int]:
    """The photos that may be taken for a known one: where it is new, what was asked about them has to be asked again.

    Those with more votes than chance gives, and the nearest of each global encoder, which are always near to somebody.
    """
    near = _voted_for(index, id)
    for encoder, descriptors in index.descriptors.items():
        near.update(descriptors.propose(index.descriptor(encoder, id), NEAREST, exclude=[id]))
    return near


def _voted_for(index: GalleryIndex, id: int) -> set[int]:
    """The other photos that more points of a known one vote for than chance brings."""
    voted = index.propose(index.local(id), COMPARED, exclude=[id])
    return {proposal.id for proposal in voted if proposal.check.score > CHANCE}


def run_queries(
    index: GalleryIndex,
    encoders: Sequence[Encoder],
    queries: Sequence[SelfQuery],
    links: Links | None = None,
    *,
    pictures: MutableMapping[Picture, PhotoFeatures] | None = None,
    look: Look = lambda query, features, found: found,
) -> Iterator[CalibrationSamples]:
    """Ask each question; yields blocks of one question in order, on every processor.

    A picture is extracted once for the questions beside each other that are asked with it, and once for all calls that
    are given the same ``pictures``, which keeps them: 0.3 MB each. ``look`` may find more evidence for the candidates.
    """
    photos = _KnownPhotos(index, links)

    def answers(same: Sequence[SelfQuery]) -> list[CalibrationSamples]:
        features = None if pictures is None else pictures.get(same[0].picture)
        if features is None:
            features = photos.picture(same[0], encoders)
            if pictures is not None:
                pictures[same[0].picture] = features
        if same[0].kind is QueryKind.STRANGER:
            return [row(look(query, features, candidates(index, features)), *query.key, -1) for query in same]
        hidden = photos.hidden(same[0])
        return [_answered(photos, features, query, hidden, look) for query in same]

    groups = [list(same) for _, same in groupby(queries, key=lambda query: query.picture)]
    with ThreadPoolExecutor(processors.available()) as workers:
        for blocks in workers.map(answers, groups):
            yield from blocks


def vote_again(
    index: GalleryIndex,
    queries: Sequence[SelfQuery],
    blocks: Sequence[CalibrationSamples],
    pictures: Mapping[Picture, PhotoFeatures],
    links: Links | None = None,
) -> Iterator[CalibrationSamples]:
    """The answers ``blocks`` to ``queries``, one a block, by the vote of an ``index`` that is otherwise searched alike.

    ``pictures`` are those that :func:`run_queries` kept. Which photos are candidates does not depend on the vote, nor
    what their points and pixels say: nothing is compared again.
    """
    photos = _KnownPhotos(index, links)
    for query, block in zip(queries, blocks, strict=True):
        ids = block.candidates[0].tolist()
        exclude = photos.excluded(query) if query.id >= 0 else ()
        found = (
            voted(index, pictures[query.picture], ids, block.evidence[0], exclude=exclude) if ids else block.evidence[0]
        )
        yield replace(block, evidence=found[None])


def _answered(
    photos: _KnownPhotos, features: PhotoFeatures, query: SelfQuery, hidden: Sequence[int], look: Look
) -> CalibrationSamples:
    """Answers one query; ``hidden`` photos are never candidates."""
    instance = photos.instance(query.id)
    twin = None if query.kind.is_known else query.id
    proposed = candidates(photos.index, features, exclude=photos.excluded(query, hidden), twin=twin)
    instances = [photos.instance(id) for id in proposed.ids]
    right = instances.index(instance) if query.kind.is_known and instance in instances else -1
    return row(look(query, features, proposed), query.id, query.kind, query.token, right)
