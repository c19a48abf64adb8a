"""The verifier: whether two photos show one thing, by their points, their pixels and what networks see in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from resight.calibration.calibration import require_share
from resight.drawing.match_picture import MatchEvidence
from resight.errors import PhotoError
from resight.explain.explanation import ExplainableAnswer
from resight.explain.pair import PhotoPair
from resight.features.encoder import DEFAULT, Encoder, encoders
from resight.features.similarity_network import sigmoid
from resight.io import images
from resight.io.images import Source, name_of
from resight.results import Verification
from resight.results.verification import IDENTICAL
from resight.search.candidates import CHANCE
from resight.search.describe import PhotoFeatures, extract, long_side
from resight.search.mirror_image import MirrorImage, as_given, check_as_given
from resight.types import Array, Head, SpatialVerification
from resight.verification.comparison import NO_VOTES, LocalFeatures
from resight.verification.fusion import PARTS
from resight.verification.pair_evidence import local_parts
from resight.verification.registration import resized
from resight.verification.relation import relation

from .pair_model import DescriptorParts, PairModel, shipped_heads, shipped_model
from .recogniser import Recogniser
from .stored_verifier import StoredVerifier

MIRRORED: Final = "the mirror image of the other"
OTHER: Final = "The other photo"
POINTLESS: Final = "no points were found on {}, so that points and pixels say nothing"


@dataclass(frozen=True, slots=True, eq=False)
class SeenPhoto:
    """A photo's ``features``, and its ``mirror`` image, which is looked at where somebody asks."""

    features: PhotoFeatures
    mirror: MirrorImage


@dataclass(frozen=True, slots=True, eq=False)
class ComparedPair:
    """Two photos as they were compared.

    Attributes
    ----------
    values : (e,) the evidence, in the order of PARTS; NaN where there is none of a part.
    first : the first photo, or its mirror image.
    check : geometry from that to the second.
    mirrored : whether it is of the mirror image.
    """

    values: Array
    first: LocalFeatures
    check: SpatialVerification
    mirrored: bool

    def given(self, size: tuple[int, int]) -> SpatialVerification:
        """The check, from the first photo of that size as it was given."""
        if not self.mirrored or self.check.transform is None:
            return self.check
        width, height = self.first.features.size
        check = check_as_given(self.check, width)
        assert check.transform is not None
        return replace(check, transform=check.transform @ resized((width / size[0], height / size[1])))


