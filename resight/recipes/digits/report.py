"""The report of the digits recipe: the tables and the figure of Ghosh et al. 2017, and what its heat maps are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.io.cached_result import write_text
from resight.report import figures
from resight.report.page import block, drawing, element, listing, page, picture, row, table

from .benchmark import COMPARED
from .charts import worth
from .drawings import Drawings, Reading
from .methods import OURS

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


def write(report: Mapping[str, Any], drawn: Drawings | None, file: Path) -> None:
    """Write the page of the recipe's report; ``drawn`` is None where no photos were given. Raises TrainingError."""
    write_text(file, page("SIMILARnet on MNIST", _body(report, drawn)))


def _body(report: Mapping[str, Any], drawn: Drawings | None) -> Iterator[str]:
    yield element("h1", "Where are the digits? Ghosh et al. 2017 from end to end")
    yield element(
        "p",
        "Ghosh, Bhattacharya and Basu Roy Chowdhury, SIMILARnet: a LeNet learns ten digits; each of its 16 last "
        "filters is silenced, what that costs is its weight, and the weighted maps show where digits are.",
        "soft",
    )
    yield from _verdict(report)
    yield from _accuracy(report)
    yield from _filters(report)
    if drawn is None:
        yield element("h2", "Photos")
        yield element("p", "No photos were given: name a folder with --photos, and heat is drawn and measured on them.")
    else:
        yield from _signs(report)
        yield from _photos(drawn)
        yield from _localisation(report)
        yield from _scenes(drawn)
    yield element("h2", "How the paper is read")
    yield block("prose", table(("paper", "here", "why"), READINGS))
    yield element("h2", "Settings")
    yield table(("setting", "value"), report["settings"].items())


def _verdict(report: Mapping[str, Any]) -> Iterator[str]:
    found = report["accuracy"]
    reached = found["value"] >= found["paper"]
    said = f"{_percent(found['value'])} of {found['n']:,} test digits are told rightly ({_interval(found)})"
    beside = f"the paper has {_percent(found['paper'])}"
    yield block(f"verdict {'good' if reached else 'bad'}", element("p", f"{said}; {beside}."))
    if "signs" in report:
        yield block("verdict", element("p", sign_verdict(report["signs"])))


def sign_verdict(rows: list[dict[str, Any]]) -> str:
    """Words on both signs of equation 1, over all networks and scenes."""
    told = []
    for measure, name in MEASURES.items():
        gains = [each[measure]["gain"] for each in rows]
        better, worse = (sum(sign * gain[end] > 0 for gain in gains) for sign, end in ((1, "low"), (-1, "high")))
        ours, alike, printed = (np.mean([each[measure][way] for each in rows]) for way in COMPARED)
        told.append(
            f"by {name} it is better in {better} and worse in {worse} (means {ours:.2f} and {printed:.2f}; {alike:.2f} "
            "where all filters weigh alike)"
        )
    return (
        f"Equation 1 with the sign that the text asks for, beside the printed one, in {len(rows)} comparisons "
        f"({len({each['network'] for each in rows})} networks): {'; '.join(told)}. The other comparisons do not decide."
    )


def _accuracy(report: Mapping[str, Any]) -> Iterator[str]:
    yield element("h2", "Table 2: class-wise accuracy")
    lines = [(str(number), *_beside(each)) for number, each in enumerate(report["classes"])]
    yield table(
        ("class", "here", "95 % interval", "paper", "paper within"), [*lines, ("all", *_beside(report["accuracy"]))]
    )
    yield element(
        "p",
        "Intervals are Wilson's, of one network; the paper names none. Nothing was chosen by the test digits.",
        "soft",
    )


def _beside(found: Mapping[str, Any]) -> tuple[str, ...]:
    within = "yes" if found["low"] <= found["paper"] <= found["high"] else "no"
    return _percent(found["value"]), _interval(found), _percent(found["paper"]), within


def _filters(report: Mapping[str, Any]) -> Iterator[str]:
    filters, settings = report["filters"], report["settings"]
    rises = np.array(filters["silenced"]) - np.array(filters["error"])
    yield element("h2", "What each filter is worth")
    yield drawing(worth(rises, filters["weights"]), "rise of the error without each filter, and the weights")
    most, least = (int(place(rises[:, 0])) for place in (np.argmax, np.argmin))
    yield element(
        "p",
        f"Error ({settings['error']}, {settings['split']} digits) with all filters: {filters['error'][0]:.4f}. It "
        f"rises most without filter {most + 1}, by {rises[most, 0]:.4f}, and least without filter {least + 1}, by "
        f"{rises[least, 0]:.4f}. Below: the weights of equation 2 with the sign of the text (filters), with the "
        f"printed one, and all alike. The first gives {_percent(max(filters['weights'][OURS]))} to one filter: so far "
        "the heat is the map of that filter.",
        "soft",
    )


