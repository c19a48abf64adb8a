"""Examples of real use that teach a calibration nothing, and why, told to people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from resight.results import percent

from .meter import note
from .output import count

SHOWN: Final = 20
"""Photos of one kind, as many as a person reads."""


def tell_recognised(photos: Sequence[Mapping[str, Any]]) -> None:
    """Tell the photos that were given as unknown and show a known thing."""
    for photo in photos:
        note(
            f"not unknown: {photo['photo']} shows {photo['instance']} ({percent(photo['probability'])}), known by "
            f"{photo['known_photo']} (id {photo['id']}): the calibration does not count it as unknown"
        )
    if photos:
        note(
            "take such photos out of the unknown ones; a photo of another thing that looks alike is told apart where "
            "that is indexed under a name of its own"
        )


def tell_examples(report: Mapping[str, Any]) -> None:
    """Tell the examples that teach nothing, and why; ``report`` is the JSON of a CalibrationReport."""
    _tell(
        "contradiction",
        report["contradictions"],
        lambda one: (
            f"{one['photo']} is given as {_named(one['labels'])}, and the same picture, {one['other']}, as "
            f"{_named(one['others'])}"
        ),
        advice="neither of two names for one picture is learned: leave the right one",
    )
    _tell(
        "reference",
        report["references"],
        lambda one: f"{one['photo']} is known as it is (id {one['id']}): what is known is no example",
    )
    _tell(
        "not known",
        report["not_known"],
        lambda one: f"{one['photo']} shows {_named(one['labels'])}, which the gallery does not know",
        advice="index what such photos show, mend its name, or take them for unknown photos with --others-unknown",
    )
    _tell("unlabelled", report["unlabelled"], lambda photo: f"{photo} does not say what it shows")
    if report["dormant"]:
        note(f"waiting: {count(report['dormant'], 'example')} of things that the gallery does not know any more")


def _tell(kind: str, those: Sequence[Any], words: Callable[[Any], str], *, advice: str = "") -> None:
    """Tell the first of those of one kind, each in its words, how many more there are, and what to do."""
    for one in those[:SHOWN]:
        note(f"{kind}: {words(one)}")
    if len(those) > SHOWN:
        note(f"{kind}: and {count(len(those) - SHOWN, 'photo')} more, which --json lists")
    if those and advice:
        note(advice)


def _named(labels: Sequence[str]) -> str:
    return " or ".join(labels) or "unknown"
