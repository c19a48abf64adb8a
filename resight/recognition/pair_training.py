"""A verifier fitted to a gallery: pairs of its own photos, held out by thing, tell how much each part counts there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.calibration.simulated_views import view
from resight.errors import GalleryError
from resight.gallery.stores.opening import open_gallery
from resight.io.images import Photo
from resight.metrics.interval import Estimate, bootstrap
from resight.metrics.pairs import auc, pair_figure
from resight.progress import Job, Progress, Watch, finished
from resight.search.describe import extract
from resight.search.gallery_index import GalleryIndex
from resight.search.makers import encoders_of
from resight.types import Array
from resight.verification.fusion import Fusion

from .pair_fitting import fit_fusion
from .stored_fusion import store_fusion
from .verifier import SeenPhoto, Verifier, shipped_model

LEAST: Final = 10
"""Things that a fit wants: of fewer, half of them say nothing about the others."""

MOST: Final = 500
"""Photos that are asked about, at most."""

NEAR: Final = 4
"""Photos of other things, the nearest by descriptor, that each is compared with."""

ROUNDS: Final = 500
UNTRAINED: Final = "the similarity network stays the one that ships: {}"
LONE: Final = "no thing has two photos, so that there are no real pairs to learn from"
FUSION_ALONE: Final = "a gallery's pairs are fitted by the fusion alone"


@dataclass(frozen=True, slots=True)
class VerifierTraining:
    """Outcome of fitting a verifier to a gallery.

    Attributes
    ----------
    used : whether `resight verify --gallery` weighs by it: it is better on things that it was not fitted to.
    gain : fall of the cost in bits of a held-out pair, both kinds counting alike; above 0 is better.
    auc_before, auc_after : of held-out pairs, by what ships and by the fit.
    pairs, things : that were compared.
    views : of the pairs of one thing, how many are of a simulated view, since the thing has one photo.
    network : a word on the similarity network.
    file : where it is kept.
    """

    used: bool
    gain: Estimate
    auc_before: Estimate
    auc_after: Estimate
    pairs: int
    things: int
    views: int
    network: str
    file: str

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return asdict(self)


def train_verifier(path: str | Path, *, seed: int = 0, progress: Watch | None = None) -> VerifierTraining:
    """Fit how much each part of a comparison counts to pairs of a gallery's own photos.

    Each photo is compared with another one of its thing, or where there is none in a simulated view with itself, and
    with the nearest photos of other things. What is fitted to half of the things is judged by the other half; it is
    weighed by where that is better, by a paired interval over things. Raises GalleryError for fewer than ten things,
    EncoderMismatch.
    """
    return finished(iter_train_verifier(path, seed=seed), progress)


def iter_train_verifier(path: str | Path, *, seed: int = 0) -> Job[VerifierTraining]:
    """:func:`train_verifier`, one step of its work at a time."""
    with open_gallery(path) as gallery:
        made = encoders_of(gallery)
        index = GalleryIndex(gallery, made)
        heads = {name: each.settings for name, each in index.descriptors.items()}
        verifier, rng = Verifier(made, heads, shipped_model()), np.random.default_rng(seed)
        by_thing: dict[str, list[int]] = defaultdict(list)
        for id, item in sorted(index.items.items()):
            by_thing[item.instance].append(id)
        if len(by_thing) < LEAST:
            raise GalleryError(
                f"{path} holds {len(by_thing)} things; wanted {LEAST} at least to fit a verifier to: what ships is "
                "weighed by until then"
            )
        asked = list(_pairs(index, by_thing, rng))
        evidence: list[Array] = []
        seen: dict[int, SeenPhoto] = {}
        for query, reference, *_ in asked:
            known = query != reference
            first = _seen(index, verifier, query, seen) if known else _viewed(index, verifier, query, rng)
            second = _seen(index, verifier, reference, seen)
            evidence.append(verifier.evidence(first, second).values)
            yield Progress("pairs", len(evidence), len(asked))
        ends = np.array([(thing, other) for *_, thing, other in asked])
        views = sum(query == reference for query, reference, *_ in asked)
        several = any(len(ids) > 1 for ids in by_thing.values())
        return _judged(Path(path), gallery.identity, np.stack(evidence), ends, views, several, seed)


def _pairs(
    index: GalleryIndex, by_thing: dict[str, list[int]], rng: np.random.Generator
) -> Iterator[tuple[int, int, int, int]]:
    """Ids of both photos of each pair, and both things' numbers; a photo with itself stands for a view of it."""
    numbers = {thing: number for number, thing in enumerate(by_thing)}
    of = {id: numbers[thing] for thing, ids in by_thing.items() for id in ids}
    ids = rng.permutation(sorted(of))[:MOST].tolist()
    for id in ids:
        own = [other for other in by_thing[index.items[id].instance] if other != id]
        yield id, int(rng.choice(own)) if own else id, of[id], of[id]
        others = _nearest(index, id, {*own, id})
        yield from ((id, other, of[id], of[other]) for other in others)


def _nearest(index: GalleryIndex, id: int, exclude: set[int]) -> list[int]:
    """The photos of other things nearest to a known one by the first descriptor, or any where there is none."""
    for encoder, descriptors in index.descriptors.items():
        return descriptors.propose(index.descriptor(encoder, id), NEAR, exclude=exclude)
    return [other for other in index.items if other not in exclude][:NEAR]


def _seen(index: GalleryIndex, verifier: Verifier, id: int, seen: dict[int, SeenPhoto]) -> SeenPhoto:
    if id not in seen:
        seen[id] = verifier.seen(index.features(id))
    return seen[id]


def _viewed(index: GalleryIndex, verifier: Verifier, id: int, rng: np.random.Generator) -> SeenPhoto:
    """A simulated view of a known photo, by its small image."""
    return verifier.seen(extract(Photo.of(view(index.image(id), (), rng)), verifier.encoders))


def _judged(
    path: Path, identity: str, evidence: Array, ends: Array, views: int, several: bool, seed: int
) -> VerifierTraining:
    same, half = ends[:, 0] == ends[:, 1], ends % 2
    within = half[:, 0] == half[:, 1]
    before = shipped_model().fusion.log_odds(evidence)
    after = np.zeros(len(same))
    for fold in (0, 1):
        there = within & (half[:, 0] == fold)
        after[there] = fit_fusion(evidence[within & ~there], same[within & ~there]).log_odds(evidence[there])
    kept, rng = within, np.random.default_rng(seed)
    costs = [_costs(each[kept], same[kept]) for each in (before, after)]
    gain = bootstrap(
        lambda saved: float(saved.mean()), costs[0] - costs[1], rng=rng, rounds=ROUNDS, groups=ends[kept, 0]
    )
    old, new = [pair_figure(auc, each[kept], same[kept], ends[kept], rng=rng) for each in (before, after)]
    fusion: Fusion = fit_fusion(evidence, same)
    used, words = gain.low > 0, UNTRAINED.format(FUSION_ALONE if several else LONE)
    report = {"used": used, "gain": gain.to_dict(), "auc_before": old.to_dict(), "auc_after": new.to_dict()}
    file = store_fusion(path, identity, fusion, report)
    return VerifierTraining(used, gain, old, new, len(same), len(np.unique(ends)), views, words, str(file))


def _costs(log_odds: Array, same: Array) -> Array:
    """The cost of each pair in bits, such that both kinds count alike as wholes (Brümmer and du Preez 2006)."""
    costs = np.logaddexp(0.0, np.where(same, -log_odds, log_odds)) / np.log(2)
    return np.asarray(costs * np.where(same, 0.5 / same.mean(), 0.5 / (~same).mean()))
