"""How long all votes of Bouček 2020 take, Tables 5.1 and 5.2, beside a plain loop over queries with scikit-learn.

    python benchmarks/landmark_votes.py --output votes.md --json votes.json

A gallery of the shape of Tini-GLD (made-up descriptors; only number and shape matter) is asked by every rule, as its
descriptors are and whitened; the time includes the whitening and the search. The loop asks one query at a time: the
KNeighborsClassifier (cosine, weights a callable) for Table 5.1, its neighbours and the formulas of the means for Table
5.2. It is run on a few queries, and its time for all is extrapolated. Both must give those queries the same labels.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from data.long_tail import LongTail, long_tail
from running.child import alone
from running.command import Report, launch, parser
from running.table import table
from sklearn.neighbors import KNeighborsClassifier

from resight.features import whitening
from resight.features.head import SHRINKAGE, head
from resight.search.exact import search
from resight.search.knn_vote import TRANSFORMS
from resight.search.voting_rule import DISTANCE_RULES, EXPANSION_RULES, VotingRule, cast_votes, neighbours
from resight.types import Array, Head

RULES: Final = DISTANCE_RULES + EXPANSION_RULES


def main(arguments: argparse.Namespace) -> Report:
    """The table of both, and their ratio."""
    shape = (arguments.photos, arguments.queries, arguments.dimensions)
    ours = alone(_ours, *shape)
    peer = alone(_peer, *shape, arguments.sample)
    agreed = np.mean([one == other for one, other in zip(ours["labels"], peer["labels"], strict=False)])
    extrapolated = peer["seconds"] / arguments.sample * arguments.queries
    rows = [
        ("resight", str(arguments.queries), f"{ours['seconds']:.1f}", f"{ours['peak'] / 2**20:.0f}", ""),
        (
            "scikit-learn in a loop",
            f"{arguments.sample}, extrapolated",
            f"{extrapolated:.0f}",
            f"{peer['peak'] / 2**20:.0f}",
            f"{extrapolated / ours['seconds']:.0f} ×",
        ),
    ]
    said = (
        f"{arguments.photos} photos, {arguments.dimensions} numbers each; {2 * len(RULES)} settings "
        f"({len(RULES)} rules, with and without whitening); equal labels: {100 * agreed:.2f} %\n"
    )
    headers = ("votes", "queries", "seconds for all", "peak MB", "ratio")
    data = {"ours": ours["seconds"], "peer": peer["seconds"], "sample": arguments.sample, "agreed": float(agreed)}
    return Report(f"### All votes at once\n\n{said}\n{table(headers, rows)}", {**data, "shape": shape})


def _ours(photos: int, queries: int, dimensions: int) -> dict[str, Any]:
    case = long_tail(photos, queries, dimensions)
    start = time.perf_counter()
    labels = []
    for gallery, asked in _sides(case):
        matches = search(asked, gallery, neighbours(RULES))
        votes = cast_votes(RULES, matches, case.labels, queries=asked, gallery=gallery)
        labels.append([votes[rule].labels for rule in RULES])
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "labels": np.moveaxis(np.array(labels), 2, 0).tolist()}


def _peer(photos: int, queries: int, dimensions: int, sample: int) -> dict[str, Any]:
    case = long_tail(photos, queries, dimensions)
    sides = list(_sides(case))  # not timed, as neither is theirs
    warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)  # a long tail has many
    start = time.perf_counter()
    fitted = [[_fitted(rule, gallery, case.labels) for rule in RULES] for gallery, _ in sides]
    labels = [
        [
            [_asked(rule, peer, asked[row], gallery, case.labels) for rule, peer in zip(RULES, peers, strict=True)]
            for (gallery, asked), peers in zip(sides, fitted, strict=True)
        ]
        for row in range(sample)
    ]
    return {"seconds": time.perf_counter() - start, "labels": labels}


def _sides(case: LongTail) -> Iterator[tuple[Array, Array]]:
    """Gallery and queries as they are, and whitened by the gallery."""
    yield case.gallery, case.queries
    settings = Head(whitening.fit(case.gallery, dims=case.gallery.shape[1] // 2, shrinkage=SHRINKAGE))
    yield head(case.gallery, settings), head(case.queries, settings)


def _fitted(rule: VotingRule, gallery: Array, labels: Array) -> KNeighborsClassifier:
    weights = "uniform" if rule.kind == "mean" else lambda distances: TRANSFORMS[rule.f](1 - distances)
    peer = KNeighborsClassifier(rule.k, metric="cosine", algorithm="brute", weights=weights)
    return peer.fit(gallery, labels)


def _asked(rule: VotingRule, peer: KNeighborsClassifier, query: Array, gallery: Array, labels: Array) -> int:
    if rule.kind != "mean":
        return int(peer.predict(query[None])[0])
    near = peer.kneighbors(query[None], return_distance=False)[0]
    best, found = -1, -np.inf
    for label in dict.fromkeys(labels[near].tolist()):
        members = near[labels[near] == label]
        if rule.alpha is not None:
            own = np.flatnonzero(labels == label)
            close = (gallery[own] @ gallery[members].T >= rule.alpha).any(axis=1)
            members = np.union1d(members, own[close])
        mean = gallery[members].mean(axis=0, dtype=np.float64)
        cosine = float(query @ mean / np.linalg.norm(mean))
        best, found = (label, cosine) if cosine > found else (best, found)
    return best


def _options() -> argparse.ArgumentParser:
    options = parser(__doc__ or "")
    options.add_argument("--photos", type=int, default=10_000, help="in the gallery; by default 10,000")
    options.add_argument("--queries", type=int, default=1_000, help="by default 1,000")
    options.add_argument("--dimensions", type=int, default=2_048, help="of a descriptor; by default 2,048")
    options.add_argument("--sample", type=int, default=5, help="queries that the loop is run on; by default 5")
    return options


if __name__ == "__main__":
    launch(_options(), main)
