from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from resight.drawing.canvas import Canvas
from resight.drawing.class_picture import WARNING, ClassPicture


@pytest.fixture
def picture() -> ClassPicture:
    """A grey photo, hot in the upper left, where the best region is."""
    heat = np.zeros((6, 8))
    heat[:2, :2] = 1
    return ClassPicture(
        image=np.full((120, 160, 3), 180, np.uint8),
        size=(1600, 1200),
        heat=heat,
        box=(0, 0, 400, 400),
        caption="espresso: 64.4 %",
        sentence="grad-cam: bright where espresso is",
        title="grad-cam of espresso",
        scale="from nothing to most",
        trials=("tested: it is so",),
        doubts=("This map means little",),
    )


def test_it_is_written_in_the_format_of_the_suffix(picture: ClassPicture) -> None:
    for suffix, form in ((".png", "PNG"), (".jpg", "JPEG"), (".webp", "WEBP")):
        with Image.open(io.BytesIO(picture.encode(suffix))) as written:
            assert (written.format, written.size) == (form, picture.draw().shape[1::-1])
    with pytest.raises(ValueError, match=r"wanted \.png, \.jpg, \.webp: choose one"):
        picture.encode(".gif")


def test_the_photo_keeps_its_colours_and_the_map_is_bright_where_it_is_hot(picture: ClassPicture) -> None:
    page = replace(picture, box=None).draw().astype(int)
    yellow = (page[..., 0] - page[..., 2] > 60) & (page[..., 1] > 120)
    rows, columns = np.nonzero(yellow[: page.shape[0] - 130])
    half = page.shape[1] / 2
    assert columns.min() > half  # on the map alone
    assert columns.max() < half + 0.25 * half
    assert rows.max() < page.shape[0] / 2


def test_the_best_region_is_framed_on_both(picture: ClassPicture, monkeypatch: pytest.MonkeyPatch) -> None:
    frames: list[list[list[float]]] = []
    monkeypatch.setattr(Canvas, "polygon", lambda self, points, colour: frames.append(points.tolist()))
    picture.draw()
    replace(picture, box=None).draw()
    first, second = np.array(frames)
    assert len(frames) == 2
    sides = np.ptp(first, axis=0)
    assert sides == pytest.approx([sides[0], sides[0]], abs=1)
    np.testing.assert_array_equal(second[:, 1], first[:, 1])
    assert second[0, 0] > first[:, 0].max()


def test_all_is_said_and_doubts_are_seen(picture: ClassPicture, monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, object] = {}
    monkeypatch.setattr(Canvas, "text", lambda self, words, *_, colour, **__: said.update({words: colour}))
    picture.draw()
    assert list(said) == [
        "espresso: 64.4 %",
        "grad-cam: bright where espresso is",
        "This photo",
        "grad-cam of espresso",
        "from nothing to most; the frame is the best region",
        "tested: it is so",
        "This map means little",
    ]
    assert [words for words, colour in said.items() if colour == WARNING] == ["This map means little"]


@pytest.mark.parametrize("size", [(1, 1), (3, 300), (300, 3), (5000, 4000)])
def test_photos_of_any_shape_make_a_picture(picture: ClassPicture, size: tuple[int, int]) -> None:
    image = np.full((min(size[1], 400), min(size[0], 500), 3), 90, np.uint8)
    page = replace(picture, image=image, size=size, box=(0, 0, 1, 1), caption="日本 \n" * 90).draw()
    assert page.shape[1] >= 900
