"""The verifier on real photos: pairs that it tells apart, what one photo is of the other, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from resight.calibration.simulated_views import ViewDifficulty, view
from resight.errors import PhotoError
from resight.io import images
from resight.recognition.pair_model import shipped_model
from resight.recognition.verifier import Verifier
from resight.results.verification import IDENTICAL
from resight.types import Image
from resight.verification.fusion import PARTS

EASY = ViewDifficulty(pan=15, tilt=10, small=0.7, covered=0.0, parallax=0.0)


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return Verifier.open()


@pytest.fixture(scope="module")
def photo(known_photos: dict[str, Image]) -> Image:
    return images.resize(known_photos["coffee"], (600, 400))


@pytest.fixture(scope="module")
def seen(photo: Image) -> Image:
    return view(photo, (), np.random.default_rng(0), how=EASY)


def test_a_view_is_of_the_same_thing_and_another_photo_is_not(
    verifier: Verifier, photo: Image, seen: Image, known_photos: dict[str, Image]
) -> None:
    same = verifier.verify(seen, photo)
    other = verifier.verify(seen, known_photos["page"])
    assert same.same
    assert same.probability > 0.9 > 0.5 > other.probability
    assert not other.same
    assert same.likelihood_ratio is not None
    assert same.bounds[0] <= same.likelihood_ratio <= same.bounds[1]
    assert same.sentence.startswith("the same, ")
    assert set(same.figures) == set(PARTS)
    log_ratio = sum(same.parts.values()) + same.weights["constant"]
    assert np.log(same.likelihood_ratio) == pytest.approx(np.clip(log_ratio, *np.log(same.bounds)), rel=1e-6)


def test_a_share_moves_the_probability_and_not_the_ratio(verifier: Verifier, photo: Image, seen: Image) -> None:
    even, rare = (verifier.verify(seen, photo, share=share, keep_evidence=False) for share in (0.5, 0.01))
    assert even.likelihood_ratio == rare.likelihood_ratio
    assert even.likelihood_ratio is not None
    odds = even.likelihood_ratio * 0.01 / 0.99
    assert rare.probability == pytest.approx(odds / (1 + odds))
    with pytest.raises(ValueError, match="share"):
        verifier.verify(seen, photo, share=0)


def test_what_one_photo_is_of_the_other_is_said(verifier: Verifier, photo: Image, tmp_path: Path) -> None:
    file, copy = tmp_path / "a.png", tmp_path / "b.png"
    for each in (file, copy):
        each.write_bytes(images.encode(photo, ".png"))
    identical = verifier.verify(file, copy)
    assert (identical.relation, identical.probability, identical.likelihood_ratio) == (IDENTICAL, 1.0, None)
    assert identical.same
    mirrored = verifier.verify(photo[:, ::-1].copy(), photo)
    assert mirrored.relation == "the mirror image of the other"
    assert mirrored.same
    crop = verifier.verify(photo[40:360, 60:480].copy(), photo)
    assert crop.relation == "a crop of the other"
    turned = verifier.verify(np.rot90(photo).copy(), photo)
    assert turned.relation == "the other, turned by 90°"
    assert "turned by 90°" in turned.sentence


def test_the_mirror_images_geometry_is_of_the_photo_as_it_was_given(verifier: Verifier, photo: Image) -> None:
    check = verifier.verify(photo[:, ::-1].copy(), photo).check
    assert check is not None
    assert check.transform is not None
    left_top = check.transform @ [0, 0, 1]
    np.testing.assert_allclose(left_top[:2] / left_top[2], [599, 0], atol=6)


def test_evidence_can_be_drawn_and_explained(verifier: Verifier, photo: Image, seen: Image, tmp_path: Path) -> None:
    answer = verifier.verify(seen, photo)
    answer.save(tmp_path / "why.png")
    heat = answer.explain(test_faithfulness=False)
    heat.save(tmp_path / "heat.png")
    assert heat.reference is not None
    assert all((tmp_path / name).stat().st_size > 1000 for name in ("why.png", "heat.png"))
    flipped = verifier.verify(photo[:, ::-1].copy(), photo)
    flipped.save(tmp_path / "mirror.png")
    bare = verifier.verify(seen, photo, keep_evidence=False)
    with pytest.raises(ValueError, match="keeps no evidence to draw"):
        bare.save(tmp_path / "none.png")
    with pytest.raises(ValueError, match="keeps no evidence to explain"):
        bare.explain()
    assert json.dumps(bare.to_dict()) == json.dumps(answer.to_dict())


def test_a_photo_without_points_is_told(verifier: Verifier, photo: Image) -> None:
    answer = verifier.verify(np.full((300, 300, 3), 200, np.uint8), photo)
    assert answer.notes == ("no points were found on the first photo, so that points and pixels say nothing",)
    assert not answer.same
    assert answer.figures["descriptor"] is None


def test_many_pairs_are_answered_beside_one_that_cannot_be_read(
    verifier: Verifier, photo: Image, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    good.write_bytes(images.encode(photo, ".png"))
    bad.write_bytes(b"no photo")
    pairs = [(good, bad), (good, tmp_path / "none.png"), (good, good)]
    found = list(verifier.verify_many(pairs))
    assert [isinstance(each, PhotoError) for each in found] == [True, True, False]
    assert "bad.png" in str(found[0])
    assert "none.png" in str(found[1])
    with pytest.raises(PhotoError, match=r"bad\.png"):
        verifier.verify(good, bad)


def test_what_ships_is_sound() -> None:
    model = shipped_model()
    assert model.network is not None
    assert model.fusion.same > 10
    assert model.fusion.weights.sum() > 0
