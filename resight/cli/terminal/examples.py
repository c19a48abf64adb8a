"""Examples of real use that teach a calibration nothing, and why, told to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    for one in report["contradictions"][:SHOWN]:
        named, other = (_named(one[key]) for key in ("labels", "others"))
        note(f"contradiction: {one['photo']} is given as {named}, and the same picture, {one['other']}, as {other}")
    _tell_more("contradiction", report["contradictions"])
    if report["contradictions"]:
        note("neither of two names for one picture is learned: leave the right one")
    for one in report["references"][:SHOWN]:
        note(f"reference: {one['photo']} is known as it is (id {one['id']}): what is known is no example")
    _tell_more("reference", report["references"])
    for one in report["not_known"][:SHOWN]:
        note(f"not known: {one['photo']} shows {_named(one['labels'])}, which the gallery does not know")
    _tell_more("not known", report["not_known"])
    if report["not_known"]:
        note("index what such photos show, mend its name, or take them for unknown photos with --others-unknown")
    for photo in report["unlabelled"][:SHOWN]:
        note(f"unlabelled: {photo} does not say what it shows")
    _tell_more("unlabelled", report["unlabelled"])
    if report["dormant"]:
        note(f"waiting: {count(report['dormant'], 'example')} of things that the gallery does not know any more")


def _tell_more(kind: str, those: Sequence[object]) -> None:
    if len(those) > SHOWN:
        note(f"{kind}: and {count(len(those) - SHOWN, 'photo')} more, which --json lists")


def _named(labels: Sequence[str]) -> str:
    return " or ".join(labels) or "unknown"
