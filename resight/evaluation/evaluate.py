"""Evaluation: a data set's references are indexed and asked with its queries and distractors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from resight.calibration.calibration import EVEN, require_rate, require_share
from resight.calibration.decision import DecisionRule
from resight.errors import DatasetError, PhotoError
from resight.features.encoder import DEFAULT, GlobalEncoder
from resight.indexing.index import iter_index, named, survey_split
from resight.io import images
from resight.io.datasets.dataset import Dataset, Entry
from resight.io.datasets.place import Root, several
from resight.io.datasets.preflight import ASKED, DatasetRead, outset
from resight.io.datasets.relevance import ignored, relevant
from resight.io.datasets.survey import UnreadablePhoto, merge_surveys
from resight.io.formats.opening import open_dataset
from resight.io.images import Photo
from resight.io.scratch_folder import scratch
from resight.progress import Job, Progress, Watch, finished
from resight.recognition.choice import choose
from resight.recognition.recogniser import Recogniser
from resight.search.candidates import Candidates
from resight.search.describe import PhotoFeatures, long_side
from resight.types import Array

from . import pictures
from . import report as pages
from .audit import Audit, audit
from .duplicates import DuplicateIndex, Leak
from .evaluation import Evaluation as Evaluation
from .held_out_split import held_out_split
from .provenance import Clock, learned_photos, provenance
from .query_features import QueryFeatures
from .questions import Questions
from .retrieval_scores import RetrievalScores
from .vote_grid import VoteGrid


def evaluate(
    roots: Root | Sequence[Root],
    *,
    encoders: Root | Sequence[Root] = DEFAULT,
    false_accept_rate: float | None = None,
    false_discovery_rate: float | None = None,
    unknown_share: float | None = None,
    gallery: Root | None = None,
    format: str | None = None,
    frame_gap: int = 0,
    report: Root | None = None,
    progress: Watch | None = None,
) -> Evaluation:
    """Index the references of ``roots`` and ask about its queries and distractors.

    Parameters
    ----------
    roots : one or several folders or Parquet files, with the splits reference, query and perhaps distractor.
    encoders : as in :func:`resight.index`.
    false_accept_rate, false_discovery_rate, unknown_share : as in :meth:`Recogniser.recognise`; the share is the data
        set's own where it is not given.
    gallery : where to keep the gallery, or to find it, and beside it, in GALLERY.queries, the descriptors of what is
        asked, so that no network describes a photo again; by default in a temporary folder.
    format : the form of the data set, such as "gldv2" (docs/datasets.md); by default that which lies there.
    frame_gap : of places, how many frames around a query are left out of its ranking.
    report : the file of a page about it, with curves and the worst errors as pictures; it takes the extra ``report``.
    progress : told where the work stands, step by step.

    Raises ValueError for a rate or share out of range, and DatasetError where there is nothing to ask, or a query does
    not say what it shows.
    """
    steps = iter_evaluate(
        roots,
        encoders=encoders,
        false_accept_rate=false_accept_rate,
        false_discovery_rate=false_discovery_rate,
        unknown_share=unknown_share,
        gallery=gallery,
        format=format,
        frame_gap=frame_gap,
        report=report,
    )
    return finished(steps, progress)


def iter_evaluate(
    roots: Root | Sequence[Root],
    *,
    encoders: Root | Sequence[Root] | None = None,
    false_accept_rate: float | None = None,
    false_discovery_rate: float | None = None,
    unknown_share: float | None = None,
    gallery: Root | None = None,
    format: str | None = None,
    frame_gap: int = 0,
    report: Root | None = None,
) -> Job[Evaluation]:
    """:func:`evaluate` step by step, only as far as it is iterated; it returns the same."""
    require_rate(false_accept_rate)
    require_rate(false_discovery_rate, "false_discovery_rate")
    require_share(EVEN if unknown_share is None else unknown_share)
    if report is not None:
        pages.require()
    dataset = held_out_split(open_dataset(roots, format=format, frame_gap=frame_gap))
    asked = _questions(dataset, roots)
    said = outset(dataset, dataset.known)
    said = replace(said, survey=merge_surveys((said.survey, survey_split(dataset.known))))
    clock = Clock()
    with scratch() as folder:
        yield DatasetRead.of(said, len(asked))
        path = Path(gallery or folder / "evaluation.gallery")
        kept = path.with_name(f"{path.name}.queries")
        yield from iter_index(roots, path, encoders=encoders or DEFAULT, dataset=dataset)
        clock.lap("index")
        with Recogniser.open(path) as recogniser:
            looked = _Looked(recogniser)
            for done, entry in enumerate(asked, 1):
                looked.look(entry)
                yield Progress("leak audit", done, len(asked))
            clock.lap("audit")
            queries = QueryFeatures.of(recogniser.encoders, kept)
            answers: list[_Answer] = []
            known = {item.instance for item in recogniser.index.items.values()}
            for done, entry in enumerate(asked, 1):
                if entry.name not in looked.unreadable:
                    answers.append(_answer(recogniser, entry, queries.extract(entry), known))
                yield Progress("queries", done, len(asked))
            queries.flush()
            clock.lap("queries")
            result = _judged(recogniser, answers, looked, (false_accept_rate, false_discovery_rate), unknown_share)
            found = _audited(recogniser, dataset, answers, looked)
            ranked = tuple(_ranked(recogniser, answers, result.groups))
            votes = tuple(_vote_grids(recogniser, answers)) if result.answerable.any() else ()
            clock.lap("tables")
            options = {"false_accept_rate": false_accept_rate, "false_discovery_rate": false_discovery_rate}
            record = {
                **provenance(recogniser.encoders, looked.digests, dataset),
                "roots": [str(root) for root in several(roots)],
                "options": {**options, "unknown_share": unknown_share, "format": format, "frame_gap": frame_gap},
                "references": len(recogniser.index),
                "index_bytes": path.stat().st_size,
                "seconds": clock.seconds,
            }
            result = replace(result, outset=said, audit=found, retrieval=ranked, votes=votes, record=record)
            if report is not None:
                _write_page(recogniser, dataset, answers, result, Path(report))
    return result


def _questions(dataset: Dataset, roots: Root | Sequence[Root]) -> list[Entry]:
    """The queries and distractors of a data set; raises DatasetError for none, and for queries without a label."""
    asked = list(dataset.of(*ASKED))
    if not asked:
        splits = ", ".join(dict.fromkeys(entry.split for entry in dataset.entries))
        raise DatasetError(
            f"{named(roots)} has no queries: wanted FOLDER/query/LABEL/FILE and FOLDER/distractor/…/FILE beside "
            "FOLDER/reference/LABEL/FILE, or a metadata.csv with the column split; "
            f"all its photos are of the split {splits}{dataset.unread_tables}"
        )
    nameless = [entry.name for entry in asked if entry.split == "query" and not entry.labels]
    if nameless:
        raise DatasetError(
            f"queries that do not say what they show: {len(nameless)}, such as {nameless[0]!r}; wanted a label for "
            "each, by which its answer is judged; give it one, or make what shows none of the things a distractor"
        )
    return asked


def _write_page(
    recogniser: Recogniser, dataset: Dataset, answers: Sequence[_Answer], result: Evaluation, file: Path
) -> None:
    entries = [answer.entry for answer in answers]
    wrong = pictures.wrong_answers(recogniser, entries, result)
    strips = pictures.strips(recogniser, entries, [answer.similarities for answer in answers], result)
    instances = [item.instance for item in recogniser.index.items.values()]
    matrices = pictures.matrices(recogniser, dataset.known, entries, [answer.similarities for answer in answers])
    pages.write(result, instances, pages.Pictures(wrong, strips, matrices), file)


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """A query, what may show the same, whether the gallery could know, and its descriptors by their encoder.

    ``similarities`` are cosines with all photos of the gallery, in the order of its items, by the encoder.
    """

    entry: Entry
    found: Candidates
    answerable: bool
    descriptors: Mapping[str, Array]
    similarities: Mapping[str, Array]


def _answer(recogniser: Recogniser, entry: Entry, features: PhotoFeatures, known: AbstractSet[str]) -> _Answer:
    """Ask one query, as if the photos that it ignores were not known."""
    index = recogniser.index
    left_out = frozenset(entry.ignore)
    exclude = [item.id for item in index.items.values() if item.photo in left_out] if left_out else []
    instances = {item.instance for item in index.items.values() if item.photo not in left_out} if left_out else known
    found = recogniser.candidates(features, exclude=exclude)
    similarities = {
        encoder: described.cosine(features.descriptors[encoder], [*index.items]).astype(np.float32)
        for encoder, described in index.descriptors.items()
        if len(described)
    }
    return _Answer(entry, found, not instances.isdisjoint(entry.labels), features.descriptors, similarities)


def _read(recogniser: Recogniser, entry: Entry) -> Photo:
    return entry.photo(long_side=long_side(recogniser.encoders))


class _Looked:
    """Looks, before anything is asked, whether a query's photo can be read and whether it is one of the gallery's."""

    def __init__(self, recogniser: Recogniser) -> None:
        items = recogniser.index.items
        self.leaks: list[Leak] = []
        self.unreadable: dict[str, str] = {}
        self.digests: dict[str, bytes] = {item.photo: item.digest for item in items.values()}
        self._recogniser = recogniser
        bits = np.array([images.fingerprint(recogniser.index.local(id).image) for id in items], np.uint64)
        known = items.values()
        self._prints = DuplicateIndex(tuple(item.photo for item in known), tuple(item.digest for item in known), bits)

    def look(self, entry: Entry) -> None:
        """Note a leak of this query, or that it cannot be read."""
        try:
            photo = _read(self._recogniser, entry)
        except PhotoError as error:
            self.unreadable[entry.name] = str(error)
            return
        self.digests[entry.name] = photo.digest
        leak = self._prints.leak(entry.name, photo.digest, images.fingerprint(photo.image))
        if leak is not None and leak.reference not in entry.ignore:
            self.leaks.append(leak)


def _audited(recogniser: Recogniser, dataset: Dataset, answers: Sequence[_Answer], looked: _Looked) -> Audit:
    """Look for whatever makes the figures of these answers wrong."""
    described = [encoder for encoder in recogniser.encoders if isinstance(encoder, GlobalEncoder)]
    rows = {
        encoder.name: np.array([answer.descriptors[encoder.fingerprint] for answer in answers]) for encoder in described
    }
    backgrounds = {encoder.name: encoder.background for encoder in described if encoder.background is not None}
    names = [answer.entry.name for answer in answers]
    return audit(
        dataset,
        leaks=looked.leaks,
        digests=looked.digests,
        names=names,
        descriptors=rows,
        backgrounds=backgrounds,
        learned=learned_photos(described),
    )


def _ranked(recogniser: Recogniser, answers: Sequence[_Answer], groups: Array) -> Iterator[RetrievalScores]:
    """The rankings of the gallery by each encoder's descriptors."""
    items = [*recogniser.index.items.values()]
    if not answers or not items:
        return
    asked = [answer.entry for answer in answers]
    right, left_out = relevant([(item.instance,) for item in items], asked), ignored([i.photo for i in items], asked)
    for encoder in recogniser.encoders:
        if encoder.fingerprint in answers[0].similarities:
            cosines = np.array([answer.similarities[encoder.fingerprint] for answer in answers])
            yield RetrievalScores.of(encoder.name, cosines, right, left_out, groups)


