"""Things found by geometry: copies and neighbours, each with its exact outline, and no stranger."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.calibration.decision import DecisionRule
from resight.detection.by_geometry import by_geometry
from resight.detection.detection import find
from resight.detection.magnified import MagnifiedPhoto
from resight.io import images
from resight.recognition.recogniser import Recogniser
from resight.verification.polygons import box, inside, iou
from tests.galleries import Photos, Shelf, ious, opened, pasted


def test_both_copies_and_the_neighbour_are_outlined_and_the_stranger_is_not(
    classical: Recogniser, shelf: Shelf
) -> None:
    photo, outlines = shelf
    found = classical.find(photo, method="geometry", keep_evidence=False)
    assert sorted(one.instance for one in found.found) == ["chelsea", "coffee", "coffee"]
    assert min(ious(found, outlines)) > 0.9
    assert {one.method for one in found.found} == {"geometry"}
    for one in found.found:
        (outline,) = [outline for _, outline in outlines if iou(one.outline, outline) > 0.5]
        np.testing.assert_allclose(one.outline, outline, atol=12)  # from the same corner, the same way round
        assert one.match.check is not None
        assert one.probability == one.match.probability > 0.5


def test_the_surest_comes_first(classical: Recogniser, shelf: Shelf) -> None:
    probabilities = [one.probability for one in classical.find(shelf[0], keep_evidence=False).found]
    assert probabilities == sorted(probabilities, reverse=True)


def test_a_gallery_of_several_encoders_finds_the_same(mixed: Recogniser, shelf: Shelf) -> None:
    photo, outlines = shelf
    found = mixed.find(photo, method="geometry", keep_evidence=False)
    assert sorted(one.instance for one in found.found) == ["chelsea", "coffee", "coffee"]
    assert min(ious(found, outlines)) > 0.9


def test_what_is_left_out_is_a_stranger(classical: Recogniser, shelf: Shelf) -> None:
    barred = [id for id, item in classical.index.items.items() if item.instance == "coffee"]
    look = MagnifiedPhoto(images.read(shelf[0]), classical.encoders)
    rule = DecisionRule(classical.calibration, None, 0.5)
    (found,) = by_geometry(classical.index, look, rule, exclude=barred)
    assert found.hypothesis.instance == "chelsea"
    assert found.hypothesis.check is not None
    agreeing = look.local.features.points[found.hypothesis.check.inliers[:, 0]]
    centre = found.hypothesis.outline.mean(axis=0)
    assert inside(agreeing, centre + 1.05 * (found.hypothesis.outline - centre)).all()


def test_a_photo_of_one_thing_is_outlined_as_far_as_it_shows_it(classical: Recogniser, known_photos: Photos) -> None:
    photo = known_photos["coffee"][100:, 150:]
    (one,) = classical.find(photo, method="geometry", keep_evidence=False).found
    assert one.instance == "coffee"
    assert iou(one.outline, box(np.zeros(2), np.array(photo.shape[1::-1]))) > 0.97


def test_without_local_features_nothing_is_found(shelved: Path, shelf: Shelf) -> None:
    for pooled in opened(shelved, "vlad"):
        look, rule = MagnifiedPhoto(images.read(shelf[0]), pooled.encoders), DecisionRule(pooled.calibration, None, 0.5)
        assert by_geometry(pooled.index, look, rule) == []


@pytest.mark.parametrize("way", ["geometry", "heat", "both"])
def test_what_fits_only_mirrored_is_hinted_at_and_not_named(mixed: Recogniser, known_photos: Photos, way: str) -> None:
    """Of a mirror image some points agree as it is, in nonsense outlines."""
    found = mixed.find(known_photos["coffee"][:, ::-1].copy(), method=way, keep_evidence=False)
    assert "coffee" not in [one.instance for one in found.found]
    assert found.hint.startswith("the mirror image of this photo shows coffee: ask with `resight recognise --mirrored`")
    assert found.to_dict()["hint"] == found.hint


@pytest.mark.parametrize("way", ["geometry", "both"])
def test_a_mirror_image_is_hinted_at_whose_points_agree_with_nothing(
    classical: Recogniser, known_photos: Photos, way: str
) -> None:
    part = known_photos["chelsea"][15:270, 45:428]
    found = classical.find(part[:, ::-1].copy(), method=way, keep_evidence=False)
    assert found.found == ()
    assert found.hint.startswith(
        "the mirror image of this photo shows chelsea: ask with `resight recognise --mirrored`"
    )
    unknown = classical.find(known_photos["moon"], method=way, keep_evidence=False)
    assert (unknown.found, unknown.hint) == ((), "")


def test_a_mirror_image_is_told_where_it_lies_on_the_photo(classical: Recogniser, known_photos: Photos) -> None:
    scene = np.zeros((400, 700, 3), np.uint8)
    scene[60:315, 30:413] = known_photos["chelsea"][15:270, 45:428][:, ::-1]
    look = MagnifiedPhoto(images.read(scene), classical.encoders)
    (one,) = find(classical.index, look, DecisionRule(classical.calibration, None, 0.5))
    assert (one.hypothesis.instance, one.mirrored) == ("chelsea", True)
    whole = box(np.array([7, 45]), np.array([458, 345]))  # of which the scene shows the most
    assert iou(one.hypothesis.outline, whole) > 0.9


def test_a_mirror_image_does_not_hide_the_thing_beside_it(classical: Recogniser, known_photos: Photos) -> None:
    scene = images.resize(known_photos["grass"], (900, 640))
    for name, photo, at in (("coffee", 1, (480, 60)), ("coffee", -1, (20, 60)), ("chelsea", 1, (300, 380))):
        scene, _ = pasted(known_photos[name][:, ::photo].copy(), scene, at, 380, 0.0)
    found = classical.find(scene, method="geometry", keep_evidence=False).found
    assert sorted(one.instance for one in found) == ["chelsea", "coffee"]
