"""What settings mean for the loop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import ModelError, TrainingError
from resight.io import models
from resight.nn.finetuning import FineTuning
from resight.training import assignment
from resight.training.assignment import SHORTEST
from resight.training.pool import Pool
from resight.training.settings import Config
from resight.training.start import network
from tests.training.outcomes import outcome

CONFIG = Config(side=32, device="cpu")


@pytest.fixture
def pool() -> Pool:
    return outcome().pool


def _task(untrained: Path, pool: Pool, config: Config = CONFIG) -> FineTuning:
    model = models.load(untrained)
    return assignment.task(network(model), model, pool, config)


def test_an_epoch_is_not_too_short_and_a_batch_has_no_instance_twice(untrained: Path, pool: Pool) -> None:
    task = _task(untrained, pool)
    assert task.steps == SHORTEST
    for step in range(4):
        pixels, labels = task.load(step, _alone())
        assert sorted(labels.tolist()) == [0, 0, 1, 1, 2, 2]
        assert len(pixels) == 6
    pair = _task(untrained, pool, replace(CONFIG, batch=2))
    for step in range(12):  # every other step spans two passes over the three
        labels = pair.load(step, _alone())[1]
        assert labels[0] != labels[1]
    assert _task(untrained, pool, replace(CONFIG, steps=3)).steps == 3


def test_what_must_not_change_is_in_the_identity(untrained: Path, pool: Pool) -> None:
    said = _task(untrained, pool, replace(CONFIG, micro_batch=3)).identity
    assert said["photos"] == pool.identity
    assert said["rate"] == CONFIG.rate
    assert not {"device", "micro_batch", "board"} & said.keys()


def test_few_photos_are_compared_plainly_and_many_through_a_whitening(untrained: Path, pool: Pool) -> None:
    assert _task(untrained, pool).module.settings.whitening is None
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (80, 32, 32, 3), dtype=np.uint8)
    everyone = np.arange(80)
    parts = replace(pool.parts, learned=everyone, known=everyone, asked=everyone[:0], viewed=np.zeros(0, bool))
    album = type(pool.album)(pixels, tuple(map(str, everyone)), everyone // 2, (), "")
    instances = tuple(map(str, range(40)))
    many = replace(pool, labels=everyone // 2, album=album, parts=parts, leaks=(), instances=instances)
    task = _task(untrained, many)
    whitening = task.module.settings.whitening
    assert whitening is not None
    rows = task.descriptors(task.module.eval(), everyone)
    assert rows.shape == (80, whitening.projection.shape[1])
    assert abs(float((rows @ rows.T)[~np.eye(80, dtype=bool)].mean())) < 0.02


def test_questions_that_are_leaks_or_have_no_answer_do_not_validate(untrained: Path, pool: Pool) -> None:
    """Of the four the second is a leak and the fourth shows nothing known; the others are counted in halves."""
    task = _task(untrained, pool)
    assert task.validate(task.module.eval()) in (0.0, 0.5, 1.0)
    assert task._photos.asked.tolist() == [5, 7]


@pytest.mark.parametrize(("decay", "last"), [(0.0, 1.0), (0.5, 0.05)])
def test_the_rate_rises_stands_and_falls_where_it_is_to(untrained: Path, pool: Pool, decay: float, last: float) -> None:
    config = replace(CONFIG, epochs=2, steps=20, warmup=4, decay=decay)
    plan = assignment.plan(_task(untrained, pool, config), config)
    rates = [plan.rate(step) for step in range(40)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rates[19] == 1.0
    assert rates[39] == pytest.approx(last, abs=0.05)


def test_a_short_training_is_not_all_warmup(untrained: Path, pool: Pool) -> None:
    config = replace(CONFIG, epochs=1, steps=10, warmup=50, decay=0.0)
    plan = assignment.plan(_task(untrained, pool, config), config)
    assert [plan.rate(step) for step in (0, 1, 2)] == pytest.approx([1 / 3, 2 / 3, 1.0])


def test_no_patience_is_endless(untrained: Path, pool: Pool) -> None:
    task = _task(untrained, pool)
    assert assignment.plan(task, CONFIG).patience == float("inf")
    assert assignment.plan(task, replace(CONFIG, patience=2)).patience == 2


def test_each_worker_has_two_instances_to_tell_apart(untrained: Path, pool: Pool) -> None:
    model = models.load(untrained)
    with pytest.raises(TrainingError, match="a step of 3 instances is shared by 2 workers; wanted two for each"):
        assignment.task(network(model), model, pool, CONFIG, workers=2)


def test_micro_batches_are_planned(untrained: Path, pool: Pool) -> None:
    assert assignment.plan(_task(untrained, pool), replace(CONFIG, micro_batch=3)).micro_batch == 3


def test_a_model_that_pools_otherwise_is_refused(untrained: Path, pool: Pool) -> None:
    model = models.load(untrained)
    other = replace(model, card=replace(model.card, aggregate={"name": "vlad"}))
    with pytest.raises(ModelError, match="pools by 'vlad'; wanted one of"):
        assignment.task(network(model), other, pool, CONFIG)


def _alone() -> Any:
    import torch

    from resight.nn.workers import Worker

    return Worker(0, 1, torch.device("cpu"))
