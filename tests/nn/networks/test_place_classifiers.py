"""Classifiers of places: descriptor sizes, other architectures, and what is refused."""

from __future__ import annotations

import pytest
import torch

from resight.errors import ModelError
from resight.nn.backbones.resnet import resnet
from resight.nn.backbones.vgg import vgg
from resight.nn.networks.architectures import cut
from resight.nn.networks.place_classifiers import LAST_MAPS, names, place_classifier


def test_vgg11_and_resnet18_have_the_descriptors_of_table_1() -> None:
    photo = torch.zeros(1, 3, 224, 224, device="meta")
    assert cut(vgg(11, device="meta"), LAST_MAPS["vgg11"])(photo).shape[2:].numel() == 196
    assert cut(resnet(18, device="meta"), "layer4")(photo).shape[2:].numel() == 49


@pytest.mark.parametrize("name", ["vgg11", "resnet18", "simple", "simpler", "house"])
def test_each_scores_places_and_has_a_map(name: str) -> None:
    found = place_classifier(name, 3, side=96, hidden=8)
    photos = torch.zeros(2, 3, 96, 96)
    assert found.network(photos).shape == (2, 3)
    assert cut(found.network, found.layer)(photos).ndim == 4


def test_what_there_is_not_is_refused() -> None:
    with pytest.raises(ModelError, match="did you mean 'simpler'"):
        place_classifier("simplr", 2, side=224, hidden=8)
    with pytest.raises(ModelError, match="set side higher"):
        place_classifier("simple", 2, side=48, hidden=8)
    assert names()[:2] == ("vgg11", "resnet18")
