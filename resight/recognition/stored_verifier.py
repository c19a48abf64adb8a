"""A verifier fitted to a gallery, kept in a file beside it, with the figures by which it was decided where it is used.

The file is an archive of plain arrays: the similarity network's, those of the calibration that names what the verifier
has re-ranked, and one of bytes, the JSON of everything else.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from resight.calibration.calibration import Calibration
from resight.errors import GalleryError, ModelError
from resight.features.similarity_network import SimilarityNetwork
from resight.gallery.protocol import Gallery
from resight.io import arrays
from resight.io.files import beside, write_whole
from resight.types import Array
from resight.verification.fusion import Fusion

from .pair_model import INPUT, PairModel, shipped_model

END: Final = "verifier"
"""End of the name of that file: NAME.gallery-verifier."""

SAID: Final = "said"
NETWORK, CALIBRATION = "network_", "calibration_"


@dataclass(frozen=True, slots=True, eq=False)
class StoredVerifier:
    """A verifier as it is kept beside a gallery.

    Attributes
    ----------
    identity : of the gallery that it was fitted to.
    fitted : the model that the gallery's pairs gave.
    used : whether that model weighs, since it is better on things that it was not fitted to; else what ships does.
    report : the figures of both decisions, plain text and numbers.
    version : of the gallery's calibration that `reranking` was fitted beside, 0 for none.
    reranking : the calibration that names re-ranked candidates, or None where `recognise` is not better by it.
    """

    identity: str
    fitted: PairModel
    used: bool
    report: Mapping[str, Any]
    version: int = 0
    reranking: Calibration | None = None

    @property
    def model(self) -> PairModel:
        """The model that weighs."""
        return self.fitted if self.used else shipped_model()

    def reranks(self, gallery: Gallery) -> bool:
        """Whether it re-ranks: it is better by that, and the gallery has been calibrated no more since."""
        now = gallery.calibration()
        return self.reranking is not None and now is not None and now.version == self.version

    def store(self, gallery: Path) -> Path:
        """Keep it beside the gallery's file; raises GalleryError where that cannot be written."""
        calibrated = None if self.reranking is None else self.reranking.parameters()
        said = {
            "identity": self.identity,
            "fusion": self.fitted.fusion.to_dict(),
            "used": self.used,
            "report": dict(self.report),
            "version": self.version,
            "calibration": calibrated,
        }
        found = {SAID: np.frombuffer(json.dumps(said).encode(), np.uint8)}
        if self.fitted.network is not None:
            found |= {
                f"{NETWORK}{name}": each.astype(np.float16) for name, each in self.fitted.network.arrays().items()
            }
        if self.reranking is not None:
            found |= {f"{CALIBRATION}{name}": each for name, each in self.reranking.arrays().items()}
        file, stream = beside(gallery, END), io.BytesIO()
        np.savez(stream, **found)  # type: ignore[arg-type]
        try:
            write_whole(file, lambda unfinished: unfinished.write_bytes(stream.getvalue()))
        except OSError as error:
            raise GalleryError(
                f"{str(file)!r} cannot be written ({error.strerror}): make room, or open the folder"
            ) from error
        return file

    @classmethod
    def of(cls, gallery: Gallery) -> Self | None:
        """The model that is kept beside a gallery; None where nothing is, or it is another gallery's.

        Raises ModelError for a damaged file.
        """
        file = beside(Path(gallery.location), END)
        if not file.is_file():
            return None
        try:
            found = arrays.read(file)
            said = json.loads(found.pop(SAID).tobytes())
            if said["identity"] != gallery.identity:
                return None
            network = SimilarityNetwork.from_arrays(INPUT, _under(NETWORK, found)) if _under(NETWORK, found) else None
            reranking = None
            if said["calibration"] is not None:
                reranking = Calibration.of(said["calibration"], _under(CALIBRATION, found))
            fitted = PairModel(Fusion.from_dict(said["fusion"]), network)
            return cls(said["identity"], fitted, bool(said["used"]), dict(said["report"]), said["version"], reranking)
        except (ValueError, KeyError, TypeError, RecursionError, GalleryError, ModelError) as error:
            raise ModelError(
                f"{str(file)!r} is no whole verifier ({error}): remove it, or run `resight train-verifier` again"
            ) from error


def _under(prefix: str, found: Mapping[str, Array]) -> dict[str, Array]:
    return {name.removeprefix(prefix): each for name, each in found.items() if name.startswith(prefix)}
