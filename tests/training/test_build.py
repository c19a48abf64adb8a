"""What settings mean for the loop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import ModelError, TrainingError
from resight.io import model_folder
from resight.nn.tasks.fine_tuning import FineTuning
from resight.training import build
from resight.training.build import SHORTEST
from resight.training.model_conversion import trainable_network
from resight.training.settings import FineTuningConfig
from resight.training.training_set import TrainingSet
from tests.training.outcomes import outcome

CONFIG = FineTuningConfig(side=32, device="cpu")


@pytest.fixture
def training_set() -> TrainingSet:
    return outcome().training_set


def _task(untrained: Path, training_set: TrainingSet, config: FineTuningConfig = CONFIG) -> FineTuning:
    model = model_folder.load(untrained)
    return build.task(trainable_network(model), model, training_set, config)


def test_an_epoch_is_not_too_short_and_a_batch_has_no_instance_twice(
    untrained: Path, training_set: TrainingSet
) -> None:
    task = _task(untrained, training_set)
    assert task.steps == SHORTEST
    for step in range(4):
        pixels, labels = task.load(step, _alone())
        assert sorted(labels.tolist()) == [0, 0, 1, 1, 2, 2]
        assert len(pixels) == 6
    pair = _task(untrained, training_set, replace(CONFIG, batch=2))
    for step in range(12):  # every other step spans two passes over the three
        labels = pair.load(step, _alone())[1]
        assert labels[0] != labels[1]
    assert _task(untrained, training_set, replace(CONFIG, steps=3)).steps == 3


def test_what_must_not_change_is_in_the_identity(untrained: Path, training_set: TrainingSet) -> None:
    said = _task(untrained, training_set, replace(CONFIG, micro_batch=3)).identity
    assert said["photos"] == training_set.identity
    assert said["rate"] == CONFIG.rate
    assert not {"device", "micro_batch", "board"} & said.keys()


def test_few_photos_are_compared_plainly_and_many_through_a_whitening(
    untrained: Path, training_set: TrainingSet
) -> None:
    assert _task(untrained, training_set).module.settings.whitening is None
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (80, 32, 32, 3), dtype=np.uint8)
    everyone = np.arange(80)
    parts = replace(training_set.parts, learned=everyone, known=everyone, asked=everyone[:0], viewed=np.zeros(0, bool))
    album = type(training_set.decoded)(pixels, tuple(map(str, everyone)), everyone // 2, (), "")
    instances = tuple(map(str, range(40)))
    many = replace(training_set, labels=everyone // 2, decoded=album, parts=parts, leaks=(), instances=instances)
    task = _task(untrained, many)
    whitening = task.module.settings.whitening
    assert whitening is not None
    rows = task.descriptors(task.module.eval(), everyone)
    assert rows.shape == (80, whitening.projection.shape[1])
    assert abs(float((rows @ rows.T)[~np.eye(80, dtype=bool)].mean())) < 0.02


def test_questions_that_are_leaks_or_have_no_answer_do_not_validate(untrained: Path, training_set: TrainingSet) -> None:
    """Of the four the second is a leak and the fourth shows nothing known; the others are counted in halves."""
    task = _task(untrained, training_set)
    assert task.validate(task.module.eval()) in (0.0, 0.5, 1.0)
    assert task._photos.asked.tolist() == [5, 7]


def test_the_plan_is_that_of_the_settings(untrained: Path, training_set: TrainingSet) -> None:
    """The rate by the schedule; the optimiser, its momentum and the rates of layers; norms and biases do not decay."""
    config = replace(CONFIG, epochs=2, steps=20, warmup=4, decay=0.5, optimiser="nag", momentum=0.5, rate=0.1)
    config = replace(config, falling=0.5, rates=(("stage2", 3.0), ("conv0", 0.0)))
    task = _task(untrained, training_set, config)
    plan = build.plan(task, config)
    assert [plan.rate(step) for step in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert plan.rate(39) < 0.05
    groups = plan.optimiser(task.module).param_groups
    assert all((group["momentum"], group["nesterov"]) == (0.5, True) for group in groups)
    found = {id(leaf): (group["lr"], group["weight_decay"]) for group in groups for leaf in group["params"]}
    layers = {"bn0": 1 / 32, "conv1": 1 / 16, "bn1": 1 / 8, "stage1": 1 / 4, "stage2": 3, "context": 1}
    for name, leaf in task.module.network.named_parameters():
        layer = name.partition(".")[0]
        wanted = None if layer == "conv0" else (pytest.approx(0.1 * layers[layer]), 0.01 if leaf.ndim > 1 else 0.0)
        assert found.get(id(leaf)) == wanted


def test_the_running_mean_follows_the_scores(untrained: Path, training_set: TrainingSet) -> None:
    config = replace(CONFIG, schedule="running-mean")
    assert build.plan(_task(untrained, training_set), config).fall([0.5] * 5) == 0.5
    assert build.plan(_task(untrained, training_set), CONFIG).fall([0.5] * 5) == 1


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"loss": "contrastve"}, "no loss to fine-tune by is called 'contrastve'; did you mean 'contrastive'"),
        ({"loss": "contrastive", "miner": "hardest"}, "no miner for the loss contrastive"),
        ({"loss": "hinge", "learned_p": True}, "the loss 'hinge' is of the mean of each channel, in which no exponent"),
        ({"optimiser": "adamv"}, "optimiser is 'adamv'; did you mean 'adam'.; wanted one of sgd, nag, adam, adamw"),
    ],
)
def test_what_is_not_known_is_refused(changes: dict[str, Any], wanted: str) -> None:
    with pytest.raises(TrainingError, match=wanted):
        build.require_known(replace(CONFIG, **changes))


def test_the_exponent_learns_where_the_model_has_one(untrained: Path, training_set: TrainingSet) -> None:
    config, model = replace(CONFIG, learned_p=True), model_folder.load(untrained)
    assert _task(untrained, training_set).module.exponent is None
    assert _task(untrained, training_set, config).module.exponent == 3.0
    other = replace(model, card=replace(model.card, aggregate={"name": "spoc"}))
    assert build.task(trainable_network(model), other, training_set, CONFIG).module.exponent is None
    with pytest.raises(ModelError, match="pools by 'spoc', which has no exponent to learn"):
        build.require_learning(trainable_network(model), other, config)


def test_no_patience_is_endless(untrained: Path, training_set: TrainingSet) -> None:
    task = _task(untrained, training_set)
    assert build.plan(task, CONFIG).patience == float("inf")
    assert build.plan(task, replace(CONFIG, patience=2)).patience == 2


def test_each_worker_has_two_instances_to_tell_apart(untrained: Path, training_set: TrainingSet) -> None:
    model = model_folder.load(untrained)
    with pytest.raises(TrainingError, match="a step of 3 instances is shared by 2 workers; wanted two for each"):
        build.task(trainable_network(model), model, training_set, CONFIG, workers=2)


def test_micro_batches_are_planned(untrained: Path, training_set: TrainingSet) -> None:
    assert build.plan(_task(untrained, training_set), replace(CONFIG, micro_batch=3)).micro_batch == 3


def test_a_model_that_pools_otherwise_is_refused(untrained: Path, training_set: TrainingSet) -> None:
    model = model_folder.load(untrained)
    other = replace(model, card=replace(model.card, aggregate={"name": "vlad"}))
    with pytest.raises(ModelError, match="pools by 'vlad'; wanted one of"):
        build.task(trainable_network(model), other, training_set, CONFIG)


def _alone() -> Any:
    import torch

    from resight.nn.loop.distributed import Worker

    return Worker(0, 1, torch.device("cpu"))
