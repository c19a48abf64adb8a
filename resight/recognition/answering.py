"""Answering about one photo: its candidates weighed, named or not, drawn, and ready to be explained."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from resight.calibration.calibration import Calibration
from resight.drawing.either_picture import EitherPicture
from resight.drawing.match_picture import MatchEvidence
from resight.explain.explanation import ExplainableAnswer
from resight.explain.pair import PhotoPair
from resight.features.encoder import Encoder
from resight.results import Match, Recognition
from resight.search.candidates import CLEAR, Candidates, candidates
from resight.search.describe import PhotoFeatures
from resight.search.gallery_index import GalleryIndex
from resight.search.mirror_image import MirrorImage, as_given, check_as_given
from resight.types import Array, SpatialVerification
from resight.verification.comparison import LocalFeatures
from resight.verification.look_alikes import LookAlikes
from resight.verification.polygons import outline, overlap

from .answer_options import AnswerOptions
from .choice import Choice, Option, choose
from .reranking import Reranking

APART: Final = 0.3
"""Share of the smaller of two outlines that lies in the other, up to which they are of two places."""

LOOKED_AT: Final = 2
"""Number of the nearest candidates whose mirror image is looked at, where a photo gets no name."""

ONLY_MIRRORED: Final = "the mirror image of this photo shows {}: ask with --mirrored, from Python with mirrored=True"
BETWEEN: Final = "{} and {} look alike: --save draws where they differ, from Python .save(path)"
SEVERAL: Final = "{} is in this photo too: `resight find` names each known thing in it"


@dataclass(frozen=True, slots=True, eq=False)
class Answering:
    """Answers about photos, from one revision of a gallery.

    Attributes
    ----------
    index : of its photos.
    calibration : of its answers.
    encoders : that it was made with.
    reranking : of candidates by a verifier; None where that does not help.
    """

    index: GalleryIndex
    calibration: Calibration
    encoders: tuple[Encoder, ...]
    reranking: Reranking | None = None

    @property
    def naming(self) -> Calibration:
        """The calibration by which a photo gets its name: that of re-ranked candidates, where they are."""
        return self.calibration if self.reranking is None else self.reranking.calibration

    def candidates(self, features: PhotoFeatures, *, exclude: Collection[int] = ()) -> Candidates:
        """The known photos that may show what a photo shows, with the evidence that :attr:`naming` weighs."""
        found = candidates(self.index, features, exclude=exclude)
        return found if self.reranking is None else self.reranking(features, found)

    def answer(
        self, name: str, features: PhotoFeatures, mirror: PhotoFeatures | None, options: AnswerOptions
    ) -> Recognition:
        """See :meth:`resight.recognition.recogniser.Recogniser.answer`."""
        found = [self.candidates(way) for way in ((features,) if mirror is None else (features, mirror))]
        rule = options.rule(self.naming, orientations=len(found))
        choice = choose(self.index, found, rule)
        image = MirrorImage.of(features.local, self.encoders)
        hint = ""
        while mirror is None and (turned := self._first_mirrored(image, choice.shown)) is not None:
            hint = hint or ONLY_MIRRORED.format(turned.instance)
            found = [found[0].exclude(turned.id)]
            choice = choose(self.index, found, rule)
        if mirror is None and not choice.shown and not hint:
            turned = self._first_mirrored(image, choice.options[:LOOKED_AT])
            hint = "" if turned is None else ONLY_MIRRORED.format(turned.instance)
        sides = [features if mirror is None or not one.mirrored else mirror for one in choice.options]
        answer = Recognition(
            photo=name,
            instance=choice.instance,
            probability=choice.probability(0),
            runner_up=choice.options[1].instance if len(choice.options) > 1 else None,
            margin=choice.probability(0) - choice.probability(1),
            matches=tuple(map(self._match, choice.options[: options.k], sides)),
            unknown_probability=choice.unknown,
            hint=hint or (BETWEEN.format(*choice.either) if choice.either else self._several(choice, sides)),
            either=choice.either,
        )
        return self._with_evidence(answer, features, choice, sides) if options.keep_evidence else answer

    def pair(
        self,
        query: LocalFeatures,
        reference: LocalFeatures,
        checks: tuple[SpatialVerification, SpatialVerification],
        target: str,
        cosines: Mapping[str, float],
        *,
        mirrored: bool = False,
    ) -> PhotoPair:
        """Two photos to be explained, with the checks of the votes and of the comparison."""
        heads = {encoder: descriptors.settings for encoder, descriptors in self.index.descriptors.items()}
        return PhotoPair(query, reference, *checks, target, self.encoders, heads, cosines, mirrored)

    def cosines(self, features: PhotoFeatures, id: int) -> Mapping[str, float]:
        """Cosines of a photo, as it is recognised, with a known one, by encoder."""
        searched = self.index.descriptors.items()
        return {
            encoder: float(descriptors.cosine(features.descriptors[encoder], [id])[0])
            for encoder, descriptors in searched
        }

    def _first_mirrored(self, image: MirrorImage, options: Sequence[Option]) -> Option | None:
        """The first of these options that only the mirror image of the photo fits; None where none is so."""
        for option in options:
            if image.fits_alone(self.index.local(option.id), option.check) is not None:
                return option
        return None

    def _match(self, option: Option, side: PhotoFeatures) -> Match:
        photo, check = self.index.items[option.id].photo, _given(option, side)
        return Match(photo, option.instance, option.score, option.probability, check, option.mirrored, option.id)

    def _several(self, choice: Choice, sides: Sequence[PhotoFeatures]) -> str:
        """A word on a second known thing, where more points than chance brings agree on it at another place."""
        places = [self._place(option, side) for option, side in zip(choice.options, sides, strict=True)]
        for option, place in zip(choice.options[1:], places[1:], strict=True):
            if place is not None and places[0] is not None and overlap(place, places[0]) <= APART:
                return SEVERAL.format(option.instance)
        return ""

    def _place(self, option: Option, side: PhotoFeatures) -> Array | None:
        """The outline of a known photo on the photo; None where too little agrees on that."""
        check = _given(option, side)
        if check.transform is None or check.score < CLEAR:
            return None
        return outline(check.transform, self.index.local(option.id).features.size, side.local.features.size)

    def _with_evidence(
        self, answer: Recognition, features: PhotoFeatures, choice: Choice, sides: Sequence[PhotoFeatures]
    ) -> Recognition:
        """The answer, able to be drawn and explained."""
        caption, detail, named = answer.sentence, answer.detail, answer.instance is not None
        if not choice.options:
            drawn = MatchEvidence(features.local, None, None, caption, detail)
            return replace(answer, picture=drawn, explainer=ExplainableAnswer(features.local, None, caption, named))
        best, side = choice.options[0], sides[0]
        query = as_given(side.local) if best.mirrored else side.local
        reference = self.index.local(best.id)
        checks, cosines = (best.votes, best.check), self.cosines(side, best.id)
        pair = self.pair(side.local, reference, checks, best.instance, cosines, mirrored=best.mirrored)
        if choice.either:
            return self._between(answer, query, pair, choice.shown, sides)
        drawn = MatchEvidence(query, reference, _given(best, side), caption, detail, named)
        return replace(answer, picture=drawn, explainer=ExplainableAnswer(query, pair, caption, named))

    def _between(
        self,
        answer: Recognition,
        query: LocalFeatures,
        pair: PhotoPair,
        told: Sequence[Option],
        sides: Sequence[PhotoFeatures],
    ) -> Recognition:
        """An answer between two things that look alike, drawn beside both and explained with where they differ."""
        first, second = told
        alike = LookAlikes(self.index.local(first.id), self.index.local(second.id))
        checks = _given(first, sides[0]), _given(second, sides[1])
        drawn = EitherPicture(query, checks, alike, (first.instance, second.instance), answer.sentence, answer.detail)
        remark = partial(alike.sentence, first.instance, second.instance)
        return replace(answer, picture=drawn, explainer=ExplainableAnswer(query, pair, answer.sentence, False, remark))


def _given(option: Option, side: PhotoFeatures) -> SpatialVerification:
    """The geometry from the photo as it was given."""
    return check_as_given(option.check, side.local.features.size[0]) if option.mirrored else option.check
