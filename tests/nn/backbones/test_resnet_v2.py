"""The pre-activation network: against slow loops from the paper's formulas, and against real weights and photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from resight.io.images import read, resize
from resight.nn.backbones.resnet_v2 import Unit, resnet_v2
from resight.nn.networks.architectures import IMAGENET
from resight.nn.networks.weights import fill
from resight.nn.networks.weights import read as read_weights

Array = npt.NDArray[Any]
Leaves = dict[str, Array]
EPS = 1e-5
"""Gluon's BatchNorm, and torch's."""


def _norm(maps: Array, leaves: Leaves, key: str) -> Array:
    """Ioffe and Szegedy (2015), algorithm 2: (x − E) / √(Var + ε) · γ + β, channel by channel."""
    out = np.empty_like(maps)
    for c in range(len(maps)):
        scaled = (maps[c] - leaves[f"{key}.running_mean"][c]) / np.sqrt(leaves[f"{key}.running_var"][c] + EPS)
        out[c] = scaled * leaves[f"{key}.weight"][c] + leaves[f"{key}.bias"][c]
    return out


def _convolve(maps: Array, kernel: Array, stride: int) -> Array:
    size = kernel.shape[2]
    padded = np.pad(maps, ((0, 0), (size // 2, size // 2), (size // 2, size // 2)))
    height, width = -(-maps.shape[1] // stride), -(-maps.shape[2] // stride)
    out = np.zeros((len(kernel), height, width))
    for o, y, x in np.ndindex(out.shape):
        out[o, y, x] = (padded[:, y * stride : y * stride + size, x * stride : x * stride + size] * kernel[o]).sum()
    return out


def _pool(maps: Array) -> Array:
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    out = np.zeros((len(maps), -(-maps.shape[1] // 2), -(-maps.shape[2] // 2)))
    for c, y, x in np.ndindex(out.shape):
        out[c, y, x] = padded[c, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3].max()
    return out


def _relu(maps: Array) -> Array:
    return np.where(maps > 0, maps, 0.0)


def _unit(maps: Array, leaves: Leaves, key: str, stride: int) -> Array:
    """He et al. (2016), figure 4e, x + F(x): norm and ReLU before each convolution."""
    active = _relu(_norm(maps, leaves, f"{key}.bn1"))
    projected = f"{key}.down.weight" in leaves
    shortcut = _convolve(active, leaves[f"{key}.down.weight"], stride) if projected else maps
    inner = _convolve(active, leaves[f"{key}.conv1.weight"], 1)
    inner = _convolve(_relu(_norm(inner, leaves, f"{key}.bn2")), leaves[f"{key}.conv2.weight"], stride)
    return shortcut + _convolve(_relu(_norm(inner, leaves, f"{key}.bn3")), leaves[f"{key}.conv3.weight"], 1)


def _oracle(photo: Array, leaves: Leaves) -> Array:
    maps = _convolve(_norm(photo, leaves, "bn_in"), leaves["conv0.weight"], 2)
    maps = _pool(_relu(_norm(maps, leaves, "bn0")))
    maps = _unit(_unit(maps, leaves, "stage1.0", 1), leaves, "stage1.1", 1)
    return _relu(_norm(_unit(maps, leaves, "stage2.0", 2), leaves, "bn_out"))


def _with_odd_norms(network: nn.Module, rng: np.random.Generator) -> nn.Module:
    """A network whose norms do something: drawn statistics, scales and shifts."""
    for name, leaf in network.state_dict().items():
        if ".bn" in f".{name}" and leaf.is_floating_point():
            leaf.copy_(torch.from_numpy(rng.uniform(0.5, 1.5, leaf.shape)))
    return network


def test_the_network_is_the_papers_formula(rng: np.random.Generator) -> None:
    network = _with_odd_norms(resnet_v2((2, 1), 2, rng=rng), rng).double()
    photo = rng.standard_normal((3, 13, 18))
    leaves = {name: leaf.numpy() for name, leaf in network.state_dict().items()}
    with torch.inference_mode():
        found = network(torch.from_numpy(photo)[None])[0].numpy()
    assert found.shape == (16, 2, 3)
    assert np.count_nonzero(found) > 20
    np.testing.assert_allclose(found, _oracle(photo, leaves), rtol=1e-9, atol=1e-9)


def test_resnet_50_has_its_size() -> None:
    """Three convolutions per unit and one projection per stage, counted from widths 64, 128, 256.

    The sum is that of a post-activation ResNet-50 too: of its published 25,557,032 parameters, 8,512,704 lie here.
    """
    network = resnet_v2()
    convolutions = 3 * 64 * 49
    for entering, width, count in ((64, 64, 3), (256, 128, 4), (512, 256, 6)):
        leaving = 4 * width
        convolutions += entering * width + 9 * width**2 + width * leaving + entering * leaving
        convolutions += (count - 1) * (leaving * width + 9 * width**2 + width * leaving)
    assert sum(m.weight.numel() for m in network.modules() if isinstance(m, nn.Conv2d)) == convolutions == 8_512_704
    assert {m.eps for m in network.modules() if isinstance(m, nn.BatchNorm2d)} == {EPS}
    assert not network.training


def test_the_stride_is_in_the_three_by_three_of_a_stages_first_unit() -> None:
    for stage, stride in zip(("stage1", "stage2", "stage3"), (1, 2, 2), strict=True):
        units = [unit for unit in resnet_v2((2, 2, 2), 4).get_submodule(stage).children() if isinstance(unit, Unit)]
        strides = [(unit.conv1.stride[0], unit.conv2.stride[0], unit.conv3.stride[0]) for unit in units]
        assert strides == [(1, stride, 1), (1, 1, 1)]
        assert [unit.down is not None for unit in units] == [True, False]


def test_a_unit_that_keeps_channels_but_halves_the_map_projects() -> None:
    assert Unit(8, 2, stride=2).down is not None
    assert Unit(8, 2).down is None


def test_the_input_norm_learns_neither_scale_nor_shift() -> None:
    frozen = {name for name, leaf in resnet_v2((1,), 2).named_parameters() if not leaf.requires_grad}
    assert frozen == {"bn_in.weight", "bn_in.bias"}


def test_drawing_is_seeded_and_leaves_torchs_generator_alone() -> None:
    before = torch.get_rng_state()
    first, again, other = (resnet_v2((1,), 4, rng=np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert torch.equal(before, torch.get_rng_state())
    kernels = [network.get_parameter("stage1.0.conv2.weight") for network in (first, again, other)]
    assert torch.equal(kernels[0], kernels[1])
    assert not torch.equal(kernels[0], kernels[2])


def test_drawn_weights_keep_the_variance_of_he() -> None:
    kernel = resnet_v2((1,), 64).get_parameter("stage1.0.conv2.weight")
    assert kernel.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    assert abs(kernel.mean().item()) < 1e-3


@pytest.fixture(scope="module")
def photographs(pack: Callable[..., Path]) -> torch.Tensor:
    """Eight real photos, centre-cropped, normalised as ImageNet's; (8, 3, 224, 224)."""
    paths = sorted(pack("ukbench-250", "query").glob("query/*/*"))[::30][:8]
    squares = []
    for path in paths:
        image = read(path).image
        side = min(image.shape[:2])
        top, left = ((n - side) // 2 for n in image.shape[:2])
        squares.append(resize(image[top : top + side, left : left + side], (224, 224)))
    mean, std = (torch.tensor(triple).reshape(3, 1, 1) for triple in IMAGENET)
    return (torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2) / 255 - mean) / std


