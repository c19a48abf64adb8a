"""Encoders that made a gallery, found again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

from resight.features.encoder import NAMED, Encoder, encoders
from resight.gallery.protocol import Gallery
from resight.gallery.remedies import damaged


def encoders_of(gallery: Gallery) -> tuple[Encoder, ...]:
    """The encoders that a gallery was made with; raises EncoderMismatch where they are not the same any more."""
    made = encoders(sources_of(gallery))
    fingerprints = {encoder.fingerprint for encoder in made}
    gallery.require(fingerprints)
    unmade = [card.name for card in gallery.encoders if card.fingerprint not in fingerprints]
    if unmade:
        raise damaged(gallery.location, f"nothing makes what its encoder {unmade[0]!r} is said to have made")
    return made


def sources_of(gallery: Gallery) -> list[str]:
    """Names or folders of the gallery's encoders: a model folder that was moved with the gallery is found beside it."""
    sources = [str(card.description.get("source", card.name)) for card in gallery.encoders]
    return sources if gallery.folder is None else [_found(source, gallery.folder) for source in sources]


def is_made_by(gallery: Gallery, encoders: Sequence[Encoder]) -> bool:
    """Whether a gallery was made by these encoders and no others."""
    return {card.fingerprint for card in gallery.encoders} == {maker.fingerprint for maker in encoders}


def _found(source: str, folder: Path) -> str:
    beside = folder / PurePath(source).name
    moved = source not in NAMED and not Path(source).is_dir() and beside.is_dir()
    return str(beside) if moved else source
