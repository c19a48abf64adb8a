"""The training loop: what is stopped and resumed ends with the same bits, and what goes wrong leaves a checkpoint."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from resight.errors import ModelError, TrainingError
from resight.nn.loop import checkpoint, microbatch
from resight.nn.loop.distributed import Worker
from resight.nn.loop.events import Epoch, RunEnd, RunStart, StepReport
from resight.nn.loop.loop import CHECKPOINT, train
from resight.nn.loop.optimisers import groups
from tests.children import Child
from tests.nn.toy_task import PLAN, Losses, Toy, adam, sgd, worked

STATES = ("module", "averaged", "optimiser")


def _leaves(content: Any, path: str = "") -> dict[str, Any]:
    """Every number and tensor of nested containers, by its path."""
    if isinstance(content, dict | list | tuple):
        items = content.items() if isinstance(content, dict) else enumerate(content)
        return {key: leaf for name, part in items for key, leaf in _leaves(part, f"{path}/{name}").items()}
    return {path: content}


def _require_same_bits(first: Path, second: Path) -> None:
    ours, theirs = (_leaves(checkpoint.load(folder / CHECKPOINT)) for folder in (first, second))
    assert ours.keys() == theirs.keys()
    assert len(ours) > 30
    for path, leaf in ours.items():
        same = torch.equal(leaf, theirs[path]) if isinstance(leaf, Tensor) else leaf == theirs[path]
        assert same, path


@pytest.mark.parametrize("optimiser", [sgd, adam])
@pytest.mark.parametrize("bf16", [False, True])
def test_two_and_two_epochs_are_four_to_the_bit(optimiser: Any, bf16: bool, tmp_path: Path) -> None:
    options = {"optimiser": optimiser, "bf16": bf16}
    worked(Toy(), 4, tmp_path / "straight", **options)
    worked(Toy(), 2, tmp_path / "resumed", **options)
    torch.manual_seed(99)  # a new process would have another state
    worked(Toy(), 4, tmp_path / "resumed", **options)
    _require_same_bits(tmp_path / "straight", tmp_path / "resumed")


@pytest.mark.parametrize("after", [1, 4, 6])
def test_stopping_at_any_step_and_going_on_changes_no_bit(after: int, tmp_path: Path) -> None:
    worked(Toy(), 4, tmp_path / "straight")
    done = 0

    def stop() -> bool:
        nonlocal done
        done += 1
        return done == after

    *_, ended = train(Toy(), PLAN(4), tmp_path / "stopped", stop=stop)
    assert ended.reason == "stopped"
    assert ended.done == after
    began, *_ = worked(Toy(), 4, tmp_path / "stopped")
    assert began == RunStart(after, 12, "cpu", 1, began.module)
    _require_same_bits(tmp_path / "straight", tmp_path / "stopped")


def test_another_seed_gives_other_bits(tmp_path: Path) -> None:
    for seed in (1, 2):
        worked(Toy(), 1, tmp_path / str(seed), seed=seed)
    first, second = (checkpoint.load(tmp_path / seed / CHECKPOINT)["module"] for seed in "12")
    assert not torch.equal(first["network.0.weight"], second["network.0.weight"])


def test_steps_are_plain_gradient_descent(tmp_path: Path) -> None:
    """Without momentum, noise or dropout: w ← w − lr · rate(step) · ∇(labels + size), batch by batch."""
    task = Toy(Losses(plain=True), noise=0.0)
    expected = Losses(plain=True).double()
    for step in range(3):
        rows, labels = task.load(step, Worker(0, 1, torch.device("cpu")))
        loss = torch.stack(list(expected(rows.double(), labels).values())).sum()
        gradients = torch.autograd.grad(loss, list(expected.parameters()))
        for leaf, gradient in zip(expected.parameters(), gradients, strict=True):
            leaf.data -= 0.1 / (1 + step) * gradient
    worked(task, 1, tmp_path, optimiser=lambda module: torch.optim.SGD(module.parameters(), lr=0.1))
    for found, wanted in zip(task.module.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(found.double(), wanted, rtol=1e-5, atol=1e-6)


def test_events_tell_what_happened(tmp_path: Path) -> None:
    task = Toy()
    task.scores = {1: 0.5, 2: 0.25}.get  # type: ignore[assignment]
    began, *rest, ended = worked(task, 2, tmp_path)
    assert began == RunStart(0, 6, "cpu", 1, began.module)
    steps = [event for event in rest if isinstance(event, StepReport)]
    epochs = [event for event in rest if isinstance(event, Epoch)]
    assert [(step.done, step.total) for step in steps] == [(n, 6) for n in range(1, 7)]
    assert [step.rate for step in steps] == [1 / n for n in range(1, 7)]
    assert [(epoch.number, epoch.total, epoch.score, epoch.best) for epoch in epochs] == [
        (1, 2, 0.5, 0.5),
        (2, 2, 0.25, 0.5),
    ]
    for name in ("labels", "size"):
        mean = sum(step.losses[name] for step in steps[3:]) / 3
        assert epochs[1].losses[name] == pytest.approx(mean, rel=1e-12)
    assert set(epochs[0].seconds) == {"waiting", "preparing", "learning"}
    assert isinstance(ended, RunEnd)
    assert (ended.reason, ended.done, ended.score, ended.file) == ("done", 6, 0.25, tmp_path / CHECKPOINT)
    assert rest.index(epochs[0]) == 3


def test_the_gradient_is_clipped(tmp_path: Path) -> None:
    task = Toy(steps=1)
    before = [leaf.detach().clone() for leaf in task.module.parameters()]
    worked(task, 1, tmp_path, optimiser=lambda m: torch.optim.SGD(m.parameters(), lr=1.0), clip=1e-3)
    moved = [leaf.detach() - start for leaf, start in zip(task.module.parameters(), before, strict=True)]
    assert math.sqrt(sum(float(part.square().sum()) for part in moved)) == pytest.approx(1e-3, rel=1e-3)


def test_what_does_not_learn_changes_no_clip(tmp_path: Path) -> None:
    """Leaves of rate factor 0 are in no group, and their gradient neither counts nor grows from step to step."""

    def last_alone(module: nn.Module) -> torch.optim.Optimizer:
        found = groups(module, rate=0.1, factors={"network.0": 0.0})
        return torch.optim.SGD(found)

    learned = []
    for frozen in (False, True):
        task = Toy(Losses(plain=True), noise=0.0)
        task.module.get_submodule("network.0").requires_grad_(not frozen)
        worked(task, 2, tmp_path / str(frozen), optimiser=last_alone, clip=0.1)
        learned.append(task.module.get_parameter("network.2.weight").detach())
    assert torch.equal(*learned)


def test_patience_ends_training_after_epochs_without_a_better_score(tmp_path: Path) -> None:
    task = Toy()
    task.scores = {1: 0.3, 2: 0.5, 3: 0.5, 4: 0.4, 5: 0.9}.get  # type: ignore[assignment]
    *_, ended = worked(task, 9, tmp_path, patience=1)
    assert (ended.reason, ended.done) == ("patience", 4 * task.steps)
    *_, again = worked(task, 9, tmp_path, patience=1)
    assert (again.reason, again.done, again.epoch) == ("patience", 4 * task.steps, 2)


@pytest.mark.parametrize("stop_after", [None, 7])
def test_patience_gives_the_weights_of_the_best_epoch(stop_after: int | None, tmp_path: Path) -> None:
    """The first of equal ones, also after a resumption; without patience it is the last."""
    scores = {1: 0.3, 2: 0.5, 3: 0.5, 4: 0.4}
    wanted = worked(Toy(), 2, tmp_path / "two")[-1].module.state_dict()
    if stop_after is not None:
        task, steps = Toy(), iter(range(1, 99))
        task.scores = scores.get
        list(train(task, PLAN(9, patience=1), tmp_path / "best", stop=lambda: next(steps) == stop_after))
        scores = {number - task.validated: score for number, score in scores.items()}
    task = Toy()
    task.scores = scores.get
    *_, ended = worked(task, 9, tmp_path / "best", patience=1)
    assert (ended.reason, ended.epoch, ended.score) == ("patience", 2, 0.5)
    assert all(torch.equal(leaf, wanted[name]) for name, leaf in ended.module.state_dict().items())


def test_without_patience_the_last_epoch_is_taken_with_its_score(tmp_path: Path) -> None:
    task = Toy()
    task.scores = {1: 0.5, 2: 0.25}.get  # type: ignore[assignment]
    *_, ended = worked(task, 2, tmp_path / "two")
    assert (ended.epoch, ended.score) == (2, 0.25)
    last = checkpoint.load(tmp_path / "two" / CHECKPOINT)["averaged"]
    assert all(torch.equal(leaf, last[name]) for name, leaf in ended.module.state_dict().items())


def test_going_on_does_not_forget_the_best(tmp_path: Path) -> None:
    task = Toy()
    task.scores = lambda epoch: 0.8
    worked(task, 1, tmp_path)
    task.scores = lambda epoch: 0.1
    events = worked(task, 2, tmp_path)
    assert [event.best for event in events if isinstance(event, Epoch)] == [0.8]
    assert events[-1].score == 0.1


def test_what_was_done_before_has_its_score_still(tmp_path: Path) -> None:
    task = Toy()
    task.scores = lambda epoch: 0.8 / epoch
    worked(task, 2, tmp_path)
    *_, again = worked(task, 2, tmp_path)
    assert (again.epoch, again.score) == (2, 0.4)


def test_weights_within_an_epoch_have_no_score(tmp_path: Path) -> None:
    task, asked = Toy(), iter(range(1, 99))
    task.scores = lambda epoch: 0.8
    *_, ended = train(task, PLAN(9), tmp_path, stop=lambda: next(asked) == 4)
    assert (ended.reason, ended.epoch, ended.score) == ("stopped", 1, None)


def test_fewer_epochs_than_are_done_are_refused(tmp_path: Path) -> None:
    worked(Toy(), 3, tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    wanted = r"has done 9 steps, wanted 6 at most, which 2 epochs have: train for 3 epochs at least"
    with pytest.raises(TrainingError, match=wanted):
        worked(Toy(), 2, tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


class Poisoned(Losses):
    """Whose loss is no number from some step on."""

    def __init__(self, good: int) -> None:
        super().__init__()
        self.good = good

    def forward(self, rows: Tensor, labels: Tensor) -> dict[str, Tensor]:
        self.good -= 1
        losses = super().forward(rows, labels)
        return losses if self.good >= 0 else losses | {"labels": losses["labels"] * torch.nan}


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    worked(Toy(), 1, tmp_path / "good")
    with pytest.raises(TrainingError, match=r"at step 5 labels is nan, the gradient is nan; .* is '.*checkpoint\.pt'"):
        worked(Toy(Poisoned(4)), 4, tmp_path / "bad")
    _require_same_bits(tmp_path / "good", tmp_path / "bad")


def test_a_loss_that_is_no_number_at_once_says_that_nothing_is_saved(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"at step 1 labels is nan.* there is no checkpoint yet"):
        worked(Toy(Poisoned(0)), 4, tmp_path)


class Large(Losses):
    """Which has room for five rows."""

    def forward(self, rows: Tensor, labels: Tensor) -> dict[str, Tensor]:
        if len(rows) > 5:
            raise torch.OutOfMemoryError("no room")
        return super().forward(rows, labels)


def test_too_little_memory_says_what_would_fit(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cpu has too little memory for a step of 8 images; 4 at a time would fit"):
        worked(Toy(Large(plain=True)), 1, tmp_path)
    worked(Toy(Large(plain=True)), 1, tmp_path, micro_batch=4)


def test_too_little_memory_elsewhere_is_told_too(tmp_path: Path) -> None:
    task = Toy()
    task.prepare = lambda *batch: torch.empty(10**18, dtype=torch.uint8)  # type: ignore[method-assign]
    with pytest.raises(TrainingError, match=r"cpu has too little memory for a step .*DefaultCPUAllocator.*: make"):
        worked(task, 1, tmp_path)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_micro_batches_learn_what_whole_batches_do(size: int, tmp_path: Path) -> None:
    """Over six steps with momentum: rounding alone is between them."""
    networks = []
    for name, micro_batch in (("whole", 0), ("micro", size)):
        task = Toy(Losses(plain=True).double(), noise=0.0)
        task.rows = task.rows.double()
        events = worked(task, 2, tmp_path / name, optimiser=sgd, micro_batch=micro_batch)
        told = [value for event in events if isinstance(event, StepReport) for value in event.losses.values()]
        networks.append((task.module, told))
    (whole, wanted), (micro, found) = networks
    assert found == pytest.approx(wanted, rel=1e-6)
    for one, other in zip(whole.parameters(), micro.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-9)


def test_a_checkpoint_of_another_network_is_refused_leaf_by_leaf(tmp_path: Path) -> None:
    worked(Toy(Losses(4)), 1, tmp_path)
    with pytest.raises(ModelError, match=r"'network\.0\.weight' is \(4, 6\), wanted \(5, 6\)"):
        worked(Toy(Losses(5)), 2, tmp_path)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    worked(Toy(batch=8), 1, tmp_path)
    with pytest.raises(TrainingError, match="was made with batch 8, wanted 16: go on with the former"):
        worked(Toy(batch=16), 2, tmp_path)


def test_a_branch_begins_where_its_start_ended_and_leaves_that_alone(tmp_path: Path) -> None:
    worked(Toy(), 2, tmp_path / "stem")
    before = (tmp_path / "stem" / CHECKPOINT).read_bytes()
    began, *_ = train(Toy(), PLAN(3), tmp_path / "branch", start=tmp_path / "stem" / CHECKPOINT)
    assert began.done == 6
    assert (tmp_path / "stem" / CHECKPOINT).read_bytes() == before
    began, *_ = train(Toy(), PLAN(4), tmp_path / "branch", start=tmp_path / "stem" / CHECKPOINT)
    assert began.done == 9


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    worked(Toy(), 2, tmp_path)
    assert [type(event) for event in worked(Toy(), 2, tmp_path)] == [RunStart, RunEnd]


SHARES = ((0, "by_rows"), (3, "by_rows"), (3, "jointly"))
"""Sizes of micro-batches, and how they are divided."""


def work(place: Path) -> None:
    """Learn as one of two, in each of SHARES."""
    for micro_batch, division in SHARES:
        task = Toy(Losses(plain=True), noise=0.0)
        task.division = getattr(microbatch, division)
        folder = place / f"{division}-{micro_batch}"
        events = worked(task, 2, folder, optimiser=sgd, micro_batch=micro_batch)
        torch.save(task.module.state_dict(), folder / f"rank{os.environ['RANK']}.pt")
        assert events[0].workers == 2


def test_two_processes_learn_what_one_would(two_workers: list[dict[str, str]], tmp_path: Path) -> None:
    """Two gloo workers with half a batch each, the four rows whole or as three and one, against one process."""
    folders = [tmp_path / f"{division}-{micro_batch}" for micro_batch, division in SHARES]
    for folder in folders:
        folder.mkdir()
    workers = [Child(work, tmp_path, environment=environment) for environment in two_workers]
    assert [worker.end() for worker in workers] == [0, 0], [worker.err for worker in workers]
    task = Toy(Losses(plain=True), noise=0.0)
    worked(task, 2, tmp_path / "one", optimiser=sgd)
    for folder in folders:
        first, second = (torch.load(folder / f"rank{rank}.pt", weights_only=True) for rank in range(2))
        for name, leaf in task.module.state_dict().items():
            assert torch.equal(first[name], second[name])
            torch.testing.assert_close(first[name], leaf, rtol=1e-5, atol=1e-6)


def test_a_network_keeps_its_average(tmp_path: Path) -> None:
    """m₁ is 0.1 m₀ + 0.9 w₁ while the decay is step / (step + 9), by hand for one step."""
    task = Toy(steps=1)
    start = nn.utils.parameters_to_vector(task.module.parameters()).detach().clone()
    worked(task, 1, tmp_path)
    content = checkpoint.load(tmp_path / CHECKPOINT)
    moved = nn.utils.parameters_to_vector(task.module.parameters()).detach()
    mean = nn.utils.parameters_to_vector([content["averaged"][name] for name, _ in task.module.named_parameters()])
    torch.testing.assert_close(mean, 0.1 * start + 0.9 * moved)


def test_the_rate_follows_the_scores_also_where_training_was_resumed(tmp_path: Path) -> None:
    def rates(folder: Path, epochs: int) -> list[float]:
        task = Toy()
        task.scores = lambda epoch: 0.25
        events = worked(task, epochs, folder, rate=lambda step: 0.5, fall=lambda scores: 0.1 ** len(scores))
        return [event.rate for event in events if isinstance(event, StepReport)]

    straight = rates(tmp_path / "straight", 3)
    assert straight == pytest.approx([0.5] * 3 + [0.05] * 3 + [0.005] * 3)
    assert rates(tmp_path / "resumed", 2) + rates(tmp_path / "resumed", 3) == straight


def test_a_checkpoint_from_before_scores_were_kept_is_gone_on_from(tmp_path: Path) -> None:
    worked(Toy(), 1, tmp_path)
    content = checkpoint.load(tmp_path / CHECKPOINT)
    del content["scores"]
    checkpoint.save(content, tmp_path / CHECKPOINT)
    *_, last = worked(Toy(), 2, tmp_path)
    assert last.done == last.total
