"""The sheet that maps are drawn on."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from resight.drawing.layout import (
    BAR,
    GAP,
    MARGIN,
    TALLEST,
    WIDEST,
    CaptionRow,
    Panel,
    PanelPlace,
    arrange,
    sheet,
)
from resight.types import Array, Image

GREEN, BLUE, PHOTO = (0, 200, 0), (0, 0, 200), (200, 90, 90)


def _panel(title: str) -> Panel:
    return Panel(title, np.full((40, 60, 3), PHOTO, np.uint8), (600, 400))


Box = tuple[int, int, int, int]

HEAD, TITLES, ROWS = ("caption", "sentence"), ("one", "two"), ("first", "second")


def _drawn(without: str = "") -> Image:
    """Draw a sheet of two photos and two rows, the first with a bar, but for some words."""
    caption, sentence, one, two, first, second = ("" if each == without else each for each in (*HEAD, *TITLES, *ROWS))
    rows = [CaptionRow(first, [(1.0, GREEN)]), CaptionRow(second)]
    return sheet(caption, sentence, [_panel(one), _panel(two)], rows)[0].image()


def _box(mask: Array) -> Box:
    """Left, top, right and bottom of what is set in ``(h, w)``."""
    rows, columns = np.nonzero(mask)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def test_every_word_is_on_it_and_rows_follow_one_another() -> None:
    """Where words are is seen by drawing the sheet without them."""
    image = _drawn()
    caption, sentence, one, two, first, second = (
        _box((image != _drawn(without)).any(axis=2)) for without in (*HEAD, *TITLES, *ROWS)
    )
    photos, bar = _box((image == PHOTO).all(axis=2)), _box((image == GREEN).all(axis=2))
    assert caption[3] <= sentence[3] <= one[1] < one[3] <= photos[1]
    assert (one[1], one[3]) == pytest.approx((two[1], two[3]), abs=6)  # letters differ in height
    assert one[2] < two[0]
    assert photos[3] < first[1] < first[3] <= second[1] < second[3] < image.shape[0]
    assert bar[2] < first[0], "words stand after a bar"
    assert second[0] == pytest.approx(bar[0], abs=2), "or where it would begin"


def test_a_bar_is_to_scale() -> None:
    canvas, _ = sheet("", "", [_panel("")], [CaptionRow("", [(0.25, GREEN), (0.75, BLUE)])])
    drawn = canvas.image()
    counts = [(drawn == colour).all(axis=2).sum() for colour in (GREEN, BLUE)]
    assert counts == [BAR[0] * BAR[1] // 4, 3 * BAR[0] * BAR[1] // 4]


@pytest.mark.parametrize(
    "sizes",
    [
        [(400, 300)],
        [(400, 300), (300, 400)],
        [(4000, 100), (100, 4000), (100, 4000)],
        [(100, 4000), (1000, 1000), (1000, 1000)],
        [(1920, 1080)] * 3,
    ],
)
def test_photos_are_arranged_whole_and_apart(sizes: list[tuple[int, int]]) -> None:
    places = arrange(sizes, top=100)
    assert places[0].box[0] == MARGIN
    for place, size in zip(places, sizes, strict=True):
        left, top, width, height = place.box
        assert (top, place.size) == (100, size)
        assert width == pytest.approx(height * size[0] / size[1], abs=max(1, size[0] / size[1]))
        assert height <= TALLEST
        assert width <= place.room + 1
        assert left + place.room <= WIDEST - MARGIN + 1
    for before, after in pairwise(places):
        assert after.box[0] - (before.box[0] + before.room) == pytest.approx(GAP, abs=1)


def test_photos_that_are_no_strips_are_equally_high_and_fill_the_page() -> None:
    places = arrange([(400, 300), (300, 400), (300, 300)], top=0)
    assert len({place.box[3] for place in places}) == 1
    assert places[-1].box[0] + places[-1].box[2] == pytest.approx(WIDEST - MARGIN, abs=2)


def test_points_of_the_photo_are_placed_on_the_page() -> None:
    place = PanelPlace((10, 20, 200, 100), (400, 300), 200)
    np.testing.assert_allclose(
        place.points(np.array([(0, 0), (400, 300), (200, 75)])), [(10, 20), (210, 120), (110, 45)]
    )
