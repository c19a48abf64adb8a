"""The report of a training: whether it worked, on what that rests, and what goes wrong still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any, Final

import numpy as np

from resight.errors import TrainingError
from resight.training.outcome import Outcome

from . import charts, tiles
from .page import drawing, element, listing, page, picture, row, table

CONFUSIONS: Final = 8
STRIPS: Final = 6
LISTED: Final = 20
"""Of what may be many, as many as a person looks at."""

MEASURES: Final = {"p_at_1": "P@1", "micro_ap": "µAP"}
ASKED: Final = {"all": "all", "photos": "by a photo", "views": "by a simulated view", "with leaks": "leaks included"}


def require() -> None:
    """Raises MissingExtra where no report could be written."""
    charts.require()


def write(outcome: Outcome, file: Path) -> None:
    """Write the page; raises TrainingError where the disk refuses."""
    content = page(f"Training of {outcome.model.name}", _body(outcome))
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_text(content, encoding="utf-8")
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise TrainingError(
            f"the report {str(file)!r} cannot be written ({error.strerror}): make room, then run the same command "
            "again, which goes on from its checkpoint"
        ) from error


def _body(outcome: Outcome) -> Iterator[str]:
    yield element("h1", f"Training of {outcome.model.name}")
    yield element("p", f"Started from {outcome.start.card.name}, by the loss {outcome.config.loss}.", "soft")
    for part in (_verdict, _figures, _curves, _confusions, _strips, _layers, _photos, _settings):
        yield from part(outcome)


def _verdict(outcome: Outcome) -> Iterator[str]:
    for verdict in outcome.verdicts:
        said = f"<strong>{verdict.name}</strong>: " + element("span", verdict.meaning) + ". What to try:"
        yield f'<div class="verdict bad"><p>{said}</p>{listing(verdict.advice)}</div>'
    yield f'<div class="verdict">{element("p", _headline(outcome))}</div>'


def _headline(outcome: Outcome) -> str:
    found = outcome.figures["all"]
    said = {
        "better": "On what was asked the encoder is better than before",
        "worse": "On what was asked the encoder is worse than before (keep the one that it started from)",
        "undecided": "What was asked does not decide whether the encoder is better than before",
        "unknown": "No question could be asked that has an answer: whether it worked is not known",
    }[outcome.change]
    changes = ", ".join(
        f"{name} from {_number(found['before'][key])} to {_number(found['after'][key])}"
        for key, name in MEASURES.items()
        if found["before"]
    )
    return f"{said}{': ' if changes else ''}{changes}."


def _number(found: dict[str, Any]) -> str:
    return f"{found['value']:.3f}"


def _figures(outcome: Outcome) -> Iterator[str]:
    yield element("h2", "Before and after")
    figures = {ASKED[kind]: found for kind, found in outcome.figures.items() if found["before"]}
    if not figures:
        return
    yield drawing(charts.intervals(figures), "P@1 and µAP before and after training with 95 % intervals")
    yield table(("asked", "questions", "", "before", "after", "mended", "broken", "p"), _lines(figures))
    yield element(
        "p",
        "Intervals are 95 %: Wilson's for P@1, the bootstrap over questions for µAP. Mended are questions that only "
        "the trained encoder answers rightly, broken those that only the other does; p is McNemar's exact test. "
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
    yield drawing(charts.curves(outcome.history), "loss, precision at 1 and learning rate over the epochs")
    by = outcome.to_dict()["protocol"]["chosen_by_these_questions"]
    yield element(
        "p",
        f"P@1 of the curve is measured on squares of {outcome.config.side} pixels among "
        f"known photos, epoch by epoch, of the trained weights alone; {by} was chosen by it.",
        "soft",
    )


def _confusions(outcome: Outcome) -> Iterator[str]:
    yield element("h2", "Hardest confusions")
    after = outcome.after
    wrong = np.flatnonzero(outcome.pool.kept & ~after.right[:, 0])
    hardest = wrong[np.argsort(-after.scores[wrong, 0], kind="stable")][:CONFUSIONS]
    if not len(hardest):
        yield element("p", "None: every question was answered rightly.")
        return
    yield element("p", f"{len(wrong)} of {int(outcome.pool.kept.sum())} answers are wrong; the surest of them:", "soft")
    same = outcome.pool.same()
    for question in hardest:
        found = after.rows[question, 0]
        pieces = [
            _asked(outcome, question),
            _known(outcome, found, f"answer, {after.scores[question, 0]:.2f}", "wrong"),
        ]
        if same[question].any():
            pieces.append(_known(outcome, int(same[question].argmax()), "wanted", "right"))
        else:
            pieces.append(element("p", "Nothing known shows it.", "soft"))
        yield row(*pieces)


def _strips(outcome: Outcome) -> Iterator[str]:
    yield element("h2", "What is found")
    for question in _shown(outcome):
        yield row(_asked(outcome, question))
        for name, measured in (("before", outcome.before), ("after", outcome.after)):
            found = zip(measured.rows[question], measured.scores[question], measured.right[question], strict=True)
            pictures = [
                _known(outcome, place, f"{'✓' if right else '✗'} {score:.2f}", "right" if right else "wrong")
                for place, score, right in found
            ]
            yield row(element("div", name, "name"), *pictures)
        yield "<hr>"


def _shown(outcome: Outcome) -> list[int]:
    """Questions whose answers changed, mended and broken in turn, then others."""
    before, after, kept = outcome.before.right[:, 0], outcome.after.right[:, 0], outcome.pool.kept
    mended, broken = (np.flatnonzero(kept & each) for each in (after & ~before, before & ~after))
    rest = np.flatnonzero(kept & (before == after))
    first = [*mended[: STRIPS // 2], *broken[: STRIPS // 2]]
    return [int(each) for each in (*first, *rest[: STRIPS - len(first)])]


def _asked(outcome: Outcome, question: int) -> str:
    entry = outcome.pool.entries[outcome.pool.parts.asked[question]]
    viewed = " (view)" if outcome.pool.parts.viewed[question] else ""
    return picture(outcome.question(question), f"asked{viewed}: {' | '.join(entry.labels) or 'nothing known'}")


def _known(outcome: Outcome, place: int, said: str, kind: str) -> str:
    number = outcome.pool.parts.known[place]
    entry = outcome.pool.entries[number]
    return picture(np.array(outcome.pool.album.pixels[number]), f"{said}: {entry.label}", kind=kind)


def _layers(outcome: Outcome) -> Iterator[str]:
    yield element("h2", "First layers")
    yield row(picture(outcome.first_layers["before"]["photo"], "the photo that the maps are of"))
    for when in ("before", "after"):
        seen = outcome.first_layers[when]
        if len(seen["filters"]):
            yield picture(
                tiles.filters(seen["filters"]), f"{when}: filters of the first layer", kind="wide", suffix=".png"
            )
    for name in outcome.first_layers["before"]["maps"]:
        for when in ("before", "after"):
            found = tiles.maps(outcome.first_layers[when]["maps"][name])
            yield picture(found, f"{when}: {name}, its 16 channels that vary most", kind="wide", suffix=".png")


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
    yield element("p", f"{title}: {len(lines) or 'none'}.")
    if lines:
        more = [f"and {len(lines) - LISTED} more, in metrics.json"] if len(lines) > LISTED else []
        yield listing([*lines[:LISTED], *more])


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
