"""The task of fine-tuning: which photos a step shows, what is minimised, and how it is validated."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from resight.core.aggregate import gem
from resight.errors import ModelError, TrainingError
from resight.nn.finetuning import CHOICES, SAMPLED, VIEWS, FineTuning, Learner, Objective, Photos, adamw, mixed, view
from resight.nn.losses.batch import supervised_contrastive
from resight.nn.workers import Worker
from resight.types import Head

ALONE = Worker(0, 1, torch.device("cpu"))
LABELS = np.array([0, 0, 0, 1, 1, 2, 3, 3])
LEARNED = np.array([0, 1, 3, 4, 5, 6, 7])


def _learner(objective: Objective | None = None, *, frozen: bool = True) -> Learner:
    torch.manual_seed(0)
    layers = {"conv": nn.Conv2d(3, 8, 3, stride=2), "bn": nn.BatchNorm2d(8), "relu": nn.ReLU()}
    network = nn.Sequential()
    for name, layer in layers.items():
        network.add_module(name, layer)
    how = objective or Objective("supervised-contrastive")
    pooling = partial(gem, p=3.0)
    return Learner(network, pooling, how, settings=Head(), classes=4, channels=8, frozen=frozen, seed=0)


def _task(
    rng: np.random.Generator, *, batch: int = 4, objective: Objective | None = None, **changes: Any
) -> FineTuning:
    pixels = np.repeat(rng.integers(0, 256, (4, 20, 20, 3), dtype=np.uint8), np.bincount(LABELS), axis=0)
    asked, viewed = np.array([2, 5]), np.array([False, True])
    photos = Photos(pixels, LABELS, LEARNED, LEARNED, asked, viewed, (0.5,) * 3, (0.25,) * 3)
    options: dict[str, Any] = {"steps": 3, "side": 16, "strength": 0.5, "seed": 0, "identity": {}, **changes}
    return FineTuning(_learner(objective), photos, batch=batch, **options)


def test_a_step_shows_two_photos_of_each_instance_and_none_that_is_held_out(rng: np.random.Generator) -> None:
    task = _task(rng)
    seen = []
    for step in range(20):
        pixels, labels = task.load(step, ALONE)
        assert sorted(labels.tolist()) == sorted([0, 1, 2, 3] * VIEWS)
        assert labels[:4].tolist() == labels[4:].tolist()
        seen.append(pixels.flatten(1))
    # Photos of one instance have the same pixels here: each row must be the photo of its label.
    first, labels = task.load(0, ALONE)
    assert all(np.array_equal(first[row], first[row + 4]) for row in range(4))
    assert not torch.equal(seen[0], seen[1])


def test_every_instance_is_shown_once_before_any_is_again(rng: np.random.Generator) -> None:
    task = _task(rng, batch=3)
    shown = torch.cat([task.load(step, ALONE)[1][:3] for step in range(4)])
    assert [sorted(shown[start : start + 4].tolist()) for start in (0, 4, 8)] == [[0, 1, 2, 3]] * 3


def test_workers_share_the_instances_of_a_step(rng: np.random.Generator) -> None:
    task = _task(rng)
    parts = [task.load(5, Worker(rank, 2, torch.device("cpu")))[1] for rank in (0, 1)]
    assert sorted(torch.cat(parts).tolist()) == sorted(task.load(5, ALONE)[1].tolist())


def test_equal_steps_and_generators_give_equal_views(rng: np.random.Generator) -> None:
    task = _task(rng)
    loaded = task.load(1, ALONE)
    one, other = (task.prepare(loaded, 1, torch.Generator().manual_seed(3))[0] for _ in range(2))
    assert torch.equal(one, other)
    assert one.shape == (8, 3, 16, 16)


def test_the_default_loss_is_that_of_the_unit_descriptors(rng: np.random.Generator) -> None:
    task = _task(rng)
    images, labels = task.prepare(task.load(0, ALONE), 0, torch.Generator().manual_seed(0))
    with torch.no_grad():
        told = task.module(images, labels)
    maps = task.module.network(images).flatten(2).clamp(min=1e-6)
    rows = nn.functional.normalize(maps.pow(3).mean(dim=2).pow(1 / 3), dim=1)
    assert told["supervised-contrastive"] == pytest.approx(supervised_contrastive(rows, labels).item(), rel=1e-4)


@pytest.mark.parametrize("name", CHOICES)
def test_every_loss_has_a_gradient_in_the_network(name: str, rng: np.random.Generator) -> None:
    task = _task(rng)
    learner = _learner(Objective(name, miner="hardest"))
    images, labels = task.prepare(task.load(0, ALONE), 0, torch.Generator().manual_seed(0))
    sum(learner(images, labels).values()).backward()  # type: ignore[union-attr]
    length = sum(float(leaf.grad.square().sum()) for leaf in learner.network.parameters() if leaf.grad is not None)
    assert 0 < length < float("inf")


@pytest.mark.parametrize("name", CHOICES)
def test_micro_batches_have_the_gradient_of_a_step(name: str, rng: np.random.Generator) -> None:
    task = _task(rng, objective=Objective(name, miner="hardest"))
    learner = task.module.train().double()
    images, labels = task.prepare(task.load(0, ALONE), 0, torch.Generator().manual_seed(0))
    images = images.double()  # a temperature of 0.01 makes a hundred of float32's roundings
    leaves = [leaf for leaf in learner.parameters() if leaf.requires_grad]
    [cost] = learner(images, labels).values()
    wanted = torch.autograd.grad(cost, leaves)
    task.division(lambda work, *batch: work(learner, *batch), (images, labels), size=3)
    largest = max(1.0, *(float(slope.abs().max()) for slope in wanted))
    for leaf, slope in zip(leaves, wanted, strict=True):
        torch.testing.assert_close(leaf.grad, slope, rtol=0, atol=1e-6 * largest)


@pytest.mark.parametrize(("loss", "miner"), [("triplets", "hardest"), ("triplet", "hardst")])
def test_an_unknown_loss_or_miner_is_refused_with_the_nearest(loss: str, miner: str) -> None:
    with pytest.raises(TrainingError, match="did you mean"):
        Objective(loss, miner)


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_norms_keep_their_statistics(frozen: bool) -> None:
    learner = _learner(frozen=frozen).train()
    before = learner.network.bn.running_mean.clone()
    learner(torch.randn(4, 3, 16, 16) + 5, torch.tensor([0, 0, 1, 1]))
    assert torch.equal(learner.network.bn.running_mean, before) == frozen
    assert learner.network.conv.training


def test_validation_finds_photos_that_are_the_same(rng: np.random.Generator) -> None:
    """The asked photo of instance 0 has the pixels of the known ones; a view of instance 2 is found or not."""
    task = _task(rng, strength=0.0)
    assert task.validate(task.module.eval()) == 1.0
    assert 0 < task.cosine < 1


def test_a_view_is_of_the_photos_size_and_drawn_by_its_seed(known_photos: Any) -> None:
    square = known_photos["astronaut"][:96, :96]
    one, same, other = (view(square, 0.7, seed) for seed in (1, 1, 2))
    assert one.shape == square.shape
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, square)


def test_a_mixed_network_lies_between_the_two_and_keeps_its_counters() -> None:
    trained, start = _learner().network, _learner().network
    for leaf in trained.parameters():
        leaf.data += 1
    trained.bn.num_batches_tracked += 7
    mixed(trained, start.state_dict(), 0.25)
    assert torch.allclose(trained.conv.weight, start.conv.weight + 0.75)
    assert trained.bn.num_batches_tracked == 7


def test_frozen_layers_rest_and_rates_fall_towards_the_photo() -> None:
    learner = _learner()
    rates = {group["lr"] for group in adamw(learner, rate=1.0, decay=0, frozen="", factor=0.5).param_groups}
    assert rates == {0.5, 1.0}
    [group] = adamw(learner, rate=1.0, decay=0, frozen="conv", factor=1.0).param_groups
    assert {id(leaf) for leaf in group["params"]} == {id(leaf) for leaf in learner.network.bn.parameters()}
    with pytest.raises(ModelError, match="did you mean 'conv'"):
        adamw(learner, rate=1.0, decay=0, frozen="cnv", factor=1.0)


def test_the_yardstick_is_the_same_whatever_is_mined_and_drawn(rng: np.random.Generator) -> None:
    task = _task(rng)
    found = []
    for miner in ("semi-hard", "hardest", "random-negative", "hardest"):
        torch.manual_seed(len(found))
        found.append(task.yardstick(_learner(Objective("triplet", miner)).eval()))
    assert len(set(found)) == 1
    state = torch.get_rng_state()
    task.yardstick(_learner(Objective("triplet")).eval())
    assert torch.equal(torch.get_rng_state(), state)


def test_the_yardstick_is_the_mean_loss_of_steps(rng: np.random.Generator) -> None:
    task, learner = _task(rng), _learner().eval()
    costs = []
    for step in range(SAMPLED):
        batch = task.prepare(task.load(step, ALONE), step, torch.Generator().manual_seed(step))
        with torch.no_grad():
            costs.append(learner(*batch)["supervised-contrastive"].item())
    assert task.yardstick(learner) == pytest.approx(sum(costs) / SAMPLED, rel=1e-5)
