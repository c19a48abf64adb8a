"""What several descriptors a photo bring: scales, learned weights, a learned reduction, affine views, neighbours.

    python benchmarks/landmark_scales.py --output scales.md --json scales.json

The three ideas for future work of Bouček 2020, chapter 6, beside what the thesis has, with the house encoder alone and
the top score. Whitenings, weights and reductions are learned on the references: on photos that are held out where a
thing has several, else on simulated views of them. Differences are paired, by the bootstrap over queries; all settings
were looked at on these packs, so the largest of a column is somewhat too good.
"""

from __future__ import annotations

import argparse
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from data.packs import Pack, pack
from running.command import QUICK, Report, launch, parser
from running.table import difference, figure, table

from resight.calibration.simulated_views import view
from resight.calibration.tuning.matrix_reduction import fit_reduction
from resight.calibration.tuning.pairs import HeldOutPairs, held_out_pairs
from resight.calibration.tuning.scale_weights import fit_scale_weights
from resight.features.encoder import HOUSE, GlobalEncoder, global_encoder
from resight.features.head import gallery_head, head
from resight.features.multiscale import scale_heads, summed, through_heads
from resight.features.views import AFFINE, SCALES, View, describe_views, reading_side
from resight.io.datasets.dataset import Entry
from resight.io.images import Photo, fit, resize
from resight.metrics.interval import Estimate, bootstrap, bootstrap_difference
from resight.metrics.ranking import micro_ap
from resight.search.exact import search
from resight.search.query_expansion import augment, expand
from resight.search.similarity_matrix import REDUCTIONS, Reduction, similarity_matrix
from resight.types import Array

NAMED: Final = ("sf-buildings", "museum", "groceries")
FIRST: Final = "1"
TAUGHT: Final = 150
"""References, at most, of which a view is simulated."""

SIDE: Final = 320
"""Longer side of the small image that views are made of, as a gallery keeps it, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Unwhitened descriptors ``(photos, views, d)`` of a pack: at five scales, in affine views, and those of simulated
    views at five scales, with the row of the reference that each shows.
    """

    known: Array
    asked: Array
    affine_known: Array
    affine_asked: Array
    taught: Array
    shown: Array


def main(arguments: argparse.Namespace) -> Report:
    """One table a pack."""
    encoder = global_encoder(HOUSE)
    parts, data = [], {}
    for name in arguments.packs:
        asked = pack(name).thinned(QUICK if arguments.quick else 1)
        found = settings(described(encoder, asked, arguments.cache / "scales"), asked)
        judged = {setting: _judged(asked, scores) for setting, scores in found.items()}
        parts.append(
            f"### {name}, {len(asked.queries)} queries\n\n{table(('setting', 'µAP', 'beside 1'), _rows(judged))}"
        )
        data[name] = {setting: micro_ap(*one) for setting, one in judged.items()}
    return Report("\n".join(parts), data)


def settings(photos: Described, asked: Pack) -> dict[str, Array]:
    """Similarities ``(q, n)`` of queries and references by each setting."""
    labels = np.unique([entry.label or "" for entry in asked.references], return_inverse=True)[1]
    weights = fit_scale_weights(_pairs(photos.known, photos.taught, photos.shown, labels))
    background = global_encoder(HOUSE).background
    heads = scale_heads(photos.known, background=background)
    white = [through_heads(rows, heads) for rows in (photos.known, photos.asked, photos.taught)]
    learned = fit_reduction(_pairs(white[0], white[2], photos.shown, labels))
    affine = scale_heads(photos.affine_known, background=background)
    turned = [through_heads(rows, affine) for rows in (photos.affine_known, photos.affine_asked)]
    one = [_whitened(photos.known[:, 3], rows[:, 3]) for rows in (photos.known, photos.asked)]
    near = search(one[1], one[0], 5)
    larger = augment(one[0])
    said = ", ".join(f"{weight:.2f}" for weight in weights)
    return {
        FIRST: one[1] @ one[0].T,
        "1 + √2": _sums(photos.known, photos.asked, np.array([0, 0, 0, 1, 1])),
        "all five": _sums(photos.known, photos.asked, np.ones(5)),
        f"weights learned ({said})": _sums(photos.known, photos.asked, weights),
        **{f"matrix, {name}": _reduced(*white[:2], reduce) for name, reduce in REDUCTIONS.items()},
        "matrix, learned": _reduced(*white[:2], learned),
        "seven affine views, summed": _sums(photos.affine_known, photos.affine_asked, np.ones(7)),
        "seven affine views, matrix, columns": _reduced(*turned, REDUCTIONS["columns"]),
        "αQE, 5 neighbours, α = 3": expand(one[1], one[0], near) @ one[0].T,
        "DBA, 5 neighbours, α = 3": one[1] @ larger.T,
    }


