"""Normalisation: each named setting by its formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from resight.nn.augmentation.normalisation import NAMES, Normalisation, floating, normalisation, standardised


@pytest.fixture
def batches(rng: np.random.Generator) -> list[Tensor]:
    """Two batches of other sizes."""
    return [torch.from_numpy(rng.integers(0, 256, size, dtype=np.uint8)) for size in ((2, 3, 4, 5), (1, 3, 7, 2))]


def test_imagenet_by_hand() -> None:
    found = normalisation("imagenet")(torch.tensor([51, 102, 255], dtype=torch.uint8).reshape(1, 3, 1, 1))
    wanted = [(0.2 - 0.485) / 0.229, (0.4 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    np.testing.assert_allclose(found.flatten(), wanted, rtol=1e-6)
    assert found.dtype == torch.float32


def test_the_data_set_has_mean_0_and_deviation_1(batches: list[Tensor]) -> None:
    found = normalisation("dataset", batches)
    pixels = np.concatenate([batch.numpy().transpose(1, 0, 2, 3).reshape(3, -1) for batch in batches], axis=1)
    assert found.mean == pytest.approx([sum(row) / len(row) / 255 for row in pixels.tolist()])
    normalised = torch.cat([found(batch).transpose(0, 1).flatten(1) for batch in batches], dim=1)
    np.testing.assert_allclose(normalised.mean(dim=1), 0, atol=1e-5)
    np.testing.assert_allclose(normalised.std(dim=1, correction=0), 1, rtol=1e-5)
    assert normalisation("dataset", batches[::-1]) == found


def test_each_image_has_mean_0_and_deviation_1(batches: list[Tensor]) -> None:
    found = normalisation("image")(batches[0])
    np.testing.assert_allclose(found.mean(dim=(2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(found.std(dim=(2, 3), correction=0), 1, rtol=1e-5)
    assert torch.equal(normalisation("image")(batches[0][1:]), found[1:])


def test_a_photo_of_one_colour_becomes_zero() -> None:
    photo = torch.full((1, 3, 16, 16), 77, dtype=torch.uint8)
    assert (normalisation("image")(photo).abs() < 1e-4).all()
    photo[0, :, 3, 3] = 78  # rounding, not a thing
    assert normalisation("image")(photo).abs().max() < 1.01


def test_it_tells_what_it_is(batches: list[Tensor]) -> None:
    assert Normalisation("image").to_dict() == {"name": "image", "mean": None, "std": None}
    assert [normalisation(name, batches).to_dict()["name"] for name in NAMES] == list(NAMES)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no normalisation is called 'imagnet'; did you mean 'imagenet'\?"):
        normalisation("imagnet")
    with pytest.raises(ValueError, match="there is no pixel to normalise by"):
        normalisation("dataset")


def test_photos_are_made_floating_and_standardised_by_hand() -> None:
    pixels = torch.tensor([[51, 102, 255], [0, 255, 153]], dtype=torch.uint8).reshape(1, 1, 2, 3)
    images = floating(pixels)
    np.testing.assert_allclose(images, [[[[0.2, 0]], [[0.4, 1]], [[1, 0.6]]]], rtol=1e-6)
    found = standardised(images, (0.1, 0.2, 0.3), (0.5, 0.25, 1.0))
    np.testing.assert_allclose(found, [[[[0.2, -0.2]], [[0.8, 3.2]], [[0.7, 0.3]]]], rtol=1e-5)
    assert found.is_contiguous(memory_format=torch.channels_last)
