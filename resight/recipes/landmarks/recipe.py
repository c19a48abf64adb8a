"""The landmarks recipe: the tables of Bouček 2020 on your photos, and which of its orderings hold there.

| thesis | here | why |
|---|---|---|
| µAP is divided by m, which is not said | by the queries with an answer | a perfect ranking gives 1 |
| α: ‖x − y‖ < α | cosine ≥ α | its Table 5.2 has α = 0.7 near Mean k-NN and 0.2 worst |
| scales 0.25, 0.5, √0.25, 1, √2 | 0.25, 0.5, √0.5, 1, √2 | √0.25 is 0.5 again |
| f of negative cosines | 0 for √x and x² | undefined, and not rising |
| Σ without centring and 1/m | centred, 1/m, floored, unit again | so in Jégou & Chum 2012 |
| – | whitening fitted on the gallery alone | queries must not be seen |
| squared rows and columns | squares of the maxima | equation 4.16 |
| gl18-tl-resnet101-gem-w, never saw Tini-GLD | encoders that you name | its training set is Google Landmarks too |
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.errors import DatasetError
from resight.evaluation.audit import Audit, audit
from resight.evaluation.descriptor_cache import DescriptorCache
from resight.evaluation.duplicates import Leak
from resight.evaluation.held_out_split import held_out_split
from resight.evaluation.provenance import learned_photos
from resight.features.encoder import GlobalEncoder, global_encoder
from resight.features.views import SCALES
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

from .measurement import Described, measure
from .orderings import find
from .outcome import EncoderTables, LandmarksOutcome
from .questions import Questions
from .report import page_of

ENCODERS: Final = ("house", "vlad")
"""Encoders where none is named: those that need no weights."""


def run(
    data: Root,
    work: Path,
    *,
    encoders: Sequence[str] = (),
    format: str | None = None,
    rounds: int = 2000,
    seed: int = 0,
    stop: Stop = lambda: False,
) -> Job[dict[str, Any] | Interrupted]:
    """Measure all tables on a data set with each of ``encoders``; write ``landmarks.html`` and ``.json`` in ``work``.

    Descriptors are kept in ``work/descriptors`` by what describes a photo and by its content: what is there is not
    described again. Raises DatasetError where no query has an answer, ModelError for an encoder without descriptors,
    TrainingError where the disk refuses, MissingExtra without the extra ``report``.
    """
    figures.require()
    makers = [global_encoder(source) for source in encoders or ENCODERS]
    page = work / "landmarks.html"
    require_place(page)
    dataset = held_out_split(open_dataset(data, format=format))
    known, asked = _photos(dataset)
    yield DatasetRead.of(outset(dataset, known), len(known) + len(asked))
    try:
        return (yield from until_stopped(_measured(data, dataset, makers, work, rounds, seed), stop))
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


def _measured(
    data: Root, dataset: Dataset, makers: Sequence[GlobalEncoder], work: Path, rounds: int, seed: int
) -> Job[dict[str, Any]]:
    known, asked = _photos(dataset)
    tables = []
    for maker in makers:
        cache = DescriptorCache(work / "descriptors", maker, SCALES)
        gallery = yield from cache.describe(known, f"{maker.name}, references")
        queries = yield from cache.describe(asked, f"{maker.name}, queries")
        questions = Questions.of(gallery.entries, queries.entries)
        resamples = Resamples.of(questions.groups, rng=np.random.default_rng(seed), rounds=rounds)
        measured = yield from measure(Described(gallery.rows, queries.rows), questions, resamples)
        found = find(measured.cells, resamples)
        tables.append(EncoderTables(maker, gallery, queries, questions, measured, resamples, found))
    outcome = LandmarksOutcome(str(data), tuple(tables), seed, rounds, _audited(dataset, tables[0], makers))
    write_text(work / "landmarks.html", page_of(outcome))
    write_text(work / "landmarks.json", json.dumps(outcome.to_dict(), indent=1))
    return {**outcome.to_dict(), "page": str(work / "landmarks.html")}


def _audited(dataset: Dataset, tables: EncoderTables, makers: Sequence[GlobalEncoder]) -> Audit:
    """Look for photos that are known and asked, by content, for contradicting labels, and for what encoders learned."""
    gallery, queries = tables.gallery, tables.queries
    holds = {digest: entry.name for entry, digest in zip(gallery.entries, gallery.digests, strict=True)}
    found = zip(queries.entries, queries.digests, strict=True)
    leaks = [
        Leak(entry.name, holds[digest], "content")
        for entry, digest in found
        if digest in holds and holds[digest] not in entry.ignore
    ]
    described = ((*gallery.entries, *queries.entries), (*gallery.digests, *queries.digests))
    digests = {entry.name: digest for entry, digest in zip(*described, strict=True)}
    return audit(dataset, leaks, digests, (), {}, {}, learned_photos(makers))
