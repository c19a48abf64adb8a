"""Questions a gallery can ask itself, because it knows the answers: what its calibration is fitted on."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, Self

import numpy as np

from resight.errors import GalleryError
from resight.features.encoder import Encoder
from resight.gallery.records import Arrays
from resight.io.images import Photo
from resight.runtimes import processors
from resight.search.candidates import CHANCE, COMPARED, Candidates, candidates
from resight.search.describe import PhotoFeatures, extract
from resight.search.gallery_index import GalleryIndex
from resight.types import Array

from .simulated_views import view

KINDS: Final = ("held out", "view", "left out", "left-out view", "unknown")
"""A known photo asked without itself; a view of one; either asked without its whole instance; a user's unknown."""

HELD_OUT, VIEW, LEFT_OUT, LEFT_OUT_VIEW, UNKNOWN = range(5)

_KNOWN: Final = (HELD_OUT, VIEW)

Key = tuple[int, int, int]
"""Photo, kind and token of a question."""

MOST_IMPOSTORS: Final = 1000
"""Photos that are asked with their instance left out: what a rate of a tenth of a per cent takes."""

MOST_VIEWS: Final = 150
"""Photos of which views are simulated and extracted, a fifth of a second each."""

NEAREST: Final = 2
"""Photos whose descriptor is nearest to that of a new one, so many of which may have got a near twin."""

_MOST: Final = 1000
"""Candidates of a question, far more than are ever compared."""

FEW: Final = 60
"""Galleries of fewer photos are asked several views of each."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationSamples:
    """Questions with their candidates.

    Attributes
    ----------
    ids : (q,) photo asked about, -1 for a user's unknown.
    kinds : (q,) index into KINDS.
    tokens : (q,) what else the question depends on: the photo's instance, of how many photos, and which view it is;
        of a user's unknown, its content.
    evidence, present : (q, k, e) and (q, k), as in :class:`resight.calibration.conditional_logit.Questions`.
    answers : (q,) column of the right candidate, -1 where none of them is.
    candidates : (q, k) ids of the candidates.
    """

    ids: Array
    kinds: Array
    tokens: Array
    evidence: Array
    present: Array
    answers: Array
    candidates: Array

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def known(self) -> Array:
        """(q,) whether the gallery knew the thing it was asked about."""
        return np.isin(self.kinds, _KNOWN)

    def asked(self) -> list[Key]:
        """Keys of the queries that were asked, to tell what need not be asked again."""
        return list(zip(self.ids.tolist(), self.kinds.tolist(), self.tokens.tolist(), strict=True))

    def only(self, kept: Sequence[bool]) -> Self:
        """The questions that are ``kept``."""
        rows = np.flatnonzero(kept)
        return type(self)(**{name: getattr(self, name)[rows] for name in _FIELDS})

    def forgetting(self, ids: Collection[int]) -> Self:
        """A copy without the answers about photos whose ids are no longer in ``ids``.

        What had one of them among its candidates has to be asked again; but a user's unknown photo is not at hand to be
        asked again, and keeps its other candidates.
        """
        gone = self.present & np.isin(self.candidates, list(ids))
        kept = (self.kinds == UNKNOWN) | ~gone.any(axis=1)
        return replace(self, present=self.present & ~gone).only(kept)

    def counts(self) -> dict[str, int]:
        """Number of queries of each kind."""
        return {kind: int((self.kinds == row).sum()) for row, kind in enumerate(KINDS)}

    def arrays(self) -> Arrays:
        """The arrays that a gallery's file stores."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """Restores samples from a gallery's file.

        Raises GalleryError for arrays that do not fit each other or are not finite.
        """
        found = {name: arrays.get(name, np.zeros(0)) for name in _FIELDS}
        evidence = found["evidence"]
        q, k = evidence.shape[:2] if evidence.ndim == 3 else (-1, -1)
        wanted = {"evidence": evidence.shape, "present": (q, k), "candidates": (q, k)}
        fits = all(array.shape == wanted.get(name, (q,)) for name, array in found.items())
        if not fits or k > _MOST or not np.isfinite(evidence).all() or found["present"].dtype != bool:
            shapes = {name: array.shape for name, array in found.items()}
            raise GalleryError(f"the questions that a calibration rests on are {shapes}, or not of finite numbers")
        kinds, answers = found["kinds"], found["answers"]
        if not ((kinds >= 0) & (kinds < len(KINDS)) & (answers >= -1) & (answers < max(k, 1))).all():
            raise GalleryError("the questions that a calibration rests on are of no kind, or have no such answer")
        return cls(**found)


_FIELDS: Final = ("ids", "kinds", "tokens", "evidence", "present", "answers", "candidates")


@dataclass(frozen=True, slots=True)
class SelfQuery:
    """A question to ask: about photo ``id``, of a kind; ``token`` as in :class:`CalibrationSamples`; ``number`` of
    the view.
    """

    id: int
    kind: int
    token: int
    number: int = 0

    @property
    def key(self) -> Key:
        """The key of a query: equal keys get the same answer from the same gallery."""
        return self.id, self.kind, self.token

    @property
    def picture(self) -> tuple[int, bool, int]:
        """The picture that is asked about: the photo itself or its numbered view; several queries share one."""
        return self.id, self.kind in (VIEW, LEFT_OUT_VIEW), self.number


Links = Mapping[str, Collection[str]]
"""Other names that an instance's pictures are known under, by instance: none of them is unknown to it."""


