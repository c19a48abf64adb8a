"""Near twins: what `near_twins.py` of each build's own tree finds."""

from __future__ import annotations

import json

import numpy as np
from near_twins import SAME, TWIN
from parts.columns import Beside, Part
from running.progress import note
from running.table import figure, table
from systems.builds import NOW

from resight.evaluation.scores import share
from resight.verification.near_twins import TELLING


def twins(beside: Beside, *, quick: bool) -> Part:
    """What it finds on groceries; a build that is installed has no tree."""
    data, trees = {}, {name: one for name, one in beside.items() if one.build.tree is not None}
    for name, one in trees.items():
        path = one.folder / f"near-twins{'-quick' if quick else ''}.json"
        if not path.exists():
            note(f"near twins are compared, {name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            given = ["--output", str(path.with_suffix(".md")), "--json", str(path), "--cache", str(path.parent)]
            one.build.benchmark("near_twins.py", [*given, *(["--quick"] if quick else [])])
        data[name] = json.loads(path.read_text(encoding="utf-8"))["compared"]
    rows = []
    for kind in (SAME, TWIN):
        told = {
            name: np.array([row["share"] >= TELLING for row in of if row["kind"] == kind]) for name, of in data.items()
        }
        rows.append((kind, str(len(told[NOW])), *(figure(share(flags)) for flags in told.values())))
    return f"### Near twins on groceries: told to differ\n\n{table(('beside', 'n', *trees), rows)}", data
