"""Heads: against loops and against the NumPy spellings, with gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from resight.errors import ShapeError, TrainingError
from resight.features import whitening
from resight.features.head import head
from resight.nn.networks.heads import GeM, ProjectionHead, classifier
from resight.types import Head


@pytest.fixture
def maps(rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.standard_normal((6, 4, 2, 3)))


def test_a_classifier_is_the_mean_and_a_linear_layer(maps: Tensor, rng: np.random.Generator) -> None:
    network = classifier(4, 5, rng=rng).double()
    weight = network.state_dict()["fc.weight"].numpy()
    for photo, scores in zip(maps.numpy(), network(maps).detach().numpy(), strict=True):
        means = [sum(photo[c].ravel()) / 6 for c in range(4)]
        np.testing.assert_allclose(scores, [sum(w * m for w, m in zip(row, means, strict=True)) for row in weight])
    assert set(network.state_dict()) == {"fc.weight", "fc.bias"}


@pytest.mark.parametrize("p", [1.0, 3.0, 4.5])
def test_gem_is_the_loop(p: float, maps: Tensor) -> None:
    found = GeM(p).double()(maps).detach().numpy()
    for i, c in np.ndindex(6, 4):
        cells = [max(float(x), 1e-6) ** p for x in maps[i, c].ravel()]
        assert found[i, c] == pytest.approx((sum(cells) / 6) ** (1 / p), rel=1e-10)


def test_the_exponent_of_gem_learns(maps: Tensor) -> None:
    """Brighter peaks are wanted, so p grows; its gradient is that of finite differences."""
    module = GeM().double()
    (-module(maps.abs()).sum()).backward()
    assert module.p.grad is not None
    assert module.p.grad < 0
    assert torch.autograd.gradcheck(lambda p: torch.func.functional_call(module, {"p": p}, maps.abs()), module.p)
    assert list(module.state_dict()) == ["p"]


def test_an_exponent_that_learned_too_much_is_refused(maps: Tensor) -> None:
    with pytest.raises(TrainingError, match=r"has become -0\.5; wanted more than 0: lower the rate"):
        GeM(-0.5)(maps)


def test_gordo_is_the_loop(maps: Tensor, rng: np.random.Generator) -> None:
    module = ProjectionHead(torch.from_numpy(rng.standard_normal(24)), torch.from_numpy(rng.standard_normal((3, 24))))
    shift, weight = (leaf.detach().numpy() for leaf in (module.shift, module.weight))
    for photo, found in zip(maps.numpy().reshape(6, 24), module(maps).detach().numpy(), strict=True):
        length = sum(x * x for x in photo) ** 0.5
        row = [sum(w[i] * (photo[i] / length + shift[i]) for i in range(24)) for w in weight]
        np.testing.assert_allclose(found, row / np.sqrt(sum(x * x for x in row)), rtol=1e-10)


def test_gordos_gradient(maps: Tensor, rng: np.random.Generator) -> None:
    module = ProjectionHead.drawn(24, 3, rng=rng).double()
    assert torch.autograd.gradcheck(module, (maps.requires_grad_(),))
    module(maps)[:, 0].sum().backward()
    assert module.shift.grad is not None
    assert module.shift.grad.abs().sum() > 0


def test_drawn_weights_are_seeded_and_keep_lengths() -> None:
    heads = [ProjectionHead.drawn(300, 200, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert torch.equal(heads[0].weight, heads[1].weight)
    assert not torch.equal(heads[0].weight, heads[2].weight)
    assert heads[0].weight.square().sum(dim=0).mean().item() == pytest.approx(200 / 300, rel=0.05)
    assert (heads[0].shift == 0).all()


@pytest.mark.parametrize("width", [3, 512])
def test_a_fitted_and_whitened_head_is_that_of_core(width: int, maps: Tensor) -> None:
    rows = maps.flatten(1).numpy()
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    wanted = head(rows, Head(whitening.fit(units, dims=width)))
    found = ProjectionHead.fitted(rows, width, whiten=True)(maps).detach().numpy()
    assert found.shape == (6, min(width, 5))
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-10)


def test_a_fitted_head_is_the_pca(maps: Tensor) -> None:
    """Orthonormal directions of falling variance; with all of them, distances to the mean are kept."""
    module = ProjectionHead.fitted(maps.flatten(1).numpy())
    weight = module.weight.detach()
    np.testing.assert_allclose(weight @ weight.T, np.eye(5), atol=1e-10)
    rows = maps.flatten(1)
    centred = rows / rows.norm(dim=1, keepdim=True) + module.shift.detach()
    np.testing.assert_allclose(centred.mean(dim=0), 0, atol=1e-12)
    projected = centred @ weight.T
    np.testing.assert_allclose(projected.norm(dim=1), centred.norm(dim=1))
    variances = projected.square().mean(dim=0)
    assert (variances[:-1] >= variances[1:]).all()


def test_more_dimensions_than_photos_go_by_the_gram_matrix(rng: np.random.Generator) -> None:
    """A covariance of 20,000² numbers would take 3.2 GB."""
    found = ProjectionHead.fitted(rng.standard_normal((8, 20_000)).astype(np.float32))
    assert found.weight.shape == (7, 20_000)
    assert found.weight.dtype == torch.float32


def test_one_photo_has_no_pca(rng: np.random.Generator) -> None:
    with pytest.raises(ShapeError, match="m of at least 2"):
        ProjectionHead.fitted(rng.standard_normal((1, 5)))
