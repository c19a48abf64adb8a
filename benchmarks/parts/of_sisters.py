"""Sets of sisters of one design: what both builds answer of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.sister_sets import SisterSet, sister_sets
from parts.columns import Beside, Part, share_cells, share_heads
from running.table import figure, table
from systems.asked import Asked
from systems.builds import NOW
from systems.sister_answers import OUTCOMES, Outcome, counted, outcome, shares, well


def sisters(beside: Beside, work: Path, sets: int) -> Part:
    """Sets of sisters: one table of outcomes for each build, and one of both beside each other."""
    drawn = list(sister_sets(work / "sisters", range(sets)))
    found = {name: outcomes_of(one, drawn) for name, one in beside.items()}
    sections = [f"### {sets} sets of sisters of one design", ""]
    for name, outcomes in found.items():
        rows = ((kind, str(len(of)), *map(figure, shares(of))) for kind, of in counted(outcomes) if of)
        sections += [table((name, "n", *OUTCOMES), rows)]
    both = {name: dict(counted(outcomes)) for name, outcomes in found.items()}
    rows = [
        (kind, str(len(of)), *share_cells({name: well(one[kind]) for name, one in both.items()}))
        for kind, of in both[NOW].items()
        if of
    ]
    heads = ("told well: the right name, alone or in “A or B”; of unknown ones, none", "n", *share_heads(beside))
    data = {
        name: [
            {"design": one.design, "photo": one.question.photo, "known": one.question.known, "outcome": one.outcome}
            for one in outcomes
        ]
        for name, outcomes in found.items()
    }
    return "\n".join([*sections, table(heads, rows)]), data


def outcomes_of(asked: Asked, drawn: Sequence[SisterSet]) -> list[Outcome]:
    """What came of every question about the sets."""
    outcomes = []
    for one in drawn:
        gallery = asked.gallery(f"sisters-{one.folder.name}", [one.known])
        answers = asked.recognise(one.folder.name, gallery, [one.folder / question.photo for question in one.questions])
        outcomes += [
            Outcome(question, one.design, outcome(answer, question))
            for question, answer in zip(one.questions, answers, strict=True)
        ]
    return outcomes
