"""Re-ranking by a verifier: what it says of each candidate becomes evidence, which a calibration of its own weighs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from resight.calibration.calibration import Calibration
from resight.calibration.prior import VERIFIER
from resight.features.encoder import Encoder
from resight.search.candidates import Candidates, columns
from resight.search.describe import PhotoFeatures
from resight.search.gallery_index import GalleryIndex
from resight.types import Array
from resight.verification.comparison import LOCAL, Comparison
from resight.verification.pair_evidence import parts_of

from .pair_model import DescriptorParts, PairModel
from .stored_verifier import StoredVerifier


@dataclass(frozen=True, slots=True, eq=False)
class CandidateVerifier:
    """A verifier of candidates, which rests on what they were compared by already.

    Attributes
    ----------
    index : that the candidates are from.
    parts : what descriptors say.
    """

    index: GalleryIndex
    parts: DescriptorParts

    @classmethod
    def of(cls, index: GalleryIndex, encoders: tuple[Encoder, ...]) -> Self:
        """The verifier of an index's candidates."""
        return cls(index, DescriptorParts(encoders, {name: each.settings for name, each in index.descriptors.items()}))

    def evidence(self, query: PhotoFeatures, found: Candidates, model: PairModel) -> Array:
        """A pair's evidence ``(k, e)``, in the order of fusion.PARTS, of a photo with each of its candidates."""
        rows = [self._of_one(query, found, row, model) for row in range(len(found))]
        return np.array(rows).reshape(len(found), len(model.fusion.weights))

    def weighed(self, query: PhotoFeatures, found: Candidates, model: PairModel) -> Candidates:
        """The candidates with the verifier's log odds of each as further evidence, behind all other."""
        scores = model.fusion.scores(self.evidence(query, found, model))
        return replace(found, evidence=np.column_stack([found.evidence, scores]))

    def _of_one(self, query: PhotoFeatures, found: Candidates, row: int, model: PairModel) -> Array:
        known = self.index.features(found.ids[row])
        compared = Comparison(found.evidence[row, : len(LOCAL)], found.checks[row])
        local = parts_of(query.local, known.local, compared)
        contrast = float(compared.evidence[LOCAL.index("contrast")])
        return self.parts.evidence(local, query, known, model.network, contrast=contrast)


@dataclass(frozen=True, slots=True, eq=False)
class Reranking:
    """Re-ranking as it is used in a gallery: ``verifier`` and ``model`` say what of each candidate, and
    ``calibration`` weighs it.
    """

    verifier: CandidateVerifier
    model: PairModel
    calibration: Calibration

    @classmethod
    def in_use(cls, index: GalleryIndex, encoders: tuple[Encoder, ...]) -> Self | None:
        """The re-ranking of a gallery; None where none was found to help, or the gallery was calibrated since.

        Raises ModelError for a damaged file.
        """
        stored = StoredVerifier.of(index.gallery)
        if stored is None or stored.reranking is None or not stored.reranks(index.gallery):
            return None
        if stored.reranking.columns[:-1] != (*columns(index), VERIFIER):
            return None
        return cls(CandidateVerifier.of(index, encoders), stored.model, stored.reranking)

    def __call__(self, query: PhotoFeatures, found: Candidates) -> Candidates:
        """The candidates with what the verifier says of each as further evidence."""
        return self.verifier.weighed(query, found, self.model)
