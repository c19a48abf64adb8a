"""Status of a gallery that answers: its calibration, facts about it, and what its last run has left undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from resight.calibration import calibration
from resight.calibration.calibration import Calibration
from resight.calibration.look_alikes import look_alikes_in
from resight.calibration.samples import concatenate
from resight.features.encoder import Encoder
from resight.search.candidates import columns
from resight.search.gallery_index import GalleryIndex

from .stored_verifier import StoredVerifier


def calibration_in_use(index: GalleryIndex) -> Calibration:
    """The gallery's own calibration, or the prior where none has been fitted for these encoders."""
    names = columns(index)
    stored = calibration.stored(index.gallery)
    if stored is not None and tuple(stored.parameters["columns"][:-1]) == names:
        return Calibration.of(stored.parameters, stored.arrays)
    return calibration.fit(names, concatenate([], len(names)), photos=0)


def unfinished(index: GalleryIndex, in_use: Calibration) -> str | None:
    """Words on what the gallery's last run has left undone, to follow the gallery's name; None for nothing."""
    stored = index.gallery.calibration()
    if not len(index):
        return "holds no photos: `resight index` adds them"
    if stored is None:
        return (
            "is not calibrated to the photos it holds: its first run was interrupted or still goes on, and "
            "probabilities are guessed from other photos until `resight index` has ended"
        )
    if stored.revision != index.gallery.revision:
        return (
            "is not calibrated to the photos it holds: some have come, gone or got another name since, and "
            f"probabilities are those of {stored.parameters['photos']:,} photos until `resight index` has ended"
        )
    if not in_use.photos:
        return (
            "is calibrated by other evidence than is weighed now, as by an older resight: probabilities are "
            "guessed from other photos until `resight index` has ended"
        )
    return None


def facts(
    index: GalleryIndex, encoders: Sequence[Encoder], in_use: Calibration, *, reranked: bool = False
) -> dict[str, Any]:
    """Facts about the gallery, how its answers are calibrated, and whether a verifier re-ranks candidates."""
    verifier = StoredVerifier.of(index.gallery)
    return {
        "gallery": index.gallery.location,
        "photos": len(index),
        "instances": len(index.gallery.instances()),
        "encoders": [encoder.name for encoder in encoders],
        "bytes_per_photo": index.gallery.size_per_photo(),
        "look_alikes": len(look_alikes_in(index.gallery)),
        "search": {"settings": str(index.settings), "chosen": list(index.settings.reason)},
        "calibration": in_use.summary(),
        "verifier": None if verifier is None else {**verifier.report, "reranks": reranked},
        "unfinished": unfinished(index, in_use),
    }
