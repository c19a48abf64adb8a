"""Learning by mined pairs and triplets: what is mined when, that it is part of the state, and that it teaches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.errors import TrainingError
from resight.nn.augmentation.preprocessing import Preprocessing
from resight.nn.loop import checkpoint
from resight.nn.loop.events import RunEnd
from resight.nn.loop.loop import CHECKPOINT, train
from resight.nn.loop.task import Plan
from resight.nn.mining import triplets
from resight.nn.mining.miners import MINERS
from resight.nn.tasks.siamese import SiameseTask, Tuples, items, nearest_right
from resight.training.diagnosis import verdicts
from resight.training.history import History, noted
from tests.nn.toy_colours import ALONE, INTAKE, Colours

LABELS = np.array([0, 0, 1, 1, 2, 2, 3, -1])
"""Three instances of two photos, one of one, and a photo that nobody named."""
PHOTOS = (np.random.default_rng(0).integers(0, 256, (8, 1, 1, 3)) * np.ones((1, 8, 8, 1))).astype(np.uint8)
ASKED = (PHOTOS, PHOTOS), (LABELS, LABELS)


def _task(
    miner: str = "random-negative",
    *,
    loss: str = "triplet-cosine",
    margin: float = 0.2,
    preprocessing: Preprocessing = INTAKE,
    **mining: Any,
) -> SiameseTask:
    rows = items(LABELS, views=True)
    tuples = Tuples(PHOTOS, LABELS[rows], rows, preprocessing, loss, miner, margin, batch=3, seed=0, mining=mining)
    return SiameseTask(
        Colours(),
        tuples,
        validation=lambda descriptor: float(nearest_right(descriptor, *ASKED, INTAKE, views=0).mean()),
        identity={"miner": miner},
    )


def _prepared(task: SiameseTask, step: int) -> tuple[Tensor, ...]:
    task.module.train()
    return task.prepare(task.load(step, ALONE), step, torch.Generator().manual_seed(step))


def test_an_only_photo_comes_twice() -> None:
    assert items(LABELS, views=True).tolist() == [0, 1, 2, 3, 4, 5, 6, 6, 7, 7]
    assert items(LABELS, views=False).tolist() == list(range(8))
    with pytest.raises(TrainingError, match="each of 3 instances has one photo"):
        items(np.arange(3), views=False)


def test_an_epoch_has_every_positive_pair_with_a_negative() -> None:
    task = _task()
    seen = set()
    for step in range(task.steps):
        _prepared(task, step)
        seen |= set(map(tuple, task.module.mined[step][:, :2].tolist()))
    labels = LABELS[items(LABELS, views=True)]
    wanted = {(a, b) for a in range(10) for b in range(10) if a != b and labels[a] == labels[b] != -1}
    assert seen == wanted


@pytest.mark.parametrize("miner", sorted(set(MINERS) - {"random-pairs", "hardest-pairs"}))
def test_triplets_are_of_the_instances_that_they_should_be(miner: str) -> None:
    task = _task(miner)
    _prepared(task, 0)
    labels = LABELS[items(LABELS, views=True)]
    anchors, positives, negatives = labels[task.module.mined.reshape(-1, 3).numpy()].T
    assert (anchors == positives).all()
    assert (anchors != negatives).all()


def test_images_are_those_that_the_triplets_name() -> None:
    """Every image is a view of one colour, so that it tells which photo it is of."""
    task = _task()
    images, tuples, _ = _prepared(task, 0)
    still = Preprocessing(INTAKE.normalisation, (8,)).plain(torch.from_numpy(PHOTOS))[0]
    rows = items(LABELS, views=True)[task.module.mined[0].numpy()]
    for place, row in zip(tuples.flatten().tolist(), rows.ravel().tolist(), strict=True):
        middle = images[place, :, 3:5, 3:5].mean(dim=(1, 2))
        torch.testing.assert_close(middle, still[row].mean(dim=(1, 2)), atol=0.02, rtol=0)


def test_a_miner_hears_what_it_is_told() -> None:
    """Two triplets of each anchor in place of one, and as many negatives as positives, not nine times as many."""
    every = items(LABELS, views=True)
    once, twice = (_task("easy-hard", kept=kept).steps for kept in (1, 2))
    assert twice > once
    same = _task("random-pairs", loss="cosine", margin=0.0, share=0.5)
    pairs = [(a, b) for a in range(len(every)) for b in range(a) if LABELS[every[a]] == LABELS[every[b]] != -1]
    assert same.steps == -(-2 * len(pairs) // 3)


@pytest.mark.parametrize(("switch", "hardest"), [(0, True), (1, False)])
def test_the_hardest_follow_the_semi_hard_from_the_switch_on(
    switch: int, hardest: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    for name in ("semi_hard", "hardest"):
        miner = getattr(triplets, name)
        monkeypatch.setattr(triplets, name, lambda *a, _n=name, _m=miner, **k: asked.append(_n) or _m(*a, **k))
    _prepared(_task("semi-hard-then-hardest", switch=switch, margin=0.2), 0)
    assert asked == ["hardest" if hardest else "semi_hard"]


@pytest.mark.parametrize(("miner", "loss"), [("random-pairs", "cosine"), ("hardest-pairs", "cosine")])
def test_pairs_know_which_of_them_are_of_one_instance(miner: str, loss: str) -> None:
    task = _task(miner, loss=loss, margin=0.0)
    _, _, same = _prepared(task, 0)
    labels = LABELS[items(LABELS, views=True)]
    one, other = labels[task.module.mined[0].numpy()].T
    assert same.tolist() == ((one == other) & (one != -1)).tolist()


@pytest.mark.parametrize(("miner", "loss"), [("hardest", "triplet-cosine"), ("hardest-pairs", "cosine")])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_micro_batches_have_the_gradient_of_a_step(miner: str, loss: str, size: int) -> None:
    task = _task(miner, loss=loss)
    prepared = _prepared(task, 0)
    [cost] = task.module(*prepared).values()
    wanted = torch.autograd.grad(cost, list(task.module.parameters()))
    [found] = task.division(lambda work, *batch: work(task.module, *batch), prepared, size=size).values()
    assert found.item() == pytest.approx(cost.item(), rel=1e-6)
    for leaf, slope in zip(task.module.parameters(), wanted, strict=True):
        torch.testing.assert_close(leaf.grad, slope, rtol=0, atol=1e-6)


def test_photos_are_read_ahead_and_again_where_others_were_mined_since() -> None:
    """Those that were read too early are replaced; those that were not are taken, and else would be black by now."""
    task = _task()
    early = task.load(1, ALONE)
    _prepared(task, 0)
    ahead = task.load(1, ALONE)
    replaced = task.prepare(early, 1, torch.Generator().manual_seed(1))
    task._photos = np.zeros_like(PHOTOS)
    taken = task.prepare(ahead, 1, torch.Generator().manual_seed(1))
    assert all(map(torch.equal, taken, replaced))
    assert replaced[0].std() > 0.1


def test_what_is_mined_follows_the_network() -> None:
    task = _task("hardest")
    _prepared(task, 0)
    before = task.module.mined.clone()
    with torch.no_grad():
        task.module.descriptor.linear.weight.copy_(torch.randn(4, 3, generator=torch.Generator().manual_seed(9)))
    _prepared(task, 1)
    assert torch.equal(task.module.mined, before)  # within the epoch nothing is mined
    _prepared(task, task.steps)
    assert not torch.equal(task.module.mined.sort(dim=0).values, before.sort(dim=0).values)


def _plan(epochs: int, *, rate: float = 0.1) -> Plan:
    def descent(module: nn.Module) -> torch.optim.Optimizer:
        return torch.optim.SGD(module.parameters(), lr=rate, momentum=0.9)

    return Plan(epochs, descent, lambda step: 1.0, averaging=0.0, seed=1, device="cpu")


def _trained(folder: Path, epochs: int, **options: Any) -> RunEnd:
    *_, last = train(_task("easy-hard"), _plan(epochs), folder, **options)
    assert isinstance(last, RunEnd)
    return last


def test_stopped_within_an_epoch_and_gone_on_is_the_same_to_the_bit(tmp_path: Path) -> None:
    _trained(tmp_path / "straight", 3)
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked == 5

    assert _trained(tmp_path / "resumed", 3, stop=stop).reason == "stopped"
    _trained(tmp_path / "resumed", 3)
    straight, resumed = (checkpoint.load(tmp_path / name / CHECKPOINT)["module"] for name in ("straight", "resumed"))
    assert straight.keys() == resumed.keys()
    assert all(torch.equal(straight[key], resumed[key]) for key in straight)


def test_triplets_teach(tmp_path: Path) -> None:
    first, last = _task("easy-hard"), _trained(tmp_path, 12)
    before = first.validate(first.module.eval())
    assert before is not None
    assert last.score is not None
    assert last.score > before


@pytest.mark.parametrize(("loss", "blind"), [("triplet-cosine", "random-negative"), ("cosine", "random-pairs")])
def test_the_yardstick_is_the_loss_of_all_positives_with_random_negatives(loss: str, blind: str) -> None:
    """So few that all of them are in the sample; by a slow loop over what the blind miner finds."""
    plain = Preprocessing(INTAKE.normalisation, (8,))
    task = _task(blind, loss=loss, margin=0.1, preprocessing=plain)
    labels = LABELS[items(LABELS, views=True)]
    zeros = np.zeros((len(labels), len(labels)))
    tuples = MINERS[blind](zeros, labels, rng=np.random.default_rng((0, 0, 1)))
    photos = torch.from_numpy(PHOTOS[items(LABELS, views=True)])
    rows = task.module.descriptor(plain.plain(photos)[0]).double().tolist()
    costs = []
    for one, other, *negative in tuples.tolist():
        near = sum(a * b for a, b in zip(rows[one], rows[other], strict=True))
        if negative:
            farther = sum(a * b for a, b in zip(rows[one], rows[negative[0]], strict=True))
            costs.append(max(0.0, farther - near + 0.1))
        else:
            costs.append(1 - near if labels[one] == labels[other] != -1 else max(0.0, near - 0.1))
    assert task.yardstick(task.module.eval()) == pytest.approx(sum(costs) / len(costs), rel=1e-4)


def test_the_yardstick_is_the_same_whatever_is_mined() -> None:
    tasks = [_task(miner) for miner in ("random-negative", "hardest", "semi-hard")]
    first = [task.yardstick(task.module.eval()) for task in tasks]
    for task in tasks:
        _prepared(task, 0)
    assert len({*first, *(task.yardstick(task.module.eval()) for task in tasks)}) == 1


def test_where_the_hardest_follow_the_semi_hard_the_course_is_of_one_quantity(tmp_path: Path) -> None:
    """Their loss rises at the switch by what is mined, to above its start; the network learns all the same."""
    task = _task("semi-hard-then-hardest", switch=2)
    history = History()
    history.begin(task)
    events = train(task, _plan(6, rate=0.03), tmp_path)
    for _ in noted(events, task, history, tmp_path):
        pass
    assert [verdict.name for verdict in verdicts(history.start, history.means, ())] == ["DNC"]
    assert history.verdicts((), cosine=None) == ()
    assert history.yardstick is not None
    assert history.yardsticks[-1] < 0.5 * history.yardstick
