"""Learning by classes: what a step shows, which norms stay as they are, and how right answers are counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from resight.nn.augmentation.normalisation import Normalisation
from resight.nn.augmentation.policies import AUGMENTATIONS
from resight.nn.augmentation.preprocessing import Preprocessing
from resight.nn.loop.distributed import Worker
from resight.nn.loop.events import RunEnd
from resight.nn.loop.loop import train
from resight.nn.loop.task import Plan
from resight.nn.tasks.classification import Classification, ClassificationTask, right

INTAKE = Preprocessing(Normalisation("network", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)), (8,), AUGMENTATIONS["museum"])
ALONE = Worker(0, 1, torch.device("cpu"))

LABELS = np.arange(12) % 3
PHOTOS = np.zeros((12, 8, 8, 3), np.uint8)
PHOTOS[np.arange(12), :, :, LABELS] = 200
"""Red, green and blue photos in turn."""


def small(*, regions: bool = False) -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 3, 1)]
    return nn.Sequential(*layers, *([] if regions else [nn.AdaptiveAvgPool2d(1), nn.Flatten()]))


def _task(module: Classification, *, rows: int = 12, sides: tuple[int, ...] = (8,)) -> ClassificationTask:
    preprocessing = Preprocessing(INTAKE.normalisation, sides, INTAKE.augmentation)
    return ClassificationTask(
        module,
        PHOTOS,
        LABELS,
        np.arange(rows),
        preprocessing,
        batch=5,
        seed=0,
        validation=lambda learned: float(right(learned.network, PHOTOS, LABELS, INTAKE).mean()),
        identity={"a": 1},
    )


def test_a_pass_shows_every_row_and_no_other() -> None:
    task = _task(Classification(small(), "cross-entropy"), rows=9)
    assert task.steps == 2
    shown = [label for step in range(9) for label in task.load(step, ALONE)[1].tolist()]
    assert np.bincount(shown).tolist() == [15, 15, 15]


def test_workers_share_a_step() -> None:
    task = _task(Classification(small(), "cross-entropy"))
    whole = sorted(task.load(1, ALONE)[1].tolist())
    shares = [task.load(1, Worker(rank, 2, ALONE.device))[1].tolist() for rank in range(2)]
    assert sorted(shares[0] + shares[1]) == whole


@pytest.mark.parametrize(("norms", "still"), [("frozen", True), ("learning", False)])
def test_norms_follow_the_photos_only_where_they_are_to(norms: str, still: bool) -> None:
    module = Classification(small(), "cross-entropy", norms=norms).train()
    task = _task(module)
    before = module.network[1].running_mean.clone()
    module(*task.prepare(task.load(0, ALONE), 0, torch.Generator().manual_seed(0)))
    assert torch.equal(module.network[1].running_mean, before) == still


@pytest.mark.parametrize("loss", ["cross-entropy", "sub-regions"])
def test_colours_are_learned(loss: str, tmp_path: Path) -> None:
    module = Classification(small(regions=loss == "sub-regions"), loss)
    task = _task(module, sides=(8, 12) if loss == "sub-regions" else (8,))
    plan = Plan(8, lambda each: torch.optim.Adam(each.parameters(), lr=0.02), lambda step: 1.0, averaging=0.0, seed=1)
    *_, last = train(task, plan, tmp_path)
    assert isinstance(last, RunEnd)
    assert last.score == 1.0


def test_right_answers_by_hand() -> None:
    """Scores are the mean of a map: a classifier that repeats the colours is right, of a map or not."""
    still = Preprocessing(INTAKE.normalisation, (8,))

    class Repeats(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.weight * images

    assert right(Repeats(), PHOTOS, LABELS, still).all()
    assert right(Repeats(), PHOTOS, (LABELS + 1) % 3, still).sum() == 0


@pytest.mark.parametrize("regions", [False, True])
def test_the_yardstick_is_the_mean_loss_of_what_is_learned(regions: bool) -> None:
    """By a loop over photos, one at a time."""
    loss, sides = ("sub-regions", (8, 12)) if regions else ("cross-entropy", (8,))
    module = Classification(small(regions=regions), loss).eval()
    task = _task(module, rows=9, sides=sides)
    task._preprocessing = Preprocessing(INTAKE.normalisation, sides)
    with torch.no_grad():
        alone = [
            module(torch.tensor([LABELS[row]]), *task._preprocessing.plain(torch.from_numpy(PHOTOS[row : row + 1])))[
                loss
            ].item()
            for row in range(9)
        ]
    assert task.yardstick(module) == pytest.approx(sum(alone) / 9, rel=1e-5)
    in_views = _task(module, rows=9, sides=sides)
    first, second = (in_views.yardstick(module) for _ in range(2))
    assert first == second