@pytest.fixture(scope="module")
def trained(shared: Path) -> nn.Module:
    network = resnet_v2()
    fill(network, read_weights(shared / "weights" / "resnet50v2_stage3_imagenet.safetensors"))
    return network


def _misfits(network: nn.Module, photographs: torch.Tensor) -> tuple[float, float]:
    """How far what enters the norms is from their stored statistics: the worst norm's (mean, variance).

    The mean's misfit is the root mean square over channels of (E − stored E) / σ, the variance's the median over
    channels of |ln(Var / stored Var)|.
    """
    means, variances = [], []

    def look(norm: nn.Module, entering: tuple[torch.Tensor, ...], _: torch.Tensor) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        stored = norm.running_var + EPS
        gaps = (entering[0].mean((0, 2, 3)) - norm.running_mean) / stored.sqrt()
        means.append(gaps.square().mean().sqrt().item())
        variances.append(((entering[0].var((0, 2, 3)) + EPS) / stored).log().abs().median().item())

    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [norm.register_forward_hook(look) for norm in norms]
    with torch.inference_mode():
        network(photographs)
    for hook in hooks:
        hook.remove()
    assert len(means) == len(norms)
    return max(means), max(variances[12:])  # before stage 2, contrast and sharpness of these photos show


def test_real_activations_fit_the_stored_statistics(trained: nn.Module, photographs: torch.Tensor) -> None:
    mean, variance = _misfits(trained, photographs)
    assert mean < 0.3
    assert variance < 0.3


def test_another_normalisation_does_not_fit(trained: nn.Module, photographs: torch.Tensor) -> None:
    """So that the test above is known to be able to fail."""
    assert _misfits(trained, photographs[:4] / 4)[0] > 0.4


def test_the_stride_in_another_convolution_does_not_fit(trained: nn.Module, photographs: torch.Tensor) -> None:
    units = [unit for unit in trained.modules() if isinstance(unit, Unit) and unit.conv2.stride == (2, 2)]
    for unit in units:
        unit.conv1.stride, unit.conv2.stride = (2, 2), (1, 1)
    _, variance = _misfits(trained, photographs)
    for unit in units:
        unit.conv1.stride, unit.conv2.stride = (1, 1), (2, 2)
    assert variance > 0.4