def _vote_grids(recogniser: Recogniser, answers: Sequence[_Answer]) -> Iterator[VoteGrid]:
    """The votes of the nearest photos by each encoder's descriptors."""
    index = recogniser.index
    items = [*index.items.values()]
    questions = Questions.of(
        [Entry(item.photo, Path(), (item.instance,)) for item in items], [answer.entry for answer in answers]
    )
    for encoder in recogniser.encoders:
        if encoder.fingerprint in answers[0].similarities:
            known = np.array([index.descriptor(encoder.fingerprint, item.id) for item in items])
            asked = np.array([answer.descriptors[encoder.fingerprint] for answer in answers])
            settings = index.descriptors[encoder.fingerprint].settings
            yield VoteGrid.of(encoder.name, known, asked, settings, questions)


def _judged(
    recogniser: Recogniser,
    answers: Sequence[_Answer],
    looked: _Looked,
    rates: tuple[float | None, float | None],
    unknown_share: float | None,
) -> Evaluation:
    answerable = np.array([answer.answerable for answer in answers], bool)
    if unknown_share is None:
        # One more of each than there are: no data set proves that there are no unknown photos at all.
        unknown_share = float(((~answerable).sum() + 1) / (len(answers) + 2))
    rule = DecisionRule(recogniser.naming, rates[0], unknown_share, false_discovery_rate=rates[1])
    choices = [choose(recogniser.index, [answer.found], rule) for answer in answers]
    names = [choice.options[0].instance if choice.options else None for choice in choices]
    labels = [answer.entry.labels for answer in answers]
    return Evaluation(
        tuple(answer.entry.name for answer in answers),
        tuple(names),
        np.array([choice.probability(0) for choice in choices], float),
        np.array([name in right for name, right in zip(names, labels, strict=True)], bool),
        answerable,
        np.array([choice.instance is not None for choice in choices], bool),
        tuple(choice.either for choice in choices),
        np.array([not {*right}.isdisjoint(choice.either) for choice, right in zip(choices, labels, strict=True)], bool),
        tuple(looked.leaks),
        tuple(UnreadablePhoto(photo, reason) for photo, reason in looked.unreadable.items()),
        unknown_share,
        rule.threshold,
        labels=tuple(labels),
    )
