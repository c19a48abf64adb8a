"""The landmarks recipe: the tables of Bouček 2020 on your photos, and which of its orderings hold there.

How the thesis is read where it leaves a choice stands in docs/papers.md.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.errors import DatasetError
from resight.evaluation.audit import Audit, audit
from resight.evaluation.descriptor_cache import DescriptorCache
from resight.evaluation.duplicates import DuplicateIndex
from resight.evaluation.held_out_split import held_out_split
from resight.evaluation.print_cache import fingerprints
from resight.evaluation.provenance import learned_photos
from resight.evaluation.questions import Questions
from resight.features.encoder import GlobalEncoder, global_encoder
from resight.features.views import AFFINE, SCALES
from resight.io.cached_result import require_place, write_text
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.entries import Entry
from resight.io.datasets.place import Root
from resight.io.datasets.preflight import ASKED, DatasetRead, outset
from resight.io.formats.opening import open_dataset
from resight.metrics.resampling import Resamples
from resight.progress import Interrupted, Job
from resight.report import figures
from resight.training.interruption import Stop, StopRequested, until_stopped

from . import further as beyond
from .measurement import SINGLE, Described, answers, measure
from .orderings import find
from .outcome import EncoderTables, LandmarksOutcome
from .report import page_of
from .verified import VERIFIED, PairVerification, answers_of, recogniser

ENCODERS: Final = ("house", "vlad")
"""Encoders where none is named: those that need no weights."""

TAUGHT: Final = 150
"""Things with one photo, at most, of which a view is simulated to learn from."""


def run(
    data: Root,
    work: Path,
    *,
    encoders: Sequence[str] = (),
    format: str | None = None,
    further: bool = False,
    rounds: int = 2000,
    seed: int = 0,
    stop: Stop = lambda: False,
) -> Job[dict[str, Any] | Interrupted]:
    """Measure all tables on a data set with each of ``encoders``; write ``landmarks.html`` and ``.json`` in ``work``.

    Descriptors are kept in ``work/descriptors`` by what describes a photo and by its content: what is there is not
    described again. ``further`` measures what goes beyond the tables as well: learned weights and reductions, affine
    views, expansion, the verifier of pairs, and the recogniser itself, whose gallery is kept in ``work``.

    Raises DatasetError where no query has an answer, ModelError for an encoder without descriptors, TrainingError where
    the disk refuses, MissingExtra without the extra ``report``.
    """
    figures.require()
    makers = [global_encoder(source) for source in encoders or ENCODERS]
    page = work / "landmarks.html"
    require_place(page)
    dataset = held_out_split(open_dataset(data, format=format))
    known, asked = _photos(dataset)
    yield DatasetRead.of(outset(dataset, known), len(known) + len(asked))
    try:
        steps = _measured(data, dataset, makers, work, Draws(rounds, seed), further=further, format=format)
        return (yield from until_stopped(steps, stop))
    except StopRequested:
        return Interrupted(work)


def _photos(dataset: Dataset) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """The photos to know and those to ask about; raises DatasetError where there are none of either."""
    known = tuple(entry for entry in dataset.known if entry.label is not None)
    asked = dataset.of(*ASKED)
    if not known or not asked:
        raise DatasetError(
            f"{len(known)} references and {len(asked)} queries; wanted some of both: sort the photos into the folders "
            "reference and query"
        )
    return known, asked


@dataclass(frozen=True, slots=True)
class Draws:
    """Resamples that intervals are of: how many ``rounds``, by which ``seed``."""

    rounds: int
    seed: int


def _measured(
    data: Root,
    dataset: Dataset,
    makers: Sequence[GlobalEncoder],
    work: Path,
    draws: Draws,
    *,
    further: bool,
    format: str | None,
) -> Job[dict[str, Any]]:
    known, asked = _photos(dataset)
    tables = []
    for maker in makers:
        cache = DescriptorCache(work / "descriptors", maker, SCALES)
        gallery = yield from cache.describe(known, f"{maker.name}, references")
        queries = yield from cache.describe(asked, f"{maker.name}, queries")
        questions = Questions.of(gallery.entries, queries.entries)
        resamples = Resamples.of(questions.groups, rng=np.random.default_rng(draws.seed), rounds=draws.rounds)
        measured = yield from measure(Described(gallery.rows, queries.rows), questions, resamples)
        found = find(measured.cells, resamples)
        tables.append(EncoderTables(maker, gallery, queries, questions, measured, resamples, found))
    checked = yield from _audited(dataset, tables[0], makers, work / "descriptors" / "looks.npz")
    if further:
        tables = yield from _further(tables, data, work, format)
    outcome = LandmarksOutcome(str(data), tuple(tables), draws.seed, draws.rounds, checked)
    write_text(work / "landmarks.html", page_of(outcome))
    write_text(work / "landmarks.json", json.dumps(outcome.to_dict(), indent=1))
    return {**outcome.to_dict(), "page": str(work / "landmarks.html")}


def _audited(dataset: Dataset, tables: EncoderTables, makers: Sequence[GlobalEncoder], looks: Path) -> Job[Audit]:
    """Look for photos that are known and asked, by content and by their looks, for contradicting labels, for queries
    among what an encoder brings for its whitening, and for what encoders learned.
    """
    gallery, queries = tables.gallery, tables.queries
    described = ((*gallery.entries, *queries.entries), (*gallery.digests, *queries.digests))
    prints = yield from fingerprints(*described, looks)
    names = tuple(entry.name for entry in gallery.entries)
    index = DuplicateIndex(names, gallery.digests, prints[: len(names)])
    found = zip(queries.entries, queries.digests, prints[len(names) :], strict=True)
    leaks = [
        leak
        for entry, digest, bits in found
        if (leak := index.leak(entry.name, digest, bits)) is not None and leak.reference not in entry.ignore
    ]
    digests = {entry.name: digest for entry, digest in zip(*described, strict=True)}
    asked = [entry.name for entry in queries.entries]
    rows = {tables.encoder.name: queries.rows[:, SINGLE]}
    background = tables.encoder.background
    backgrounds = {} if background is None else {tables.encoder.name: background}
    return audit(
        dataset,
        leaks=leaks,
        digests=digests,
        names=asked,
        descriptors=rows,
        backgrounds=backgrounds,
        learned=learned_photos(makers),
    )


def _further(tables: Sequence[EncoderTables], data: Root, work: Path, format: str | None) -> Job[list[EncoderTables]]:
    """The tables with rows beyond the thesis's."""
    pairs, found = PairVerification(), []
    identity = hashlib.sha256(b"".join(tables[0].gallery.digests)).hexdigest()[:12]
    default = yield from recogniser(data, work / f"recogniser-{identity}.gallery", format=format)
    for one in tables:
        described = Described(one.gallery.rows, one.queries.rows)
        lessons = yield from _lessons(one, work)
        settings = beyond.settings(described, lessons, one.questions)
        near = beyond.nearest(described, one.questions, VERIFIED)
        votes = yield from pairs.votes(near, one.gallery.entries, one.queries.entries, one.questions)
        settings[f"its {VERIFIED} nearest, verified pair by pair"] = answers(votes, one.questions)
        if all(_are_of_one(one, other) for other in tables) and len(tables) > 1:
            each = [Described(other.gallery.rows, other.queries.rows) for other in tables]
            settings["all encoders here side by side"] = beyond.joined(each, one.questions)
        settings["the recogniser's default"] = answers_of(default, one.queries.entries, one.questions)
        found.append(replace(one, further=beyond.rows(settings, one.questions, one.resamples)))
    return found


