"""What a gallery chooses by its own photos, and what that changes for queries that it never saw.

    python benchmarks/tuning.py --output tuning.md --json tuning.json

Each pack's references are indexed and its queries asked by the default; the gallery is tuned on itself, and asked the
same again where it chose something else. Differences are paired, by the bootstrap over queries.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.packs import pack, written
from running.command import QUICK, Report, launch, parser
from running.table import difference, figure, table

import resight
from resight.metrics.interval import bootstrap, bootstrap_difference
from resight.metrics.ranking import micro_ap

NAMED: Final = ("groceries", "museum", "sf-buildings")


def main(arguments: argparse.Namespace) -> Report:
    """The table of packs, and what each said of its choice."""
    step = QUICK if arguments.quick else 1
    found = {name: tuned(name, arguments.cache / f"tuning-{step}", step) for name in arguments.packs}
    rows = [_row(name, one) for name, one in found.items()]
    reasons = "\n".join(f"- {name}: {'; '.join(one['tuned']['reason'])}." for name, one in found.items())
    headers = ("pack", "queries", "settings tried", "µAP by default", "tuned beside it")
    return Report(f"### Tuned by their own photos\n\n{table(headers, rows)}\n{reasons}\n", found)


def tuned(name: str, folder: Path, step: int) -> dict[str, Any]:
    """Answers to a pack's queries before and after tuning, kept in a file."""
    file = folder / f"{name}.json"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        asked, gallery = written(pack(name).thinned(step), folder / name / "images.parquet"), folder / f"{name}.gallery"
        before = _answers(resight.evaluate(asked.file, gallery=gallery))
        report = resight.tune(gallery)
        after = before if report.is_default else _answers(resight.evaluate(asked.file, gallery=gallery))
        file.write_text(json.dumps({"before": before, "after": after, "tuned": report.to_dict()}), encoding="utf-8")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _answers(found: resight.Evaluation) -> dict[str, list[Any]]:
    arrays = {"right": found.right, "probabilities": found.probabilities, "answerable": found.answerable}
    return {name: array.tolist() for name, array in arrays.items()}


def _row(name: str, one: dict[str, Any]) -> tuple[str, ...]:
    before, after = (
        tuple(np.array(one[when][key]) for key in ("right", "probabilities", "answerable"))
        for when in ("before", "after")
    )
    value = bootstrap(micro_ap, *before, rng=np.random.default_rng(0))
    gain = bootstrap_difference(micro_ap, after, before, rng=np.random.default_rng(0))
    told = "the same" if one["tuned"]["is_default"] else difference(gain)
    return name, str(len(before[0])), str(len(one["tuned"]["tried"])), figure(value), told


if __name__ == "__main__":
    launch(parser(__doc__ or "", packs=NAMED), main)
