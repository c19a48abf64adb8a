"""A classifier that can be seen through is asked where it sees brightness, and what is said of the map."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import MissingExtra, ModelError, PhotoError
from resight.explain.classifiers.classifier import Classifier
from resight.explain.classifiers.explanation import ClassExplanation, class_maps, trials
from resight.explain.faithfulness import LOOKS
from resight.io import images
from resight.nn.networks import architectures
from resight.results import Faithfulness
from tests.nn.brightness import PLAN, SIDE, weight_file

Photo = npt.NDArray[np.uint8]


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(architectures.ARCHITECTURES, "brightness", PLAN)
    return weight_file(tmp_path)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """Dark, with a bright square of 320 × 320 in the upper right of 640 × 960 pixels."""
    pixels = np.full((640, 960, 3), 90, np.uint8)
    pixels[80:400, 600:920] = 240
    return _written(tmp_path, pixels)


@pytest.fixture
def spot(tmp_path: Path) -> str:
    """The same with a spot of 160 × 160 pixels, whose blur is no longer bright."""
    pixels = np.full((640, 960, 3), 90, np.uint8)
    pixels[160:320, 640:800] = 250
    return _written(tmp_path, pixels)


def _written(folder: Path, pixels: Photo) -> str:
    file = folder / "photo.png"
    file.write_bytes(images.encode(pixels, ".png"))
    return str(file)


def _asked(weights: Path, photo: str, **options: Any) -> ClassExplanation:
    return class_maps(weights, photo, architecture="brightness", side=SIDE, **options)


def test_the_box_is_in_pixels_of_the_photo(weights: Path, photo: str) -> None:
    found = _asked(weights, photo, target=1)
    assert found.box == (600, 80, 320, 320)
    assert found.why.query.target == "class 1"
    assert found.why.sentence.startswith(
        "class-map: bright where a window centred there is taken for class 1, with over 99.9 % in"
    )


def test_a_map_that_points_at_the_thing_is_believed(weights: Path, spot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Classifier, "persistence", lambda *_, **__: 0.4)  # noise in its one last layer is a coin's toss
    for method in ("class-map", "grad-cam", "cam"):
        found = _asked(weights, spot, target=1, method=method)
        tested = found.why.query.faithfulness
        assert tested is not None
        assert tested.deletion < tested.random < tested.insertion
        assert found.doubts == (), method
        left, top, width, height = found.box or (0, 0, 0, 0)
        assert left <= 720 <= left + width
        assert top <= 240 <= top + height
        assert width * height <= 320 * 320


def test_without_a_class_it_is_the_likeliest(weights: Path, spot: str) -> None:
    found = _asked(weights, spot)
    assert (found.number, found.why.query.target) == (0, "class 0")
    assert found.probability == pytest.approx(1 - _asked(weights, spot, target=1).probability)


def test_a_map_is_between_0_and_1(weights: Path, photo: str) -> None:
    for method in ("class-map", "grad-cam"):
        heat = _asked(weights, photo, target=1, method=method).why.query.heat
        assert 0 <= heat.min() <= heat.max() <= 1
        assert heat.shape == (8, 12)


def test_an_empty_map_is_told_and_not_divided_by(weights: Path, tmp_path: Path) -> None:
    """Nothing is active for what is all black but what speaks against brightness."""
    found = _asked(weights, _written(tmp_path, np.zeros((50, 70, 3), np.uint8)), target=1, method="grad-cam")
    assert found.why.sentence == "The map is empty: nothing that grad-cam looks at speaks for class 1"
    assert (found.box, found.why.query.faithfulness, found.doubts) == (None, None, ())
    assert not found.why.query.heat.any()
    assert found.why.picture.encode(".png").startswith(b"\x89PNG")


def test_a_map_that_points_elsewhere_means_little(weights: Path, spot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    locate = Classifier.locate

    def turned(self: Classifier, *rest: Any) -> Any:
        found = locate(self, *rest)
        return type(found)(found.weights.max() - found.weights, found.peak, found.box)

    monkeypatch.setattr(Classifier, "locate", turned)
    found = _asked(weights, spot, target=1, method="grad-cam")
    assert found.doubts == ("This map means little: it does not pass the test of hiding its bright places",)


def test_a_class_that_no_window_shows_is_nowhere(weights: Path, spot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    locate = Classifier.locate

    def faint(self: Classifier, *rest: Any) -> Any:
        found = locate(self, *rest)
        return type(found)(0.01 * found.weights, 0.01 * found.peak, found.box)

    assert not any(doubt.startswith("Nowhere") for doubt in _asked(weights, spot, target=1).doubts)
    monkeypatch.setattr(Classifier, "locate", faint)
    assert _asked(weights, spot, target=1).doubts[0].startswith("Nowhere is a window taken for class 1: the surest has")


def test_a_map_that_does_not_mind_the_network_means_little(
    weights: Path, spot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Classifier, "persistence", lambda *_, **__: 0.8)
    found = _asked(weights, spot, target=1, method="grad-cam")
    assert found.doubts == ("This map means little: a network that is half noise draws much the same",)


def test_a_flat_photo_cannot_be_tested(weights: Path, tmp_path: Path) -> None:
    found = _asked(weights, _written(tmp_path, np.full((1, 1, 3), 200, np.uint8)), target=1)
    assert found.box == (0, 0, 1, 1)
    assert found.why.query.faithfulness is None
    assert found.doubts[0].startswith(
        "This map could not be tested: class 1 is no likelier on this photo than on a blur"
    )


def test_twenty_megapixels_are_no_matter(weights: Path, tmp_path: Path) -> None:
    pixels = np.full((4000, 5000, 3), 90, np.uint8)
    pixels[:2000, 2500:] = 240
    left, top, width, height = _asked(weights, _written(tmp_path, pixels), target=1).box or (0, 0, 0, 0)
    assert (width, height) == (2000, 2000)
    assert (top, left) == pytest.approx((0, 2750), abs=260)


def test_classes_have_the_names_of_a_file(weights: Path, photo: str, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("dark\nbright as day\n", encoding="utf-8")
    assert _asked(weights, photo, target=1, names=names).why.query.target == "bright as day"
    names.write_text("dark\n", encoding="utf-8")
    with pytest.raises(ModelError, match="1 classes are named, and the network has 2; wanted a name in each line"):
        _asked(weights, photo, names=names)


@pytest.mark.parametrize("target", [2, -1])
def test_a_class_that_does_not_exist_is_refused(weights: Path, photo: str, target: int) -> None:
    with pytest.raises(
        ModelError, match=f"class {target} does not exist: the network has 2 classes; wanted one from 0"
    ):
        _asked(weights, photo, target=target)


def test_what_cannot_be_asked_is_refused(weights: Path, photo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="there is no method 'magic'; wanted one of class-map, grad-cam, "):
        _asked(weights, photo, method="magic")
    with pytest.raises(PhotoError):
        _asked(weights, str(weights))
    with pytest.raises(ModelError, match="the weights are those of another network; they fit brightness"):
        class_maps(weights, photo, architecture="squeezenet1_1")
    with pytest.raises(ModelError, match="no architecture is called 'resnet19'; did you mean 'resnet"):
        class_maps(weights, photo, architecture="resnet19")
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(MissingExtra, match=r'this map needs captum: pip install "resight\[explain\]"'):
        _asked(weights, photo, method="occlusion")


@pytest.mark.parametrize("size", [(3, 900), (900, 3), (5, 7), (1, 1)])
def test_the_best_region_of_a_photo_of_any_shape_lies_on_it(
    weights: Path, tmp_path: Path, size: tuple[int, int], rng: np.random.Generator
) -> None:
    for method in ("class-map", "grad-cam"):
        pixels = rng.integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
        left, top, width, height = _asked(weights, _written(tmp_path, pixels), method=method).box or (0, 0, 1, 1)
        assert 0 <= left < left + width <= size[0]
        assert 0 <= top < top + height <= size[1]


def test_without_torch_the_extra_is_named(weights: Path, photo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "resight.explain.classifiers.classifier")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r'a map of a classifier needs torch: pip install "resight\[train\]"'):
        _asked(weights, photo)


def test_each_step_is_told_to_who_watches(weights: Path, photo: str) -> None:
    seen: list[Any] = []
    _asked(weights, photo, watch=seen.append)
    stages = list(dict.fromkeys(step.stage for step in seen))
    assert stages == ["map", "test by hiding", "test by noise"]
    hidden = [step.done for step in seen if step.stage == "test by hiding"]
    assert hidden == [*range(1, LOOKS + 1)]
    assert all(step.total == LOOKS for step in seen if step.stage == "test by hiding")


def test_what_the_tests_have_shown_is_told() -> None:
    assert trials(Faithfulness(0.09, 0.96, 0.27), -0.2) == [
        "tested: hiding the brightest places first leaves 9 % of the probability, hiding them last 96 %, "
        "hiding any 27 %",
        "tested: with half of the network replaced by noise, 0.00 of the map stays (rank correlation)",
    ]
    [told, _] = trials(Faithfulness(-0.09, 1.02, 0.27), 0.4)
    assert "leaves −9 % of the probability, hiding them last 102 %, hiding any 27 % (below 0 %: less than" in told
    assert len(trials(None, 0.4)) == 1
