from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from resight.drawing.canvas import Canvas
from resight.drawing.colours import REFUSED, WEIGHTS, faint
from resight.drawing.layout import DETAIL, HEAD, MARGIN, NARROWEST, WIDEST, arrange
from resight.drawing.match_picture import MatchEvidence, tinted
from resight.io import images
from resight.results import Recognition
from resight.types import Features, SpatialVerification
from resight.verification.comparison import LocalFeatures, lay

Array = npt.NDArray[np.float64]
Photo = npt.NDArray[np.uint8]
GRID = np.stack(np.meshgrid(np.linspace(0.05, 0.95, 9), np.linspace(0.05, 0.95, 9)), axis=-1).reshape(-1, 2)
"""Points in shares of a photo's sides; row after row."""


def _texture(rng: np.random.Generator, width: int = 160, height: int = 120) -> Photo:
    """A grey photo with soft blobs."""
    small = rng.integers(40, 220, (max(2, height // 8), max(2, width // 8)), dtype=np.uint8)
    return np.repeat(images.resize(small, (width, height))[..., None], 3, axis=2)


def _local(photo: Photo, size: tuple[int, int] | None = None) -> LocalFeatures:
    """With the points of GRID; ``size`` of the upright photo, that of the small one unless it is given."""
    size = size or (photo.shape[1], photo.shape[0])
    ones = np.ones(len(GRID), np.float32)
    points = (GRID * np.array(size)).astype(np.float32)
    return LocalFeatures(Features(points, np.zeros((len(GRID), 64), np.uint8), ones, ones, size), photo)


def _check(query: LocalFeatures, reference: LocalFeatures, count: int = len(GRID)) -> SpatialVerification:
    """The first points of either agree: the query is the reference, at another size."""
    scale = np.array(reference.features.size) / np.array(query.features.size)
    pairs = np.column_stack([np.arange(count)] * 2)
    weights = np.linspace(0.2, 1, count)
    return SpatialVerification(float(weights.sum()), pairs, np.diag([*scale, 1.0]), weights)


@pytest.fixture
def twins(rng: np.random.Generator) -> MatchEvidence:
    """A known photo, and one that differs from it by a red left third, seen at four times the size."""
    known = _texture(rng)
    photo = known.copy()
    photo[:, :53] = np.round(0.4 * photo[:, :53] + 0.6 * np.array([230, 20, 20]))
    query, reference = _local(photo, (640, 480)), _local(known)
    return MatchEvidence(
        query, reference, _check(query, reference), "Red milk — 55 % sure", "Runner-up: green milk, 45 %"
    )


@pytest.mark.parametrize(("suffix", "form"), [(".png", "PNG"), (".jpg", "JPEG"), (".webp", "WEBP"), (".PNG", "PNG")])
def test_it_is_written_in_the_format_of_the_suffix(twins: MatchEvidence, suffix: str, form: str) -> None:
    with Image.open(io.BytesIO(twins.encode(suffix))) as written:
        assert written.format == form
        assert written.size == twins.draw().shape[1::-1]


@pytest.mark.parametrize("suffix", [".gif", "", "png", ".pdf"])
def test_another_suffix_names_the_three(twins: MatchEvidence, suffix: str) -> None:
    with pytest.raises(ValueError, match=r"wanted \.png, \.jpg, \.webp: choose one"):
        twins.encode(suffix)


def test_an_answer_saves_and_shows_it(twins: MatchEvidence, tmp_path: Path) -> None:
    answer = Recognition("a.jpg", "Red milk", 0.55, "green milk", 0.1, (), 0.3, picture=twins)
    answer.save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as written:
        np.testing.assert_array_equal(np.asarray(written), twins.draw())
    assert answer._repr_png_() == (tmp_path / "a.png").read_bytes()


def test_drawing_again_draws_the_same_and_changes_nothing(twins: MatchEvidence) -> None:
    assert twins.reference is not None
    kept = twins.query.image.copy(), twins.reference.image.copy()
    np.testing.assert_array_equal(twins.draw(), twins.draw())
    np.testing.assert_array_equal(twins.query.image, kept[0])
    np.testing.assert_array_equal(twins.reference.image, kept[1])


def test_it_holds_both_photos_and_points_at_what_differs(twins: MatchEvidence) -> None:
    """Found by colour: the red of the query, then in the third panel orange at the left and blue at the right."""
    page = twins.draw().astype(int)
    assert page.shape[1] == WIDEST
    red, green, blue = np.moveaxis(page[200:400], 2, 0)
    third = page.shape[1] // 3
    query = slice(40, 180)
    assert (red[:, query] > green[:, query] + 60).mean() > 0.9
    known = slice(third + 40, 2 * third - 40)
    assert (red[:, known] == green[:, known]).mean() > 0.7  # grey but for lines and dots
    left, right = slice(2 * third + 60, 2 * third + 160), slice(2 * third + 260, 2 * third + 420)
    assert (red[:, left] > blue[:, left] + 40).mean() > 0.95
    assert (blue[:, right] > red[:, right] + 20).mean() > 0.95


def test_of_many_inliers_the_heaviest_sixty_are_joined(twins: MatchEvidence, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Array, Array]] = []
    monkeypatch.setattr(Canvas, "lines", lambda self, starts, ends, colours: seen.append((starts, colours)))
    twins.draw()
    [(starts, colours)] = seen
    assert len(starts) == 60
    place = arrange([(640, 480), (160, 120), (160, 120)], top=0)[0]
    expected = place.points(GRID[-60:] * np.array([640, 480]))  # the weights of the fixture rise
    np.testing.assert_allclose(starts[:, 0], expected[:, 0], atol=0.01)
    np.testing.assert_allclose(np.diff(starts[:, 1]), np.diff(expected[:, 1]), atol=0.01)
    assert tuple(colours[-1]) == tuple(WEIGHTS[-1])


def test_a_photo_without_candidate_stands_alone(rng: np.random.Generator) -> None:
    photo = _texture(rng)
    page = MatchEvidence(_local(photo), None, None, "None of these").draw()
    assert page.shape[1] == NARROWEST
    [place] = arrange([(160, 120)], top=HEAD)
    left, top, width, height = place.box
    np.testing.assert_array_equal(
        page[top : top + height, left : left + width], images.resize(photo, (width, height), resampling="lanczos")
    )


@pytest.mark.parametrize("check", [None, "no inliers"])
def test_where_nothing_agrees_both_photos_stand_side_by_side(twins: MatchEvidence, check: str | None) -> None:
    none = SpatialVerification(0.0, np.zeros((0, 2), np.int64), None, np.zeros(0))
    page = replace(twins, check=none if check else None).draw()
    first, second = arrange([(640, 480), (160, 120)], top=HEAD + DETAIL)
    between = page[first.box[1] :, first.box[0] + first.box[2] + 1 : second.box[0] - 1]
    assert (between == 255).all()
    assert (page[second.box[1] + second.box[3] + 1 :] == 255).all()


def test_without_a_transform_points_are_joined_but_nothing_is_compared(twins: MatchEvidence) -> None:
    assert twins.check is not None
    page = replace(twins, check=replace(twins.check, transform=None)).draw()
    first, second = arrange([(640, 480), (160, 120)], top=HEAD + DETAIL)
    assert (page[first.box[1] : first.box[1] + 400, first.box[0] + first.box[2] + 1 : second.box[0] - 1] != 255).any()
    assert second.box[0] + second.box[2] <= page.shape[1] - MARGIN


@pytest.mark.parametrize("matrix", [np.zeros((3, 3)), np.diag([1e-9, 1e-9, 1.0]), -np.eye(3)])
def test_a_degenerate_transform_is_drawn_as_well_as_it_can(twins: MatchEvidence, matrix: Array) -> None:
    assert twins.check is not None
    assert replace(twins, check=replace(twins.check, transform=matrix)).draw().shape[2] == 3


@pytest.mark.parametrize(
    "sizes",
    [
        ((1, 1), (1, 1)),
        ((3, 200), (200, 3)),
        ((320, 32), (320, 32)),
        ((32, 320), (32, 320)),
        ((24, 16), (30, 30)),
    ],
)
def test_photos_of_any_shape_make_a_picture(
    rng: np.random.Generator, sizes: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    query, reference = (_local(_texture(rng, *size)) for size in sizes)
    page = MatchEvidence(query, reference, _check(query, reference), "日本 é \n \udcff " * 50, "x" * 999).draw()
    assert NARROWEST <= page.shape[1] <= WIDEST
    assert 200 < page.shape[0] < 900


def test_what_was_not_compared_is_faint_and_grey(rng: np.random.Generator) -> None:
    """The points that agree all lie in the upper half."""
    local = _local(_texture(rng))
    laid = lay(local, local, _check(local, local, 36))
    assert laid is not None
    panel = tinted(local.image, laid)
    np.testing.assert_array_equal(panel[80:], np.round(faint(local.image[80:].astype(float))))
    middle = panel[20:40, 20:140].astype(int)
    assert (middle[..., 2] > middle[..., 0] + 15).all()


def test_a_refused_photo_is_joined_in_grey(twins: MatchEvidence, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Array] = []
    said: list[str] = []
    monkeypatch.setattr(Canvas, "lines", lambda self, starts, ends, colours: seen.append(colours))
    monkeypatch.setattr(Canvas, "text", lambda self, words, *_, **__: said.append(words))
    replace(twins, named=False).draw()
    np.testing.assert_array_equal(seen[0][-1], REFUSED[-1])
    assert "The nearest known photo" in said
    assert "Known photo" not in said