def plan_queries(index: GalleryIndex, links: Links | None = None) -> list[SelfQuery]:
    """The questions that a gallery's calibration rests on, in the order of their photos and of what is seen.

    Photos are sampled by the hash of their content, so that a grown gallery keeps most of its sample. Of a gallery of
    one thing none is asked with its instance left out: nothing would be left to take it for.
    """
    counts = Counter(item.instance for item in index.items.values())
    lots = _lots(index)
    views = 1 if len(lots) >= FEW else min(4, -(-FEW // max(len(lots), 1)))
    others = len(counts) > 1

    def question(id: int, kind: int, number: int = 0) -> SelfQuery:
        asked = SelfQuery(id, kind, 0, number)
        instance = index.items[id].instance
        # With the count, because an instance that grew, or took in another one, is left out with other photos.
        words = [f"{counts[instance]} {instance}", *sorted(_aliases(index, asked, lots, links) if links else ())]
        return replace(asked, token=zlib.crc32("\0".join(words).encode(errors="surrogateescape")) + number)

    questions = []
    for rank, id in enumerate(lots[:MOST_IMPOSTORS]):
        if others:
            questions.append(question(id, LEFT_OUT))
        if counts[index.items[id].instance] > 1:
            questions.append(question(id, HELD_OUT))
        elif rank < MOST_VIEWS:
            kinds = (VIEW, LEFT_OUT_VIEW) if others else (VIEW,)
            questions += [question(id, kind, number) for number in range(views) for kind in kinds]
    return sorted(questions, key=lambda question: (question.picture, question.kind))


def neighbours(index: GalleryIndex, id: int) -> set[int]:
    """The photos that may be taken for a known one: where it is new, what was asked about them has to be asked again.

    Those with more votes than chance gives, and the nearest of each global encoder, which are always near to somebody.
    """
    voted = index.propose(index.local(id), COMPARED, exclude=[id])
    near = {proposal.id for proposal in voted if proposal.check.score > CHANCE}
    for encoder, descriptors in index.descriptors.items():
        near.update(descriptors.propose(index.descriptor(encoder, id), NEAREST, exclude=[id]))
    return near


def run_queries(
    index: GalleryIndex, encoders: Sequence[Encoder], questions: Sequence[SelfQuery], links: Links | None = None
) -> Iterator[CalibrationSamples]:
    """Ask each question; yields blocks of one question in order, on every processor.

    What is seen is extracted once for the questions beside each other that are asked with it.
    """
    members: dict[str, list[int]] = {}
    for item in index.items.values():
        members.setdefault(item.instance, []).append(item.id)
    places = {item.photo: id for id, item in index.items.items()}
    lots = _lots(index)

    def answers(group: Sequence[SelfQuery]) -> list[CalibrationSamples]:
        about = index.items[group[0].id]
        behind = _backdrops(index, group[0], lots, links)
        seen = _seen(index, encoders, group[0], behind)
        # What stands behind a simulated view is known as well, and would rightly be recognised; and neither what is
        # shown nor what stands behind it is a stranger to itself under another name.
        others = {index.items[id].instance for id in behind} | _aliases(index, group[0], lots, links)
        hidden = [id for name in others for id in members.get(name, ())]
        # Junk of this photo: it may show the same thing under another name, so that neither answer would be wrong.
        hidden += [places[photo] for photo in about.about.get("ignore", ()) if photo in places]
        return [_answered(index, seen, question, members[about.instance], hidden) for question in group]

    groups = [list(group) for _, group in groupby(questions, key=lambda question: question.picture)]
    with ThreadPoolExecutor(processors.available()) as workers:
        for blocks in workers.map(answers, groups):
            yield from blocks


def _answered(
    index: GalleryIndex, features: PhotoFeatures, query: SelfQuery, members: Sequence[int], hidden: Sequence[int]
) -> CalibrationSamples:
    """Answers one query; ``members`` are the photos of its photo's instance, ``hidden`` are never candidates."""
    # A view of a photo is answered by that photo; only where a photo asks for itself is it left out.
    barred = {VIEW: (), HELD_OUT: (query.id,)}.get(query.kind, members)
    found = candidates(index, features, exclude=[*barred, *hidden])
    instance = index.items[query.id].instance
    names = [index.items[id].instance for id in found.ids]
    right = names.index(instance) if query.kind in _KNOWN and instance in names else -1
    return row(found, query.id, query.kind, query.token, right)


def row(found: Candidates, id: int, kind: int, token: int, right: int) -> CalibrationSamples:
    """A query's answer as arrays of one row."""
    return CalibrationSamples(
        np.array([id]),
        np.array([kind]),
        np.array([token]),
        found.evidence[None],
        np.ones((1, len(found)), bool),
        np.array([right]),
        np.array(found.ids, np.int64)[None],
    )


def concatenate(given: Sequence[CalibrationSamples], width: int) -> CalibrationSamples:
    """Blocks as one, padded to the largest number of candidates, at least 1; ``width`` columns of evidence."""
    most = max([1, *(block.present.shape[1] for block in given)])

    def padded(array: Array) -> Array:
        if array.ndim == 1:
            return array
        gap = [(0, 0)] * array.ndim
        gap[1] = (0, most - array.shape[1])
        return np.pad(array, gap)

    no = np.zeros(0, np.int64)
    blocks = [
        CalibrationSamples(
            no, no, no, np.zeros((0, most, width)), np.zeros((0, most), bool), no, np.zeros((0, most), np.int64)
        )
    ]
    blocks += given
    joined = {name: np.concatenate([padded(getattr(block, name)) for block in blocks]) for name in _FIELDS}
    return CalibrationSamples(**joined)


def _lots(index: GalleryIndex) -> list[int]:
    """Orders all photos by content, so that the order of enrolment decides nothing."""
    return sorted(index.items, key=lambda id: index.items[id].digest)


def _backdrops(index: GalleryIndex, query: SelfQuery, lots: Sequence[int], links: Links | None) -> tuple[int, ...]:
    """Photos of other things, drawn from ``lots``, to stand around and in front of a simulated view."""
    if query.kind in (HELD_OUT, LEFT_OUT):
        return ()
    rng = np.random.default_rng([zlib.crc32(index.items[query.id].digest), query.number, 1])
    drawn = [int(id) for id in rng.choice(lots, min(3, len(lots)), replace=False)]
    instance = index.items[query.id].instance
    own = {instance, *(links or {}).get(instance, ())}
    return tuple(id for id in drawn if index.items[id].instance not in own)


def _aliases(index: GalleryIndex, query: SelfQuery, lots: Sequence[int], links: Links | None) -> set[str]:
    """The other names that pictures of what a question shows, and of what stands behind it, are known under."""
    instance = index.items[query.id].instance
    shown = {instance, *(index.items[id].instance for id in _backdrops(index, query, lots, links))}
    return {name for one in shown for name in (links or {}).get(one, ())} - {instance}


def _seen(index: GalleryIndex, encoders: Sequence[Encoder], query: SelfQuery, behind: Sequence[int]) -> PhotoFeatures:
    """The photo as it is known, or a view of it with other photos ``behind`` it."""
    if query.kind in (HELD_OUT, LEFT_OUT):
        return index.features(query.id)
    rng = np.random.default_rng([zlib.crc32(index.items[query.id].digest), query.number])
    image = view(index.local(query.id).image, [index.local(id).image for id in behind], rng)
    return extract(Photo.of(image), encoders)