def _lessons(tables: EncoderTables, work: Path) -> Job[beyond.Lessons]:
    """Further descriptors of one encoder: simulated views of things with one photo, and affine views of everything."""
    gallery, folder, maker = tables.gallery, work / "descriptors", tables.encoder
    counts = Counter(tables.questions.labels.tolist())
    alone = [row for row, label in enumerate(tables.questions.labels.tolist()) if counts[label] == 1][:TAUGHT]
    simulated = DescriptorCache(folder, maker, SCALES, simulated=True)
    taught = yield from simulated.describe([gallery.entries[row] for row in alone], f"{maker.name}, simulated views")
    views = DescriptorCache(folder, maker, AFFINE)
    known = yield from views.describe(gallery.entries, f"{maker.name}, references in affine views")
    asked = yield from views.describe(tables.queries.entries, f"{maker.name}, queries in affine views")
    rows = taught.rows if alone else np.zeros((0, *gallery.rows.shape[1:]), np.float32)
    return beyond.Lessons(rows, np.array(alone, np.int64), Described(known.rows, asked.rows))


def _are_of_one(one: EncoderTables, other: EncoderTables) -> bool:
    """Whether two encoders could read the same photos."""
    return one.gallery.entries == other.gallery.entries and one.queries.entries == other.queries.entries
