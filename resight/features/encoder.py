"""Encoders by name: what extracts a photo's features, and what makes one descriptor of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol, Self, TypeAlias

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
    def fingerprint(self) -> str:
        """Identity of all that decides its features."""

    @property
    def preprocess(self) -> Preprocess:
        """Steps from a photo to what it sees."""

    @property
    def has_grid(self) -> bool:
        """Whether its features are the cells of a network's map, rather than points."""

    def features(self, photo: Photo) -> Features:
        """Features of one photo, in pixels of the whole upright photo."""

    def at(self, long_side: int) -> Self:
        """The extractor for photos of another size, whose features are compared with its own."""

    def decoded(self, features: Features) -> Features:
        """Give the same features float32 values, where they are codes."""


@dataclass(frozen=True, eq=False)
class _Identified:
    """The identity of an encoder of either kind, and its extractor.

    Attributes
    ----------
    name : for people.
    source : what names it on the command line: "classical", "vlad", "bow", "house" or a model folder.
    fingerprint : identity; equal fingerprints give equal features and descriptors.
    extractor : photos to features; encoders may share one.
    description : options, for the record.
    """

    kind: ClassVar[str]

    name: str
    source: str
    fingerprint: str
    extractor: PhotoExtractor
    description: dict[str, Any]

    def card(self) -> EncoderCard:
        """The card that a gallery stores of an encoder."""
        return EncoderCard(self.fingerprint, self.name, self.kind, {"source": self.source, **self.description})


@dataclass(frozen=True, eq=False)
class LocalEncoder(_Identified):
    """An encoder whose features vote one by one, by the ``cells`` of their inverted file."""

    kind = "local"

    cells: CoarseQuantiser


@dataclass(frozen=True, eq=False)
class GlobalEncoder(_Identified):
    """An encoder that makes one descriptor of a photo's features.

    Attributes
    ----------
    aggregate : values ``(m, c)`` to a descriptor ``(d,)``.
    background : unwhitened descriptors ``(b, d)`` of everyday photos, which join a gallery's own where its whitening is
        fitted, or None.
    pullback : of the aggregate, as a function of the same values; None where it has none, so that it has no map.
    """

    kind = "global"

    aggregate: Callable[[Array], Array]
    background: Array | None = None
    pullback: Pullback | None = None

    @property
    def has_grid(self) -> bool:
        """Whether its features are the cells of a network's map."""
        return self.extractor.has_grid

    def describe(self, features: Features) -> Array:
        """The unwhitened unit descriptor ``(d,)`` float32 of a photo's features; raises ModelError where it is none."""
        with np.errstate(over="ignore", invalid="ignore"):
            row = unit(self.aggregate(features.values).astype(np.float32))
        if not np.isfinite(row).all():
            raise ModelError(
                f"{self.name} gives a descriptor that is not finite ({self.source}): its network or its pooling is out "
                "of range; make the model again from its weights"
            )
        return row


Encoder: TypeAlias = LocalEncoder | GlobalEncoder
"""A way to describe photos: an extractor, and what makes votes or one descriptor of its features."""


def encoders(sources: Root | Sequence[Root] = DEFAULT) -> tuple[Encoder, ...]:
    """Make the encoders that ``sources`` name, one or several, each once.

    Raises ModelError for a name that is no encoder and no folder.
    """
    made: dict[str, Encoder] = {}
    for source in several(sources):
        encoder = _encoder(os.fspath(source))
        made.setdefault(encoder.fingerprint, encoder)  # one folder may be spelled in two ways
    return tuple(made.values())


def global_encoder(source: Root) -> GlobalEncoder:
    """Make the encoder of that name or model folder, which is to give one descriptor of a photo.

    Raises ModelError where there is none, and where its features vote one by one.
    """
    encoder = _encoder(os.fspath(source))
    if isinstance(encoder, LocalEncoder):
        raise ModelError(f"{encoder.name} has no descriptor: its features vote one by one. Use vlad, bow or a model")
    return encoder


def _encoder(source: str) -> Encoder:
    if source in NAMED:
        return NAMED[source]()
    if not source or not Path(source).is_dir():  # Path("") would be the present folder
        raise ModelError(
            f"there is no encoder {source!r}{suggestion(source, NAMED)}: it is neither {', '.join(NAMED)} nor a model "
            "folder. Make one with `resight model from-weights`; for a gallery that was made by one, put its folder "
            "back where it was, or beside the gallery"
        )
    return _convolutional(source)


@cache
def point_extractor() -> SiftExtractor:
    """The extractor of points, which "classical", "vlad" and "bow" share."""
    return SiftExtractor(RootSift(load_vocabulary()))


@cache
def _cells() -> CoarseQuantiser:
    return CoarseQuantiser(point_extractor().vocabulary.cells)


def _classical() -> LocalEncoder:
    extractor = point_extractor()
    options = {"features": extractor.sift.features, "long_side": extractor.preprocess.long_side}
    return LocalEncoder("classical", "classical", f"votes-{extractor.fingerprint}", extractor, options, _cells())


def _coded(name: str) -> GlobalEncoder:
    """VLAD or bag of words of the classical extractor's codes."""
    extractor = point_extractor()
    words = _vlad_words(extractor.vocabulary) if name == "vlad" else _bow_words(extractor.vocabulary)
    pool: Callable[..., Any] = CODED_AGGREGATES[name]
    options = {"power": 0.5} if name == "vlad" else {}  # the power law evens out bursts (Jégou et al. 2012)

    def aggregate(codes: Array) -> Array:
        return pool(extractor.vocabulary.decode(codes), words, **options)

    return GlobalEncoder(
        name,
        name,
        f"{name}-{extractor.fingerprint}",
        extractor,
        {"words": len(words.centroids)},
        aggregate,
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


def _convolutional(folder: str, *, trial: bool = True) -> GlobalEncoder:
    # Imported here: OpenVINO takes a quarter of a second, and most galleries do not need it.
    from .cnn_extractor import extractor

    model = model_folder.load(folder)
    card = model.card
    options = dict(card.aggregate)
    name = options.pop("name")
    return GlobalEncoder(
        card.name,
        str(Path(folder).resolve()),
        f"model-{model.fingerprint}",
        extractor(model, trial=trial),
        {"architecture": card.architecture, "cut": card.cut, "long_side": card.preprocess.long_side},
        partial(AGGREGATES[name], **options),
        background=model.background,
        pullback=pullback(name, **options),
    )


@cache
def _house() -> GlobalEncoder:
    """The small network that ships, trained by ``resight recipe house``."""
    return replace(_convolutional(str(HOUSE), trial=False), source="house")


NAMED: dict[str, Callable[[], Encoder]] = {
    "classical": _classical,
    "vlad": partial(_coded, "vlad"),
    "bow": partial(_coded, "bow"),
    "house": _house,
}
"""The encoders that need no model folder."""
