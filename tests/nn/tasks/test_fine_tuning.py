"""The task of fine-tuning: which photos a step shows, what is minimised, and how it is validated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from resight.errors import ModelError
from resight.nn.loop.distributed import Worker
from resight.nn.loop.optimisers import OPTIMISERS
from resight.nn.networks.heads import GeM
from resight.nn.tasks.fine_tuning import FRESH, SAMPLED, VIEWS, FineTuning, TrainingPhotos, mixed, tuning, view
from resight.nn.tasks.objective import CHOICES, Objective
from tests.nn.toy_embedder import embedder

ALONE = Worker(0, 1, torch.device("cpu"))
LABELS = np.array([0, 0, 0, 1, 1, 2, 3, 3])
LEARNED = np.array([0, 1, 3, 4, 5, 6, 7])
MINED = {"triplet": "hardest", "triplet-cosine": "hardest", "quadruplet": "hardest", "cosine": "hardest-pairs"}


def _task(
    rng: np.random.Generator, *, batch: int = 4, objective: Objective | None = None, **changes: Any
) -> FineTuning:
    pixels = np.repeat(rng.integers(0, 256, (4, 20, 20, 3), dtype=np.uint8), np.bincount(LABELS), axis=0)
    asked, viewed = np.array([2, 5]), np.array([False, True])
    photos = TrainingPhotos(pixels, LABELS, LEARNED, LEARNED, asked, viewed, (0.5,) * 3, (0.25,) * 3)
    options: dict[str, Any] = {"steps": 3, "side": 16, "strength": 0.5, "seed": 0, "identity": {}, **changes}
    return FineTuning(embedder(objective), photos, batch=batch, **options)


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
    task = _task(rng, batch=2)
    shown = torch.cat([task.load(step, ALONE)[1][:2] for step in range(6)])
    assert [sorted(shown[start : start + 4].tolist()) for start in (0, 4, 8)] == [[0, 1, 2, 3]] * 3


def test_no_step_shows_an_instance_twice(rng: np.random.Generator) -> None:
    """Steps of three of four instances: another one is passed over each time."""
    task = _task(rng, batch=3)
    for step in range(24):
        shown = task.load(step, ALONE)[1].tolist()
        assert len(set(shown[:3])) == 3
        assert shown[:3] == shown[3:]


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


@pytest.mark.parametrize("name", CHOICES)
def test_micro_batches_have_the_gradient_of_a_step(name: str, rng: np.random.Generator) -> None:
    task = _task(rng, objective=Objective(name, MINED.get(name, "")))
    module = task.module.train().double()
    images, labels = task.prepare(task.load(0, ALONE), 0, torch.Generator().manual_seed(0))
    images = images.double()  # a temperature of 0.01 makes a hundred of float32's roundings
    leaves = [leaf for leaf in module.parameters() if leaf.requires_grad]
    torch.manual_seed(4)  # of what is drawn, such as the second negative of quadruplets
    [cost] = module(images, labels).values()
    wanted = torch.autograd.grad(cost, leaves)
    torch.manual_seed(4)
    task.division(lambda work, *batch: work(module, *batch), (images, labels), size=3)
    largest = max(1.0, *(float(slope.abs().max()) for slope in wanted))
    for leaf, slope in zip(leaves, wanted, strict=True):
        torch.testing.assert_close(leaf.grad, slope, rtol=0, atol=1e-6 * largest)


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
    trained, start = embedder().network, embedder().network
    for leaf in trained.parameters():
        leaf.data += 1
    trained.bn.num_batches_tracked += 7
    mixed(trained, start.state_dict(), 0.25)
    assert torch.allclose(trained.conv.weight, start.conv.weight + 0.75)
    assert trained.bn.num_batches_tracked == 7


def test_an_exponent_is_mixed_too() -> None:
    trained = embedder(pooling=GeM(5.0))
    mixed(trained, embedder(pooling=GeM(3.0)).state_dict(), 0.5)
    assert trained.exponent == 4.0


@pytest.mark.parametrize("name", OPTIMISERS)
def test_frozen_layers_rest_and_rates_are_those_of_the_layers(name: str) -> None:
    module = embedder()
    rates = {group["lr"] for group in tuning(module, name, rate=1.0, decay=0, factors={"conv": 0.5}).param_groups}
    assert rates == {0.5, 1.0}
    [group] = tuning(module, name, rate=1.0, decay=0, frozen="conv").param_groups
    assert {id(leaf) for leaf in group["params"]} == {id(leaf) for leaf in module.network.bn.parameters()}
    with pytest.raises(ModelError, match="did you mean 'conv'"):
        tuning(module, name, rate=1.0, decay=0, frozen="cnv")


def test_what_begins_anew_learns_faster() -> None:
    module = embedder(Objective("hinge"), pooling=GeM())
    assert module.fresh == ("classifier", "pooling")
    rates = {id(leaf): group["lr"] for group in _groups(module) for leaf in group["params"]}
    for name, leaf in module.named_parameters():
        assert rates[id(leaf)] == (0.1 if name.startswith("network.") else 0.1 * FRESH)


def _groups(module: Any) -> Any:
    return tuning(module, "adamw", rate=0.1, decay=0).param_groups


@pytest.mark.parametrize(
    ("loss", "miners"),
    [("triplet", ("semi-hard", "hardest", "random-negative")), ("cosine", ("random-pairs", "hardest-pairs"))],
)
def test_the_yardstick_is_the_same_whatever_is_mined_and_drawn(
    loss: str, miners: tuple[str, ...], rng: np.random.Generator
) -> None:
    task, found = _task(rng), []
    for number, miner in enumerate(miners):
        torch.manual_seed(number)
        found.append(task.yardstick(embedder(Objective(loss, miner)).eval()))
    assert len(set(found)) == 1
    state = torch.get_rng_state()
    task.yardstick(embedder(Objective(loss)).eval())
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", CHOICES)
def test_the_yardstick_is_the_mean_loss_of_steps(name: str, rng: np.random.Generator) -> None:
    task, module, costs = _task(rng), embedder(Objective(name)).eval(), []
    blind = embedder(module.objective.blind).eval()
    for step in range(SAMPLED):
        batch = task.prepare(task.load(step, ALONE), step, torch.manual_seed(step))
        with torch.no_grad():
            costs.append(float(sum(blind(*batch).values())))
    assert task.yardstick(module) == pytest.approx(sum(costs) / SAMPLED, rel=1e-5)
    assert module.objective == Objective(name)
