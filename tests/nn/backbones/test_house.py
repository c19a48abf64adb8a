"""The house network: against slow loops from its formulas, and its size, cost and geometry."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn

from resight.nn.backbones.house import BasicUnit, house
from resight.nn.networks import architectures
from resight.nn.networks.receptive_field import receptive_field

Array = npt.NDArray[Any]
Leaves = dict[str, Array]

TINY = {"widths": (2, 3, 4, 5, 6, 7), "units": (1, 2, 1)}


def _norm(maps: Array, leaves: Leaves, key: str) -> Array:
    out = np.empty_like(maps)
    for c in range(len(maps)):
        deviation = np.sqrt(leaves[f"{key}.running_var"][c] + 1e-5)
        out[c] = (maps[c] - leaves[f"{key}.running_mean"][c]) / deviation
        out[c] = out[c] * leaves[f"{key}.weight"][c] + leaves[f"{key}.bias"][c]
    return out


def _convolve(maps: Array, kernel: Array, stride: int) -> Array:
    size = kernel.shape[2]
    padded = np.pad(maps, ((0, 0), (size // 2, size // 2), (size // 2, size // 2)))
    out = np.zeros((len(kernel), -(-maps.shape[1] // stride), -(-maps.shape[2] // stride)))
    for o, y, x in np.ndindex(out.shape):
        out[o, y, x] = (padded[:, y * stride : y * stride + size, x * stride : x * stride + size] * kernel[o]).sum()
    return out


def _relu(maps: Array) -> Array:
    return np.where(maps > 0, maps, 0.0)


def _project(maps: Array, leaves: Leaves, key: str, stride: int = 1) -> Array:
    return _norm(_convolve(maps, leaves[f"{key}.conv.weight"], stride), leaves, f"{key}.bn")


def _unit(maps: Array, leaves: Leaves, key: str, stride: int) -> Array:
    inner = _relu(_norm(_convolve(maps, leaves[f"{key}.conv1.weight"], stride), leaves, f"{key}.bn1"))
    inner = _norm(_convolve(inner, leaves[f"{key}.conv2.weight"], 1), leaves, f"{key}.bn2")
    known = f"{key}.down.conv.weight" in leaves
    return _relu(inner + (_project(maps, leaves, f"{key}.down", stride) if known else maps))


def _oracle(photo: Array, leaves: Leaves) -> Array:
    maps = photo
    for name in ("0", "1"):
        maps = _relu(_norm(_convolve(maps, leaves[f"conv{name}.weight"], 2), leaves, f"bn{name}"))
    maps = _unit(maps, leaves, "stage1.0", 2)
    maps = _unit(_unit(maps, leaves, "stage2.0", 2), leaves, "stage2.1", 1)
    coarse = _project(_unit(maps, leaves, "context.stage.0", 2), leaves, "context.top")
    out = _project(maps, leaves, "context.lateral")
    for c, y, x in np.ndindex(out.shape):
        out[c, y, x] += coarse[c, y // 2, x // 2]
    return _relu(out)


def multiply_adds(network: nn.Module, side: int = 224) -> int:
    """Multiply-adds of the convolutions for one square photo of ``side`` pixels; norms and sums are not counted."""
    counts: list[int] = []

    def count(layer: nn.Module, _: tuple[Tensor, ...], maps: Tensor) -> None:
        assert isinstance(layer, nn.Conv2d)
        counts.append(maps[0].numel() * layer.weight[0].numel())

    hooks = [layer.register_forward_hook(count) for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    with torch.inference_mode():
        network(torch.zeros(1, 3, side, side))
    for hook in hooks:
        hook.remove()
    return sum(counts)


@pytest.mark.parametrize("size", [(41, 70), (64, 33)])
def test_the_network_is_its_formula(size: tuple[int, int], rng: np.random.Generator) -> None:
    network = house(**TINY, rng=rng).double()
    for name, leaf in network.state_dict().items():
        if "bn" in name and leaf.is_floating_point():
            leaf.copy_(torch.from_numpy(rng.uniform(0.5, 1.5, leaf.shape)))
    photo = rng.standard_normal((3, *size))
    with torch.inference_mode():
        found = network(torch.from_numpy(photo)[None])[0].numpy()
    assert found.shape == (7, -(-size[0] // 16), -(-size[1] // 16))
    assert np.count_nonzero(found) > 4
    leaves = {name: leaf.numpy() for name, leaf in network.state_dict().items()}
    np.testing.assert_allclose(found, _oracle(photo, leaves), rtol=1e-9, atol=1e-9)


@pytest.fixture(scope="module")
def whole() -> nn.Sequential:
    return house()


def test_it_ships_in_less_than_12_megabytes_and_0_6_gflop(whole: nn.Sequential) -> None:
    assert 2 * sum(leaf.numel() for leaf in whole.state_dict().values()) < 12e6
    assert multiply_adds(whole, 224) < 0.6e9
    resnet = architectures.architecture("resnet50v2").network()
    assert multiply_adds(resnet, 224) > 7 * multiply_adds(whole, 224)


def test_multiply_adds_by_hand() -> None:
    """4 × 4 positions of 5 · 3 · 3 · 2 for the first, 2 × 2 of 7 · 5 for the second."""
    network = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1, stride=2), nn.BatchNorm2d(5), nn.Conv2d(5, 7, 1, stride=2))
    assert multiply_adds(network, 8) == 16 * 5 * 27 + 4 * 7 * 5


def test_the_map_takes_any_size(whole: nn.Sequential) -> None:
    with torch.inference_mode():
        for height, width in ((1, 1), (16, 17), (33, 95)):
            assert whole(torch.zeros(1, 3, height, width)).shape[2:] == (-(-height // 16), -(-width // 16))


def test_a_cell_lies_where_its_gradient_does() -> None:
    """Cell (j, i) depends on no pixel farther than half the field from (16 i, 16 j), and on some almost as far."""
    network = house(**TINY, rng=np.random.default_rng(1)).double()
    for module in network.modules():
        if isinstance(module, BasicUnit):
            nn.init.ones_(module.bn2.weight)
    field = receptive_field(network)
    assert (field.stride, field.offset) == (16, 0.0)
    photo = torch.rand(1, 3, 448, 448, dtype=torch.float64, requires_grad=True)
    for cell in (13, 14):
        (gradient,) = torch.autograd.grad(network(photo)[0, :, cell, cell].sum(), photo)
        rows = gradient.abs().sum(dim=(0, 1, 3)).nonzero().flatten() - 16 * cell
        assert -(field.size // 2) <= rows.min() < rows.max() <= field.size // 2


def test_it_starts_shallow_and_draws_by_its_seed() -> None:
    before = torch.get_rng_state()
    first, again, other = (house(**TINY, rng=np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first.get_parameter("conv1.weight"), again.get_parameter("conv1.weight"))
    assert not torch.equal(first.get_parameter("conv1.weight"), other.get_parameter("conv1.weight"))
    unit = first.get_submodule("stage2.1")
    maps = torch.rand(2, 5, 6, 6)
    assert torch.equal(unit(maps), maps)


def test_it_is_an_architecture_that_weights_are_read_into() -> None:
    plan = architectures.architecture("house")
    state = house(rng=np.random.default_rng(7)).state_dict()
    network, behind = architectures.build(plan, state, layer=plan.layer)
    assert behind == ()
    assert torch.equal(network.get_parameter("context.top.conv.weight"), state["context.top.conv.weight"])
    assert architectures.layers(network)[-1] == "context"
    assert architectures.measure(network) == (512, 16)
