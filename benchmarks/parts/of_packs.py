"""What is stated of packs: as it is, when examples have taught it, and of the known files themselves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.crowd import write_photos
from data.packs import Pack
from parts.columns import Beside, Part, measure_cells, measure_heads, share_cells, share_heads
from running.progress import note
from running.table import difference, figure, number, table
from systems.asked import Asked
from systems.builds import NOW
from systems.pack_measures import RATES, estimate, measures, paired, reliability

EXAMPLES: Final = (20, 60, 200)
"""Photos of real use, with what they show, that teach a calibration."""

RATE: Final = 0.05
"""The false-accept rate that is chosen beside."""

MOST: Final = 0.85
"""Share of a pack's queries that may be examples, so that others are left to be asked."""

TAUGHT: Final = (
    "ECE at the pack's share of unknown photos",
    "ECE at one half",
    "named rightly, of known",
    f"coverage at {RATE:.0%}",
    f"false accepts at {RATE:.0%}",
)
"""Measures that are told of it."""


def packs(beside: Beside, asked_packs: Sequence[Pack]) -> Part:
    """Every measure of each pack, and reliability in bins."""
    sections, data = [], {}
    for asked in asked_packs:
        note(f"{asked.name} is asked")
        stated = {name: one.stated(asked) for name, one in beside.items()}
        known = int(stated[NOW][0].answerable.sum())
        measured = {name: measures(one) for name, one in stated.items()}
        title = f"### {asked.name}: {known} queries of known things, {len(asked.queries) - known} of others"
        rows = [
            (measure, *measure_cells({name: one[measure] for name, one in measured.items()}))
            for measure in measured[NOW]
        ]
        bins = zip_longest(*(reliability(one) for one in stated.values()))
        stated_rows = [tuple(_bin(row) for row in rows_of_a_bin) for rows_of_a_bin in bins]
        heads = tuple(f"{name}: {what}" for name in beside for what in ("stated", "right"))
        sections += [title, "", table(("measure", *measure_heads(beside)), rows)]
        sections += [table(heads, (sum(cells, ()) for cells in stated_rows))]
        data[asked.name] = {
            name: {measure: estimate(one).to_dict() for measure, one in found.items()}
            for name, found in measured.items()
        }
    return "\n".join(sections), data


def _bin(row: Any) -> tuple[str, str]:
    return ("", "") if row is None else (number(row.probability), figure(row.correct))


def examples(now: Asked, packs: Sequence[Pack], work: Path) -> Part:
    """What examples teach: measured on the other queries, beside the same gallery that was taught nothing."""
    sections, data = [], {}
    for asked in packs:
        rows, (own, even, *at_rates) = [], now.stated(asked)
        untaught = [own, even, at_rates[RATES.index(RATE)]]
        order = np.random.default_rng(0).permutation(len(asked.queries))
        for count in (count for count in EXAMPLES if count <= MOST * len(asked.queries)):
            entries = [asked.queries[row] for row in order[:count]]
            folder = work / "examples" / f"{asked.name}-{count}"
            for kind, known in (("examples", True), ("unknown", False)):
                write_photos([entry for entry in entries if asked.answers(entry) is known], folder / kind)
            given = {kind: folder / kind for kind in ("examples", "unknown")}
            taught = now.stated_when_taught(asked, f"{count} examples", given, [RATE])
            rest = np.sort(order[count:])
            with_, without = (measures([each.only(rest) for each in one], [RATE]) for one in (taught, untaught))
            told = [
                f"{figure(estimate(with_[name]))}, {difference(paired(with_[name], without[name]))}" for name in TAUGHT
            ]
            rows.append((str(count), str(len(rest)), *told))
            data[f"{asked.name}, {count}"] = {name: estimate(one).to_dict() for name, one in with_.items()}
        title = f"### {asked.name}: taught by photos of real use; with them, and the difference"
        sections += [title, "", table(("examples", "others asked", *TAUGHT), rows)]
    return "\n".join(sections), data


def files(beside: Beside, packs: Sequence[Pack], work: Path, *, step: int) -> Part:
    """Known files themselves, each of which should be named as what it shows."""
    rows, data = [], {}
    for asked in packs:
        references = asked.references[::step]
        photos = write_photos(references, work / "files" / asked.name)
        flags = {}
        for build, one in beside.items():
            answers = one.recognise(f"files of {asked.name}", one.gallery(asked.name, [asked.file]), photos)
            told = [answer["instance"] for answer in answers]
            flags[build] = np.array([name in entry.labels for name, entry in zip(told, references, strict=True)])
            data.setdefault(asked.name, {})[build] = told
        rows.append((asked.name, str(len(photos)), *share_cells(flags)))
    title = "### Known files themselves, named as what they show"
    return f"{title}\n\n{table(('pack', 'n', *share_heads(beside)), rows)}", data
