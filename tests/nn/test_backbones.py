"""All backbones together: their maps, weights to model folders, and real weights. Each alone: backbones/."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from safetensors.torch import save_file

from resight.errors import ModelError
from resight.io.images import resize
from resight.nn.backbones.resnet import resnet
from resight.nn.networks import architectures
from resight.nn.networks.architectures import Network, architecture, build, cut, layers
from resight.nn.networks.weights import read
from resight.training.model_conversion import from_weights
from resight.types import Preprocess

MAPS = {
    "alexnet": (256, 6),
    **dict.fromkeys(("vgg11", "vgg16"), (512, 7)),
    **dict.fromkeys(("resnet18", "resnet34"), (512, 7)),
    **dict.fromkeys(("resnet50", "resnet101", "resnet152"), (2048, 7)),
    "squeezenet1_1": (512, 13),
    **dict.fromkeys(("mobilenet_v2", "mobilenet_v2_tf"), (1280, 7)),
}
"""Channels and cells along a side of the default map of a photo of 224 × 224."""


@pytest.mark.parametrize("name", MAPS)
def test_photos_become_maps_and_scores(name: str) -> None:
    plan = architecture(name)
    photos = torch.empty((2, 3, 224, 224), device="meta")
    channels, side = MAPS[name]
    whole = plan.network()
    assert cut(whole, plan.layer)(photos).shape == (2, channels, side, side)
    assert whole(photos).shape == (2, 1000)
    assert not whole.training


@pytest.mark.parametrize(
    ("name", "side"), [("alexnet", 63), ("vgg11", 32), ("squeezenet1_1", 17), ("mobilenet_v2_tf", 32)]
)
def test_the_smallest_photo_has_one_cell(name: str, side: int) -> None:
    features = cut(architecture(name).network(), "features")
    assert features(torch.empty((1, 3, side, side), device="meta")).shape[2:] == (1, 1)
    with pytest.raises(RuntimeError, match=r"Kernel size can't be greater|[Oo]utput size is too small"):
        features(torch.empty((1, 3, side - 1, side - 1), device="meta"))


# Weights to model folders


CONVERTED = [
    ("alexnet", "features", 256, 32, 31.0, 63),
    ("vgg11", "features.9", 256, 4, 1.5, 4),
    ("resnet18", "layer2", 128, 8, 0.0, 1),
    ("resnet50", "layer1.0", 256, 4, 0.0, 1),
    ("squeezenet1_1", "features", 512, 16, 15.0, 17),
    ("mobilenet_v2", "features.6", 32, 8, 0.0, 1),
    ("mobilenet_v2_tf", "features.6", 32, 8, 7.0, 8),
]


@pytest.mark.parametrize(("name", "layer", "channels", "stride", "offset", "smallest"), CONVERTED)
def test_weights_become_a_model_that_runs_as_torch_does(
    name: str,
    layer: str,
    channels: int,
    stride: int,
    offset: float,
    smallest: int,
    numbers: Callable[[Network], Network],
    tmp_path: Path,
) -> None:
    """`from_weights` proves it, on two sizes; here what the card says of the map."""
    drawn = numbers(cut(architecture(name).network(), layer)).float()
    save_file(drawn.state_dict(), tmp_path / "w.safetensors")
    model = from_weights(name, tmp_path / "w.safetensors", folder=tmp_path / "model", cut=layer)
    card = model.card
    assert (card.channels, card.stride, card.offset, card.smallest) == (channels, stride, offset, smallest)
    assert (card.preprocess.mean, card.preprocess.std) == (architecture(name).mean, architecture(name).std)


@pytest.mark.parametrize("layer", ["avgpool", "flatten", "fc"])
def test_a_layer_without_a_map_is_no_cut_for_a_model(layer: str, tmp_path: Path) -> None:
    network = resnet(18, classes=1000)
    save_file(network.state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(ModelError, match="sees the whole photo; wanted a feature map: cut it at one before"):
        from_weights("resnet18", tmp_path / "w.safetensors", folder=tmp_path / "model", cut=layer)
    assert not (tmp_path / "model").exists()


# Real weights


REAL = {
    "squeezenet1_1": "squeezenet1_1_imagenet.safetensors",
    "mobilenet_v2_tf": "mobilenetv2_tf_imagenet_with_int8_head.safetensors",
}


@pytest.fixture(scope="module", params=REAL)
def classifier(request: pytest.FixtureRequest, shared: Path) -> tuple[str, Network]:
    """A whole classifier with real weights, every one of them used."""
    plan = architecture(request.param)
    file = shared / "weights" / REAL[request.param]
    network, unused = build(plan, read(file), layer=layers(plan.network())[-1])
    assert unused == ()
    return request.param, network


def _centre(photo: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    side = min(photo.shape[:2])
    top, left = ((length - side) // 2 for length in photo.shape[:2])
    return resize(photo[top : top + side, left : left + side], (224, 224))


def test_real_weights_know_a_cat_and_an_espresso(classifier: tuple[str, Network], known_photos: dict[str, Any]) -> None:
    """ImageNet's classes 281, 282 and 285 are house cats, 967 is espresso."""
    plan = architecture(classifier[0])
    module = architectures.PhotoNetwork(classifier[1], Preprocess(mean=plan.mean, std=plan.std))
    photos = np.stack([_centre(known_photos[name]) for name in ("chelsea", "coffee")])
    cat, coffee = np.argsort(architectures.run(module, photos), axis=1)[:, ::-1]
    assert set(cat[:3]) == {281, 282, 285}
    assert coffee[0] == 967


def test_real_weights_run_as_torch_does(classifier: tuple[str, Network], shared: Path, tmp_path: Path) -> None:
    name = classifier[0]
    model = from_weights(name, shared / "weights" / REAL[name], folder=tmp_path / "model")
    assert model.card.config["unused"] == ["classifier.1"]
    assert model.card.channels == MAPS[name][0]