class Verifier:
    """Tells whether two photos show one thing. Threads may share it.

    Without a gallery it weighs by what ships, fitted on everyday photos alone. With one it sees photos as that gallery
    does, whitens their descriptors by the gallery's photos, and holds either photo beside what is known to look like
    the other's thing.

    Attributes
    ----------
    encoders : that photos are seen by.
    model : that it weighs by.
    gallery : what knows look-alikes; None without a gallery.
    """

    def __init__(
        self,
        encoders: Sequence[Encoder],
        heads: Mapping[str, Head],
        model: PairModel | None = None,
        gallery: Recogniser | None = None,
    ) -> None:
        """Meant for :meth:`open`."""
        self.encoders = tuple(encoders)
        self.gallery = gallery
        self.model = shipped_model() if model is None else model
        self._descriptors = DescriptorParts(encoders, heads)

    @classmethod
    def open(cls, gallery: str | Path | None = None) -> Self:
        """The verifier that ships, or that of a gallery file, weighing by what `train-verifier` fitted to it.

        Raises GalleryError, EncoderMismatch, and ModelError for damaged files.
        """
        if gallery is None:
            return cls(encoders(DEFAULT), shipped_heads())
        opened = Recogniser.open(gallery)
        try:
            return cls.of(opened)
        except BaseException:
            opened.close()
            raise

    @classmethod
    def of(cls, recogniser: Recogniser) -> Self:
        """The verifier of a gallery that is open, as it is now; raises ModelError for a damaged file."""
        stored = StoredVerifier.of(recogniser.gallery)
        heads = {name: each.settings for name, each in recogniser.index.descriptors.items()}
        return cls(recogniser.encoders, heads, None if stored is None else stored.model, recogniser)

    def close(self) -> None:
        """Let go of the gallery's file, if there is one."""
        if self.gallery is not None:
            self.gallery.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def verify(self, first: Source, second: Source, *, share: float = 0.5, keep_evidence: bool = True) -> Verification:
        """Tells whether two photos show one thing.

        Parameters
        ----------
        first, second : each a path, the bytes of a file, an open file, a Pillow picture, or an array (h, w, 3) uint8
            RGB.
        share : of the pairs that are asked about, those that show one thing, between 0 and 1; the probability depends
            on it, the likelihood ratio does not.
        keep_evidence : whether the answer can draw and explain itself.

        Raises PhotoError, naming the photo, for one that cannot be read.
        """
        require_share(share)
        names = name_of(first), name_of(second)
        both = [self.extract(photo, name) for photo, name in zip((first, second), names, strict=True)]
        return self.compare(names, *both, share=share, keep_evidence=keep_evidence)

    def verify_many(
        self, pairs: Iterable[tuple[Source, Source]], *, share: float = 0.5
    ) -> Iterator[Verification | PhotoError]:
        """:meth:`verify` of each pair, in order; the PhotoError of one that cannot be read takes its place.

        A photo that several pairs in a row have is read once. The answers keep no evidence.
        """
        require_share(share)
        seen: dict[str, SeenPhoto] = {}
        for pair in pairs:
            try:
                found = [self._remembered(photo, seen) for photo in pair]
            except PhotoError as error:
                yield error
                continue
            names = name_of(pair[0]), name_of(pair[1])
            yield self.compare(names, *found, share=share)

    def extract(self, photo: Source, name: str = "") -> SeenPhoto:
        """Read and describe a photo; raises PhotoError, with its name, for one that cannot be read."""
        try:
            return self.seen(extract(images.read(photo, long_side=long_side(self.encoders)), self.encoders))
        except PhotoError as error:
            raise PhotoError(str(error) if not name or name in str(error) else f"{name}: {error}") from error

    def seen(self, features: PhotoFeatures) -> SeenPhoto:
        """A photo whose features are known, ready to be compared."""
        return SeenPhoto(features, MirrorImage.of(features.local, self.encoders))

    def compare(
        self,
        names: tuple[str, str],
        first: SeenPhoto,
        second: SeenPhoto,
        *,
        share: float = 0.5,
        keep_evidence: bool = False,
    ) -> Verification:
        """:meth:`verify` of photos whose features are known."""
        found = self.evidence(first, second)
        evidence, fusion = found.values, self.model.fusion
        log_ratio = float(fusion.log_odds(evidence))
        digests = first.features.digest, second.features.digest
        identical = bool(digests[0]) and digests[0] == digests[1]
        made = MIRRORED if found.mirrored else relation(found.first, second.features.local, found.check)
        chance = float(sigmoid(np.array(log_ratio + np.log(share / (1 - share)))))
        weights = {**dict(zip(PARTS, fusion.weights.tolist(), strict=True)), "constant": fusion.constant}
        figures = dict(zip(PARTS, evidence.tolist(), strict=True))
        answer = Verification(
            *names,
            same=identical or chance >= 0.5,
            probability=1.0 if identical else chance,
            likelihood_ratio=None if identical else float(np.exp(log_ratio)),
            bounds=fusion.bounds,
            parts=fusion.contributions(evidence),
            figures={name: None if np.isnan(figure) else figure for name, figure in figures.items()},
            weights=weights,
            relation=IDENTICAL if identical else made,
            notes=_notes(names, first, second),
            check=found.given(first.features.local.features.size),
        )
        return self._with_evidence(answer, second, found) if keep_evidence else answer

    def evidence(self, first: SeenPhoto, second: SeenPhoto) -> ComparedPair:
        """Compare two photos, and the mirror image of the first where much more of that agrees."""
        compared, reference = first.features.local, second.features.local
        found = local_parts(compared, reference)
        turned = first.mirror.fits_alone(reference, found.check)
        if turned is not None:
            flipped = np.ascontiguousarray(compared.image[:, ::-1])
            compared = replace(compared, features=first.mirror.features, image=flipped)
            found = local_parts(compared, reference)
        contrast = np.nan
        if self.gallery is not None and turned is None and found.check.score >= CHANCE:
            contrast = self.gallery.contrast(first.features, second.features)
        values = self._descriptors.evidence(
            found.parts, first.features, second.features, self.model.network, contrast=contrast
        )
        return ComparedPair(values, compared, found.check, turned is not None)

    def everyday_row(self, photo: PhotoFeatures) -> Array | None:
        """The house encoder's descriptor ``(d,)``, whitened by everyday photos; None without that encoder."""
        return self._descriptors.everyday_row(photo)

    def _remembered(self, photo: Source, seen: dict[str, SeenPhoto]) -> SeenPhoto:
        if not isinstance(photo, str | Path):
            return self.extract(photo)
        key = str(photo)
        if key not in seen:
            while len(seen) >= REMEMBERED:
                del seen[next(iter(seen))]
            seen[key] = self.extract(photo, key)
        return seen[key]

    def _with_evidence(self, answer: Verification, second: SeenPhoto, found: ComparedPair) -> Verification:
        """The answer, able to be drawn and explained."""
        caption, known = answer.sentence, second.features.local
        query = as_given(found.first) if found.mirrored else found.first
        drawn = check_as_given(found.check, query.features.size[0]) if found.mirrored else found.check
        picture = MatchEvidence(query, known, drawn, caption, "; ".join(answer.notes), answer.same, OTHER)
        other = answer.second or OTHER.lower()
        pair = PhotoPair(
            found.first, known, NO_VOTES, found.check, other, self.encoders, self._descriptors.heads, {}, found.mirrored
        )
        return replace(
            answer, picture=picture, explainer=ExplainableAnswer(query, pair, caption, answer.same, title=OTHER)
        )

    def __repr__(self) -> str:
        return f"<Verifier by {', '.join(each.name for each in self.encoders)}>"


REMEMBERED: Final = 256
"""Photos whose features are kept while many pairs are asked about."""


def _notes(names: tuple[str, str], first: SeenPhoto, second: SeenPhoto) -> tuple[str, ...]:
    which = zip(names, ("the first photo", "the second photo"), (first.features, second.features), strict=True)
    return tuple(POINTLESS.format(name or place) for name, place, photo in which if not len(photo.local.features))
