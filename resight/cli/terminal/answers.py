"""The answers to several photos, in order, and how they are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from resight.errors import PhotoError
from resight.results import TOLD, percent, verdicts

from .meter import Update, note
from .output import put, put_json, put_table
from .pictures import Drawable, Drawings, drawn_into
from .queries import Query

if TYPE_CHECKING:
    from resight.recognition.recogniser import Recogniser
    from resight.results import Explanation, Recognition

A = TypeVar("A")


def named(asked: Sequence[Query], found: Iterable[Recognition | PhotoError]) -> Iterator[Recognition | PhotoError]:
    """Answers under the names of their photos, or why there is none."""
    for query, answer in zip(asked, found, strict=True):
        yield answer if isinstance(answer, PhotoError) else replace(answer, photo=query.name)


def tell_state(recogniser: Recogniser) -> None:
    """Say so where a gallery is not what indexing meant to make."""
    if recogniser.unfinished is not None:
        note(f"note: {recogniser.gallery.location} {recogniser.unfinished}")


def present(
    asked: Sequence[Query],
    given: Iterable[A | PhotoError],
    put_one: Callable[[A, Path | None], Drawable],
    drawings: Drawings,
    *,
    update: Update,
    json: bool,
) -> int:
    """Tell the answers as they come and draw what ``put_one(answer, file)`` returns; how many photos have none."""
    refused = 0
    update("photos", 0, len(asked))
    for done, (query, answer, file) in enumerate(zip(asked, given, drawings.files, strict=True), 1):
        if isinstance(answer, PhotoError):
            refused += 1
            tell_refusal(query, answer, json=json)
        else:
            drawings.draw(put_one(answer, file), file)
        update("photos", done, len(asked))
    return refused


def tell_refusal(query: Query, refusal: PhotoError, *, json: bool) -> None:
    """Say why a photo has no answer; its name is told once. With ``json`` there is a line for programs as well."""
    message = str(refusal)
    note(f"error: {message}" if repr(query.name) in message else f"error: {query.name}: {message}")
    if json:
        put_json({"photo": query.name, "error": message})


def put_answer_json(answer: Recognition, why: Explanation | None = None, file: Path | None = None) -> None:
    """Prints a line of JSON; where there are any, its last parts are ``why`` and the ``file`` that it is drawn into."""
    beside = {} if why is None else {"explanation": why.to_dict()}
    put_json(answer.to_dict() | beside | drawn_into(file))


def put_answer(answer: Recognition, why: Explanation | None = None) -> None:
    """The answer in a line, and the candidates in a table below it."""
    put(answer.photo)
    put(f"  {answer.sentence}" + (f", {answer.detail}" if answer.detail else ""))
    if answer.matches:
        matches = [match.to_dict() for match in answer.matches]
        shown = matches[:1] + [match for match in matches[1:] if match["probability"] >= TOLD]
        rows = [("", m["instance"], percent(m["probability"]), f"{m['inliers']:,}", m["photo"]) for m in shown]
        put_table(("", "candidate", "probability", "points that agree", "photo"), rows, right=(2, 3))
    if answer.hint:
        put(f"  hint: {answer.hint}")
    if why is not None:
        put_why(why, indent="  ")
    put()


def put_why(why: Explanation, *, indent: str = "") -> None:
    """Prints what an explanation found, and how far it can be trusted."""
    put(f"{indent}{why.sentence}")
    for name, found in verdicts(why.query, why.reference).items():
        put(f"{indent}{name}: {found.sentence}")
