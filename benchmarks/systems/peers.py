"""The peers: three usual ways to find the same thing again, on the same photos and in the same run as resight.

Their settings were chosen in their favour, on half of the queries of museum, sf-buildings and groceries.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from data.packs import Pack, photo_of, shared
from systems.ranking import Fit, Ranking, names_of, ranked

from resight.features import whitening
from resight.features.encoder import GlobalEncoder, LocalEncoder, PhotoExtractor, encoders, global_encoder
from resight.features.head import head
from resight.io.images import Photo
from resight.search import feature_votes
from resight.search.inverted_file import InvertedFile
from resight.training.model_conversion import from_weights
from resight.types import Array, Features, Head
from resight.verification.matching import mutual

WEIGHTS: Final = "resnet50v2_stage3_imagenet.safetensors"

LONG_SIDE: Final = 320
"""Pixels of a photo for the network."""

FLOOR: Final = 0.01
"""Least variance of a whitened direction, as a share of the largest: 1e-3 and 256 directions were no better."""

FEW: Final = 64
"""References below which VLAD is better not whitened: on groceries' 16 that cost it 14 points of P@1."""

NEIGHBOURS: Final = 10
"""Nearest features that a query feature may vote with, as in resight."""

PROPOSED: Final = 20
"""Photos with most votes, in which a homography is looked for."""

RATIO: Final = 0.9
"""Lowe's ratio for matches that are mutual as well; 0.8 and 0.95 were no better."""

REACH: Final = 5.0
"""By how much an inlier may miss, in pixels where the longer side is 640; 3 and 8 were no better."""


def resnet(pack: Pack, folder: Path) -> Nearest:
    """ResNet-50 v2 up to stage 3 (He et al. 2016), GeM with p = 3, whitened on the references, float32."""
    return by_descriptor(pack, global_encoder(resnet_model(folder)), folder / "descriptors.npy")


def resnet_model(folder: Path, *, long_side: int = LONG_SIDE) -> Path:
    """The model folder of the ResNet-50 v2 in ``folder``, made where it is not there yet."""
    model = folder / f"resnet50v2-{long_side}"
    if not model.exists():
        from_weights("resnet50v2", shared() / "weights" / WEIGHTS, folder=model, long_side=long_side)
    return model


def vlad(pack: Pack, folder: Path) -> Nearest:
    """VLAD of rootSIFT on 128 words (Jégou et al. 2012), whitened on the references unless they are few."""
    floor = FLOOR if len(pack.references) >= FEW else None
    return by_descriptor(pack, global_encoder("vlad"), folder / "descriptors.npy", floor=floor)


def magsac(pack: Pack, folder: Path) -> Inliers:
    """Votes of rootSIFT, the first 20 ranked by the inliers of a homography by MAGSAC++ (Barath et al. 2020)."""
    [encoder] = encoders("classical")
    if not isinstance(encoder, LocalEncoder):
        raise TypeError("the classical encoder has no cells; wanted those of its inverted file: mend this benchmark")
    features = tuple(encoder.extractor.features(photo_of(entry)) for entry in pack.references)
    file = InvertedFile(encoder.cells)
    for one in features:
        file.add(one.values, encoder.cells.assign(one.values))
    owners = np.repeat(np.arange(len(features)), [len(one) for one in features])
    return Inliers(names_of(pack), features, file, owners, encoder.extractor)


PEERS: Final[dict[str, Fit]] = {"ResNet-50 GeM": resnet, "VLAD": vlad, "MAGSAC inliers": magsac}


@dataclass(frozen=True, eq=False)
class Nearest:
    """One whitened descriptor a photo, compared with every other.

    Attributes
    ----------
    names : (n,) of the references.
    rows : (n, d) unit rows.
    encoder, settings : from a photo to such a row.
    """

    names: Array
    rows: Array
    encoder: GlobalEncoder
    settings: Head

    def rank(self, photo: Photo, *, exclude: Collection[str] = ()) -> Ranking:
        """By cosine."""
        query = head(self.encoder.describe(self.encoder.extractor.features(photo))[None], self.settings)[0]
        return ranked(self.names, self.rows @ query, exclude=exclude)


def by_descriptor(pack: Pack, encoder: GlobalEncoder, kept: Path, *, floor: float | None = FLOOR) -> Nearest:
    """The references by an encoder's descriptors, which are kept in the file ``kept``.

    They are whitened on the references with this ``floor``, or not at all.
    """
    if not kept.exists():
        described = [encoder.describe(encoder.extractor.features(photo_of(entry))) for entry in pack.references]
        partial = kept.with_suffix(".partial.npy")
        np.save(partial, np.stack(described))
        partial.replace(kept)
    descriptors = np.load(kept, allow_pickle=False)
    settings = Head(None if floor is None else whitening.fit(descriptors, shrinkage=floor))
    return Nearest(names_of(pack), head(descriptors, settings), encoder, settings)


@dataclass(frozen=True, eq=False)
class Inliers:
    """Local features that vote, and a homography that decides.

    Attributes
    ----------
    names : (n,) of the references.
    features : of each.
    file, owners : all their codes, and the reference (m,) that each is of.
    extractor : of a query.
    """

    names: Array
    features: tuple[Features, ...]
    file: InvertedFile
    owners: Array
    extractor: PhotoExtractor

    def rank(self, photo: Photo, *, exclude: Collection[str] = ()) -> Ranking:
        """By inliers; by votes where these are equal."""
        query = self.extractor.features(photo)
        proposed = self._proposed(query, exclude)
        counts = np.array([inliers(query, self.features[place]) for place in proposed], np.float64)
        return ranked(self.names[proposed], counts)

    def _proposed(self, query: Features, exclude: Collection[str]) -> Array:
        """Places of the references with most votes, the most first."""
        distances, rows = self.file.search(query.values, NEIGHBOURS)
        votes = feature_votes.cast(distances, rows, np.where(rows < 0, -1, self.owners[rows]))
        totals = feature_votes.tally(votes, len(self.names))
        totals[np.isin(self.names, list(exclude))] = 0
        order = np.argsort(-totals, kind="stable")[:PROPOSED]
        return order[totals[order] > 0]


def inliers(query: Features, reference: Features) -> int:
    """How many matches of two photos agree on one homography."""
    pairs = mutual(query.values, reference.values, least=1 - RATIO**2).pairs
    if len(pairs) < 4:  # four pairs fix a homography
        return 0
    here, there = _scaled(query)[pairs[:, 0]], _scaled(reference)[pairs[:, 1]]
    matrix, agreeing = cv2.findHomography(here, there, cv2.USAC_MAGSAC, REACH, maxIters=5000, confidence=0.9999)
    return 0 if matrix is None else int(agreeing.sum())


def _scaled(features: Features) -> Array:
    """Points ``(m, 2)`` in pixels of the photo at a longer side of 640."""
    return features.points * np.float32(640 / max(features.size))
