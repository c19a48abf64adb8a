"""What is stated of packs, and of the known files themselves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from data.crowd import write_photos
from data.packs import Pack
from parts.columns import Beside, Part, measure_cells, measure_heads, share_cells, share_heads
from running.progress import note
from running.table import figure, number, table
from systems.builds import NOW
from systems.pack_measures import estimate, measures, reliability


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
