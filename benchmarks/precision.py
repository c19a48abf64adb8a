"""One encoder's weights in float32, float16 and int8: what rounding costs, and so in which form it may ship.

    python benchmarks/precision.py MODEL --output precision.md --json precision.json

MODEL is a model folder with its weights in float32, such as `resight recipe house --set half=false` writes; those of a
file are taken where --weights names one. As in house.py there are no local features: GeM of a photo of the model's own
size, whitened on the references. A form may ship that loses less than half a point of µAP, or of N-S / 4, on each pack.

int8 comes twice. For its weights alone each convolution's kernels are rounded to 255 steps for each output channel, and
computed with in float32. Activations as well are rounded by NNCF, which has to be installed (`pip install nncf`), from
what it sees in 200 photos of natural-photos; without it that form is left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from data import forms
from data.packs import Pack, pack, photo_of
from running.command import QUICK, Report, launch, parser
from running.progress import meter
from running.table import difference, figure, table
from systems.contestants import nearest
from systems.ns_score import ViewsFound, found
from systems.ranking import Ranking, names_of, ranked
from systems.scores import Answers, judged
from timing import by_turns

from resight.features import whitening
from resight.features.encoder import global_encoder
from resight.features.head import SHRINKAGE, head
from resight.io import model_folder
from resight.io.datasets.dataset import Entry
from resight.metrics.interval import Estimate
from resight.types import Array, Head

NAMED: Final = ("museum", "sf-buildings")
VIEWS: Final = "ukbench-250"

ROUNDS: Final = 40
"""Photos that are timed, by one form and the next in turn."""

LOST: Final = 0.005
"""What a form that ships may not lose of a figure in [0, 1]: half a point."""


def main(arguments: argparse.Namespace) -> Report:
    """The tables of figures, and of what may ship."""
    folders = forms.made(model_folder.load(arguments.model), arguments.weights, arguments.cache)
    step = QUICK if arguments.quick else 1
    named = {name: _answers(pack(name).thinned(step), folders) for name in NAMED}
    views = _views(pack(VIEWS).all_against_all().thinned(step), folders)
    lost = {name: _changes(name, named, views) for name in folders if name != forms.WHOLE}
    sizes = {name: forms.size(name, folder) for name, folder in folders.items()}
    taken = by_turns.seconds(folders, pack(VIEWS).references[:ROUNDS])
    left = "" if forms.QUANTISED in folders else f"\n{forms.QUANTISED}: not measured, since nncf is not installed.\n"
    parts = [
        f"### By form\n\n{table(('pack', 'stored as', 'P@1', 'µAP', 'N-S of 4'), _rows(named, views))}",
        f"### Less float32\n\n{table(_HEADERS, _change_rows(lost, sizes, taken))}{left}",
    ]
    data: dict[str, Any] = {
        "packs": {name: {form: one.to_dict() for form, one in every.items()} for name, every in named.items()},
        VIEWS: {form: one.to_dict() for form, one in views.items()},
        "bytes": sizes,
        "milliseconds": {form: (1000 * np.array(each)).tolist() for form, each in taken.items()},
        "may_ship": {form: ships(changes) for form, changes in lost.items()},
    }
    return Report("\n".join(parts), data)


_HEADERS: Final = ("stored as", "MB", "median ms", *(f"µAP, {name}" for name in NAMED), f"N-S / 4, {VIEWS}", "may ship")


def ships(changes: Iterable[Estimate]) -> bool:
    """Whether no figure, less that of float32, fell by as much as LOST."""
    return all(change.value > -LOST for change in changes)


def _rows(named: Mapping[str, Mapping[str, Answers]], views: Mapping[str, ViewsFound]) -> Iterator[tuple[str, ...]]:
    for name, every in named.items():
        for form, one in every.items():
            yield name, form, figure(one.figures["p_at_1"], digits=4), figure(one.figures["micro_ap"], digits=4), "–"
    for form, seen in views.items():
        yield VIEWS, form, "–", "–", figure(seen.score(), digits=4)


def _changes(
    form: str, named: Mapping[str, Mapping[str, Answers]], views: Mapping[str, ViewsFound]
) -> tuple[Estimate, ...]:
    """µAP of each named pack, and a quarter of the N-S score, less float32's of the same questions."""
    less = [every[form].against(every[forms.WHOLE]).micro_ap for every in named.values()]
    score = views[form].less(views[forms.WHOLE])
    return *less, Estimate(score.value / 4, score.low / 4, score.high / 4, score.n)


def _change_rows(
    lost: Mapping[str, Sequence[Estimate]], sizes: Mapping[str, int], taken: Mapping[str, Sequence[float]]
) -> Iterator[tuple[str, ...]]:
    for form, size in sizes.items():
        facts = form, f"{size / 1e6:.1f}", f"{1000 * np.median(taken[form]):.1f}"
        changes = [difference(change, digits=4) for change in lost.get(form, ())] or ["–"] * (len(NAMED) + 1)
        yield *facts, *changes, "yes" if ships(lost.get(form, ())) else "no"


def _answers(asked: Pack, folders: Mapping[str, Path]) -> dict[str, Answers]:
    rankings = _rankings(asked, folders)
    return {form: judged(asked, found_by, nearest) for form, found_by in rankings.items()}


def _views(asked: Pack, folders: Mapping[str, Path]) -> dict[str, ViewsFound]:
    return {form: found(asked, rankings) for form, rankings in _rankings(asked, folders).items()}


def _rankings(asked: Pack, folders: Mapping[str, Path]) -> dict[str, list[Ranking]]:
    """What each form finds for every query."""
    every = {entry.name: entry for entry in (*asked.references, *asked.queries)}  # all against all, each comes twice
    places = {name: place for place, name in enumerate(every)}
    known, queries = ([places[entry.name] for entry in each] for each in (asked.references, asked.queries))
    names, rankings = names_of(asked), {}
    for form, rows in _described(asked.name, tuple(every.values()), folders).items():
        white = head(rows, Head(whitening.fit(rows[known], shrinkage=SHRINKAGE)))
        scores = zip(asked.queries, white[queries] @ white[known].T, strict=True)
        rankings[form] = [ranked(names, row, exclude=query.ignore) for query, row in scores]
    return rankings


def _described(pack: str, entries: Sequence[Entry], folders: Mapping[str, Path]) -> dict[str, Array]:
    """Unit rows of photos, by form; kept beside the folders, so that a cut run goes on."""
    kept = folders[forms.WHOLE].with_name(f"{pack}-{len(entries)}-{len(folders)}.npz")
    if not kept.exists():
        by_form = {form: global_encoder(folder) for form, folder in folders.items()}
        tell, rows = meter(f"photos of {pack}"), {form: list[Array]() for form in folders}
        for done, entry in enumerate(entries, 1):
            photo = photo_of(entry)  # once for all forms: it takes longer than they do
            for form, encoder in by_form.items():
                rows[form].append(encoder.describe(encoder.extractor.features(photo)))
            tell(done, len(entries))
        partial = kept.with_suffix(".partial.npz")
        np.savez(partial, **{form: np.stack(each) for form, each in rows.items()})
        partial.replace(kept)
    with np.load(kept, allow_pickle=False) as found:
        return {form: found[form] for form in folders}


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("model", type=Path, metavar="MODEL", help="the folder of an encoder")
    options.add_argument("--weights", type=Path, metavar="FILE", help="its weights in float32, where MODEL has others")
    launch(options, main)
