"""Learning which pairs are of one class: widths, epochs, parity of both networks, and the same bits after a stop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from resight.features.similarity_network import INPUTS
from resight.nn.loop.distributed import Worker
from resight.nn.loop.events import Event, RunEnd
from resight.nn.loop.loop import train
from resight.nn.loop.optimisers import groups, optimiser
from resight.nn.loop.task import Plan
from resight.nn.mining.class_pairs import ClassRows
from resight.nn.networks.quick_dropout import QuickDropout
from resight.nn.tasks.similarity import PairSource, Similarity, SimilarityTask, similarity

ALONE = Worker(0, 1, torch.device("cpu"))
LABELS = np.repeat(np.arange(6), 8)
DESCRIPTORS = (np.eye(16)[LABELS] + 0.15 * np.random.default_rng(0).standard_normal((48, 16))).astype(np.float16)
SEEN = ClassRows.of(LABELS, np.arange(48))


def _task(input: str = "absolute", *, batch: int = 50) -> SimilarityTask:
    validated = SEEN.distinct(2, rng=np.random.default_rng(5))
    module = similarity(16, input, rng=np.random.default_rng(0))
    return SimilarityTask(module, PairSource(DESCRIPTORS, SEEN, 4, validated), batch=batch, seed=0, identity={"a": 1})


def _plan(epochs: int = 20) -> Plan:
    def descent(module: nn.Module) -> torch.optim.Optimizer:
        return optimiser("nag", groups(module, rate=0.05), rate=0.05, momentum=0.8)

    return Plan(epochs, descent, lambda step: 1.0, averaging=0.0, device="cpu")


def _ended(task: SimilarityTask, folder: Path, *, stop_at: int = 10**9) -> RunEnd:
    events: list[Event] = []
    events.extend(train(task, _plan(), folder, stop=lambda: len(events) >= stop_at))
    ended = events[-1]
    assert isinstance(ended, RunEnd)
    return ended


@pytest.mark.parametrize(
    ("dimension", "input", "widths"),
    [
        (2048, "absolute", [2048, 1024, 512, 2]),
        (4096, "squared", [4096, 2048, 1024, 2]),
        (2048, "concatenated", [4096, 1024, 512, 2]),
    ],
)
def test_hidden_layers_are_half_as_wide_as_what_enters(dimension: int, input: str, widths: list[int]) -> None:
    network = similarity(dimension, input, rng=np.random.default_rng(0)).network
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    assert [linear[0].in_features, *(layer.out_features for layer in linear)] == widths
    assert [layer.p for layer in network if isinstance(layer, QuickDropout)] == [0.25, 0.25]
    spread = float(linear[0].weight.detach().std())
    assert spread == pytest.approx(np.sqrt(2 / widths[0]), rel=0.01)  # He et al. 2015


@pytest.mark.parametrize("input", INPUTS)
def test_numpy_answers_as_torch_does(input: str) -> None:
    module = similarity(16, input, rng=np.random.default_rng(1)).eval()
    first, second = DESCRIPTORS[:24].astype(np.float32), DESCRIPTORS[24:].astype(np.float32)
    with torch.inference_mode():
        scores = module.scores(torch.from_numpy(first), torch.from_numpy(second))
    exported = module.exported()
    np.testing.assert_allclose(exported.probability(first, second), scores.softmax(1)[:, 1], rtol=1e-5, atol=1e-6)


def test_an_epoch_shows_what_was_drawn_for_it_and_no_other_pair() -> None:
    task = _task()
    assert task.steps == -(-SEEN.count(4) // 50) == 5
    batches = [task.load(step, ALONE) for step in range(2 * task.steps)]
    assert [len(batch[2]) for batch in batches] == 2 * [50, 50, 50, 50, 40]
    first, second = (torch.cat([batch[0] for batch in batches[at : at + 5]]) for at in (0, 5))
    assert not torch.equal(first, second)  # drawn anew
    assert sum(int(batch[2].sum()) for batch in batches[:5]) == SEEN.count(4) // 2
    torch.testing.assert_close(task.load(3, ALONE)[0], batches[3][0])  # an epoch of before, again


def test_workers_share_a_step() -> None:
    whole = _task().load(1, ALONE)[2]
    parts = [_task().load(1, Worker(rank, 2, torch.device("cpu")))[2] for rank in range(2)]
    assert sorted(torch.cat(parts).tolist()) == sorted(whole.tolist())


def test_it_learns_to_tell_pairs(tmp_path: Path) -> None:
    task = _task()
    before, cost = task.validate(task.module.eval()), task.yardstick(task.module)
    ended = _ended(task, tmp_path)
    assert before is not None
    assert ended.score is not None
    assert before < 0.75 < 0.95 < ended.score
    assert task.yardstick(ended.module) < cost / 2


def test_stopped_in_an_epoch_and_gone_on_ends_with_the_same_bits(tmp_path: Path) -> None:
    whole = _ended(_task(), tmp_path / "whole").module
    assert _ended(_task(), tmp_path / "parts", stop_at=13).reason == "stopped"
    again = _ended(_task(), tmp_path / "parts").module
    assert isinstance(whole, Similarity)
    for name, leaf in whole.state_dict().items():
        assert torch.equal(leaf, again.state_dict()[name])
