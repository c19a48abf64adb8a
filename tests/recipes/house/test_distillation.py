"""The house network's losses: each from its formula, in float64, by loops of their own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from resight.nn.augmentation.simulated_views import Strength, poses_of
from resight.nn.backbones.house import house
from resight.nn.networks.architectures import architecture, cut
from resight.nn.networks.receptive_field import receptive_field
from resight.recipes.house.distillation import STRIDE, Student, Weights, map_at
from resight.recipes.house.recipe import TEACHER

WEIGHTS = Weights(contrast=2.0, descriptor=3.0, maps=0.5, labels=0.25, temperature=0.2)


@pytest.fixture
def student() -> Student:
    torch.manual_seed(0)
    network = house((4, 4, 4, 4, 4, 6), (1, 1, 1), rng=np.random.default_rng(1))
    return Student(network, 6, taught=(5, 3), classes=4, weights=WEIGHTS).double()


@pytest.fixture
def lesson() -> tuple[torch.Tensor, ...]:
    """Two views of three photos: images, photos, labels, what was said, what was said of cells."""
    torch.manual_seed(1)
    maps = torch.randn(6, 3, 3, 2).double()
    maps[1, :, 2, 1] = 0  # nothing was said of this cell
    photos, labels = torch.tensor([7, 3, 5] * 2), torch.tensor([1, -1, 3] * 2)
    return torch.rand(6, 3, 48, 32).double(), photos, labels, torch.randn(6, 5).double(), maps


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def test_the_losses_are_their_formulas(student: Student, lesson: tuple[torch.Tensor, ...]) -> None:
    """In evaluation mode, where the centring is by the statistics that were set here."""
    student.eval()
    student.centre.running_mean = torch.linspace(0, 0.5, 6).double()
    student.centre.running_var = torch.linspace(0.5, 2, 6).double()
    images, photos, labels, said, map_said = lesson
    with torch.no_grad():
        found = {name: float(loss) for name, loss in student(*lesson).items()}
        maps = student.network(images).numpy()
        as_map = student.as_map(torch.from_numpy(maps)).numpy()
    rows = np.array([(np.maximum(one, 1e-6) ** 3).mean(axis=(1, 2)) ** (1 / 3) for one in maps])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows = (rows - np.linspace(0, 0.5, 6)) / np.sqrt(np.linspace(0.5, 2, 6) + 1e-5)
    contrast = []
    for i in range(6):
        others = {j: np.exp(_cosine(rows[i], rows[j]) / 0.2) for j in range(6) if j != i}
        contrast += [-np.log(others[j] / sum(others.values())) for j in others if photos[j] == photos[i]]
    taught, classes = (layer.weight.detach().numpy() for layer in (student.as_descriptor, student.as_class))
    descriptor = [1 - _cosine(taught @ row, one.numpy()) for row, one in zip(rows, said, strict=True)]
    cells = [
        1 - _cosine(as_map[i, :, y, x], map_said[i, :, y, x].numpy())
        for i, y, x in np.ndindex(6, 3, 2)
        if (i, y, x) != (1, 2, 1)
    ]
    entropy = []
    for row, label in zip(rows, labels.tolist(), strict=True):
        logits = classes @ row + student.as_class.bias.detach().numpy()
        entropy += [np.log(np.exp(logits).sum()) - logits[label]] if label >= 0 else []
    expected = {"contrast": 2 * np.mean(contrast), "descriptor": 3 * np.mean(descriptor)}
    expected |= {"maps": 0.5 * np.mean(cells), "labels": 0.25 * np.mean(entropy)}
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-5), name


def test_every_leaf_learns(student: Student, lesson: tuple[torch.Tensor, ...]) -> None:
    student.train()
    torch.stack(list(student(*lesson).values())).sum().backward()
    silent = {name for name, leaf in student.named_parameters() if leaf.grad is None or not leaf.grad.abs().any()}
    # A residual that begins at zero hides what is before its last norm from the gradient.
    assert all(".bn1." in name or ".conv" in name for name in silent)
    assert {name.split(".")[0] for name in dict(student.named_parameters()).keys() - silent} >= {
        "network",
        "as_descriptor",
        "as_map",
        "as_class",
    }


def test_a_batch_of_which_nothing_was_said_has_no_loss_of_maps(student: Student) -> None:
    student.eval()
    lesson = (torch.rand(2, 3, 32, 32).double(), torch.tensor([0, 0]), torch.tensor([-1, -1]))
    losses = student(*lesson, torch.zeros(2, 5).double(), torch.zeros(2, 3, 2, 2).double())
    assert losses["maps"] == 0
    assert all(torch.isfinite(loss) for loss in losses.values())


@pytest.mark.parametrize("name", ["house", TEACHER])
def test_both_networks_cells_lie_where_they_are_taken_to(name: str) -> None:
    plan = architecture(name)
    field = receptive_field(cut(plan.network(), plan.layer))
    assert (field.stride, field.offset) == (STRIDE, 0)


@pytest.mark.parametrize(("side", "photo"), [(96, 160), (160, 160), (128, 96)])
def test_maps_are_read_where_a_views_cells_lie(side: int, photo: int) -> None:
    """The teacher says of each cell where in the photo it is; so it must of each cell of a view."""
    poses = poses_of(8, torch.Generator().manual_seed(0), Strength())
    at = torch.arange(0.0, photo, 16)
    said = torch.stack(torch.meshgrid(at, at, indexing="ij")[::-1]).repeat(8, 1, 1, 1)
    found = map_at(said, poses, side, photo)
    assert found.shape == (8, 2, side // 16, side // 16)
    inside = 0
    for view, row, column in np.ndindex(8, side // 16, side // 16):
        seen = np.array([2 * (16 * column + 0.5) / side - 1, 2 * (16 * row + 0.5) / side - 1, 1])
        x, y, w = poses[view].double().numpy() @ seen
        place = (np.array([x, y]) / w + 1) / 2 * photo - 0.5
        told = found[view, :, row, column].numpy()
        if (np.abs([x / w, y / w]) > 1).any():
            assert (told == 0).all()
        else:  # beyond the outermost cells the teacher said nothing else than of these
            np.testing.assert_allclose(told, place.clip(0, at[-1].item()), atol=2e-3)
            inside += 1
    assert inside > side // 16 * side // 16


def test_the_centre_has_nothing_to_learn(student: Student) -> None:
    assert isinstance(student.centre, nn.BatchNorm1d)
    assert not list(student.centre.parameters())