def described(encoder: GlobalEncoder, asked: Pack, cache: Path) -> Described:
    """Everything that is described of a pack, kept in a file."""
    file = cache / f"{asked.name}-{len(asked.queries)}-{encoder.fingerprint[-8:]}.npz"
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        known, queries = asked.references, asked.queries
        counts = Counter(entry.label for entry in known)
        lone = [row for row, entry in enumerate(known) if counts[entry.label] == 1][:TAUGHT]
        arrays = {
            "known": _each(known, lambda entry: _views(encoder, _read(encoder, entry), SCALES)),
            "asked": _each(queries, lambda entry: _views(encoder, _read(encoder, entry), SCALES)),
            "affine_known": _each(known, lambda entry: _views(encoder, _read(encoder, entry), AFFINE)),
            "affine_asked": _each(queries, lambda entry: _views(encoder, _read(encoder, entry), AFFINE)),
            "taught": _each([known[row] for row in lone], lambda entry: _views(encoder, _simulated(entry), SCALES)),
            "shown": np.array(lone, np.int64),
        }
        np.savez(file, **arrays)
    with np.load(file) as arrays:
        return Described(**arrays)


def _each(entries: Sequence[Entry], describe: Callable[[Entry], Array]) -> Array:
    with ThreadPoolExecutor(2) as workers:
        return np.stack(list(workers.map(describe, entries)))


def _read(encoder: GlobalEncoder, entry: Entry) -> Photo:
    return entry.photo(long_side=reading_side(encoder, SCALES))


def _views(encoder: GlobalEncoder, photo: Photo, views: Sequence[View]) -> Array:
    return describe_views(encoder, photo, views)


def _simulated(entry: Entry) -> Photo:
    image = entry.photo(long_side=SIDE).image
    small = resize(image, fit((image.shape[1], image.shape[0]), SIDE, enlarge=False), resampling="area")
    return Photo.of(view(small, [], np.random.default_rng(zlib.crc32(entry.name.encode()))))


def _pairs(known: Array, taught: Array, shown: Array, labels: Array) -> HeldOutPairs:
    """References that are held out, and simulated views ``taught`` of those that are alone."""
    queries = np.concatenate([known, taught])
    answers = np.append(labels, labels[shown])
    left_out = np.append(np.arange(len(known)), np.full(len(taught), -1))
    return held_out_pairs(queries, answers, known, labels, left_out=left_out)


def _whitened(known: Array, rows: Array) -> Array:
    return np.asarray(head(rows, gallery_head(known, global_encoder(HOUSE).background)))


def _sums(known: Array, asked: Array, weights: Array) -> Array:
    both = [summed(rows, weights) for rows in (known, asked)]
    return _whitened(both[0], both[1]) @ _whitened(both[0], both[0]).T


def _reduced(known: Array, asked: Array, reduce: Reduction) -> Array:
    return np.stack([reduce(similarity_matrix(query[None], known)) for query in asked])


def _judged(asked: Pack, scores: Array) -> tuple[Array, Array, Array]:
    """Whether each query's nearest reference is right, its similarity, and whether there is an answer."""
    known = asked.references
    answerable = np.array([asked.answers(query) for query in asked.queries])
    junk = np.array([[entry.name in query.ignore for entry in known] for query in asked.queries])
    seen = np.where(junk, -np.inf, scores)
    first = seen.argmax(axis=1)
    right = np.array([known[row].label in query.labels for row, query in zip(first, asked.queries, strict=True)])
    return right & answerable, seen.max(axis=1), answerable


def _rows(judged: Mapping[str, tuple[Array, Array, Array]]) -> Iterator[tuple[str, str, str]]:
    for setting, one in judged.items():
        found: Estimate = bootstrap(micro_ap, *one, rng=np.random.default_rng(0))
        gain = bootstrap_difference(micro_ap, one, judged[FIRST], rng=np.random.default_rng(0))
        yield setting, figure(found), "" if setting == FIRST else difference(gain)


if __name__ == "__main__":
    launch(parser(__doc__ or "", packs=NAMED), main)
