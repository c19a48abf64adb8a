"""Encoders by name: what extracts a photo's features, and what makes one descriptor of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Protocol, Self

import numpy as np

from resight.errors import ModelError, suggestion
from resight.io import model_folder
from resight.io.datasets.place import Root, several
from resight.io.images import Photo
from resight.types import Array, Codebook, EncoderCard, Features, Preprocess

from .aggregate import AGGREGATES, CODED_AGGREGATES
from .coarse_quantiser import CoarseQuantiser
from .normalisation import unit
from .pullback import PULLBACKS, Pullback, pullback
from .sift import RootSift
from .sift_extractor import SiftExtractor
from .vocabulary import Vocabulary
from .vocabulary import load as load_vocabulary

DEFAULT: Final = ("classical", "house")
"""The encoders of a gallery for which none is named: points that vote, and a descriptor for things of few points."""

HOUSE: Final = Path(__file__).parent.parent / "shipped" / "house"
"""The model folder of the house encoder."""


class PhotoExtractor(Protocol):
    """Photos as they were read to features in pixels of the whole upright photo."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def preprocess(self) -> Preprocess: ...

    def features(self, photo: Photo) -> Features: ...

    def at(self, long_side: int) -> Self:
        """The extractor for photos of another size, whose features are compared with its own."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """A way to describe photos: an extractor, and what makes votes or one descriptor of its features.

    Attributes
    ----------
    name : for people.
    source : what names it on the command line: "classical", "vlad", "bow", "house" or a model folder.
    fingerprint : identity; equal fingerprints give equal features and descriptors.
    extractor : photos to features; encoders may share one.
    aggregate : values ``(m, c)`` to a descriptor ``(d,)``, or None where the features themselves vote.
    description : options, for the record.
    cells : where the features vote, the cells of their inverted file.
    background : unwhitened descriptors ``(b, d)`` of everyday photos, which join a gallery's own where its whitening is
        fitted, or None.
    pullback : of the aggregate, as a function of the same values; None where it has none, so that it has no map.
    """

    name: str
    source: str
    fingerprint: str
    extractor: PhotoExtractor
    aggregate: Callable[[Array], Array] | None
    description: dict[str, Any]
    cells: CoarseQuantiser | None = None
    background: Array | None = None
    pullback: Pullback | None = None

    @property
    def is_local(self) -> bool:
        """Whether single features vote, rather than one descriptor for the photo."""
        return self.aggregate is None

    @property
    def has_grid(self) -> bool:
        """Whether its features are the cells of a network's map."""
        return "cut" in self.description

    def describe(self, features: Features) -> Array:
        """The unwhitened unit descriptor ``(d,)`` float32 of a photo's features; raises ModelError where it is none."""
        if self.aggregate is None:
            raise ModelError(f"{self.name} has no descriptor: its features vote one by one. Use vlad, bow or a model")
        with np.errstate(over="ignore", invalid="ignore"):
            row = unit(self.aggregate(features.values).astype(np.float32))
        if not np.isfinite(row).all():
            raise ModelError(
                f"{self.name} gives a descriptor that is not finite ({self.source}): its network or its pooling is out "
                "of range; make the model again from its weights"
            )
        return row

    def card(self) -> EncoderCard:
        """The card that a gallery stores of an encoder."""
        kind = "local" if self.is_local else "global"
        return EncoderCard(self.fingerprint, self.name, kind, {"source": self.source, **self.description})


def encoders(sources: Root | Sequence[Root] = DEFAULT) -> tuple[Encoder, ...]:
    """Make the encoders that ``sources`` name, one or several, each once.

    Raises ModelError for a name that is no encoder and no folder.
    """
    made: dict[str, Encoder] = {}
    for source in several(sources):
        encoder = _encoder(os.fspath(source))
        made.setdefault(encoder.fingerprint, encoder)  # one folder may be spelled in two ways
    return tuple(made.values())


def _encoder(source: str) -> Encoder:
    if source in NAMED:
        return NAMED[source]()
    if not Path(source).is_dir():
        raise ModelError(
            f"there is no encoder {source!r}{suggestion(source, NAMED)}: it is neither {', '.join(NAMED)} nor a model "
            "folder. Make one with `resight model from-weights`; where a gallery was made by one, put it back, or "
            "beside the gallery"
        )
    return _convolutional(source)


@cache
def _extractor() -> SiftExtractor:
    return SiftExtractor(RootSift(load_vocabulary()))


@cache
def _cells() -> CoarseQuantiser:
    return CoarseQuantiser(_extractor().vocabulary.cells)


def _classical() -> Encoder:
    extractor = _extractor()
    options = {"features": extractor.sift.features, "long_side": extractor.preprocess.long_side}
    return Encoder("classical", "classical", f"votes-{extractor.fingerprint}", extractor, None, options, _cells())


def _coded(name: str) -> Encoder:
    """VLAD or bag of words of the classical extractor's codes."""
    extractor = _extractor()
    words = _vlad_words(extractor.vocabulary) if name == "vlad" else _bow_words(extractor.vocabulary)
    pool: Callable[..., Any] = CODED_AGGREGATES[name]
    options = {"power": 0.5} if name == "vlad" else {}  # the power law evens out bursts (Jégou et al. 2012)

    def aggregate(codes: Array) -> Array:
        return pool(extractor.vocabulary.decode(codes), words, **options)

    return Encoder(
        name,
        name,
        f"{name}-{extractor.fingerprint}",
        extractor,
        aggregate,
        {"words": len(words.centroids)},
        pullback=_of_codes(pullback(name, codebook=words, **options), extractor.vocabulary)
        if name in PULLBACKS
        else None,
    )


def _of_codes(form: Pullback, vocabulary: Vocabulary) -> Pullback:
    """A pullback for codes: the gradient at the values that they stand for."""
    return Pullback(
        lambda codes, direction: form.gradient(vocabulary.decode(codes), direction),
        lambda codes, direction: form.shares(vocabulary.decode(codes), direction),
    )


def _vlad_words(vocabulary: Vocabulary) -> Codebook:
    return Codebook(vocabulary.vlad, np.ones(len(vocabulary.vlad), np.float32))


def _bow_words(vocabulary: Vocabulary) -> Codebook:
    return Codebook(vocabulary.decode(vocabulary.cells), vocabulary.idf)


def _convolutional(folder: str, *, trial: bool = True) -> Encoder:
    # Imported here: OpenVINO takes a quarter of a second, and most galleries do not need it.
    from .cnn_extractor import extractor

    model = model_folder.load(folder)
    card = model.card
    options = dict(card.aggregate)
    name = options.pop("name")
    return Encoder(
        card.name,
        str(Path(folder).resolve()),
        f"model-{model.fingerprint}",
        extractor(model, trial=trial),
        partial(AGGREGATES[name], **options),
        {"architecture": card.architecture, "cut": card.cut, "long_side": card.preprocess.long_side},
        background=model.background,
        pullback=pullback(name, **options),
    )


@cache
def _house() -> Encoder:
    """The small network that ships, trained by ``resight recipe house``."""
    return replace(_convolutional(str(HOUSE), trial=False), source="house")


NAMED: dict[str, Callable[[], Encoder]] = {
    "classical": _classical,
    "vlad": partial(_coded, "vlad"),
    "bow": partial(_coded, "bow"),
    "house": _house,
}
"""The encoders that need no model folder."""
