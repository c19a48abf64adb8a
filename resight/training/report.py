"""The report of a training: whether it worked, on what that rests, and what goes wrong still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any, Final

import numpy as np

from resight.errors import TrainingError
from resight.io.files import write_whole
from resight.report import figures, tiles
from resight.report.page import PageDrawing, PageImage, page
from resight.results.recognition import percent
from resight.types import Image

from .charts import curves, intervals
from .history import History
from .outcome import CHANGES, TrainingOutcome
from .report_answers import confusions, strips

LISTED: Final = 20
"""Number of entries of a long list that are shown."""

MEASURES: Final = {"p_at_1": "P@1", "micro_ap": "µAP"}
BOXES: Final = {"better": "verdict good", "worse": "verdict bad"}
ASKED: Final = {"all": "all", "photos": "by a photo", "views": "by a simulated view", "with leaks": "leaks included"}


def require() -> None:
    """Raises MissingExtra where no report could be written."""
    figures.require()


def write(outcome: TrainingOutcome, file: Path) -> None:
    """Write the page; raises TrainingError where the disk refuses."""
    content = page("training/templates/report.html", f"Training of {outcome.model.name}", _values(outcome))
    try:
        write_whole(file, lambda unfinished: unfinished.write_text(content, encoding="utf-8"))
    except OSError as error:
        raise TrainingError(
            f"the report {str(file)!r} cannot be written ({error.strerror}): make room, then run the same command "
            "again, which goes on from its checkpoint"
        ) from error


def _values(outcome: TrainingOutcome) -> dict[str, Any]:
    """Values of the template."""
    change, told = CHANGES[outcome.change], outcome.to_dict()
    return {
        "summary": _summary(outcome),
        "change": change,
        "box": BOXES.get(change.name, "verdict"),
        "headline": _headline(outcome),
        "verdicts": outcome.verdicts,
        "figures": _figures(outcome),
        "protocol": {"search": told["protocol"]["search"], "chosen": told["protocol"]["chosen_by_these_questions"]},
        "by_views": outcome.training_set.parts.viewed.any(),
        "side": outcome.config.side,
        "curves": PageDrawing(curves(outcome.history), _course(outcome.history)),
        "confusions": confusions(outcome),
        "strips": strips(outcome),
        "mapped": PageImage(outcome.first_layers["before"]["photo"], "the photo that the maps are of", "small"),
        "layers": list(_layers(outcome)),
        "photos": _photos(told),
        "leaks": [f"{leak.query} is the photo {leak.reference} ({leak.kind})" for leak in outcome.training_set.leaks],
        "skipped": outcome.training_set.decoded.skipped,
        "listed": LISTED,
        "settings": asdict(outcome.config),
        "facts": _facts(outcome),
    }


def _summary(outcome: TrainingOutcome) -> str:
    parts = outcome.training_set.parts
    instances = len(np.unique(outcome.training_set.labels[parts.learned]))
    return (
        f"Started from {outcome.start.card.name}; learned to tell {instances:,} things apart from "
        f"{len(parts.learned):,} photos, by the loss {outcome.config.loss}; asked {len(parts.asked):,} questions."
    )


def _headline(outcome: TrainingOutcome) -> str:
    found, meaning = outcome.figures["all"], CHANGES[outcome.change].meaning
    changes = ", ".join(
        f"{name} from {_number(found['before'][key])} to {_number(found['after'][key])}"
        for key, name in MEASURES.items()
        if found["before"]
    )
    return f"{meaning[0].upper()}{meaning[1:]}{': ' if changes else ''}{changes}."


def _number(found: dict[str, Any]) -> str:
    return f"{found['value']:.3f}"


def _figures(outcome: TrainingOutcome) -> dict[str, Any]:
    """A drawing and a table of before and after; {} where no question has an answer."""
    figures = {ASKED[kind]: found for kind, found in outcome.figures.items() if found["before"]}
    if not figures:
        return {}
    drawn = PageDrawing(intervals(figures), f"95 % intervals, as in the table below. {_headline(outcome)}")
    return {"drawing": drawn, "lines": list(_lines(figures)), "gain": _gain(outcome)}


def _gain(outcome: TrainingOutcome) -> str:
    gained = outcome.figures["all"].get("micro_ap_gained")
    if gained is None:
        return "which is not known"
    return "{value:+.3f} ({low:+.3f} to {high:+.3f})".format(**gained).replace("-", "−")


def _lines(figures: dict[str, dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for kind, found in figures.items():
        for key, name in MEASURES.items():
            before, after = (
                f"{found[when][key]['value']:.3f} ({found[when][key]['low']:.3f} to {found[when][key]['high']:.3f})"
                for when in ("before", "after")
            )
            paired = (
                (found["mended"], found["broken"], f"{found['mcnemar_p']:.2g}") if key == "p_at_1" else ("", "", "")
            )
            yield (kind, found["after"][key]["n"], name, before, after, *paired)


def _course(history: History) -> str:
    """The curves in words, for whoever does not see them."""
    said = [f"Curves of {len(history.means)} epochs"]
    if history.means:
        said.append(f"mean loss of an epoch from {history.means[0]:.3g} to {history.means[-1]:.3g}")
    if history.scores:
        said.append(f"P@1 from {history.scores[0]:.3f} to {history.scores[-1]:.3f}, at most {max(history.scores):.3f}")
    if decays := history.decays():
        said.append(f"the rate begins to fall after step {', '.join(map(str, decays))} of {history.steps[-1][0]}")
    return "; ".join(said) + "."


def _layers(outcome: TrainingOutcome) -> Iterator[tuple[PageImage, PageImage]]:
    """Filters and maps before, and after."""
    before, after = (outcome.first_layers[when] for when in ("before", "after"))
    if len(before["filters"]):
        moved = np.linalg.norm(after["filters"] - before["filters"]) / np.linalg.norm(before["filters"])
        sheets = [tiles.filters(seen["filters"]) for seen in (before, after)]
        yield _both(sheets, "filters of the first layer", f" (changed by {100 * moved:.1f} %)")
    for name, seen in before["maps"].items():
        chosen = tiles.liveliest(seen)
        sheets = [tiles.maps(each["maps"][name][chosen]) for each in (before, after)]
        yield _both(sheets, f"{name}, the {len(chosen)} channels that vary most before")


def _both(sheets: Sequence[Image], said: str, change: str = "") -> tuple[PageImage, PageImage]:
    before, after = sheets
    return (
        PageImage(before, f"before: {said}", "wide", suffix=".png"),
        PageImage(after, f"after: {said}{change}", "wide", suffix=".png"),
    )


def _photos(told: Mapping[str, Any]) -> dict[str, str]:
    parts = told["protocol"]
    by = {
        "image": "by image: every instance is learned, and the photos that are asked about are not",
        "instance": "by instance: the things that are asked about are not learned at all",
    }
    return {
        "photos, instances learned": f"{told['photos']:,}, {told['instances']:,}",
        "instances of one photo": f"{told['instances_of_one_photo']:,}, learned as negatives and by views",
        "split": by[parts["by"]],
        "learned, known, asked": f"{parts['learned']:,}, {parts['known']:,}, {parts['asked']:,}",
        "asked as simulated views": f"{parts['asked_as_views']:,}",
        "questions": "the data set's own" if parts["queries_of_the_data_set"] else "held out of the photos",
        "without a label, left out": f"{told['unlabelled']:,}",
        "SHA-256 of content and labels": told["data_sha256"],
    }


def _facts(outcome: TrainingOutcome) -> dict[str, str]:
    preprocess = outcome.start.card.preprocess
    return {
        "network": f"{outcome.start.card.architecture} up to {outcome.start.card.cut}",
        "normalised by": f"mean {preprocess.mean}, deviation {preprocess.std}",
        "long side": f"{preprocess.long_side} pixels",
        "ended": outcome.reason,
        "weights of epoch": f"{outcome.epoch} of {len(outcome.history.epochs)}",
        "time": _shares(outcome.history.seconds),
        "model": PurePath(outcome.model).name,
    }


def _shares(seconds: Mapping[str, float]) -> str:
    """Words on what training spent its time on, such as "90 s: 1 % waiting, 9 % preparing, 90 % learning"."""
    whole = sum(seconds.values())
    shares = ", ".join(f"{percent(spent / max(whole, 1e-9), 0)} {name}" for name, spent in seconds.items())
    return f"{whole:.0f} s: {shares}"
