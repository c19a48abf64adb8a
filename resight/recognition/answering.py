"""Answering about one photo: its candidates weighed, named or not, drawn, and ready to be explained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from resight.calibration.calibration import EVEN, Calibration
from resight.drawing.match_picture import Evidence
from resight.explain.explanation import ExplainableAnswer
from resight.explain.pair import PhotoPair
from resight.features.encoder import Encoder
from resight.results import Match, Recognition
from resight.search.candidates import CLEAR, Candidates, candidates
from resight.search.describe import PhotoFeatures
from resight.search.gallery_index import GalleryIndex
from resight.search.mirror_image import MirrorImage, as_given, check_as_given
from resight.types import Array, Check
from resight.verification.comparison import LOCAL, LocalFeatures
from resight.verification.polygons import outline, overlap

from .answer_options import AnswerOptions

APART: Final = 0.3
"""Share of the smaller of two outlines that lies in the other, up to which they are of two places."""

LOOKED_AT: Final = 2
"""Number of the nearest candidates whose mirror image is looked at, where a photo gets no name."""

ONLY_MIRRORED: Final = "the mirror image of this photo shows {}: ask with --mirrored, from Python with mirrored=True"
SEVERAL: Final = "{} is in this photo too: `resight find` names each known thing in it"

_REGISTERED: Final = LOCAL.index("registered")


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A known thing that may be the answer, by the known photo and the way round that fit best.

    Attributes
    ----------
    id : of the known photo.
    score : its utility; log odds against "none of these".
    probability : that the photo, or its mirror image, shows this thing.
    votes, check : what agreed among the votes, and what the comparison came to.
    mirrored : whether they are of the photo's mirror image.
    """

    id: int
    score: float
    probability: float
    votes: Check
    check: Check
    mirrored: bool


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The options, likeliest first, and whether the first one gets its name."""

    options: list[Option]
    accepted: bool

    def probability(self, rank: int) -> float:
        """Probability of the option at a rank from 0; 0 where there is none."""
        return self.options[rank].probability if rank < len(self.options) else 0.0

    @property
    def unknown(self) -> float:
        """The probability that it is none of the options."""
        return max(0.0, 1.0 - math.fsum(option.probability for option in self.options))


@dataclass(frozen=True, slots=True, eq=False)
class Answering:
    """Answers about photos, from one revision of a gallery.

    Attributes
    ----------
    index : of its photos.
    calibration : of its answers.
    encoders : that it was made with.
    """

    index: GalleryIndex
    calibration: Calibration
    encoders: tuple[Encoder, ...]

    def answer(
        self, name: str, features: PhotoFeatures, mirror: PhotoFeatures | None, options: AnswerOptions
    ) -> Recognition:
        """See :meth:`resight.recognition.recogniser.Recogniser.answer`."""
        false_accept_rate, unknown_share = options.false_accept_rate, options.unknown_share
        found = [candidates(self.index, way) for way in ((features,) if mirror is None else (features, mirror))]
        choice = self._choice(found, false_accept_rate, unknown_share)
        image = MirrorImage.of(features.local, self.encoders)
        hint = ""
        while mirror is None and choice.accepted and self._fits_only_mirrored(image, choice.options[0]):
            hint = hint or ONLY_MIRRORED.format(self._instance(choice.options[0]))
            found = [found[0].exclude(choice.options[0].id)]
            choice = self._choice(found, false_accept_rate, unknown_share)
        if mirror is None and not choice.accepted:
            hint = hint or self._only_mirrored(image, choice)
        sides = [features if mirror is None or not one.mirrored else mirror for one in choice.options]
        answer = Recognition(
            photo=name,
            instance=self._instance(choice.options[0]) if choice.accepted else None,
            probability=choice.probability(0),
            runner_up=self._instance(choice.options[1]) if len(choice.options) > 1 else None,
            margin=choice.probability(0) - choice.probability(1),
            matches=tuple(map(self._match, choice.options[: options.k], sides)),
            unknown_probability=choice.unknown,
            hint=hint or self._several(choice, sides),
        )
        return self._with_evidence(answer, features, choice, sides) if options.keep_evidence else answer

    def pair(
        self,
        query: LocalFeatures,
        reference: LocalFeatures,
        checks: tuple[Check, Check],
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

    def _choice(self, found: Sequence[Candidates], false_accept_rate: float | None, unknown_share: float) -> Choice:
        """Chooses among the candidates of a photo, or of the photo and its mirror image.

        Either way round is an answer of its own, so a thing has the sum of both probabilities, and "none" is weighed
        with as many: a photo that is asked about twice has two chances to be taken for something. A false-accept rate
        is kept by half of it each way.
        """
        evidence = np.concatenate([one.evidence for one in found])
        probabilities = self.calibration.probabilities(evidence, unknown_share=unknown_share, ways=len(found))
        scores = self.calibration.logits(evidence)
        rows: dict[str, list[int]] = {}
        places = [(way, place) for way, one in enumerate(found) for place in range(len(one))]
        for row, (way, place) in enumerate(places):
            rows.setdefault(self.index.items[found[way].ids[place]].instance, []).append(row)
        options = []
        for same in rows.values():
            # A descriptor of the whole photo does not tell which way round it is; points that agree do.
            told = [row for row in same if places[row][0] == 0 or evidence[row, _REGISTERED] > 0]
            best = max(told or same, key=lambda row: probabilities[row])
            way, place = places[best]
            one, probability = found[way], float(probabilities[same].sum())
            checks = one.votes[place], one.checks[place]
            options.append(Option(one.ids[place], float(scores[best]), probability, *checks, mirrored=way == 1))
        order = np.argsort([-option.probability for option in options], kind="stable")
        options = [options[row] for row in order]
        return Choice(options, self._accepts(found, probabilities, options, false_accept_rate))

    def _accepts(
        self, found: Sequence[Candidates], probabilities: Array, options: list[Option], false_accept_rate: float | None
    ) -> bool:
        if len(found) == 1:
            return self.calibration.accepts(found[0].evidence, probabilities, false_accept_rate=false_accept_rate)
        if false_accept_rate is None or not options:
            return bool(options) and options[0].probability >= EVEN
        first = self._instance(options[0])
        return any(
            self.calibration.accepts(one.evidence, probabilities, false_accept_rate=false_accept_rate / 2)
            and self.index.items[one.ids[int(self.calibration.probabilities(one.evidence).argmax())]].instance == first
            for one in found
        )

    def _fits_only_mirrored(self, image: MirrorImage, option: Option) -> bool:
        return image.fits_alone(self.index.local(option.id), option.check) is not None

    def _only_mirrored(self, image: MirrorImage, choice: Choice) -> str:
        """A word on the mirror image of a photo without a name, where one of the nearest known things fits that."""
        for option in choice.options[:LOOKED_AT]:
            if self._fits_only_mirrored(image, option):
                return ONLY_MIRRORED.format(self._instance(option))
        return ""

    def _instance(self, option: Option) -> str:
        return self.index.items[option.id].instance

    def _match(self, option: Option, side: PhotoFeatures) -> Match:
        item = self.index.items[option.id]
        check = _given(option, side)
        return Match(item.photo, item.instance, option.score, option.probability, check, option.mirrored)

    def _several(self, choice: Choice, sides: Sequence[PhotoFeatures]) -> str:
        """A word on a second known thing, where more points than chance brings agree on it at another place."""
        places = [self._place(option, side) for option, side in zip(choice.options, sides, strict=True)]
        for option, place in zip(choice.options[1:], places[1:], strict=True):
            if place is not None and places[0] is not None and overlap(place, places[0]) <= APART:
                return SEVERAL.format(self._instance(option))
        return ""

    def _place(self, option: Option, side: PhotoFeatures) -> Array | None:
        """Where on the photo a known one lies; None where too little agrees on that."""
        check = _given(option, side)
        if check.transform is None or check.score < CLEAR:
            return None
        return outline(check.transform, self.index.local(option.id).features.size, side.local.features.size)

    def _with_evidence(
        self, answer: Recognition, features: PhotoFeatures, choice: Choice, sides: Sequence[PhotoFeatures]
    ) -> Recognition:
        """The answer, able to be drawn and explained."""
        caption, detail, named = answer.sentence, answer.detail, choice.accepted
        if not choice.options:
            drawn = Evidence(features.local, None, None, caption, detail)
            return replace(answer, picture=drawn, explainer=ExplainableAnswer(features.local, None, caption, named))
        best, side = choice.options[0], sides[0]
        query = as_given(side.local) if best.mirrored else side.local
        reference = self.index.local(best.id)
        checks, cosines = (best.votes, best.check), self.cosines(side, best.id)
        target, mirrored = self._instance(best), best.mirrored
        pair = self.pair(side.local, reference, checks, target, cosines, mirrored=mirrored)
        drawn = Evidence(query, reference, _given(best, side), caption, detail, named)
        return replace(answer, picture=drawn, explainer=ExplainableAnswer(query, pair, caption, named))


def _given(option: Option, side: PhotoFeatures) -> Check:
    """The geometry from the photo as it was given."""
    return check_as_given(option.check, side.local.features.size[0]) if option.mirrored else option.check
