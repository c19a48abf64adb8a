"""The backbones that torchvision has, too: sizes, key names, what each computes, its cells, and conversion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from resight.conversion import from_weights
from resight.errors import ModelError
from resight.io.images import resize
from resight.nn import export
from resight.nn.backbones.mobilenet_v2 import mobilenet_v2
from resight.nn.backbones.resnet import resnet
from resight.nn.backbones.squeezenet import squeezenet
from resight.nn.backbones.vgg import vgg
from resight.nn.drawing import blank, draw
from resight.nn.export import ARCHITECTURES, Network, architecture, build, cut, layers
from resight.nn.receptive_field import ReceptiveField, receptive_field
from resight.nn.weights import read
from resight.types import Preprocess

SIZES = {
    "alexnet": 61_100_840,
    "vgg11": 132_863_336,
    "vgg16": 138_357_544,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "squeezenet1_1": 1_235_496,
    "mobilenet_v2": 3_504_872,
    "mobilenet_v2_tf": 3_504_872,
}
"""Published numbers of parameters, the 1000 classes of ImageNet included."""

MAPS = {
    **dict.fromkeys(("alexnet",), (256, 6)),
    **dict.fromkeys(("vgg11", "vgg16"), (512, 7)),
    **dict.fromkeys(("resnet18", "resnet34"), (512, 7)),
    **dict.fromkeys(("resnet50", "resnet101", "resnet152"), (2048, 7)),
    "squeezenet1_1": (512, 13),
    **dict.fromkeys(("mobilenet_v2", "mobilenet_v2_tf"), (1280, 7)),
}
"""Channels and cells along a side of the default map of a photo of 224 × 224."""


def _parameters(network: nn.Module) -> int:
    return sum(leaf.numel() for leaf in network.parameters())


@pytest.mark.parametrize("name", SIZES)
def test_each_has_the_published_size(name: str) -> None:
    assert _parameters(architecture(name).network()) == SIZES[name]


def test_all_are_here() -> None:
    assert set(SIZES) == set(ARCHITECTURES) - {"resnet50v2"}


def test_documents_sizes_with_180_classes() -> None:
    """Readings 1.10."""
    assert _parameters(resnet(50, classes=180, device="meta")) == 23_876_852
    assert _parameters(vgg(16, classes=180, device="meta")) == 134_998_004


@pytest.mark.parametrize("name", SIZES)
def test_photos_become_maps_and_scores(name: str) -> None:
    plan = architecture(name)
    photos = torch.empty((2, 3, 224, 224), device="meta")
    channels, side = MAPS[name]
    whole = plan.network()
    assert cut(whole, plan.layer)(photos).shape == (2, channels, side, side)
    assert whole(photos).shape == (2, 1000)
    assert not whole.training


def _norm(name: str) -> list[str]:
    return [f"{name}.{leaf}" for leaf in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")]


def _biased(*names: str) -> list[str]:
    return [f"{name}.{leaf}" for name in names for leaf in ("weight", "bias")]


def _resnet_keys(counts: tuple[int, ...], convolutions: int, first_projects: bool) -> list[str]:
    keys = ["conv1.weight", *_norm("bn1")]
    for stage, count in enumerate(counts, start=1):
        for unit in range(count):
            place = f"layer{stage}.{unit}"
            for index in range(1, convolutions + 1):
                keys += [f"{place}.conv{index}.weight", *_norm(f"{place}.bn{index}")]
            if unit == 0 and (stage > 1 or first_projects):
                keys += [f"{place}.downsample.0.weight", *_norm(f"{place}.downsample.1")]
    return [*keys, *_biased("fc")]


def _squeezenet_keys() -> list[str]:
    fires = [
        f"features.{i}.{part}" for i in (3, 4, 6, 7, 9, 10, 11, 12) for part in ("squeeze", "expand1x1", "expand3x3")
    ]
    return _biased("features.0", *fires, "classifier.1")


def _mobilenet_keys() -> list[str]:
    keys = ["features.0.0.weight", *_norm("features.0.1")]
    for unit in range(1, 18):
        place, inner = f"features.{unit}.conv", (0,) if unit == 1 else (0, 1)
        for index in inner:
            keys += [f"{place}.{index}.0.weight", *_norm(f"{place}.{index}.1")]
        keys += [f"{place}.{len(inner)}.weight", *_norm(f"{place}.{len(inner) + 1}")]
    return [*keys, "features.18.0.weight", *_norm("features.18.1"), *_biased("classifier.1")]


def _vgg_keys(*places: int) -> list[str]:
    return _biased(*(f"features.{i}" for i in places), *(f"classifier.{i}" for i in (0, 3, 6)))


KEYS = {
    "alexnet": _biased(*(f"features.{i}" for i in (0, 3, 6, 8, 10)), *(f"classifier.{i}" for i in (1, 4, 6))),
    "vgg11": _vgg_keys(0, 3, 6, 8, 11, 13, 16, 18),
    "vgg16": _vgg_keys(0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
    "resnet18": _resnet_keys((2, 2, 2, 2), 2, False),
    "resnet34": _resnet_keys((3, 4, 6, 3), 2, False),
    "resnet50": _resnet_keys((3, 4, 6, 3), 3, True),
    "resnet101": _resnet_keys((3, 4, 23, 3), 3, True),
    "resnet152": _resnet_keys((3, 8, 36, 3), 3, True),
    "squeezenet1_1": _squeezenet_keys(),
    "mobilenet_v2": _mobilenet_keys(),
    "mobilenet_v2_tf": _mobilenet_keys(),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_torchvisions(name: str) -> None:
    assert set(architecture(name).network().state_dict()) == set(KEYS[name])


@pytest.mark.parametrize(
    ("name", "key", "shape"),
    [
        ("alexnet", "features.0.weight", (64, 3, 11, 11)),
        ("alexnet", "classifier.1.weight", (4096, 9216)),
        ("vgg11", "features.8.weight", (256, 256, 3, 3)),
        ("vgg16", "classifier.0.weight", (4096, 25088)),
        ("resnet18", "layer2.0.downsample.0.weight", (128, 64, 1, 1)),
        ("resnet50", "layer4.0.conv2.weight", (512, 512, 3, 3)),
        ("resnet152", "layer3.35.conv3.weight", (1024, 256, 1, 1)),
        ("squeezenet1_1", "features.12.expand3x3.weight", (256, 64, 3, 3)),
        ("mobilenet_v2", "features.1.conv.0.0.weight", (32, 1, 3, 3)),
        ("mobilenet_v2", "features.17.conv.2.weight", (320, 960, 1, 1)),
    ],
)
def test_shapes_are_torchvisions(name: str, key: str, shape: tuple[int, ...]) -> None:
    assert architecture(name).network().state_dict()[key].shape == shape


# What each computes


def _numbers(network: Network, rng: np.random.Generator) -> Network:
    """A laid-out network with drawn weights, and norms that do something."""
    blank(network)
    draw(network, rng)
    for name, leaf in network.state_dict().items():
        if "running" in name or (leaf.ndim == 1 and name.endswith(("weight", "bias"))):
            leaf.copy_(torch.from_numpy(rng.uniform(0.5, 1.5, tuple(leaf.shape))))
    return network.double()


class Formula:
    """A network as its paper's formula: functions of torch on leaves by key."""

    def __init__(self, leaves: dict[str, Tensor]) -> None:
        self.leaves = leaves

    def convolve(self, x: Tensor, key: str, stride: int = 1, padding: int = 0, groups: int = 1) -> Tensor:
        weight, bias = self.leaves[f"{key}.weight"], self.leaves.get(f"{key}.bias")
        return torch.nn.functional.conv2d(x, weight, bias, stride, padding, groups=groups)

    def norm(self, x: Tensor, key: str) -> Tensor:
        mean, variance, scale, shift = (
            self.leaves[f"{key}.{leaf}"].reshape(1, -1, 1, 1)
            for leaf in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (variance + 1e-5) ** 0.5 * scale + shift

    def plain(self, x: Tensor, plan: list[tuple[int, int, int]], pooled: set[int], kernel: int) -> Tensor:
        """Convolutions of (place, stride, padding), each with its ReLU, pooled behind some places."""
        for place, stride, padding in plan:
            x = self.convolve(x, f"features.{place}", stride, padding).clamp(min=0)
            if place in pooled:
                x = torch.nn.functional.max_pool2d(x, kernel, 2)
        return x

    def alexnet(self, x: Tensor) -> Tensor:
        return self.plain(x, [(0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1)], {0, 3, 10}, 3)

    def vgg11(self, x: Tensor) -> Tensor:
        places = (0, 3, 6, 8, 11, 13, 16, 18)
        return self.plain(x, [(place, 1, 1) for place in places], {0, 3, 8, 13, 18}, 2)

    def resnet(self, x: Tensor, counts: tuple[int, ...], bottleneck: bool) -> Tensor:
        x = self.norm(self.convolve(x, "conv1", 2, 3), "bn1").clamp(min=0)
        x = torch.nn.functional.max_pool2d(x, 3, 2, 1)
        for stage, count in enumerate(counts, start=1):
            for unit in range(count):
                x = self.unit(x, f"layer{stage}.{unit}", 2 if stage > 1 and unit == 0 else 1, bottleneck)
        return x

    def unit(self, x: Tensor, place: str, stride: int, bottleneck: bool) -> Tensor:
        geometry = [(1, 0), (stride, 1), (1, 0)] if bottleneck else [(stride, 1), (1, 1)]
        y = x
        for index, (step, padding) in enumerate(geometry, start=1):
            y = self.norm(self.convolve(y, f"{place}.conv{index}", step, padding), f"{place}.bn{index}")
            y = y if index == len(geometry) else y.clamp(min=0)
        if f"{place}.downsample.0.weight" in self.leaves:
            x = self.norm(self.convolve(x, f"{place}.downsample.0", stride), f"{place}.downsample.1")
        return (x + y).clamp(min=0)

    def squeezenet(self, x: Tensor) -> Tensor:
        x = self.convolve(x, "features.0", 2).clamp(min=0)
        for place in range(2, 13):
            if place in (2, 5, 8):
                x = torch.nn.functional.max_pool2d(x, 3, 2, ceil_mode=True)
            else:
                inner = self.convolve(x, f"features.{place}.squeeze").clamp(min=0)
                one = self.convolve(inner, f"features.{place}.expand1x1").clamp(min=0)
                three = self.convolve(inner, f"features.{place}.expand3x3", padding=1).clamp(min=0)
                x = torch.cat([one, three], dim=1)
        return x

    def mobilenet(self, x: Tensor, same: bool) -> Tensor:
        def wide(x: Tensor, key: str, stride: int, groups: int = 1) -> Tensor:
            """TensorFlow's "SAME": ⌈n / stride⌉ cells, the odd pixel of padding behind."""
            behind = max((-(-x.shape[2] // stride) - 1) * stride + 3 - x.shape[2], 0)
            before = behind // 2 if same else 1
            behind = behind - before if same else 1
            padded = torch.nn.functional.pad(x, (before, behind, before, behind))
            return self.norm(self.convolve(padded, f"{key}.0", stride, groups=groups), f"{key}.1").clamp(0, 6)

        x = wide(x, "features.0", 2)
        for place in range(1, 18):
            key, y = f"features.{place}.conv", x
            if place > 1:
                y = self.norm(self.convolve(y, f"{key}.0.0"), f"{key}.0.1").clamp(0, 6)
            depth = 0 if place == 1 else 1
            y = wide(y, f"{key}.{depth}", 2 if place in (2, 4, 7, 14) else 1, groups=y.shape[1])
            y = self.norm(self.convolve(y, f"{key}.{depth + 1}"), f"{key}.{depth + 2}")
            x = x + y if place not in (1, 2, 4, 7, 11, 14, 17) else y
        return self.norm(self.convolve(x, "features.18.0"), "features.18.1").clamp(0, 6)


FORMULAS: dict[str, Callable[[Formula, Tensor], Tensor]] = {
    "alexnet": Formula.alexnet,
    "vgg11": Formula.vgg11,
    "resnet18": lambda formula, x: formula.resnet(x, (2, 2, 2, 2), False),
    "resnet50": lambda formula, x: formula.resnet(x, (3, 4, 6, 3), True),
    "squeezenet1_1": Formula.squeezenet,
    "mobilenet_v2": lambda formula, x: formula.mobilenet(x, False),
    "mobilenet_v2_tf": lambda formula, x: formula.mobilenet(x, True),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_network_is_the_papers_formula(name: str, rng: np.random.Generator) -> None:
    plan = architecture(name)
    network = _numbers(cut(plan.network(), plan.layer), rng)
    photos = torch.from_numpy(rng.standard_normal((1, 3, 64, 96)))
    with torch.inference_mode():
        found = network(photos)
        wanted = FORMULAS[name](Formula(network.state_dict()), photos)
    assert found.shape == wanted.shape
    assert found.std() > 0
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-9, atol=1e-9 * float(wanted.abs().max()))


@pytest.mark.parametrize(
    "make",
    [lambda **o: resnet(18, classes=3, **o), lambda **o: squeezenet(classes=3, **o), lambda **o: mobilenet_v2(**o)],
)
def test_drawing_is_seeded_and_leaves_torchs_generator_alone(make: Callable[..., Network]) -> None:
    before = torch.get_rng_state()
    first, again, other = (make(rng=np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert torch.equal(before, torch.get_rng_state())
    leaves = [next(network.parameters()) for network in (first, again, other)]
    assert torch.equal(leaves[0], leaves[1])
    assert not torch.equal(leaves[0], leaves[2])
    with torch.inference_mode():
        assert torch.isfinite(first(torch.ones(1, 3, 64, 64))).all()


# Where the cells lie


def _nan_field(network: Network, side: int, height: int) -> dict[int, tuple[int, int]]:
    """First and last column that a cell of the middle sees, by cell: NaN goes wherever its pixel is looked at.

    In float64, whose convolutions are plain sums; fields that reach a border are left out. Sides are such that no
    kernel reaches beyond the right border alone, as it may where a size is rounded up.
    """
    photos = torch.zeros(side, 3, height, side, dtype=torch.float64)
    photos[torch.arange(side), :, :, torch.arange(side)] = torch.nan
    with torch.inference_mode():
        touched = network(photos).isnan().any(dim=1).any(dim=1).numpy()  # (columns, cells)
    seen = {cell: np.flatnonzero(touched[:, cell]) for cell in range(touched.shape[1])}
    return {
        cell: (int(columns[0]), int(columns[-1]))
        for cell, columns in seen.items()
        if len(columns) and columns[0] > 0 and columns[-1] < side - 1
    }


@pytest.mark.parametrize(
    ("name", "layer", "side"),
    [
        ("alexnet", "features.0", 64),
        ("alexnet", "features.5", 128),
        ("vgg11", "features.9", 64),
        ("resnet18", "layer2.0", 96),
        ("resnet50", "layer1", 80),
        ("squeezenet1_1", "features.6", 95),
        ("mobilenet_v2", "features.3", 64),
        ("mobilenet_v2_tf", "features.3", 64),
    ],
)
def test_the_field_is_what_a_cell_sees(name: str, layer: str, side: int, rng: np.random.Generator) -> None:
    network = cut(architecture(name).network(), layer)
    field = receptive_field(network)
    seen = _nan_field(_numbers(network, rng), side, 40)
    assert len(seen) >= 2
    for cell, (first, last) in seen.items():
        assert last - first + 1 == field.size
        assert (first + last) / 2 == field.offset + field.stride * cell


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("alexnet", ReceptiveField(195, 32, 31.0)),
        ("vgg11", ReceptiveField(150, 32, 15.5)),
        ("vgg16", ReceptiveField(212, 32, 15.5)),
        ("resnet18", ReceptiveField(435, 32, 0.0)),
        ("squeezenet1_1", ReceptiveField(207, 16, 15.0)),
        ("mobilenet_v2", ReceptiveField(491, 32, 0.0)),
        ("mobilenet_v2_tf", ReceptiveField(491, 32, 31.0)),
        ("resnet50v2", ReceptiveField(267, 16, 0.0)),
    ],
)
def test_fields_of_the_default_maps(name: str, field: ReceptiveField) -> None:
    """VGG16 by hand: 13 · 2 pixels, each times the stride so far, and 5 poolings: 212, as published."""
    plan = architecture(name)
    assert receptive_field(cut(plan.network(), plan.layer)) == field


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
    rng: np.random.Generator,
    tmp_path: Path,
) -> None:
    """`from_weights` proves it, on two sizes; here what the card says of the map."""
    drawn = _numbers(cut(architecture(name).network(), layer), rng).float()
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
    module = export.PhotoNetwork(classifier[1], Preprocess(mean=plan.mean, std=plan.std))
    photos = np.stack([_centre(known_photos[name]) for name in ("chelsea", "coffee")])
    cat, coffee = np.argsort(export.run(module, photos), axis=1)[:, ::-1]
    assert set(cat[:3]) == {281, 282, 285}
    assert coffee[0] == 967


def test_real_weights_run_as_torch_does(classifier: tuple[str, Network], shared: Path, tmp_path: Path) -> None:
    name = classifier[0]
    model = from_weights(name, shared / "weights" / REAL[name], folder=tmp_path / "model")
    assert model.card.config["unused"] == ["classifier.1"]
    assert model.card.channels == MAPS[name][0]
