"""The model that pairs are weighed by: a fusion of parts, a similarity network, and how descriptors are seen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from resight.features.encoder import DEFAULT, HOUSE, Encoder, GlobalEncoder, encoders
from resight.features.head import gallery_head, head
from resight.features.similarity_network import SimilarityNetwork
from resight.io import arrays
from resight.search.describe import PhotoFeatures
from resight.types import Array, Head
from resight.verification.fusion import LOCAL_PARTS, PARTS, Fusion

SHIPPED: Final = HOUSE.parent / "verifier"
"""Folder of what ships, fitted by ``resight recipe verifier`` on everyday photos alone."""

INPUT: Final = "with-product"
"""Input of the similarity network that ships, and of those that are fitted to a gallery."""


@dataclass(frozen=True, slots=True, eq=False)
class PairModel:
    """The model that a verifier weighs by: ``fusion``, and a ``network`` of the house encoder's descriptors."""

    fusion: Fusion
    network: SimilarityNetwork | None


@cache
def shipped_model() -> PairModel:
    """The model that ships; raises ModelError where its files are damaged."""
    said = json.loads((SHIPPED / "fusion.json").read_text(encoding="utf-8"))
    return PairModel(Fusion.from_dict(said), SimilarityNetwork.from_arrays(INPUT, arrays.read(SHIPPED / "network.npz")))


def shipped_heads() -> dict[str, Head]:
    """Heads of the default encoders that have a background, whitened by that alone, by fingerprint."""
    known = [each for each in encoders(DEFAULT) if isinstance(each, GlobalEncoder)]
    found = [(each.fingerprint, each.background) for each in known if each.background is not None]
    return {name: gallery_head(background[:0], background) for name, background in found}


class DescriptorParts:
    """Evidence of the descriptors of two photos: the cosine, and what a similarity network makes of them.

    Attributes
    ----------
    heads : through which descriptors are compared, by fingerprint of their encoder.
    """

    def __init__(self, encoders: Sequence[Encoder], heads: Mapping[str, Head]) -> None:
        self.heads = heads
        self._house = next(
            (each for each in encoders if isinstance(each, GlobalEncoder) and each.source == "house"), None
        )
        background = None if self._house is None else self._house.background
        self._everyday = None if background is None else gallery_head(background[:0], background)

    def evidence(
        self,
        local: Array,
        first: PhotoFeatures,
        second: PhotoFeatures,
        network: SimilarityNetwork | None,
        *,
        contrast: float = np.nan,
    ) -> Array:
        """All evidence ``(e,)`` in the order of PARTS, of the ``local`` parts and those of descriptors; NaN where there
        is none of a part.
        """
        values = np.full(len(PARTS), np.nan)
        values[: len(LOCAL_PARTS)] = local
        values[PARTS.index("descriptor")] = self._cosine(first, second)
        values[PARTS.index("network")] = self._log_odds(first, second, network)
        values[PARTS.index("contrast")] = contrast
        return values

    def everyday_row(self, photo: PhotoFeatures) -> Array | None:
        """The house encoder's descriptor ``(d,)``, whitened by everyday photos; None without that encoder."""
        if self._house is None or self._everyday is None:
            return None
        row: Array = head(photo.descriptors[self._house.fingerprint], self._everyday)
        return row

    def _cosine(self, first: PhotoFeatures, second: PhotoFeatures) -> float:
        """The cosine by the first encoder that has one; NaN where none has, or a photo shows nothing."""
        for name, settings in self.heads.items():
            rows = [head(photo.descriptors[name], settings) for photo in (first, second)]
            if all(row.any() for row in rows):
                return float(rows[0] @ rows[1])
        return np.nan

    def _log_odds(self, first: PhotoFeatures, second: PhotoFeatures, network: SimilarityNetwork | None) -> float:
        rows = [self.everyday_row(photo) for photo in (first, second)]
        if network is None or rows[0] is None or rows[1] is None or not (rows[0].any() and rows[1].any()):
            return np.nan
        return float(network.log_odds(rows[0][None], rows[1][None])[0])
