"""The report of the digits recipe: the tables and the figure of Ghosh et al. 2017, and what its heat maps are worth."""

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

from .benchmark import COMPARED
from .charts import filter_chart
from .drawings import DigitDrawings, DigitReading, DrawnPhoto, DrawnScene
from .methods import OURS

_percent: Final = partial(percent, places=2)
"""Formats a share with the digits of the paper's tables."""

MEASURES: Final = {"pointing": "pointing game", "energy": "heat in the box", "iou": "IoU"}

READINGS: Final = (
    ("w' = E − e_i (equation 1)", "e_i − E; both are measured", "as printed, what is missed most weighs least"),
    (
        "error in classification",
        "setting error: mean negative log likelihood (nll) or 0/1 error (zero-one)",
        "not said",
    ),
    (
        "softmax of the differences",
        "of differences in their own deviation, at a temperature",
        "else it picks one or none",
    ),
    ("filter missing", "its map behind the last pooling is zero", "the last place before the dense layers"),
    (
        "not sensitive to the input size",
        "drawn from the last convolution, without its pooling",
        "dense layers want 28 × 28",
    ),
    ("Table 1 without activations", "ReLU behind all layers but the last", "not said"),
    (
        "10 iterations, 200 batches per epoch",
        "10 epochs of 200 batches of 300, Adam's rate / (1 + 1e-5 · step)",
        "60,000 digits make 200 batches",
    ),
    ("high threshold value", "mean + 2 deviations of the heat map", "not given"),
    ("stock photos", "inverted where they are dark on light", "MNIST is white on black"),
    ("stock photos", "also measured: thin bright strokes alone, by a top-hat", "wide bright regions are no digits"),
    ("greys, first weights", "greys in [0, 1], weights drawn as He et al. do", "not given"),
    ("classify each one of those hotspots", "threshold, connected regions, crop, classify", "announced, never shown"),
)
"""Readings of the paper: what it says, what is done here, and why."""


def require() -> None:
    """Raises MissingExtra where no report could be written."""
    figures.require()


def write(report: Mapping[str, Any], drawn: DigitDrawings | None, file: Path) -> None:
    """Write the page of the recipe's report; ``drawn`` is None where no photos were given. Raises TrainingError."""
    write_text(file, page("recipes/digits/templates/report.html", "SIMILARnet on MNIST", _values(report, drawn)))


def _values(report: Mapping[str, Any], drawn: DigitDrawings | None) -> dict[str, Any]:
    """Values of the template."""
    found = report["accuracy"]
    return {
        "reached": found["value"] >= found["paper"],
        "verdict": (
            f"{_percent(found['value'])} of {found['n']:,} test digits are told rightly ({_interval(found)}); "
            f"the paper has {_percent(found['paper'])}."
        ),
        "classes": [
            *((str(number), *_beside(each)) for number, each in enumerate(report["classes"])),
            ("all", *_beside(found)),
        ],
        "filters": _filters(report),
        "signs": _signs(report["signs"]) if "signs" in report else {},
        "localisation": _localisation(report) if "localisation" in report else {},
        "drawn": drawn and {"photos": map(_photo, drawn.photos), "scenes": map(_scene, drawn.scenes)},
        "readings": READINGS,
        "settings": report["settings"],
    }


def sign_verdict(rows: Sequence[Mapping[str, Any]]) -> str:
    """Words on both signs of equation 1, over all networks and scenes."""
    told = []
    for measure, name in MEASURES.items():
        gains = [each[measure]["gain"] for each in rows]
        better, worse = (sum(sign * gain[end] > 0 for gain in gains) for sign, end in ((1, "low"), (-1, "high")))
        ours, alike, printed = (np.mean([each[measure][weights] for each in rows]) for weights in COMPARED)
        told.append(
            f"by {name} it is better in {better} and worse in {worse} (means {ours:.2f} and {printed:.2f}; {alike:.2f} "
            "where all filters weigh alike)"
        )
    return (
        f"Equation 1 with the sign that the text asks for, beside the printed one, in {len(rows)} comparisons "
        f"({len({each['network'] for each in rows})} networks): {'; '.join(told)}. The other comparisons do not decide."
    )


