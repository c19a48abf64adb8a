"""Mining within the batch: what a step shows, that only its own photos are mined, and that it teaches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.nn.loop import checkpoint
from resight.nn.loop.distributed import Worker
from resight.nn.loop.events import RunEnd
from resight.nn.loop.loop import CHECKPOINT, train
from resight.nn.loop.task import Plan
from resight.nn.mining import triplets
from resight.nn.mining.miners import TRIPLET_MINERS
from resight.nn.tasks.batch_mining import BatchMiningTask, SelfMining
from resight.nn.tasks.siamese import SiameseTask, Tuples, items, nearest_right
from tests.nn.toy_colours import ALONE, INTAKE, Colours

LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 3, -1, -1])
"""Instances of three, two, two and one photos, and two photos that nobody named."""
PHOTOS = (np.random.default_rng(0).integers(0, 256, (10, 1, 1, 3)) * np.ones((1, 8, 8, 1))).astype(np.uint8)
ASKED = (PHOTOS, PHOTOS), (LABELS, LABELS)


Task = SiameseTask | BatchMiningTask


def _task(kind: type[Task] = BatchMiningTask, miner: str = "hardest", **options: Any) -> Any:
    rows = items(LABELS, views=True)
    how = {"loss": "triplet-cosine", "margin": 0.2, "batch": 6, "seed": 0, **options}
    return kind(
        Colours(),
        Tuples(PHOTOS, LABELS[rows], rows, INTAKE, miner=miner, **how),
        validation=lambda descriptor: float(nearest_right(descriptor, *ASKED, INTAKE, views=0).mean()),
        identity={},
    )


def _prepared(task: Task, step: int) -> tuple[Tensor, ...]:
    task.module.train()
    return task.prepare(task.load(step, ALONE), step, torch.Generator().manual_seed(step))


def test_a_step_shows_two_photos_of_each_instance_and_one_of_each_that_nobody_named() -> None:
    photos, labels = _task(batch=6).load(0, ALONE)
    assert sorted(labels.tolist()) == [-1, -1, 0, 0, 1, 1, 2, 2, 3, 3]
    shown = [photos[labels == instance].flatten(1) for instance in range(4)]
    assert not any(torch.equal(one, other) for one, other in shown[:3])
    assert torch.equal(*shown[3])  # two views of an only photo


def test_no_instance_comes_twice_where_a_batch_begins_another_pass() -> None:
    task = _task(batch=4)
    for step in range(6):
        _, labels = task.load(step, ALONE)
        assert max(np.bincount(labels[labels >= 0].numpy())) <= 2
    seen = torch.cat([task.load(step, ALONE)[1] for step in range(3)])
    assert set(seen.tolist()) == {-1, 0, 1, 2, 3}


def test_an_epoch_shows_as_many_items_as_there_are() -> None:
    assert _task(batch=2).steps == 3  # eleven items, the only photo twice
    assert _task(batch=20).steps == 1


def test_workers_share_the_instances_of_a_step() -> None:
    task = _task()
    parts = [task.load(2, Worker(rank, 2, ALONE.device))[1].tolist() for rank in range(2)]
    assert sorted(parts[0] + parts[1]) == sorted(task.load(2, ALONE)[1].tolist())
    assert not {*parts[0]} & {*parts[1]} - {-1}


def test_the_loss_is_of_the_hardest_of_the_batch() -> None:
    """By a slow loop: each positive of each anchor, with the most similar of those of the batch that are others."""
    task = _task(batch=3)
    images, labels = _prepared(task, 1)
    rows, said = task.module.describe(images).double().tolist(), labels.tolist()
    costs = []
    for one, anchor in enumerate(rows):
        near = [sum(a * b for a, b in zip(anchor, other, strict=True)) for other in rows]
        farther = [near[k] for k in range(len(rows)) if said[k] != said[one]]
        positives = [k for k in range(len(rows)) if k != one and said[k] == said[one] != -1]
        costs += [max(0.0, max(farther) - near[k] + 0.2) for k in positives]
    assert 4 <= len(costs) <= 6
    [found] = task.module(images, labels).values()
    assert found.item() == pytest.approx(sum(costs) / len(costs), rel=1e-5)


@pytest.mark.parametrize("miner", [*TRIPLET_MINERS, "random-pairs", "hardest-pairs"])
def test_every_miner_works_within_a_batch(miner: str) -> None:
    loss = "cosine" if miner.endswith("pairs") else "triplet-cosine"
    task = _task(miner=miner, loss=loss)
    [cost] = task.module(*_prepared(task, 0)).values()
    assert torch.isfinite(cost)
    cost.backward()
    assert task.module.descriptor.linear.weight.grad is not None


def test_a_batch_without_a_positive_costs_nothing() -> None:
    module = _task().module
    rows = nn.functional.normalize(torch.randn(3, 4), dim=1).requires_grad_()
    for labels in ([0, 1, 2], [-1, -1, -1]):
        [cost] = module.losses(rows, torch.tensor(labels)).values()
        cost.backward()
        assert cost.item() == 0


@pytest.mark.parametrize(("miner", "loss"), [("hardest", "triplet-cosine"), ("random-pairs", "cosine")])
@pytest.mark.parametrize("size", [1, 4])
def test_micro_batches_have_the_gradient_of_a_step(miner: str, loss: str, size: int) -> None:
    task = _task(miner=miner, loss=loss)
    prepared = _prepared(task, 0)
    torch.manual_seed(1)
    [cost] = task.module(*prepared).values()
    wanted = torch.autograd.grad(cost, list(task.module.parameters()))
    torch.manual_seed(1)
    [found] = task.division(lambda work, *batch: work(task.module, *batch), prepared, size=size).values()
    assert found.item() == pytest.approx(cost.item(), rel=1e-5)
    for leaf, slope in zip(task.module.parameters(), wanted, strict=True):
        torch.testing.assert_close(leaf.grad, slope, rtol=0, atol=1e-6)


def test_the_hardest_follow_the_semi_hard_from_the_switch_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for name in ("semi_hard", "hardest"):
        miner = getattr(triplets, name)
        monkeypatch.setattr(triplets, name, lambda *a, _n=name, _m=miner, **k: asked.append(_n) or _m(*a, **k))
    task = _task(miner="semi-hard-then-hardest", mining={"switch": 1}, batch=3)
    for step in (task.steps - 1, task.steps):
        task.module(*_prepared(task, step))
    assert asked == ["semi_hard", "hardest"]


def test_the_yardstick_is_that_of_mining_the_whole_set() -> None:
    whole, within = _task(SiameseTask), _task()
    assert isinstance(within.module, SelfMining)
    assert whole.yardstick(whole.module.eval()) == within.yardstick(within.module.eval())


def _trained(folder: Path, epochs: int, **options: Any) -> RunEnd:
    def descent(module: nn.Module) -> torch.optim.Optimizer:
        return torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)

    plan = Plan(epochs, descent, lambda step: 1.0, averaging=0.0, seed=1, device="cpu")
    *_, last = train(_task(miner="random-negative", batch=3), plan, folder, **options)
    assert isinstance(last, RunEnd)
    return last


def test_stopped_within_an_epoch_and_gone_on_is_the_same_to_the_bit(tmp_path: Path) -> None:
    _trained(tmp_path / "straight", 3)
    asked = iter([False, False, True])
    assert _trained(tmp_path / "resumed", 3, stop=lambda: next(asked)).reason == "stopped"
    _trained(tmp_path / "resumed", 3)
    straight, resumed = (checkpoint.load(tmp_path / name / CHECKPOINT)["module"] for name in ("straight", "resumed"))
    assert straight.keys() == resumed.keys() == {"descriptor.linear.weight", "descriptor.linear.bias"}
    assert all(torch.equal(straight[key], resumed[key]) for key in straight)


def test_what_is_mined_within_batches_teaches(tmp_path: Path) -> None:
    first = _task()
    before = first.yardstick(first.module.eval())
    assert first.yardstick(_trained(tmp_path, 12).module) < 0.5 * before
