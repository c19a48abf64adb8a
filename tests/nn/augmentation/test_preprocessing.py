"""What a network is fed: sides, views, normalisation, and answers in batches."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from resight.nn.augmentation.normalisation import Normalisation
from resight.nn.augmentation.policies import AUGMENTATIONS
from resight.nn.augmentation.preprocessing import Preprocessing, predict

PLAIN = Normalisation("network", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def photos(count: int = 5, side: int = 8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


class Middle(nn.Module):
    """Mean of a photo, with something that differs while training."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.dropout = nn.Dropout(0.9)

    def forward(self, images: Tensor) -> Tensor:
        return self.dropout(self.weight * images.mean(dim=(2, 3)))


def test_photos_of_the_right_side_are_only_scaled_to_one() -> None:
    found = Preprocessing(PLAIN, (8,)).plain(torch.from_numpy(photos()))
    assert len(found) == 1
    np.testing.assert_allclose(found[0].numpy(), photos().transpose(0, 3, 1, 2) / 255, rtol=1e-6)


def test_every_side_shows_the_same_view() -> None:
    preprocessing = Preprocessing(PLAIN, (8, 16, 4), AUGMENTATIONS["museum"])
    small, large, least = preprocessing.views(torch.from_numpy(photos()), torch.Generator().manual_seed(1))
    assert [images.shape[2] for images in (small, large, least)] == [8, 16, 4]
    torch.testing.assert_close(small.mean(dim=(2, 3)), large.mean(dim=(2, 3)), atol=0.02, rtol=0)
    again, *_ = preprocessing.views(torch.from_numpy(photos()), torch.Generator().manual_seed(1))
    other, *_ = preprocessing.views(torch.from_numpy(photos()), torch.Generator().manual_seed(2))
    assert torch.equal(small, again)
    assert not torch.equal(small, other)


def test_the_mean_and_deviation_are_divided_out() -> None:
    how = Normalisation("network", (0.5, 0.25, 0.0), (0.5, 0.25, 1.0))
    [found] = Preprocessing(how, (8,)).plain(torch.from_numpy(photos()))
    expected = (photos() / 255 - [0.5, 0.25, 0.0]) / [0.5, 0.25, 1.0]
    np.testing.assert_allclose(found.numpy(), expected.transpose(0, 3, 1, 2), atol=1e-5)


def test_answers_do_not_depend_on_the_batch_nor_on_training() -> None:
    module = Middle().train()
    one, all_at_once = (predict(module, photos(), Preprocessing(PLAIN, (8,)), batch=batch) for batch in (1, 5))
    np.testing.assert_allclose(one, photos().mean(axis=(1, 2)) / 255, rtol=1e-5)
    np.testing.assert_allclose(one, all_at_once, rtol=1e-6)
    assert module.training


def test_views_are_seen_where_they_are_wanted() -> None:
    preprocessing = Preprocessing(PLAIN, (8,), AUGMENTATIONS["museum"])
    plain = predict(Middle(), photos(), preprocessing)
    seen = predict(Middle(), photos(), preprocessing, views=0)
    assert not np.allclose(plain, seen)