def _beside(found: Mapping[str, Any]) -> tuple[str, ...]:
    within = "yes" if found["low"] <= found["paper"] <= found["high"] else "no"
    return _percent(found["value"]), _interval(found), _percent(found["paper"]), within


def _filters(report: Mapping[str, Any]) -> dict[str, Any]:
    filters, settings = report["filters"], report["settings"]
    rises = np.array(filters["silenced"]) - np.array(filters["error"])
    most, least = (int(place(rises[:, 0])) for place in (np.argmax, np.argmin))
    drawn = filter_chart(rises, filters["weights"])
    return {
        "drawing": PageDrawing(drawn, "rise of the error without each filter, and the weights"),
        "said": (
            f"Error ({settings['error']}, {settings['split']} digits) with all filters: {filters['error'][0]:.4f}. It "
            f"rises most without filter {most + 1}, by {rises[most, 0]:.4f}, and least without filter {least + 1}, by "
            f"{rises[least, 0]:.4f}."
        ),
        "largest": _percent(max(filters["weights"][OURS])),
    }


def _signs(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "verdict": sign_verdict(rows),
        "header": ("network", "scenes", *(f"{name}: text, alike, printed; gain" for name in MEASURES.values())),
        "lines": [
            (str(each["network"] + 1), each["scenes"], *(_both(each[measure]) for measure in MEASURES)) for each in rows
        ],
    }


def _both(found: Mapping[str, Any]) -> str:
    gain = found["gain"]
    means = ", ".join(f"{found[weights]:.3f}" for weights in COMPARED)
    return f"{means}; {gain['value']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f})"


def _photo(drawn: DrawnPhoto) -> dict[str, Any]:
    height, width = drawn.photo.shape[:2]
    return {
        "said": f"{drawn.name}, {width} × {height}",
        "photo": PageImage(drawn.photo, "photo"),
        "weighed": list(_looks("weighed", drawn.weighed)),
        "alike": list(_looks("alike, thin strokes", drawn.alike)),
    }


def _looks(name: str, look: DigitReading) -> Iterator[PageImage]:
    yield PageImage(look.heat, f"heat, {name}")
    yield PageImage(look.text, f"above the threshold, {name}: {look.regions or 'no'} hotspots")
    yield PageImage(look.boxes, _told(look))


def _told(look: DigitReading) -> str:
    if not look.regions:
        return "nothing is above the threshold"
    return f"read with 0.9 or more: {', '.join(look.read) or 'nothing'}"


def _localisation(report: Mapping[str, Any]) -> dict[str, Any]:
    conditions = [
        {
            "name": condition.capitalize(),
            "lines": [(method, *_figures(each)) for method, each in found.items()],
            "boxes": _share(report["true_boxes"][condition]),
        }
        for condition, found in report["localisation"].items()
    ]
    return {"header": ("method", *MEASURES.values(), "located", "and read", "ms"), "conditions": conditions}


def _figures(found: Mapping[str, Any]) -> tuple[str, ...]:
    return *(_figure(found[measure]) for measure in (*MEASURES, "located", "right")), f"{found['ms']:.2f}"


def _scene(drawn: DrawnScene) -> dict[str, Any]:
    return {
        "said": f"{drawn.condition.capitalize()}: where is the {drawn.label}?",
        "pictures": [
            PageImage(drawn.image, "asked"),
            *(PageImage(heat, method) for method, heat in drawn.heats.items()),
        ],
    }


def _figure(found: Mapping[str, Any]) -> str:
    return f"{found['value']:.2f} ({found['low']:.2f}–{found['high']:.2f})"


def _share(found: Mapping[str, Any]) -> str:
    return f"{_percent(found['value'])} ({_interval(found)})"


def _interval(found: Mapping[str, Any]) -> str:
    return f"{_percent(found['low'])} to {_percent(found['high'])}"
