"""Evaluation: a data set's references are indexed and asked with its queries and distractors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from resight.calibration.calibration import EVEN, require_rate, require_share
from resight.calibration.decision import DecisionRule
from resight.errors import DatasetError, PhotoError
from resight.features.encoder import DEFAULT
from resight.indexing.index import iter_index, named, survey_split
from resight.io import images
from resight.io.datasets.dataset import Dataset, Entry
from resight.io.datasets.place import Root
from resight.io.datasets.preflight import ASKED, PLAIN, DatasetRead, Outset, outset
from resight.io.datasets.survey import UnreadablePhoto, merge_surveys
from resight.io.formats.opening import open_dataset
from resight.io.images import Photo
from resight.io.scratch_folder import scratch
from resight.metrics.acceptance import Threshold
from resight.metrics.interval import Estimate, bootstrap
from resight.metrics.ranking import auroc
from resight.metrics.reliability import ece
from resight.progress import Job, Progress, Watch, finished
from resight.recognition.choice import choose
from resight.recognition.recogniser import Recogniser
from resight.search.candidates import Candidates, candidates
from resight.search.describe import long_side
from resight.types import Array

from .duplicates import DuplicateIndex, Leak
from .held_out_split import held_out_split
from .scores import Scores, resampled, share


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Scores of the answers to a data set's queries.

    Attributes
    ----------
    names, instances, probabilities : of each query (q,): path, first candidate before any threshold, its probability.
    right, answerable, named : (q,) bool: the first candidate is a right one; the gallery knows it; it got a name.
    either : of each query, the two look-alikes that it was told to be one of, without a name; or ().
    holds : (q,) bool: one of those two is right.
    leaks : queries that are photos of the gallery.
    unreadable : photos that were left out.
    unknown_share : of photos that was expected, on which the probabilities depend.
    threshold : of the rates that were chosen, or None where none was.
    outset : what was to be known of the data set beforehand.
    """

    names: tuple[str, ...]
    instances: tuple[str | None, ...]
    probabilities: Array
    right: Array
    answerable: Array
    named: Array
    either: tuple[tuple[str, ...], ...]
    holds: Array
    leaks: tuple[Leak, ...]
    unreadable: tuple[UnreadablePhoto, ...]
    unknown_share: float
    threshold: Threshold | None = None
    outset: Outset = PLAIN

    def __repr__(self) -> str:
        counts = {"answerable": self.answerable, "right": self.right, "named": self.named}
        told = ", ".join(f"{name}={int(np.sum(flags))}" for name, flags in counts.items())
        return f"<Evaluation of {len(self.names)} queries: {told}>"

    @property
    def scores(self) -> Scores:
        """The first answers as they are scored."""
        return Scores(self.right, self.probabilities, self.answerable)

    def without_leaks(self) -> Evaluation:
        """The evaluation of only the queries that are no photos of the gallery."""
        leaked = {leak.query for leak in self.leaks}
        kept = np.flatnonzero([name not in leaked for name in self.names])
        return replace(
            self,
            names=tuple(self.names[row] for row in kept),
            instances=tuple(self.instances[row] for row in kept),
            either=tuple(self.either[row] for row in kept),
            **{name: getattr(self, name)[kept] for name in ("probabilities", "right", "answerable", "named", "holds")},
            leaks=(),
        )

    def figures(self, *, seed: int = 0) -> dict[str, Estimate]:
        """Measures with their 95 % intervals: Wilson's for shares, the bootstrap over queries for the rest.

        What the queries leave undefined is left out: without known ones p_at_1, micro_ap and coverage, without unknown
        ones false_accept_rate, without either auroc, without names false_discovery_rate, the share of names that are
        wrong, and of no queries all. ``either_right`` is of the queries that
        were told to show one of two look-alikes, which count as without a name in all others: the share whose right
        answer is one of the two.
        """
        known, unknown, scores = self.answerable, ~self.answerable, self.scores.figures(seed=seed)
        rng, between = np.random.default_rng(seed), np.array([len(pair) > 1 for pair in self.either], bool)
        # Of one known and one unknown query half of the resamples hold but one of them.
        both = known.any() and unknown.any() and len(known) > 2
        estimates = {
            "p_at_1": scores.get("p_at_1"),
            "micro_ap": scores.get("micro_ap"),
            "auroc": resampled(auroc, self.probabilities, self.answerable, seed=seed) if both else None,
            "coverage": share(self.named[known]) if known.any() else None,
            "false_accept_rate": share(self.named[unknown]) if unknown.any() else None,
            "false_discovery_rate": share(~self.right[self.named]) if self.named.any() else None,
            "ece": bootstrap(ece, self.probabilities, self.right, rng=rng) if len(known) else None,
            "either_right": share(self.holds[between]) if between.any() else None,
        }
        return {name: estimate for name, estimate in estimates.items() if estimate is not None}

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        figures = self.figures()
        clean = self.without_leaks().figures() if self.leaks else figures
        return {
            **{name: estimate.to_dict() for name, estimate in figures.items()},
            "unknown_share": self.unknown_share,
            "threshold": None if self.threshold is None else self.threshold.to_dict(),
            "without_leaks": {name: one.to_dict() for name, one in clean.items()},
            "queries": len(self.names),
            "unanswerable": int((~self.answerable).sum()),
            "leaks": [{"query": leak.query, "reference": leak.reference, "kind": leak.kind} for leak in self.leaks],
            "unreadable": [{"photo": bad.photo, "reason": bad.reason} for bad in self.unreadable],
            **self.outset.to_dict(),
            "answers": [
                {
                    "photo": photo,
                    "instance": instance,
                    "probability": float(p),
                    "right": bool(ok),
                    "named": bool(named),
                    "either": list(either),
                }
                for photo, instance, p, ok, named, either in zip(
                    self.names, self.instances, self.probabilities, self.right, self.named, self.either, strict=True
                )
            ],
        }


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
    progress: Watch | None = None,
) -> Evaluation:
    """Index the references of ``roots`` and ask about its queries and distractors.

    Parameters
    ----------
    roots : one or several folders or Parquet files, with the splits reference, query and perhaps distractor.
    encoders : as in :func:`resight.index`.
    false_accept_rate, false_discovery_rate, unknown_share : as in :meth:`Recogniser.recognise`; the share is the data
        set's own where it is not given.
    gallery : where to keep the gallery, or to find it; by default in a temporary folder.
    format : the form of the data set, such as "gldv2" (docs/datasets.md); by default that which lies there.
    frame_gap : of places, how many frames around a query are left out of its ranking.
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
) -> Job[Evaluation]:
    """:func:`evaluate` step by step, only as far as it is iterated; it returns the same."""
    require_rate(false_accept_rate)
    require_rate(false_discovery_rate, "false_discovery_rate")
    require_share(EVEN if unknown_share is None else unknown_share)
    dataset = held_out_split(open_dataset(roots, format=format, frame_gap=frame_gap))
    asked = _questions(dataset, roots)
    said = outset(dataset, dataset.known)
    said = replace(said, survey=merge_surveys((said.survey, survey_split(dataset.known))))
    with scratch() as folder:
        yield DatasetRead.of(said, len(asked))
        path = Path(gallery or folder / "evaluation.gallery")
        yield from iter_index(roots, path, encoders=encoders or DEFAULT, dataset=dataset)
        with Recogniser.open(path) as recogniser:
            audit = _Audit(recogniser)
            for done, entry in enumerate(asked, 1):
                audit.look(entry)
                yield Progress("leak audit", done, len(asked))
            answers: list[_Answer] = []
            for done, entry in enumerate(asked, 1):
                if entry.name not in audit.unreadable:
                    answers.append(_answer(recogniser, entry))
                yield Progress("queries", done, len(asked))
            result = _judged(recogniser, answers, audit, (false_accept_rate, false_discovery_rate), unknown_share)
    return replace(result, outset=said)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """A query, what may show the same, and whether the gallery could know."""

    entry: Entry
    found: Candidates
    answerable: bool


def _answer(recogniser: Recogniser, entry: Entry) -> _Answer:
    """Ask one query, as if the photos that it ignores were not known."""
    items = recogniser.index.items.values()
    exclude = [item.id for item in items if item.photo in entry.ignore]
    instances = {item.instance for item in items if item.photo not in entry.ignore}
    found = candidates(recogniser.index, recogniser.extract(_read(recogniser, entry)), exclude=exclude)
    return _Answer(entry, found, not instances.isdisjoint(entry.labels))


def _read(recogniser: Recogniser, entry: Entry) -> Photo:
    return entry.photo(long_side=long_side(recogniser.encoders))


class _Audit:
    """Looks, before anything is asked, whether a query's photo can be read and whether it is one of the gallery's."""

    def __init__(self, recogniser: Recogniser) -> None:
        items = recogniser.index.items
        self.leaks: list[Leak] = []
        self.unreadable: dict[str, str] = {}
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
        leak = self._prints.leak(entry.name, photo.digest, images.fingerprint(photo.image))
        if leak is not None and leak.reference not in entry.ignore:
            self.leaks.append(leak)


def _judged(
    recogniser: Recogniser,
    answers: Sequence[_Answer],
    audit: _Audit,
    rates: tuple[float | None, float | None],
    unknown_share: float | None,
) -> Evaluation:
    answerable = np.array([answer.answerable for answer in answers], bool)
    if unknown_share is None:
        # One more of each than there are: no data set proves that there are no unknown photos at all.
        unknown_share = float(((~answerable).sum() + 1) / (len(answers) + 2))
    rule = DecisionRule(recogniser.calibration, rates[0], unknown_share, false_discovery_rate=rates[1])
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
        tuple(audit.leaks),
        tuple(UnreadablePhoto(photo, reason) for photo, reason in audit.unreadable.items()),
        unknown_share,
        rule.threshold,
    )
