"""The picture of what is where: outlines on the photo, and each known photo in the list beside it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from resight.drawing import detection_picture as module
from resight.drawing.detection_picture import COLOURS, LIST, LISTED, ROW, THUMBNAIL, DetectionPicture
from resight.drawing.layout import HEAD, MARGIN
from resight.results import Detection, Detections, Match
from resight.verification.polygons import box

Photo = npt.NDArray[np.uint8]


def _found(name: str, way: str = "geometry", left: float = 100.0) -> Detection:
    outline = box(np.array([left, 100.0]), np.array([left + 300, 400.0]))
    return Detection(Match(f"{name}.jpg", name, 1.0, 0.9), outline, way)


def _plain(level: int, width: int = 80, height: int = 60) -> Photo:
    return np.full((height, width, 3), level, np.uint8)


@pytest.fixture
def scene() -> DetectionPicture:
    """A grey photo of 1600 × 1200 pixels, kept at a tenth, with a thing of either way."""
    found = (_found("Mona Lisa"), _found("La Gioconda", "heat", 900.0))
    return DetectionPicture(_plain(120, 160, 120), (1600, 1200), found, (_plain(40), _plain(200, 60, 80)), "2 found")


def _has(page: Photo, colour: tuple[int, int, int]) -> npt.NDArray[np.bool_]:
    """(h, w): where the page is nearly of this colour."""
    return (np.abs(page.astype(int) - colour) < 40).all(axis=2)


def test_every_outline_lies_where_the_thing_is_in_the_colour_of_its_way(scene: DetectionPicture) -> None:
    page = scene.draw()
    scale = module.LONGEST[0] / 1600
    for one in scene.found:
        ink = _has(page, COLOURS[one.method])
        middles = (one.outline + np.roll(one.outline, -1, axis=0)) / 2
        for x, y in scale * np.concatenate([one.outline, middles]):
            at = slice(round(HEAD + y) - 2, round(HEAD + y) + 3), slice(round(MARGIN + x) - 2, round(MARGIN + x) + 3)
            assert ink[at].any()
    assert not _has(page[HEAD : HEAD + 60, MARGIN : MARGIN + 60], COLOURS["geometry"]).any()


def test_the_known_photos_stand_in_the_list(scene: DetectionPicture) -> None:
    page = scene.draw()
    left = page.shape[1] - MARGIN - LIST
    for row, level in enumerate((40, 200)):
        top = HEAD + row * ROW
        assert (page[top + 20, left + 20] == level).all()
    assert page.shape[1] == 2 * MARGIN + module.LONGEST[0] + LIST + MARGIN
    assert (page[HEAD + THUMBNAIL + 2, left + 2] == 255).all()


def test_ways_that_were_not_gone_are_not_explained(scene: DetectionPicture) -> None:
    one = replace(scene, found=scene.found[:1], known=scene.known[:1])
    assert _has(scene.draw(), COLOURS["heat"]).any()
    assert not _has(one.draw(), COLOURS["heat"]).any()


def test_of_many_things_the_first_are_listed_and_all_are_outlined() -> None:
    count = LISTED + 8
    found = tuple(_found(str(number), left=10.0 * number) for number in range(count))
    page = DetectionPicture(_plain(120), (800, 600), found, (_plain(40),) * count, "many found").draw()
    assert page.shape[0] < HEAD + (LISTED + 2) * ROW


@pytest.mark.parametrize("size", [(1, 1), (4000, 3), (3, 4000)])
def test_photos_of_any_shape_make_a_picture(size: tuple[int, int]) -> None:
    image = _plain(50, max(1, size[0] // 10), max(1, size[1] // 10))
    for found in ((), (_found("a"),)):
        page = DetectionPicture(image, size, found, (_plain(40),) * len(found), "found").draw()
        assert page.shape[0] > HEAD


@pytest.mark.parametrize(("suffix", "form"), [(".png", "PNG"), (".jpg", "JPEG"), (".webp", "WEBP")])
def test_findings_are_saved_in_the_format_of_the_suffix(
    scene: DetectionPicture, suffix: str, form: str, tmp_path: Path
) -> None:
    findings = Detections("a.jpg", scene.size, scene.found, scene)
    findings.save(tmp_path / f"a{suffix}")
    with Image.open(io.BytesIO((tmp_path / f"a{suffix}").read_bytes())) as written:
        assert written.format == form
    assert findings._repr_png_() == scene.encode(".png")


def test_what_cannot_be_drawn_says_so(scene: DetectionPicture, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot be written as '\.gif'; wanted \.png"):
        Detections("", scene.size, (), scene).save(tmp_path / "a.gif")
    empty = Detections("", scene.size, ())
    assert empty._repr_png_() is None
    with pytest.raises(ValueError, match="find again with keep_evidence=True"):
        empty.save(tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
