"""The page of the landmarks recipe: tables beside the thesis's, their curves, orderings, matrices and neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from resight.evaluation import charts as drawings
from resight.evaluation.pictures import NAMES
from resight.features.views import USUAL_SCALES
from resight.io.datasets.entries import Entry
from resight.io.images import prepare
from resight.metrics.interval import Estimate
from resight.report.figures import photo_counts
from resight.report.page import PageDrawing, PageImage, Strip, page
from resight.search.similarity_matrix import similarity_matrix
from resight.types import Array, Preprocess

from . import charts
from .further import Row
from .measurement import whitened_by_scale
from .orderings import OrderingFinding
from .outcome import SUMS, EncoderTables, LandmarksOutcome
from .thesis import TABLES, TRANSFORMS

SIDE: Final = 160
"""Longer side of a photo on the page, in pixels."""

NEAREST: Final = 5
"""Neighbours of a query that are shown, as in Figures 5.1 and 5.6."""

STRIPS: Final = 4
"""Queries whose neighbours are shown: answered rightly, wrongly, and unknown ones."""

TEMPLATE: Final = "recipes/landmarks/templates/report.html"


def page_of(outcome: LandmarksOutcome) -> str:
    """The whole page."""
    return page(
        TEMPLATE,
        "Landmarks: the tables of Bouček 2020 on other photos",
        {
            "facts": {name.replace("_", " "): f"{count:,}" for name, count in outcome.facts.items()},
            "data": outcome.data,
            "failing": [str(finding) for finding in outcome.audit.findings if finding.fails],
            "distribution": PageDrawing(
                photo_counts(outcome.counts), f"Photos of each of {len(outcome.counts)} things."
            ),
            "encoders": [_encoder(tables) for tables in outcome.tables],
            "seed": outcome.seed,
            "rounds": outcome.rounds,
        },
    )


def _encoder(tables: EncoderTables) -> dict[str, Any]:
    """Everything that the page shows of one encoder."""
    matrices = _matrices(tables)
    return {
        "name": tables.encoder.name,
        "fingerprint": tables.encoder.fingerprint,
        "dimensions": tables.gallery.rows.shape[2],
        "best": [_best(tables, number) for number in TABLES],
        "orderings": [_ordering(finding) for finding in tables.findings],
        "few": " ".join(filter(None, (tables.few, tables.clipped))),
        "gains": PageDrawing(charts.gains(tables.findings), "Differences of µAP as in the table above."),
        "tables": [_table(tables, number) for number in TABLES],
        "sums": [
            (one.name, "yes" if one.cell[0] else "no", TRANSFORMS[one.cell[1]], one.cell[2], f"{one.value:.4f}")
            for one in tables.sums[:SUMS]
        ],
        "matrices": PageDrawing(
            drawings.heat_tables(matrices, [NAMES[scale] for scale in USUAL_SCALES]), "Cosines of two photos by scale."
        )
        if matrices
        else None,
        "strips": [_strip(tables, query) for query in _shown(tables)],
        "further": [_further(row) for row in tables.further],
    }


def _further(row: Row) -> tuple[str, ...]:
    value, low, high = _ends(row.value)
    told = row.name, f"{value:.3f} ({low:.3f} to {high:.3f})"
    if row.gain is None or row.p is None:
        return *told, "", ""
    gain, least, most = (drawings.signed(one, plus=True) for one in _ends(row.gain))
    return *told, f"{gain} ({least} to {most})", f"{row.p:.2g}"


def _ordering(finding: OrderingFinding) -> tuple[str, ...]:
    here = finding.gain
    thesis, value, low, high = (drawings.signed(one, plus=True) for one in (finding.thesis, *_ends(here)))
    return finding.ordering.claim, finding.verdict, thesis, f"{value} ({low} to {high})", f"{finding.p:.2g}"


def _ends(found: Estimate) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def _best(tables: EncoderTables, number: str) -> tuple[str, ...]:
    (whitened, name, k), found = tables.best(number)
    theirs = max(TABLES[number], key=lambda cell: TABLES[number][cell])
    return (
        charts.title(number),
        f"{TRANSFORMS.get(name, name)}, {'whitened' if whitened else 'not whitened'}, k = {k}",
        f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})",
        f"{TRANSFORMS.get(theirs[1], theirs[1])}, {'whitened' if theirs[0] else 'not whitened'}, k = {theirs[2]}",
        f"{TABLES[number][theirs]:.4f}",
    )


def _table(tables: EncoderTables, number: str) -> dict[str, Any]:
    """A table, the thesis's figures in small print below ours, and its curves."""
    cells = tables.estimates[number]
    ks = list(dict.fromkeys(k for _, _, k in cells))
    return {
        "title": charts.title(number),
        "header": ("whitened", "", *(f"k = {k}" for k in ks)),
        "rows": list(_rows(tables, number, ks)),
        "chart": PageDrawing(charts.over_k(number, cells), f"µAP over k of {charts.title(number)}, as in the table."),
    }


