"""The report of a training: whether it worked, on what that rests, and what goes wrong still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any, Final

import numpy as np

from resight.errors import TrainingError
from resight.io.files import write_whole
from resight.report import figures as charts
from resight.report import tiles
from resight.report.page import block, drawing, element, folded, listing, page, picture, table
from resight.types import Image

from .charts import curves, intervals
from .diagnosis import Verdict
from .history import History
from .outcome import CHANGES, Outcome
from .report_answers import confusions, strips

LISTED: Final = 20
"""Of what may be many, as many as a person reads."""

MEASURES: Final = {"p_at_1": "P@1", "micro_ap": "µAP"}
BOXES: Final = {"better": "verdict good", "worse": "verdict bad"}
ASKED: Final = {"all": "all", "photos": "by a photo", "views": "by a simulated view", "with leaks": "leaks included"}


def require() -> None:
    """Raises MissingExtra where no report could be written."""
    charts.require()


def write(outcome: Outcome, file: Path) -> None:
    """Write the page; raises TrainingError where the disk refuses."""
    content = page(f"Training of {outcome.model.name}", _body(outcome))
    try:
        write_whole(file, lambda unfinished: unfinished.write_text(content, encoding="utf-8"))
    except OSError as error:
        raise TrainingError(
            f"the report {str(file)!r} cannot be written ({error.strerror}): make room, then run the same command "
            "again, which goes on from its checkpoint"
        ) from error


def _body(outcome: Outcome) -> Iterator[str]:
    yield element("h1", f"Training of {outcome.model.name}")
    yield element("p", _summary(outcome), "soft")
    for part in (_verdict, _figures, _curves, confusions, strips, _layers, _photos, _settings):
        yield from part(outcome)


def _summary(outcome: Outcome) -> str:
    parts, instances = outcome.pool.parts, len(np.unique(outcome.pool.labels[outcome.pool.parts.learned]))
    return (
        f"Started from {outcome.start.card.name}; learned to tell {instances:,} things apart from "
        f"{len(parts.learned):,} photos, by the loss {outcome.config.loss}; asked {len(parts.asked):,} questions."
    )


def _verdict(outcome: Outcome) -> Iterator[str]:
    change = CHANGES[outcome.change]
    yield block(BOXES.get(change.name, "verdict"), element("p", _headline(outcome)), *_tried(change))
    for verdict in outcome.verdicts:
        said = f"<p><strong>{verdict.name}</strong>: {element('span', verdict.meaning)}.</p>"
        yield block("verdict bad", said, *_tried(verdict))


def _tried(verdict: Verdict) -> Iterator[str]:
    if verdict.advice:
        yield element("p", "What to try:") + listing(verdict.advice)


def _headline(outcome: Outcome) -> str:
    found, meaning = outcome.figures["all"], CHANGES[outcome.change].meaning
    changes = ", ".join(
        f"{name} from {_number(found['before'][key])} to {_number(found['after'][key])}"
        for key, name in MEASURES.items()
        if found["before"]
    )
    return f"{meaning[0].upper()}{meaning[1:]}{': ' if changes else ''}{changes}."


def _number(found: dict[str, Any]) -> str:
    return f"{found['value']:.3f}"


def _figures(outcome: Outcome) -> Iterator[str]:
    yield element("h2", "Before and after")
    figures = {ASKED[kind]: found for kind, found in outcome.figures.items() if found["before"]}
    if not figures:
        yield element("p", "No question has an answer among the known photos.")
        return
    yield drawing(intervals(figures), f"95 % intervals, as in the table below. {_headline(outcome)}")
    yield table(("asked", "questions", "", "before", "after", "mended", "broken", "p"), _lines(figures))
    yield element(
        "p",
        "Intervals are 95 %: Wilson's for P@1, the bootstrap over questions for µAP (where nothing varies, Wilson's). "
        "P@1 counts the questions that have an answer, µAP also weighs how sure the encoder was of those that have "
        "none. Mended are questions that "
        "only the trained encoder answers rightly, broken those that only the other does; p is McNemar's exact test. "
        f"Whether it is better is judged by the paired difference of µAP, {_gain(outcome)}. "
        f"Protocol: {outcome.to_dict()['protocol']['search']}.",
        "soft",
    )
    if outcome.pool.parts.viewed.any():
        yield element(
            "p",
            "Of an instance with one photo a simulated view is asked, whose photo was learned from: that is easier "
            "than a second photo, and such figures speak of views only.",
            "soft",
        )


def _gain(outcome: Outcome) -> str:
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


def _curves(outcome: Outcome) -> Iterator[str]:
    yield element("h2", "Curves")
    yield drawing(curves(outcome.history), _course(outcome.history))
    by = outcome.to_dict()["protocol"]["chosen_by_these_questions"]
    yield element(
        "p",
        f"P@1 of the curve is a quick look at squares of {outcome.config.side} pixels after each epoch, not to be "
        f"compared with the figures above, which are of photos as they will be used; {by} was chosen by it. A dashed "
        "line is where the learning rate begins to fall.",
        "soft",
    )


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


def _layers(outcome: Outcome) -> Iterator[str]:
    before, after = (outcome.first_layers[when] for when in ("before", "after"))
    yield element("h2", "First layers")
    yield element(
        "p",
        "What the first layer looks for, in colour, and what the first layers see in one photo, from black (least) to "
        "white. They learn least: where they have become noise, or one grey, too much was unlearned.",
        "soft",
    )
    yield picture(before["photo"], "the photo that the maps are of", kind="small")
    if len(before["filters"]):
        moved = np.linalg.norm(after["filters"] - before["filters"]) / np.linalg.norm(before["filters"])
        sheets = [tiles.filters(seen["filters"]) for seen in (before, after)]
        yield _both(sheets, "filters of the first layer", f" (changed by {100 * moved:.1f} %)")
    for name, seen in before["maps"].items():
        chosen = tiles.liveliest(seen)
        sheets = [tiles.maps(each["maps"][name][chosen]) for each in (before, after)]
        yield _both(sheets, f"{name}, the {len(chosen)} channels that vary most before")


def _both(sheets: Sequence[Image], said: str, change: str = "") -> str:
    """A picture before, and after, beside each other."""
    names = (f"before: {said}", f"after: {said}{change}")
    shown = zip(sheets, names, strict=True)
    return block("pair", *(picture(sheet, name, kind="wide", suffix=".png") for sheet, name in shown))


def _photos(outcome: Outcome) -> Iterator[str]:
    yield element("h2", "Photos")
    told = outcome.to_dict()
    parts = told["protocol"]
    by = {
        "image": "by image: every instance is learned, and the photos that are asked about are not",
        "instance": "by instance: the things that are asked about are not learned at all",
    }
    facts = {
        "photos, instances learned": f"{told['photos']:,}, {told['instances']:,}",
        "instances of one photo": f"{told['instances_of_one_photo']:,}, learned as negatives and by views",
        "split": by[parts["by"]],
        "learned, known, asked": f"{parts['learned']:,}, {parts['known']:,}, {parts['asked']:,}",
        "asked as simulated views": f"{parts['asked_as_views']:,}",
        "questions": "the data set's own" if parts["queries_of_the_data_set"] else "held out of the photos",
        "without a label, left out": f"{told['unlabelled']:,}",
        "SHA-256 of content and labels": told["data_sha256"],
    }
    yield table(("", ""), facts.items())
    leaks = [f"{leak.query} is the photo {leak.reference} ({leak.kind})" for leak in outcome.pool.leaks]
    yield from _many("Leaks: questions left out, since their photo is among the others", leaks)
    yield from _many("Photos that cannot be read, left out", list(outcome.pool.album.skipped))


def _many(title: str, lines: list[str]) -> Iterator[str]:
    if not lines:
        yield element("p", f"{title}: none.")
        return
    more = [f"and {len(lines) - LISTED} more, in metrics.json"] if len(lines) > LISTED else []
    yield folded(f"{title}: {len(lines)}", listing([*lines[:LISTED], *more]))


def _settings(outcome: Outcome) -> Iterator[str]:
    yield element("h2", "Settings")
    yield table(("setting", "value"), asdict(outcome.config).items())
    preprocess = outcome.start.card.preprocess
    facts = {
        "network": f"{outcome.start.card.architecture} up to {outcome.start.card.cut}",
        "normalised by": f"mean {preprocess.mean}, deviation {preprocess.std}",
        "long side": f"{preprocess.long_side} pixels",
        "ended": outcome.reason,
        "weights of epoch": f"{outcome.epoch} of {len(outcome.history.epochs)}",
        "time": _shares(outcome.history.seconds),
        "model": PurePath(outcome.model).name,
    }
    yield table(("", ""), facts.items())


def _shares(seconds: Mapping[str, float]) -> str:
    """What training spent its time on, such as "90 s: 1 % waiting, 9 % preparing, 90 % learning"."""
    whole = sum(seconds.values())
    shares = ", ".join(f"{spent / max(whole, 1e-9):.0%} {name}" for name, spent in seconds.items())
    return f"{whole:.0f} s: {shares}"
