"""The museum recipe: Table 1 of Kohl 2017, every row of it, on your photos.

| paper | here | why |
|---|---|---|
| Equation 2 sums precision at every rank | standard average precision | it may exceed 1 |
| batch "64/256", momentum "0.97. Annealing" | 64; 0.9, no annealing | two lines run together |
| margin 0 for triplets | margin* 0.2 | repeated from the pairs' section |
| n_p, n_n, n_t | 3, 3, 1 | not given |
| 12 queries without a reference left out | asked as unknowns, and counted | visitors take such photos, too |
| x hardest pairs; epoch at which the hardest follow the semi-hard | 10; 10 | not given |
| sub-regions of a photo and of a scaled version | 288 and 352 pixels, described at 288 | not given |
| – | 512 dimensions of the head, begun as a PCA | not given |
| batch and weight decay of what learns from pairs; of classes | decay 0; batch 64 | not given |
| – | norms keep the statistics of the weights | appendix A.1 wants it of small batches |
| several photos of each painting | two views of an only photo are a positive pair | or it could not be learned |

A row is a network, its features, and how it learned. Rows of the reduced networks have a small one in the large one's
place and a fifth of the epochs, for a processor; they are none of the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from resight.errors import DatasetError, torch_wanted
from resight.io.cached_result import load_cached, save_cached
from resight.io.datasets.dataset import Entry, discover
from resight.io.datasets.preflight import ASKED, DatasetRead, outset
from resight.metrics.interval import mcnemar
from resight.progress import Interrupted, Job
from resight.training import decoded_photos
from resight.training.config import configured
from resight.training.decoded_photos import DecodedPhotos
from resight.training.interruption import Stop, StopRequested, until_stopped
from resight.types import Array

from .approach import MuseumRow, decisive, plain, require_sound
from .benchmark import Benchmark, BenchmarkPhotos, RankingScores
from .learner import Learner, held_out
from .table import GORDO, PAPER_NETWORKS, PAPER_SETS, chosen


def run(
    data: Path,
    work: Path,
    *,
    rows: Sequence[str] = (),
    weights: Path | None = None,
    baseline: str | None = None,
    settings: Sequence[str] = (),
    stop: Stop = lambda: False,
) -> Job[dict[str, Any] | Interrupted]:
    """Run rows of Table 1, all where none is named, on a data set with the splits reference and query.

    ``weights`` is a folder of weight files; rows whose network has none there are listed as not run. ``settings`` are
    ``key=value`` of Config, for every row. ``work`` keeps decoded photos, checkpoints and the figures of rows that are
    done; the same command goes on from there. ``baseline`` is the row that others are compared with, the first one that
    is run where none is named. Raises TrainingError for unknown names and numbers out of range, DatasetError,
    ModelError, and MissingExtra without torch.
    """
    named = [*([baseline] if baseline is not None and rows and baseline not in rows else []), *rows]
    wanted = [_set(row, settings) for row in chosen(named)]
    if baseline is not None:
        chosen([baseline])
    with torch_wanted("training"):
        from resight.nn.loop.distributed import require_alone
        from resight.nn.networks.pretrained import weight_file
    require_alone("the museum recipe")
    found = discover(data)
    asked = found.of(*ASKED)
    yield DatasetRead.of(outset(found, found.known), len(asked))
    done: dict[str, dict[str, Any]] = {}
    missing = [] if rows else [GORDO]
    try:
        for row in wanted:
            file = None if weights is None else weight_file(weights, row.backbone.architecture)
            if file is None:
                missing.append(_missing(row, weights))
            else:
                done[row.name] = yield from _run(row, found.known, asked, work, file, stop)
    except StopRequested:
        return Interrupted(work)
    return _report(done, missing, baseline)


def _set(row: MuseumRow, settings: Sequence[str]) -> MuseumRow:
    row = replace(row, config=configured(row.config, settings), before=configured(row.before, settings))
    for config in (row.config, row.before):
        require_sound(config)
    return row


def _missing(row: MuseumRow, weights: Path | None) -> dict[str, Any]:
    where = "were given" if weights is None else f"lie in {str(weights)!r}"
    return {"row": row.name, "reason": f"no weights of {row.backbone.architecture} {where}", "paper": _paper(row)}


def _run(
    row: MuseumRow, references: Sequence[Entry], queries: Sequence[Entry], work: Path, file: Path, stop: Stop
) -> Job[dict[str, Any]]:
    """Runs a row from where it stands, for its figures."""
    from resight.nn.networks import weights

    side = max(row.config.scales) if row.approach.features == "regions" else row.config.side
    album, photos = yield from until_stopped(_decoded(references, queries, work / f"photos-{side}", side), stop)
    benchmark = Benchmark.of(photos.references, photos.queries)
    configs = {"config": decisive(row.config), "before": decisive(row.before)}
    said: dict[str, Any] = {**album.made_of, "weights": weights.digest(file), **configs}
    if row.approach.loss is not None and (count := len(held_out(photos.instances))):
        said["held_out"] = count
    file_of_row = work / "rows" / f"{row.name}.json"
    if (before := load_cached(file_of_row, said)) is not None:
        return before
    names, pixels = album.names[: len(photos.references)], album.pixels[: len(photos.references)]
    learner = Learner(
        row,
        names=names,
        photos=pixels,
        instances=photos.instances,
        made_of=album.made_of,
        work=work,
        file=file,
        stop=stop,
    )
    descriptor = yield from learner.descriptor()
    known = yield from learner.described(descriptor, learner.photos, "references")
    asked = yield from learner.described(descriptor, album.pixels[len(photos.references) :], "queries")
    scored, facts = benchmark.judge(asked @ known.T), photos.facts(benchmark, photos.audit(album.pixels))
    result = _result(row, scored, learner, facts, known)
    save_cached(file_of_row, said, result)
    return result


def _decoded(
    references: Sequence[Entry], queries: Sequence[Entry], folder: Path, side: int
) -> Job[tuple[DecodedPhotos, BenchmarkPhotos]]:
    """The album of references, then queries, and the entries that are in it."""
    if not references or not queries:
        raise DatasetError(
            f"{len(references)} references and {len(queries)} queries; wanted some of both: "
            "sort the photos into the folders reference and query"
        )
    entries = [*references, *queries]
    album = yield from decoded_photos.filled(folder, entries, side=side, fit="stretch")
    read = set(album.names)
    known, asked = (tuple(entry for entry in each if entry.name in read) for each in (references, queries))
    return album, BenchmarkPhotos(known, asked, album.skipped)


def _paper(row: MuseumRow) -> dict[str, str]:
    figures = row.approach.paper[row.backbone.stands_for]
    return {"network": PAPER_NETWORKS[row.backbone.stands_for], **dict(zip(PAPER_SETS, figures, strict=True))}


def _result(
    row: MuseumRow, scored: RankingScores, learner: Learner, facts: Mapping[str, Any], known: Array
) -> dict[str, Any]:
    return {
        "approach": row.approach.title,
        "network": row.backbone.architecture,
        **{name: figure.to_dict() for name, figure in scored.figures(seed=row.config.seed).items()},
        "map_by": scored.conventions,
        "paper": _paper(row),
        "dimensions": known.shape[1],
        "verdicts": learner.verdicts(known),
        "validated_on": None if learner.history is None else len(learner.held_out),
        "held_out_leaks": [] if learner.history is None else [asdict(leak) for leak in learner.leaks],
        "config": plain(row.config),
        "normalisation": learner.preprocessing.normalisation.to_dict(),
        "waiting": None if learner.history is None else learner.history.waiting,
        "photos": dict(facts),
        "hits": scored.scores.hits.tolist(),
    }


def _report(
    done: Mapping[str, Mapping[str, Any]], missing: Sequence[Mapping[str, Any]], baseline: str | None
) -> dict[str, Any]:
    """The rows that were run, each against the baseline, and those that were not."""
    against = next(iter(done), "") if baseline is None else baseline
    rows = []
    for name, result in done.items():
        row = {"row": name, **{key: value for key, value in result.items() if key not in ("hits", "photos")}}
        if against in done and against != name:
            test = mcnemar(np.array(result["hits"]), np.array(done[against]["hits"]))
            row["against"] = {"row": against, "only_this": test.only_a, "only_that": test.only_b, "p": test.p}
        rows.append(row)
    photos = next((result["photos"] for result in done.values()), None)
    return {"rows": rows, "baseline": against if against in done else None, "not_run": list(missing), "photos": photos}
