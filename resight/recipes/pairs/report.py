"""The report of the pairs recipe: Table 2 and figures 5 to 7 of the paper, beside what came of them here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.io.cached_result import write_text
from resight.report import figures
from resight.report.page import PageDrawing, PageImage, page
from resight.results import percent
from resight.training.history import History
from resight.types import Array

from .benchmark import CASES, TestPairs
from .charts import courses, roc_curves

_percent: Final = partial(percent, places=2)

READINGS: Final = (
    ("63k and 17k photos", "70 and 30 % of what is there", "90k × 0.3 is 27k"),
    ("644,400 pairs", "10 of each ordered pair of classes, and as many of one class", "180 · 179 · 10 · 2"),
    ("removed from the new training set", "in either order; others take their place", "an epoch keeps its size"),
    ("3,980,000 distinct pairs", "without replacement as far as there are any", "a class of 50 has 1,225 pairs"),
    (
        "86.51 %, 73.8 % on unseen classes",
        "balanced accuracy, AUC and what “always similar” reaches beside it",
        "199 : 19",
    ),
    ("unseen classes", "unseen by what learned here", "weights of ImageNet have seen them"),
    ("|x1 − x2|", "of each element; setting input: squared, concatenated, with-product", "its section 7"),
    ("embedding of VGG16", "before its ReLU; setting layer: classifier.4 is behind it", "not said"),
    ("E[V] over k + 1 terms", "over k; the rate falls as the formula is written", "0 to k are k + 1 terms"),
)
"""Readings of the paper: what it says, what is done here, and why."""


def require() -> None:
    """Raises MissingExtra where no report could be written."""
    figures.require()


def write(
    report: Mapping[str, Any],
    histories: Mapping[str, tuple[History, History]],
    said: Mapping[str, Array],
    tested: TestPairs,
    photos: Array,
    hardest: Sequence[tuple[int, int, float, int]],
    file: Path,
) -> None:
    """Write the page of the recipe's report; raises TrainingError where the disk refuses."""
    judged = {form["name"]: form["similarity"] for form in report["forms"]} | report["ensembles"]
    values = {
        "verdict": " ".join(_verdict(name, each) for name, each in judged.items()),
        "left_out": report["left_out"],
        "note": report["note"],
        "cases": list(_cases(report)),
        "case_header": ("case", "pairs", *(part for name in judged for part in _heads(name, judged[name]))),
        "sets": list(_sets(judged)),
        "naive": list(_naive(judged)),
        "classifiers": [_classifier(form) for form in report["forms"]],
        "figure_5": _drawn(histories, 0, "classes"),
        "figure_6": _drawn(histories, 1, "pairs"),
        "figure_7": PageDrawing(roc_curves(said, tested.pairs.same, tested.sets), "ROC of all networks"),
        "unique": f"{tested.pairs.unique:,} of the {len(tested.pairs):,} test pairs are different ones.",
        "hardest": [_pair(tested, photos, *each) for each in hardest],
        "readings": READINGS,
        "settings": [(form["name"], key, value) for form in report["forms"] for key, value in form["settings"].items()],
    }
    write_text(file, page("recipes/pairs/templates/report.html", "Image similarity network", values))


def _drawn(histories: Mapping[str, tuple[History, History]], step: int, what: str) -> PageDrawing:
    chart = courses({name: each[step] for name, each in histories.items()}, f"accuracy, {what}")
    return PageDrawing(chart, f"accuracy of {what} over epochs")


def _verdict(name: str, judged: Mapping[str, Any]) -> str:
    unseen = judged["sets"].get("unseen")
    told = f"{name}: {_share(judged['sets']['seen']['balanced_accuracy'])} balanced on seen classes"
    if unseen is None:
        return f"{told}."
    return f"{told}, {_share(unseen['balanced_accuracy'])} on unseen ones, AUC {_figure(unseen['auc'])}."


def _heads(name: str, judged: Mapping[str, Any]) -> tuple[str, ...]:
    return (name, "paper") if judged.get("paper") else (name,)


def _cases(report: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    judged = [form["similarity"] for form in report["forms"]] + list(report["ensembles"].values())
    for number, name in enumerate(CASES):
        cells = []
        for each in judged:
            cells.append(_plain(each["cases"][number]["accuracy"]))
            if each.get("paper"):
                cells.append(_percent(each["paper"]["cases"][number]))
        yield f"{number + 1}: {name}", f"{judged[0]['cases'][number]['n']:,}", *cells


def _plain(value: float | None) -> str:
    return "–" if value is None else _percent(value)


def _sets(judged: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, each in judged.items():
        for kind, found in each["sets"].items():
            cells = (_share(found["accuracy"]), _percent(found["always_similar"]), _share(found["balanced_accuracy"]))
            yield name, kind, *cells, _figure(found["auc"])


def _naive(judged: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, each in judged.items():
        for kind, found in each["sets"].items():
            widths = [
                found["accuracy"][by]["high"] - found["accuracy"][by]["low"] for by in ("pairs", "photos", "classes")
            ]
            yield name, kind, *(f"{100 * width:.2f}" for width in widths), f"{widths[2] / max(widths[0], 1e-9):.0f}"


def _share(found: Mapping[str, Any]) -> str:
    each = found["classes"]
    return f"{_percent(each['value'])} ({100 * each['low']:.1f}–{100 * each['high']:.1f})"


def _figure(found: Mapping[str, Any]) -> str:
    each = found["classes"]
    return f"{each['value']:.3f} ({each['low']:.3f}–{each['high']:.3f})"


def _classifier(form: Mapping[str, Any]) -> tuple[str, ...]:
    top, paper = form["classifier"]["top_1"], form["classifier"]["paper"]
    interval = f"{100 * top['low']:.1f}–{100 * top['high']:.1f}"
    return form["name"], f"{top['n']:,}", _percent(top["value"]), interval, "–" if paper is None else _percent(paper)


def _pair(tested: TestPairs, photos: Array, first: int, second: int, share: float, row: int) -> dict[str, Any]:
    both = [photos[place] for place in tested.pairs.rows[row]]
    said = f"{tested.names[first]} and {tested.names[second]}: {_percent(share)} called similar"
    return {"said": said, "picture": PageImage(np.repeat(np.repeat(np.hstack(both), 2, 0), 2, 1), "surest wrong pair")}