def _rows(tables: EncoderTables, number: str, ks: list[int]) -> Iterator[tuple[str, ...]]:
    cells = tables.estimates[number]
    for whitened, name in dict.fromkeys((whitened, name) for whitened, name, _ in cells):
        ours = (f"{cells[whitened, name, k].value:.3f} / {TABLES[number][whitened, name, k]:.3f}" for k in ks)
        yield "yes" if whitened else "no", TRANSFORMS.get(name, name), *ours


def _matrices(tables: EncoderTables) -> dict[str, Array]:
    """Similarity matrices of a query with the nearest photo of what it shows, and with the nearest of another thing."""
    questions, matches = tables.questions, tables.measured.neighbours[True]
    if not questions.answerable.any():
        return {}
    right = questions.right[:, questions.labels] & ~questions.ignored
    for query in np.flatnonzero(questions.answerable):
        rows = [row for row in matches.rows[query] if row >= 0]
        same = next((row for row in rows if right[query, row]), None)
        other = next((row for row in rows if not right[query, row]), None)
        if same is not None and other is not None:
            asked, known = tables.queries.rows[query : query + 1], tables.gallery.rows[[same, other]]
            asked, known = whitened_by_scale(tables.gallery.rows, asked, known)
            titles = ("the same thing", "the nearest other thing")
            return dict(zip(titles, similarity_matrix(asked[0], known), strict=True))
    return {}


def _shown(tables: EncoderTables) -> list[int]:
    """Queries whose neighbours are shown: two that are answered rightly, one wrongly, and one that is unknown."""
    questions, nearest = tables.questions, tables.measured.neighbours[True].rows[:, 0]
    first = (nearest >= 0) & questions.right[np.arange(len(nearest)), questions.labels[nearest]]
    kinds = (questions.answerable & first, questions.answerable & ~first, ~questions.answerable)
    right, wrong, unknown = (np.flatnonzero(kind).tolist() for kind in kinds)
    chosen = [*right[:2], *wrong[:1], *unknown[:1]]
    rest = [query for query in (*right[2:], *wrong[1:], *unknown[1:]) if query not in chosen]
    return [*chosen, *rest][:STRIPS]


def _strip(tables: EncoderTables, query: int) -> Strip:
    matches, questions = tables.measured.neighbours[True], tables.questions
    asked = tables.queries.entries[query]
    said = " | ".join(asked.labels) if questions.answerable[query] else "nothing known"
    found = []
    for row, score in zip(matches.rows[query, :NEAREST], matches.scores[query, :NEAREST], strict=True):
        if row >= 0:
            right = bool(questions.right[query, questions.labels[row]])
            entry = tables.gallery.entries[row]
            found.append(_picture(entry, f"{'✓' if right else '✗'} {score:.2f}: {entry.label}", right))
    return Strip(_picture(asked, f"asked: {said}"), tuple(found))


def _picture(entry: Entry, caption: str, right: bool | None = None) -> PageImage:
    small = prepare(entry.photo(long_side=SIDE), Preprocess(long_side=SIDE))
    return PageImage(small, caption, "" if right is None else "right" if right else "wrong")
