"""Grey photos as a network sees them."""

from __future__ import annotations

import torch

from resight.nn.augmentation.grey_preprocessing import GreyPreprocessing


def test_greys_become_one_channel_in_zero_to_one() -> None:
    photos = torch.tensor([[[0, 51], [102, 255]]], dtype=torch.uint8)
    (images,) = GreyPreprocessing().plain(photos)
    torch.testing.assert_close(images, torch.tensor([[[[0, 0.2], [0.4, 1.0]]]]))


def test_views_are_the_photos() -> None:
    photos = torch.arange(24, dtype=torch.uint8).reshape(2, 3, 4)
    preprocessing = GreyPreprocessing()
    generator = torch.Generator().manual_seed(0)
    assert torch.equal(preprocessing.views(photos, generator)[0], preprocessing.plain(photos)[0])
