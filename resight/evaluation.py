"""Evaluation: a data set's references are indexed and asked with its queries and distractors."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.candidates import Candidates, candidates
from resight.encoders import DEFAULT
from resight.enrolment import Unreadable
from resight.errors import DatasetError, PhotoError
from resight.indexing import Root, index, named
from resight.io import images
from resight.io.images import Photo
from resight.io.manifest import Entry, discover
from resight.metrics.interval import Estimate, bootstrap, wilson
from resight.metrics.ranking import auroc, micro_ap
from resight.metrics.reliability import ece
from resight.progress import Progress
from resight.recogniser import Recogniser
from resight.sighting import long_side
from resight.types import Array

NEAR: Final = 4
"""Bits of 64 in which the fingerprints of two prints of one photo may differ; two photos differ in about 32."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A query whose photo is also in the gallery, by its "content" or as a "near duplicate"."""

    query: str
    reference: str
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What the answers to a data set's queries were worth.

    Attributes
    ----------
    names, instances, probabilities : of each query (q,): path, first candidate before any threshold, its probability.
    right, answerable, named : (q,) bool: the first candidate is a right one; the gallery knows it; it got a name.
    leaks : queries that are photos of the gallery.
    unreadable : photos that were left out.
    """

    names: tuple[str, ...]
    instances: tuple[str | None, ...]
    probabilities: Array
    right: Array
    answerable: Array
    named: Array
    leaks: tuple[Leak, ...]
    unreadable: tuple[Unreadable, ...]

    def figures(self, *, seed: int = 0) -> dict[str, Estimate]:
        """Each measure with its 95 % interval: Wilson's for shares, the bootstrap over queries for the rest.

        What the queries leave undefined is left out: without known ones p_at_1, micro_ap and coverage, without unknown
        ones false_accept_rate, without either auroc, and of no queries all.
        """
        known, unknown = self.answerable, ~self.answerable
        # Of one known and one unknown query half of the resamples hold but one of them.
        both = known.any() and unknown.any() and len(known) > 2
        estimates = {
            "p_at_1": _share(self.right[known]),
            "micro_ap": self._resampled(micro_ap, seed) if known.any() else None,
            "auroc": self._resampled(_known_from_unknown, seed) if both else None,
            "coverage": _share(self.named[known]),
            "false_accept_rate": _share(self.named[unknown]),
            "ece": self._resampled(_miscalibration, seed) if len(known) else None,
        }
        return {name: estimate for name, estimate in estimates.items() if estimate is not None}

    def _resampled(self, statistic: Any, seed: int) -> Estimate:
        arrays = (self.right, self.probabilities, self.answerable)
        return bootstrap(statistic, *arrays, rng=np.random.default_rng(seed))

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            **{name: estimate.to_dict() for name, estimate in self.figures().items()},
            "queries": len(self.names),
            "unanswerable": int((~self.answerable).sum()),
            "leaks": [{"query": leak.query, "reference": leak.reference, "kind": leak.kind} for leak in self.leaks],
            "unreadable": [{"photo": bad.photo, "reason": bad.reason} for bad in self.unreadable],
            "answers": [
                {"photo": photo, "instance": instance, "probability": float(p), "right": bool(ok), "named": bool(named)}
                for photo, instance, p, ok, named in zip(
                    self.names, self.instances, self.probabilities, self.right, self.named, strict=True
                )
            ],
        }


def _share(hits: Array) -> Estimate | None:
    return wilson(int(hits.sum()), len(hits)) if len(hits) else None


def _known_from_unknown(right: Array, probabilities: Array, answerable: Array) -> float:
    return auroc(probabilities, answerable)


def _miscalibration(right: Array, probabilities: Array, answerable: Array) -> float:
    return ece(probabilities, right)


def evaluate(
    roots: Root | Sequence[Root],
    *,
    encoders: Sequence[str] = DEFAULT,
    far: float | None = None,
    unknown_share: float | None = None,
    gallery: Root | None = None,
) -> Iterator[Progress]:
    """Index the references of ``roots`` and ask about its queries and distractors.

    Yields where it stands; the last step's report is the :class:`Evaluation`.

    Parameters
    ----------
    encoders : as in :func:`resight.indexing.index`.
    far, unknown_share : as in :meth:`Recogniser.recognise`; the share is the data set's own where it is not given.
    gallery : where to keep the gallery, or to find it; by default in a temporary folder.

    Raises DatasetError where there is nothing to ask.
    """
    entries = discover(roots).entries
    asked = [entry for entry in entries if entry.split in ("query", "distractor")]
    if not asked:
        raise DatasetError(
            f"{named(roots)} has no queries: wanted FOLDER/query/LABEL/FILE and FOLDER/distractor/…/FILE beside "
            "FOLDER/reference/LABEL/FILE, or a metadata.csv with the column split"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(gallery or Path(folder) / "evaluation.gallery")
        yield from index(roots, path, encoders=encoders)
        with Recogniser.open(path) as recogniser:
            yield from _asked(recogniser, asked, far, unknown_share)


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """One query, what may show the same, and whether the gallery could know."""

    entry: Entry
    found: Candidates
    answerable: bool


def _asked(
    recogniser: Recogniser, entries: Sequence[Entry], far: float | None, unknown_share: float | None
) -> Iterator[Progress]:
    audit = _Audit(recogniser)
    answers: list[_Answer] = []
    unreadable: list[Unreadable] = []
    for done, entry in enumerate(entries, 1):
        try:
            photo = images.read(entry.read(), long_side=long_side(recogniser.encoders))
            audit.look(entry.name, photo)
            answers.append(_answer(recogniser, entry, photo))
        except PhotoError as error:
            unreadable.append(Unreadable(entry.name, str(error)))
        yield Progress("queries", done, len(entries))
    result = _judged(recogniser, answers, far, unknown_share, tuple(audit.leaks), tuple(unreadable))
    yield Progress("queries", len(entries), len(entries), result)


def _answer(recogniser: Recogniser, entry: Entry, photo: Photo) -> _Answer:
    """Ask one query, as if the photos that it ignores were not known."""
    items = recogniser.known.items.values()
    without = [item.id for item in items if item.photo in entry.ignore]
    instances = {item.instance for item in items if item.photo not in entry.ignore}
    found = candidates(recogniser.known, recogniser.see(photo), without=without)
    return _Answer(entry, found, not instances.isdisjoint(entry.labels))


class _Audit:
    """Looks whether a query's photo is one of the gallery's."""

    def __init__(self, recogniser: Recogniser) -> None:
        items = recogniser.known.items
        self.leaks: list[Leak] = []
        self._names = [item.photo for item in items.values()]
        self._digests = {item.digest: item.photo for item in items.values()}
        # A photo of one colour has the print 0, whichever colour it is.
        self._prints = np.array([images.fingerprint(recogniser.known.sight(id).image) for id in items], np.uint64)

    def look(self, name: str, photo: Photo) -> None:
        """Note a leak of this query, if there is one."""
        if photo.digest in self._digests:
            self.leaks.append(Leak(name, self._digests[photo.digest], "content"))
            return
        found = images.fingerprint(photo.image)
        bits = np.bitwise_count(self._prints ^ found)
        if found and bits.min(initial=64) <= NEAR:
            self.leaks.append(Leak(name, self._names[int(bits.argmin())], "near duplicate"))


def _judged(
    recogniser: Recogniser,
    answers: Sequence[_Answer],
    far: float | None,
    unknown_share: float | None,
    leaks: tuple[Leak, ...],
    unreadable: tuple[Unreadable, ...],
) -> Evaluation:
    calibration = recogniser.calibration
    answerable = np.array([answer.answerable for answer in answers], bool)
    if unknown_share is None:
        # One more of each than there are: no data set proves that there are no unknown photos at all.
        unknown_share = float(((~answerable).sum() + 1) / (len(answers) + 2))
    names, probabilities, named = [], [], []
    for answer in answers:
        evidence, ids = answer.found.evidence, answer.found.ids
        chances = calibration.chances(evidence, unknown_share=unknown_share)
        names.append(recogniser.known.items[ids[int(chances.argmax())]].instance if ids else None)
        probabilities.append(chances.max(initial=0.0))
        named.append(calibration.accepts(evidence, chances, far=far))
    right = [name in answer.entry.labels for answer, name in zip(answers, names, strict=True)]
    return Evaluation(
        tuple(answer.entry.name for answer in answers),
        tuple(names),
        np.array(probabilities, float),
        np.array(right, bool),
        answerable,
        np.array(named, bool),
        leaks,
        unreadable,
    )
