"""Answers as pictures: the worst errors, and the nearest photos of a few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.errors import PhotoError
from resight.features.encoder import GlobalEncoder
from resight.features.views import SCALES, USUAL_SCALES, describe_views, reading_side
from resight.io.datasets.entries import Entry
from resight.io.images import Photo, prepare
from resight.recognition.recogniser import Recogniser
from resight.report.page import PageImage, Strip
from resight.results.recognition import percent
from resight.types import Array, Image, Preprocess

from .evaluation import Evaluation

NAMES: Final = dict(zip(USUAL_SCALES, ("¼", "½", "√½", "1", "√2"), strict=True))
"""Names of the scales."""

ERRORS: Final = 8
"""Wrong answers that are shown, the surest first."""

STRIPS: Final = 4
NEAREST: Final = 5
"""Queries whose nearest photos are shown, and how many."""

SIDE: Final = 160
"""Longer side of a photo on the page, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class WrongAnswer:
    """A query that was answered wrongly, what it was taken for, and what it shows, None where nothing known does."""

    asked: PageImage
    answered: PageImage
    wanted: PageImage | None


def wrong_answers(recogniser: Recogniser, entries: Sequence[Entry], evaluation: Evaluation) -> list[WrongAnswer]:
    """The wrong answers that were the surest, unknown queries among them."""
    order = np.argsort(-evaluation.probabilities, kind="stable")
    wrong = [row for row in order if not evaluation.right[row] and evaluation.instances[row] is not None]
    return [_wrong(recogniser, entries[row], evaluation, int(row)) for row in wrong[:ERRORS]]


def _wrong(recogniser: Recogniser, entry: Entry, evaluation: Evaluation, row: int) -> WrongAnswer:
    shown = " | ".join(entry.labels) if evaluation.answerable[row] else "nothing known"
    instance = evaluation.instances[row] or ""
    told = "named" if evaluation.named[row] else "not named"
    answered = f"✗ {instance}, {percent(evaluation.probabilities[row], 0)}, {told}"
    wanted = next((_of(recogniser, label, f"✓ {label}", "right") for label in entry.labels), None)
    return WrongAnswer(_asked(entry, shown), _of(recogniser, instance, answered, "wrong") or _blank(answered), wanted)


def strips(
    recogniser: Recogniser,
    entries: Sequence[Entry],
    similarities: Sequence[Mapping[str, Array]],
    evaluation: Evaluation,
) -> list[Strip]:
    """The nearest photos of a few queries, right, wrong and unknown ones, by the first encoder with descriptors."""
    if not similarities or not similarities[0]:
        return []
    encoder = next(iter(similarities[0]))
    return [
        _strip(recogniser, entries[row], similarities[row][encoder], evaluation, row) for row in _chosen(evaluation)
    ]


def _strip(recogniser: Recogniser, entry: Entry, cosines: Array, evaluation: Evaluation, row: int) -> Strip:
    """A query and its nearest photos, by ``cosines (n,)`` in the order of the gallery's items."""
    items = [*recogniser.index.items.values()]
    order = [place for place in np.argsort(-cosines, kind="stable") if items[place].photo not in entry.ignore]
    nearest = []
    for place in order[:NEAREST]:
        right = items[place].instance in entry.labels
        caption = f"{'✓' if right else '✗'} {cosines[place]:.2f}: {items[place].instance}"
        image = _small(recogniser.index.local(items[place].id).image)
        nearest.append(PageImage(image, caption, "right" if right else "wrong"))
    shown = " | ".join(entry.labels) if evaluation.answerable[row] else "nothing known"
    return Strip(_asked(entry, shown), tuple(nearest))


def _chosen(evaluation: Evaluation) -> list[int]:
    kinds = (
        evaluation.answerable & evaluation.right,
        evaluation.answerable & ~evaluation.right,
        ~evaluation.answerable,
    )
    right, wrong, unknown = (np.flatnonzero(kind).tolist() for kind in kinds)
    return [*right[:2], *wrong[:1], *unknown[:1], *right[2:], *unknown[1:]][:STRIPS]


def _of(recogniser: Recogniser, instance: str, caption: str, kind: str) -> PageImage | None:
    """The first known photo of a thing."""
    items = recogniser.index.items.values()
    item = next((item for item in items if item.instance == instance), None)
    return None if item is None else PageImage(_small(recogniser.index.local(item.id).image), caption, kind)


def _asked(entry: Entry, shown: str) -> PageImage:
    return PageImage(_small(entry.photo(long_side=SIDE).image), f"asked: {shown}")


def _small(image: Image) -> Image:
    return prepare(Photo.of(image), Preprocess(long_side=SIDE))


def _blank(caption: str) -> PageImage:
    return PageImage(np.full((8, 8, 3), 255, np.uint8), caption, "wrong")


def matrices(
    recogniser: Recogniser,
    known: Sequence[Entry],
    asked: Sequence[Entry],
    similarities: Sequence[Mapping[str, Array]],
) -> dict[str, Array]:
    """Similarity matrices of a query with the nearest photo of what it shows and the nearest of another thing.

    They are by the first encoder that has descriptors, of the first query that has both; none where there is neither,
    and where one of these photos is not at hand any more.
    """
    encoder = next((one for one in recogniser.encoders if isinstance(one, GlobalEncoder)), None)
    entries = {entry.name: entry for entry in known}
    items = [*recogniser.index.items.values()]
    for entry, found in zip(asked, similarities, strict=True):
        if encoder is None or encoder.fingerprint not in found:
            break
        order = [items[place] for place in np.argsort(-found[encoder.fingerprint], kind="stable")]
        order = [item for item in order if item.photo in entries and item.photo not in entry.ignore]
        same = next((item for item in order if item.instance in entry.labels), None)
        other = next((item for item in order if item.instance not in entry.labels), None)
        if same is not None and other is not None:
            try:
                one, near, far = (_scales(encoder, each) for each in (entry, entries[same.photo], entries[other.photo]))
            except PhotoError:
                break
            return {"the same thing": one @ near.T, "the nearest other thing": one @ far.T}
    return {}


def _scales(encoder: GlobalEncoder, entry: Entry) -> Array:
    return describe_views(encoder, entry.photo(long_side=reading_side(encoder, SCALES)), SCALES)
