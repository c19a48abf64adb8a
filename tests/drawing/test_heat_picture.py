from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from resight.drawing import heat_picture
from resight.drawing.canvas import Canvas
from resight.drawing.colour_map import viridis
from resight.drawing.heat_picture import HeatPanel, HeatPicture, coloured, enlarged, lit
from resight.drawing.layout import BAR
from resight.results import Faithfulness, ScoreSplit
from resight.types import Features, SpatialVerification
from resight.verification.comparison import LocalFeatures

SIZE = (160, 120)


def _local(photo: npt.NDArray[np.uint8]) -> LocalFeatures:
    points = np.array([(40, 30), (120, 30), (120, 90), (40, 90)], np.float32)
    ones = np.ones(4, np.float32)
    return LocalFeatures(
        Features(points, np.zeros((4, 64), np.uint8), ones, ones, (photo.shape[1], photo.shape[0])), photo
    )


@pytest.fixture
def found() -> HeatPicture:
    """Two grey photos, hot in the upper left."""
    local = _local(np.full((120, 160, 3), 180, np.uint8))
    heat = np.zeros((60, 80))
    heat[:20, :20] = 1
    pairs = np.column_stack([np.arange(4)] * 2)
    check = SpatialVerification(4.0, pairs, np.eye(3), np.ones(4))
    return HeatPicture(
        (HeatPanel(local, heat), HeatPanel(local, heat)), check, "Red milk, 97 %", "4 points", "what agrees"
    )


@pytest.mark.parametrize(("suffix", "form"), [(".png", "PNG"), (".jpg", "JPEG"), (".webp", "WEBP")])
def test_it_is_written_in_the_format_of_the_suffix(found: HeatPicture, suffix: str, form: str) -> None:
    with Image.open(io.BytesIO(found.encode(suffix))) as written:
        assert (written.format, written.size) == (form, found.draw().shape[1::-1])


def test_another_suffix_names_the_three(found: HeatPicture) -> None:
    with pytest.raises(ValueError, match=r"wanted \.png, \.jpg, \.webp: choose one"):
        found.encode(".gif")


def test_heat_is_bright_and_nothing_is_dark() -> None:
    grey = np.full((1, 2, 1), 255.0)
    cold, hot = lit(grey, np.array([[0.0, 1.0]]))[0].astype(float)
    np.testing.assert_allclose(cold, 0.65 * 255 + 0.35 * viridis(np.array(0.0)), atol=1)
    np.testing.assert_allclose(hot, 0.25 * 255 + 0.75 * viridis(np.array(1.0)), atol=1)


def test_the_photo_is_seen_through_its_heat() -> None:
    grey = np.array([[[20.0], [220.0]]])
    for heat in (0.0, 0.5, 1.0):
        dark, light = lit(grey, np.full((1, 2), heat))[0].astype(float)
        assert (light - dark).mean() > 60


def test_the_warmest_region_has_its_colour_and_the_rest_is_pale() -> None:
    heats = np.zeros((6, 1, 4))
    heats[0, 0, 0], heats[3, 0, 1], heats[2, 0, 1] = 1, 1, 0.4
    first, second, third, _ = coloured(np.full((1, 4, 1), 255.0), heats)[0].astype(float)
    np.testing.assert_allclose(first, 0.25 * 255 + 0.75 * heat_picture.PARTS[0], atol=1)
    np.testing.assert_allclose(second, 0.25 * 255 + 0.75 * heat_picture.PARTS[3], atol=1)
    np.testing.assert_array_equal(third, 255)


def test_heat_is_enlarged_in_place() -> None:
    heat = np.zeros((6, 8))
    heat[1, 6] = 1
    large = enlarged(heat, (160, 120))
    assert large.shape == (120, 160)
    assert np.unravel_index(large.argmax(), large.shape) == pytest.approx((29, 129), abs=2)


def test_both_photos_are_lit_side_by_side(found: HeatPicture) -> None:
    page = replace(found, check=None).draw().astype(int)
    yellow = (page[..., 0] - page[..., 2]) > 90
    _, columns = np.nonzero(yellow[: page.shape[0] - 120])
    middle = page.shape[1] // 2
    assert (columns < middle).sum() == pytest.approx((columns > middle).sum(), rel=0.05)
    for side in (columns[columns < middle], columns[columns > middle]):
        assert np.ptp(side) < 0.2 * page.shape[1]


def test_points_that_agree_are_joined_where_there_is_a_check(
    found: HeatPicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined: list[int] = []
    monkeypatch.setattr(Canvas, "lines", lambda self, starts, ends, colours: joined.append(len(starts)))
    found.draw()
    replace(found, check=None).draw()
    replace(found, photos=found.photos[:1]).draw()
    assert joined == [4]


def test_all_is_said(found: HeatPicture, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(Canvas, "text", lambda self, words, *_, **__: said.append(words))
    replace(
        found,
        split=ScoreSplit(0.74, 0.9, -0.06, -0.1, 0.77),
        tests={"this photo": Faithfulness(0.36, 0.65, 0.52), "the known photo": Faithfulness(0.6, 0.5, 0.52)},
        named=False,
    ).draw()
    assert said == [
        "Red milk, 97 %",
        "4 points",
        "This photo",
        "The nearest known photo",
        "dark: nothing; bright: what agrees",
        "score 0.74 = 0.90 of bright places − 0.10 of no place − 0.06 of places against it (at full size 0.77)",
        "this photo: test passed: hiding bright places first leaves 36 % of the score, any 52 %, bright last 65 %",
        "the known photo: test failed: hiding bright places first leaves 60 % of the score, any 52 %, bright last 50 %",
    ]


def test_the_bar_of_the_score_is_to_scale(found: HeatPicture, monkeypatch: pytest.MonkeyPatch) -> None:
    swatches: list[tuple[tuple[int, int, int], int]] = []
    monkeypatch.setattr(Canvas, "swatch", lambda self, colour, box: swatches.append((colour, box[2])))
    replace(found, split=ScoreSplit(0.5, 0.6, -0.2, 0.1)).draw()
    widths = dict(swatches[heat_picture.SHADES :])
    assert widths == {heat_picture.ABOVE: 200, heat_picture.CONSTANT: 33, heat_picture.BELOW: 67}
    assert sum(width for _, width in swatches[: heat_picture.SHADES]) == BAR[0]


@pytest.mark.parametrize("size", [(1, 1), (3, 300), (300, 3)])
def test_photos_of_any_shape_make_a_picture(size: tuple[int, int]) -> None:
    local = _local(np.full((size[1], size[0], 3), 90, np.uint8))
    for heat in (np.ones((1, 1)), np.zeros((4, 5)), np.ones((6, 4, 5))):
        page = HeatPicture((HeatPanel(local, heat),), None, "x" * 200, "日本 \n", "").draw()
        assert page.shape[1] >= 900


def test_photos_that_could_not_be_compared_are_not_darkened(found: HeatPicture) -> None:
    """All dark over "bright: what differs" would say that nothing differs."""
    apart = replace(found, compared=False, check=None).draw()
    assert (apart == 180).all(axis=2).sum() > 2 * SIZE[0] * SIZE[1]
    assert not (replace(found, check=None).draw() == 180).all(axis=2).any()
