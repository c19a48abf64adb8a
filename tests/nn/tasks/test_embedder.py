"""A network that learns to embed: its descriptors, and the losses of these."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.nn.losses.batch import supervised_contrastive
from resight.nn.losses.classification import cross_entropy
from resight.nn.losses.pair import contrastive
from resight.nn.losses.quadruplet import quadruplet
from resight.nn.mining import pairs
from resight.nn.networks.heads import GeM
from resight.nn.tasks.objective import CHOICES, Objective
from tests.nn.toy_embedder import embedder

LABELS = torch.tensor([0, 1, 2, 3, 0, 1, 2, 3])


@pytest.fixture
def images() -> Tensor:
    return torch.randn(8, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def _rows(module: nn.Module, images: Tensor, p: float = 3.0) -> Tensor:
    """Unit rows of the generalised mean, written once more."""
    maps = module.network(images).flatten(2).clamp(min=1e-6)  # type: ignore[operator, union-attr]
    return nn.functional.normalize(maps.pow(p).mean(dim=2).pow(1 / p), dim=1)


@pytest.mark.parametrize("p", [3.0, 2.5])
def test_the_default_loss_is_that_of_the_unit_descriptors(p: float, images: Tensor) -> None:
    module = embedder() if p == 3.0 else embedder(pooling=GeM(p))
    with torch.no_grad():
        told, rows = module(images, LABELS), _rows(module, images, p)
    assert told["supervised-contrastive"] == pytest.approx(supervised_contrastive(rows, LABELS).item(), rel=1e-4)


@pytest.mark.parametrize("name", CHOICES)
def test_every_loss_has_a_gradient_in_the_network(name: str, images: Tensor) -> None:
    module = embedder(Objective(name))
    sum(module(images, LABELS).values()).backward()
    length = sum(float(leaf.grad.square().sum()) for leaf in module.network.parameters() if leaf.grad is not None)
    assert 0 < length < float("inf")
    assert all(leaf.grad is not None for leaf in module.parameters())


@pytest.mark.parametrize("name", CHOICES)
def test_every_loss_falls_while_it_is_minimised(name: str, images: Tensor) -> None:
    module = embedder(Objective(name))
    descent = torch.optim.Adam(module.parameters(), lr=0.01)
    costs = []
    for _ in range(40):
        torch.manual_seed(2)  # what is drawn is drawn alike
        [cost] = module(images, LABELS).values()
        costs.append(cost.item())
        descent.zero_grad()
        cost.backward()
        descent.step()
    assert costs[-1] < 0.9 * costs[0]


def test_pairs_are_told_which_of_them_are_of_one_instance(images: Tensor) -> None:
    module = embedder(Objective("contrastive", "hardest-pairs", {"margin": 0.7}))
    with torch.no_grad():
        told, rows = module(images, LABELS), _rows(module, images)
    drawn = np.random.default_rng(0)
    found = pairs.hardest_pairs((rows @ rows.T).numpy(), LABELS.numpy(), rng=drawn)
    same = LABELS[found[:, 0]] == LABELS[found[:, 1]]
    assert told["contrastive"] == pytest.approx(contrastive(rows, torch.from_numpy(found), same, margin=0.7).item())


def test_quadruplets_are_mined_and_drawn_by_torchs_generator(images: Tensor) -> None:
    module = embedder(Objective("quadruplet", "hard-positive"))
    with torch.no_grad():
        rows = _rows(module, images)
        torch.manual_seed(5)
        told = module(images, LABELS)
        torch.manual_seed(5)
    rng = np.random.default_rng(int(torch.randint(2**31, ())))
    mined = module.objective.mined((rows @ rows.T).numpy(), LABELS.numpy(), rng=rng)
    assert mined.shape == (8, 4)
    assert told["quadruplet"] == pytest.approx(quadruplet(rows, torch.from_numpy(mined)).item(), rel=1e-5)


def test_scores_are_those_of_a_classifier_of_the_means(images: Tensor) -> None:
    module = embedder(Objective("cross-entropy", options={"smoothing": 0.1}))
    with torch.no_grad():
        told = module(images, LABELS)
        scores = module.network(images).mean(dim=(2, 3)) @ module.classifier.fc.weight.T
    wanted = cross_entropy(scores + module.classifier.fc.bias, LABELS, smoothing=0.1)  # type: ignore[operator]
    assert told["cross-entropy"] == pytest.approx(wanted.item(), rel=1e-5)
    assert module.fresh == ("classifier",)
    assert module.exponent is None


def test_an_exponent_learns_where_it_is_to(images: Tensor) -> None:
    module = embedder(pooling=GeM(2.0))
    assert (module.exponent, module.fresh) == (2.0, ("pooling",))
    sum(module(images, LABELS).values()).backward()
    slope = float(module.pooling.p.grad)  # type: ignore[attr-defined]
    with torch.no_grad():
        higher, lower = (
            supervised_contrastive(_rows(module.double(), images.double(), p), LABELS).item() for p in (2.001, 1.999)
        )
    assert slope == pytest.approx((higher - lower) / 0.002, rel=1e-3)


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_norms_keep_their_statistics(frozen: bool) -> None:
    module = embedder(frozen=frozen).train()
    before = module.network.bn.running_mean.clone()
    module(torch.randn(4, 3, 16, 16) + 5, torch.tensor([0, 0, 1, 1]))
    assert torch.equal(module.network.bn.running_mean, before) == frozen
    assert module.network.conv.training
