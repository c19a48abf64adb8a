"""The page of an evaluation: what the figures are, what they rest on, what went wrong, and how to make them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from resight.errors import DatasetError
from resight.io.files import write_whole
from resight.metrics.interval import Estimate
from resight.report import figures
from resight.report.figures import photo_counts
from resight.report.page import PageDrawing, Strip, page
from resight.types import Array

from . import charts
from .evaluation import Evaluation
from .pictures import NAMES, WrongAnswer
from .vote_grid import FORMULAS, VoteGrid

TEMPLATE: Final = "evaluation/templates/evaluation.html"

MEASURES: Final = {
    "p_at_1": "P@1",
    "micro_ap": "µAP",
    "micro_ap_known": "µAP of known queries (GAP⁻)",
    "auroc": "AUROC, known against unknown",
    "balanced_accuracy": "balanced accuracy, known × unknown",
    "coverage": "coverage: known queries that get a name",
    "false_accept_rate": "false-accept rate",
    "false_discovery_rate": "false-discovery rate",
    "either_right": 'right one in "A or B"',
    "recall_at_100": "recall at 100 % precision",
    "recall_at_99": "recall at 99 % precision",
    "risk_area": "area under risk over coverage",
    "ece": "calibration error (ECE)",
    "brier": "Brier score",
}
"""Measures in the order in which they are shown, and what they are called."""

RETRIEVAL: Final = {
    "hit_at_1": "hit at 1",
    "hit_at_5": "hit at 5",
    "hit_at_10": "hit at 10",
    "map": "mAP",
    "map_trapezoid": "mAP, Oxford's trapezoid",
    "map_seed": "mAP, equation 2 of Kohl 2017 (may exceed 1)",
    "map_at_r": "MAP@R",
    "map_at_100": "MAP@100",
    "n_s": "N-S, of 4",
}
"""Measures of rankings by descriptors, in the same way."""


def require() -> None:
    """Raises MissingExtra where no report could be written."""
    figures.require()


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Photos on the page: wrong answers, nearest neighbours, and similarity matrices of pairs by their title."""

    wrong: Sequence[WrongAnswer]
    strips: Sequence[Strip]
    matrices: Mapping[str, Array]


def write(evaluation: Evaluation, instances: Iterable[str], pictures: Pictures, file: Path) -> None:
    """Write the page; ``instances`` are of the known photos. Raises DatasetError where the disk refuses."""
    content = page(TEMPLATE, "Evaluation", _values(evaluation, instances, pictures))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, lambda unfinished: unfinished.write_text(content, encoding="utf-8"))
    except OSError as error:
        raise DatasetError(
            f"the report {str(file)!r} cannot be written ({error.strerror}): make room, or name another file"
        ) from error


def _values(evaluation: Evaluation, instances: Iterable[str], pictures: Pictures) -> dict[str, Any]:
    counts = sorted(Counter(instances).values(), reverse=True)
    measured = {**evaluation.figures(), **evaluation.further()}
    record = evaluation.record
    return {
        "valid": evaluation.audit.valid,
        "failing": [str(finding) for finding in evaluation.audit.findings if finding.fails],
        "told": [str(finding) for finding in evaluation.audit.findings if not finding.fails],
        "roots": ", ".join(record.get("roots", ())),
        "counts": {
            "known photos, things": f"{sum(counts):,}, {len(counts):,}",
            "things with one photo": f"{counts.count(1):,}",
            "queries": f"{len(evaluation.names):,}",
            "of them without an answer in the gallery": f"{int((~evaluation.answerable).sum()):,}",
            "photos that could not be read": f"{len(evaluation.unreadable):,}",
        },
        "measures": [_row(name, measured[key]) for key, name in MEASURES.items() if key in measured],
        "undefined": [(MEASURES[key], f"not defined: {why}") for key, why in evaluation.undefined.items()],
        "retrieval": [
            {
                "encoder": one.encoder,
                "queries": int(one.answerable.sum()),
                "unanswerable": int((~one.answerable).sum()),
                "rows": [_row(name, found[key]) for key, name in RETRIEVAL.items() if key in found],
            }
            for one in evaluation.retrieval
            for found in [one.figures()]
        ],
        "curves": PageDrawing(charts.curves(evaluation), "Risk over coverage, reliability, ROC, precision over recall.")
        if len(evaluation.names)
        else None,
        "distribution": PageDrawing(photo_counts(counts), f"Photos of each of {len(counts)} things.")
        if counts
        else None,
        "votes": [
            (grid.encoder, PageDrawing(charts.votes(grid), f"µAP over k: {_best(grid)}."), _best(grid))
            for grid in evaluation.votes
        ],
        "matrices": PageDrawing(charts.heat_tables(pictures.matrices, [*NAMES.values()]), "Cosines of photos by scale.")
        if pictures.matrices
        else None,
        "wrong": pictures.wrong,
        "strips": pictures.strips,
        "record": _record(record),
    }


def _best(grid: VoteGrid) -> str:
    """The best cell of a grid, in words."""
    (whitened, f, k), found = max(grid.cells.items(), key=lambda cell: cell[1].value)
    kind = "whitened" if whitened else "not whitened"
    return f"best {found.value:.3f} ({found.low:.3f} to {found.high:.3f}), {kind}, f = {FORMULAS[f]}, k = {k}"


def _row(name: str, found: Estimate) -> tuple[str, ...]:
    return name, f"{found.value:.3f}", f"{found.low:.3f} to {found.high:.3f}", f"{found.n:,}"


def _record(record: Mapping[str, Any]) -> dict[str, str]:
    """Everything that is needed to repeat it, a line each."""
    lines = {
        "photos": f"{record.get('photos', 0):,}",
        "SHA-256 of their content, labels and splits": str(record.get("data_sha256", "")),
        "size of the gallery": f"{record.get('index_bytes', 0):,} bytes, {record.get('references', 0):,} photos",
    }
    lines |= {f"encoder {one['name']}": one["fingerprint"] for one in record.get("encoders", ())}
    lines |= {f"seconds: {name}": f"{spent:.1f}" for name, spent in record.get("seconds", {}).items()}
    lines |= {f"option {name}": str(value) for name, value in record.get("options", {}).items() if value is not None}
    return lines | {f"version of {name}": str(number) for name, number in record.get("versions", {}).items()}
