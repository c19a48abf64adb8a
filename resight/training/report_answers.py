"""Answers of an encoder as pictures: the hardest confusions, and what is found before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from resight.report.page import block, element, picture, row
from resight.types import Array

from .outcome import Outcome

CONFUSIONS: Final = 6
STRIPS: Final = 6
"""Of what may be many, as many as a person looks at."""

TURNS: Final = {
    (False, True): "mended",
    (True, False): "broken",
    (True, True): "right before and after",
    (False, False): "wrong before and after",
}
"""Whether an answer was right before, and after."""


def confusions(outcome: Outcome) -> Iterator[str]:
    """Things that are taken for one another, the surest answers first; then unknown ones that are for known ones."""
    yield element("h2", "Hardest confusions")
    asked, wrong = int(outcome.pool.kept.sum()), outcome.pool.kept & ~outcome.after.right[:, 0]
    if not wrong.any():
        yield element("p", "None: every question was answered rightly.")
        return
    answerable = outcome.after.answerable
    for chosen, said in (
        (wrong & answerable, "name another thing than was asked"),
        (wrong & ~answerable, "name a thing where nothing known was asked, which only a low cosine can tell"),
    ):
        if chosen.any():
            yield from _group(outcome, np.flatnonzero(chosen), f"{int(chosen.sum())} of {asked} answers {said}.")


def _group(outcome: Outcome, wrong: Array, said: str) -> Iterator[str]:
    confused, same = _confused(outcome, wrong), outcome.pool.same() & ~outcome.pool.ignored()
    yield element("p", said, "soft")
    yield block("cards", *(_confusion(outcome, first, more, same[first]) for first, *more in confused[:CONFUSIONS]))
    if len(confused) > CONFUSIONS:
        yield element("p", f"These are the surest; further pairs: {len(confused) - CONFUSIONS}.", "soft")


def _confused(outcome: Outcome, wrong: Array) -> list[list[int]]:
    """Wrongly answered questions by what was asked and what was answered, the surest pair and question first."""
    entries, parts = outcome.pool.entries, outcome.pool.parts
    pairs: dict[tuple[Any, ...], list[int]] = {}
    for question in wrong[np.argsort(-outcome.after.scores[wrong, 0], kind="stable")]:
        answer = parts.known[outcome.after.rows[question, 0]]
        pairs.setdefault((entries[parts.asked[question]].labels, entries[answer].label), []).append(int(question))
    return list(pairs.values())


def _confusion(outcome: Outcome, question: int, more: Sequence[int], same: Array) -> str:
    """A question, its answer and what was wanted, ``same (n,)`` bool; and how many ``more`` are like it."""
    after = outcome.after
    pieces = [
        _asked(outcome, question),
        _known(outcome, after.rows[question, 0], f"✗ answered, {after.scores[question, 0]:.2f}", "wrong"),
    ]
    if same.any():
        pieces.append(_known(outcome, int(same.argmax()), "✓ wanted", "right"))
    else:
        pieces.append(element("p", "Nothing known shows it.", "soft"))
    times = [element("p", f"{len(more)} more like it", "soft")] if more else []
    return block("card", row(*pieces), *times)


def strips(outcome: Outcome) -> Iterator[str]:
    """What is found for a few questions, before and after."""
    yield element("h2", "What is found")
    yield element("p", "The known photos nearest to a question, nearest first, with their cosines.", "soft")
    for question in _shown(outcome):
        lines = []
        for name, measured in (("before", outcome.before), ("after", outcome.after)):
            found = zip(measured.rows[question], measured.scores[question], measured.right[question], strict=True)
            pictures = [
                _known(outcome, place, f"{'✓' if right else '✗'} {score:.2f}", "right" if right else "wrong")
                for place, score, right in found
            ]
            lines.append(row(element("div", name, "name"), *pictures))
        change = TURNS[bool(outcome.before.right[question, 0]), bool(outcome.after.right[question, 0])]
        yield block("card aside", _asked(outcome, question, f" ({change})"), block("", *lines))


def _shown(outcome: Outcome) -> list[int]:
    """Questions whose answers changed, mended and broken in turn, then others."""
    before, after, kept = outcome.before.right[:, 0], outcome.after.right[:, 0], outcome.pool.kept
    mended, broken = (np.flatnonzero(kept & each) for each in (after & ~before, before & ~after))
    rest = np.flatnonzero(kept & (before == after))
    first = [*mended[: STRIPS // 2], *broken[: STRIPS // 2]]
    return [int(each) for each in (*first, *rest[: STRIPS - len(first)])]


def _asked(outcome: Outcome, question: int, said: str = "") -> str:
    entry = outcome.pool.entries[outcome.pool.parts.asked[question]]
    viewed = " by a view" if outcome.pool.parts.viewed[question] else ""
    shown = [label for label in entry.labels if label in outcome.pool.instances] or entry.labels
    return picture(outcome.question(question), f"asked{viewed}: {' | '.join(shown) or 'nothing known'}{said}")


def _known(outcome: Outcome, place: int, said: str, kind: str) -> str:
    number = outcome.pool.parts.known[place]
    entry = outcome.pool.entries[number]
    return picture(np.array(outcome.pool.album.pixels[number]), f"{said}: {entry.label}", kind=kind)
