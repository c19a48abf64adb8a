"""Importance of questions: known and unknown ones count alike, asked in the same ways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from resight.calibration.importance import STRANGE, balanced, impostors, photos
from resight.calibration.samples import CalibrationSamples, QueryKind, concatenate

HELD_OUT, VIEW, LEFT_OUT, LEFT_OUT_VIEW, UNKNOWN, EXAMPLE, STRANGER = QueryKind


def asked(*questions: tuple[int, QueryKind]) -> CalibrationSamples:
    """Questions, each a photo and a kind, with tokens of their own and no candidates."""
    ids, kinds = (np.array([question[place] for question in questions], np.int64) for place in (0, 1))
    count = len(questions)
    evidence, nobody = np.zeros((count, 1, 1)), np.zeros((count, 1), bool)
    none = np.full(count, -1)
    return CalibrationSamples(ids, kinds, np.arange(count), evidence, nobody, none, np.zeros((count, 1), np.int64))


ONE_PHOTO_EACH = [(id, kind) for id in (1, 2, 3) for kind in (LEFT_OUT, VIEW, LEFT_OUT_VIEW, VIEW, LEFT_OUT_VIEW)]
MANY_PHOTOS = [(id, kind) for id in (7, 8) for kind in (LEFT_OUT, HELD_OUT)]
STRANGERS = [(-1, STRANGER)] * 5
GIVEN = [*[(-1, UNKNOWN)] * 3, (-1, EXAMPLE)]


@pytest.mark.parametrize("strangers", [[], STRANGERS])
@pytest.mark.parametrize("given", [[], GIVEN])
@pytest.mark.parametrize("own", [ONE_PHOTO_EACH, MANY_PHOTOS, [*ONE_PHOTO_EACH, *MANY_PHOTOS]])
def test_each_side_counts_as_a_half(
    own: list[tuple[int, QueryKind]], given: list[tuple[int, QueryKind]], strangers: list[tuple[int, QueryKind]]
) -> None:
    samples = asked(*own, *given, *strangers)
    found = balanced(samples)
    assert found[samples.known].sum() == pytest.approx(found[~samples.known].sum())
    counting = [kind for id, kind in (*own, *given) if (kind, id < 7) != (LEFT_OUT, True)]
    assert found.sum() == pytest.approx(len(counting))
    share = STRANGE if strangers else 0.0
    assert found[samples.kinds == STRANGER].sum() == pytest.approx(share * found[~samples.known].sum())


def test_each_way_of_asking_counts_alike_for_known_and_unknown() -> None:
    """Of photos as they are, and of views, in a gallery of both."""
    samples = asked(*ONE_PHOTO_EACH, *MANY_PHOTOS)
    found = balanced(samples)
    for known, unknown in ((HELD_OUT, LEFT_OUT), (VIEW, LEFT_OUT_VIEW)):
        assert found[samples.kinds == known].sum() == pytest.approx(found[samples.kinds == unknown].sum())
    assert not found[(samples.ids < 4) & (samples.kinds == LEFT_OUT)].any()


def test_of_one_thing_strangers_say_no_more_than_ever() -> None:
    """Nothing can be left out: it would be a guess that half of all photos are like them."""
    samples = asked(*[(1, VIEW)] * 4, *STRANGERS)
    found = balanced(samples)
    assert found[samples.known].sum() == pytest.approx(found[~samples.known].sum())
    assert found.sum() == pytest.approx(4 * STRANGE)


def test_known_photos_alone_say_nothing_of_unknown_ones() -> None:
    assert balanced(asked(*[(1, VIEW)] * 4)).tolist() == [0] * 4


def _kinds(samples: CalibrationSamples, chosen: Sequence[bool]) -> set[tuple[int, int]]:
    return set(zip(samples.ids[chosen].tolist(), samples.kinds[chosen].tolist(), strict=True))


def test_impostors_are_asked_as_known_things_are() -> None:
    samples = asked(*ONE_PHOTO_EACH, *MANY_PHOTOS, *GIVEN, *STRANGERS, (9, LEFT_OUT))
    chosen = impostors(samples)
    views = {(id, LEFT_OUT_VIEW) for id in (1, 2, 3)}
    # No view was asked of 9: there were enough.
    assert _kinds(samples, chosen) == {*views, (7, LEFT_OUT), (8, LEFT_OUT), (9, LEFT_OUT), (-1, UNKNOWN)}
    assert photos(samples, chosen) == 3 + 2 + 1 + 3


def test_strangers_are_impostors_where_nothing_else_is_and_promise_nothing() -> None:
    samples = asked((1, VIEW), *STRANGERS)
    chosen = impostors(samples)
    assert chosen.tolist() == [False, *[True] * len(STRANGERS)]
    assert photos(samples, chosen) == 0


def test_no_question_has_no_importance() -> None:
    nothing = concatenate([], 1)
    assert balanced(nothing).tolist() == impostors(nothing).tolist() == []
    assert photos(nothing, impostors(nothing)) == 0
