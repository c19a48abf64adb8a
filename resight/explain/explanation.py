"""Explanations: a pair of photos looked at by a method, as maps, a sentence, a picture and JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

import numpy as np

from resight.drawing.heat_picture import HeatPanel, HeatPicture
from resight.results import Explanation, Faithfulness, HeatMap, verdicts
from resight.runtimes import blas
from resight.search.mirror_image import as_given, check_as_given
from resight.types import Array
from resight.verification.comparison import LocalFeatures

from .catalogue import DIFFERENCE, OF_MATCHES, VOTES, Method, require
from .faithfulness import faithfulness
from .heat import normalised
from .methods import METHODS, HeatMaps, suited
from .pair import PhotoPair, map_shape

SEED: Final = 0
"""Seed of the random orders that a map is tested against: the same question has the same answer."""

UNTESTED: Final = "; this map cannot be tested, for with all of the photo hidden the score is as high"
"""Sentence about a map that cannot be tested by hiding places."""


@dataclass(frozen=True, slots=True, eq=False)
class ExplainableAnswer:
    """An answer that can be explained; a :class:`resight.results.Explainer`.

    Attributes
    ----------
    query : the photo that was asked about.
    pair : it and the nearest known photo, or None where there was none.
    caption : the answer in plain words.
    named : whether the known photo's instance is the answer.
    remark : what else there is to say, looked for when somebody asks; or None.
    title : of the second photo where it is no known one.
    """

    query: LocalFeatures
    pair: PhotoPair | None
    caption: str
    named: bool
    remark: Callable[[], str] | None = None
    title: str = ""

    def __reduce__(self) -> NoReturn:
        raise TypeError("an answer that keeps its evidence cannot be pickled: ask again with keep_evidence=False")

    def explain(self, method: str | None = None, *, test_faithfulness: bool = True) -> Explanation:
        """See :meth:`resight.results.Recognition.explain`."""
        if self.pair is None:
            return _nothing(self, method)
        return explain(
            self.pair,
            method,
            caption=self.caption,
            named=self.named,
            test_faithfulness=test_faithfulness,
            title=self.title,
            remark="" if self.remark is None else self.remark(),
        )


@blas.one_thread()
def explain(
    pair: PhotoPair,
    method: str | None,
    *,
    caption: str,
    named: bool,
    test_faithfulness: bool = True,
    title: str = "",
    remark: str = "",
) -> Explanation:
    """Explain a pair by a method; raises what :func:`resight.explain.methods.suited` raises.

    ``title`` is that of the second photo, and the ``remark`` ends the sentence.
    """
    name, encoder = suited(pair, method)
    maps, words = METHODS[name].maps(pair, encoder), OF_MATCHES[name]
    heats = [_heat(weights, name) for weights in maps.weights]
    faithfulnesses = _faithfulnesses(maps, heats) if test_faithfulness else (None, None)
    regions, both, check = maps.regions or heats, pair.both, pair.check
    if pair.mirrored:  # it was compared the other way round, and is told as the photo was given
        heats[0], regions = heats[0][:, ::-1], (regions[0][..., ::-1], regions[1])
        both = as_given(pair.query), pair.reference
        check = check_as_given(check, pair.query.features.size[0])
    splits = maps.splits or (None, None)
    query = HeatMap(heats[0], "query", name, pair.target, faithfulnesses[0], splits[0])
    reference = HeatMap(heats[1], "reference", name, pair.target, faithfulnesses[1], splits[1])
    found = verdicts(query, reference)
    doubt = _doubt([photo for photo, test in found.items() if not test.holds])
    lit, bright = bool(heats[0].any()), words.bright.format(encoder=encoder.name)
    way = "In the mirror: " if pair.mirrored else ""
    sentence = doubt + way + _sentence(pair, maps, words, bright if lit else "", named=named, other=bool(title))
    if test_faithfulness and lit and maps.scores is not None and faithfulnesses[0] is None:
        sentence += UNTESTED
    if remark:
        sentence += f". {remark}"
    picture = HeatPicture(
        photos=tuple(HeatPanel(local, lit) for local, lit in zip(both, regions, strict=True)),
        check=check if name == VOTES else None,
        caption=caption,
        sentence=sentence,
        bright=f"{bright}, which the test does not bear out" if doubt else bright,
        dark=words.dark,
        split=splits[0],
        tests=found,
        named=named,
        title=title,
        compared=not maps.apart,
    )
    return Explanation(query, reference, sentence, picture, caption, compared=not maps.apart)


def _heat(weights: Array, method: str) -> Array:
    """Scales a map to [0, 1]; a difference is so already, and a faint one must stay faint."""
    return np.clip(weights, 0, 1) if method == DIFFERENCE else normalised(weights)


def _faithfulnesses(maps: HeatMaps, heats: Sequence[Array]) -> list[Faithfulness | None]:
    """Tests the map over either photo; None where there is no score to test it by."""
    if maps.scores is None:
        return [None, None]
    pairs = zip(maps.scores, heats, strict=True)
    return [faithfulness(score, heat, rng=np.random.default_rng(SEED)) for score, heat in pairs]


def _doubt(failed: Sequence[str]) -> str:
    """A sentence that comes first where maps did not pass their test."""
    if not failed:
        return ""
    maps, what = ("map", "it does") if len(failed) == 1 else ("maps", "they do")
    return f"Do not trust the {maps} of {' and '.join(failed)}: {what} not pass the test below. "


def _sentence(pair: PhotoPair, maps: HeatMaps, method: Method, bright: str, *, named: bool, other: bool) -> str:
    """Result of a method; ``bright`` is what a bright place is, "" where no place is bright. The second photo is a
    known one, or any ``other``.
    """
    against = maps.splits is not None and maps.splits[0].score <= 0
    if maps.apart:
        return f"This photo and {pair.target} could not be compared: {maps.apart}"
    verb = "Matches" if named else "Does not resemble" if against else "Resembles"
    if maps.remark:
        return f"{verb} {pair.target}, {maps.remark}"
    if not bright:
        return f"The map is empty: nothing that {method.name} looks at speaks for {pair.target}"
    if method.name == VOTES:
        second = pair.target if other else f"the known one of {pair.target}"
        return f"{len(pair.check.inliers)} points lie on this photo as on {second}"
    return f"{verb} {pair.target}; bright is {bright}"


def _nothing(answered: ExplainableAnswer, method: str | None) -> Explanation:
    """The explanation of a photo that has nothing in common with any known one."""
    if method is not None:
        require(method, OF_MATCHES)
    heat = np.zeros(map_shape(answered.query))
    sentence = "The map is empty: nothing known has anything in common with this photo"
    photos = (HeatPanel(answered.query, heat),)
    picture = HeatPicture(photos, None, answered.caption, sentence, "what speaks for a known photo", named=False)
    return Explanation(HeatMap(heat, "query", method or VOTES, "", None), None, sentence, picture, answered.caption)
