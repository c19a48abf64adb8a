from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from resight.drawing import canvas as drawing
from resight.drawing import fonts
from resight.drawing.canvas import Canvas

Array = npt.NDArray[np.float64]
Page = npt.NDArray[np.uint8]
RED, BLUE, WHITE = (200, 30, 30), (20, 40, 220), (255, 255, 255)


def _ink(page: Page) -> npt.NDArray[np.bool_]:
    """(h, w): where something lies on the white page."""
    return (page != 255).any(axis=2)


def _box(page: Page) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the ink, the last two exclusive."""
    rows, columns = np.nonzero(_ink(page))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def test_a_new_page_is_white_and_of_its_size() -> None:
    page = Canvas(30, 20).image()
    assert page.shape == (20, 30, 3)
    assert page.dtype == np.uint8
    assert not _ink(page).any()


def test_a_photo_lies_where_it_is_put_in_a_hairline(rng: np.random.Generator) -> None:
    canvas = Canvas(30, 20)
    photo = rng.integers(0, 200, (5, 7, 3), dtype=np.uint8)
    canvas.photo(photo, (10, 6))
    page = canvas.image()
    np.testing.assert_array_equal(page[6:11, 10:17], photo)
    assert _box(page) == (9, 5, 18, 12)
    assert (page[5, 9:18] == drawing.HAIRLINE).all()


@pytest.mark.parametrize("colour", [RED, WHITE], ids=["red", "white"])
def test_a_line_goes_from_start_to_end_in_its_colour_and_a_casing(colour: tuple[int, int, int]) -> None:
    canvas = Canvas(60, 40)
    canvas.photo(np.full((40, 60, 3), 120, np.uint8), (0, 0))
    canvas.lines(np.array([[10.0, 20]]), np.array([[50.0, 20]]), np.array([colour]), width=6)
    page = canvas.image().astype(int)
    assert (page[20, 15:45] == colour).all()
    assert (page[10, 15:45] == 120).all()
    assert (page[20, 1:8] == page[20, 52:59]).all()
    assert (page[20, 1:8] == 120).all()
    for side in (page[16, 15:45, 1], page[23, 15:45, 1]):
        assert (side < 110).all() if colour == WHITE else (side > 130).all()


def test_strokes_lie_above_photos_and_the_later_above_the_earlier() -> None:
    canvas = Canvas(40, 40)
    starts, ends = np.array([[5.0, 20], [20, 5]]), np.array([[35.0, 20], [20, 35]])
    canvas.lines(starts, ends, np.array([RED, BLUE]), width=4)
    canvas.photo(np.zeros((40, 40, 3), np.uint8), (0, 0))
    page = canvas.image()
    assert tuple(page[20, 20]) == BLUE
    assert tuple(page[20, 10]) == RED


def test_strokes_are_smooth() -> None:
    """A slanting line has pixels between its colour and that of the page."""
    canvas = Canvas(60, 40)
    canvas.lines(np.array([[3.0, 5]]), np.array([[57.0, 30]]), np.array([RED]))
    assert len(np.unique(canvas.image()[..., 1])) > 5


def test_a_polygon_is_closed_and_empty() -> None:
    canvas = Canvas(60, 50)
    corners = np.array([(10.0, 10), (50, 10), (50, 40), (10, 40)])
    canvas.polygon(corners, RED, width=3)
    page = canvas.image()
    for x, y in [*corners, *((corners + np.roll(corners, 1, axis=0)) / 2)]:
        assert tuple(page[int(y), int(x)]) == RED
    assert not _ink(page[15:35, 15:45]).any()


@pytest.mark.parametrize("count", [0, 1])
def test_a_polygon_of_no_side_is_nothing(count: int) -> None:
    canvas = Canvas(20, 20)
    canvas.polygon(np.full((count, 2), 10.0), RED)
    assert not _ink(canvas.image()).any()


def test_dots_lie_on_their_points() -> None:
    canvas = Canvas(60, 40)
    canvas.dots(np.array([[10.0, 20], [40, 30]]), BLUE, radius=3)
    page = canvas.image()
    assert tuple(page[20, 10]) == tuple(page[30, 40]) == BLUE
    assert _box(page)[:2] == pytest.approx((6, 16), abs=1)
    assert _box(page)[2:] == pytest.approx((45, 35), abs=1)


def test_a_swatch_fills_its_box() -> None:
    canvas = Canvas(30, 20)
    canvas.swatch(RED, (5, 6, 10, 4))
    page = canvas.image()
    assert _box(page) == (5, 6, 15, 10)
    assert (page[6:10, 5:15] == RED).all()


def test_words_lie_in_their_line_and_room() -> None:
    canvas = Canvas(400, 60)
    canvas.text("Reflecting Room, 98 % sure", (20, 10), size=24, colour=RED, room=360)
    left, top, right, bottom = _box(canvas.image())
    assert left == pytest.approx(21, abs=3)
    assert top >= 10
    assert bottom <= 10 + 24 + 8
    assert 200 < right <= 380


def test_letters_that_no_font_has_are_drawn_as_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "files", dict)
    canvas = Canvas(300, 40)
    canvas.text("日本 Ω 🎨", (5, 5), size=20, colour=RED, room=290)
    assert _ink(canvas.image()).any()


def test_a_label_is_words_on_a_ground_around_its_middle() -> None:
    canvas = Canvas(200, 100)
    canvas.label("Mona Lisa", (100, 50), size=20, colour=WHITE, on=BLUE, room=150)
    page = canvas.image()
    left, top, right, bottom = _box(page)
    assert abs(left + right - 200) <= 2
    assert abs(top + bottom - 100) <= 2
    assert (page[top, left:right] == BLUE).all()
    assert (page[top:bottom, left:right] == WHITE).all(axis=2).any()