def _signs(report: Mapping[str, Any]) -> Iterator[str]:
    yield element("h2", "Which sign of equation 1 works?")
    lines = []
    for each in report["signs"]:
        cells = [_both(each[measure]) for measure in MEASURES]
        lines.append((str(each["network"] + 1), each["scenes"], *cells))
    heads = ("network", "scenes", *(f"{name}: text, alike, printed; gain" for name in MEASURES.values()))
    yield block("prose", table(heads, lines))
    yield element(
        "p",
        "Three ways to weigh the same 16 maps: importance as the text has it, all filters alike, and the sign as "
        "printed. The gain is that of the first over the last, with its paired bootstrap interval of 95 % over scenes: "
        "where that holds zero, these scenes do not decide. Network 1 is the one of all other figures.",
        "soft",
    )


def _both(found: Mapping[str, Any]) -> str:
    gain = found["gain"]
    means = ", ".join(f"{found[way]:.3f}" for way in COMPARED)
    return f"{means}; {gain['value']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f})"


def _photos(drawn: Drawings) -> Iterator[str]:
    yield element("h2", "Heat on photos of several sizes (figure 2)")
    yield element(
        "p",
        "Above the paper's heat, of the photo as it is; below that of filters that all weigh alike, of the photo's "
        "thin bright strokes. A LeNet has no word for what is no digit: what it reads with 0.9 or more may be "
        "anything.",
        "soft",
    )
    for each in drawn.photos:
        height, width = each.photo.shape[:2]
        yield element("p", f"{each.name}, {width} × {height}", "soft")
        cells = [picture(each.photo, "photo")]
        for name, look in (("weighed", each.weighed), ("alike, thin strokes", each.alike)):
            cells += [
                picture(look.heat, f"heat, {name}"),
                picture(look.text, f"above the threshold, {name}: {look.regions or 'no'} hotspots"),
                picture(look.boxes, _told(look)),
            ]
        cells.insert(4, "<span></span>")
        yield block("four", *cells)


def _told(look: Reading) -> str:
    if not look.regions:
        return "nothing is above the threshold"
    return f"read with 0.9 or more: {', '.join(look.read) or 'nothing'}"


def _localisation(report: Mapping[str, Any]) -> Iterator[str]:
    yield element("h2", "Are the maps right? Digits pasted on photos")
    for condition, found in report["localisation"].items():
        yield element("p", f"{condition.capitalize()}:")
        lines = [
            (way, *(_figure(each[measure]) for measure in (*MEASURES, "located", "right")), f"{each['ms']:.2f}")
            for way, each in found.items()
        ]
        yield table(("method", *MEASURES.values(), "located", "and read", "ms"), lines)
        yield element(
            "p", f"Of the digits' own boxes {_share(report['true_boxes'][condition])} are read rightly.", "soft"
        )
    yield element("p", "Means with 95 % intervals over scenes; ms is the median cost of a map.", "soft")
    yield listing(
        (
            "Pointing game: is the hottest place in the digit's box? Heat in the box: which share of all heat is. IoU: "
            "of that box and the hottest hotspot's. Located: any hotspot has an IoU of 0.5 or more; and read: the "
            "class that LeNet reads in it is right, which is the paper's title, localisation and recognition.",
            "Filters and filters by class are Ghosh et al.'s, the latter with the class's own importances; printed has "
            "equation 1's sign as it stands; alike weighs all filters the same.",
            "Grad-CAM, occlusion and the slid classifier are asked about the digit's class. Brightness, centre and "
            "random look at no network: pasted ink is as bright as can be, so that brightness alone finds a digit, but "
            "not which of two.",
        )
    )


def _scenes(drawn: Drawings) -> Iterator[str]:
    yield element("h2", "What the methods see")
    for each in drawn.scenes:
        yield element("p", f"{each.condition.capitalize()}: where is the {each.label}?", "soft")
        yield row(picture(each.image, "asked"), *(picture(heat, way) for way, heat in each.heats.items()))


def _figure(found: Mapping[str, Any]) -> str:
    return f"{found['value']:.2f} ({found['low']:.2f}–{found['high']:.2f})"


def _share(found: Mapping[str, Any]) -> str:
    return f"{_percent(found['value'])} ({_interval(found)})"


def _interval(found: Mapping[str, Any]) -> str:
    return f"{_percent(found['low'])} to {_percent(found['high'])}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
