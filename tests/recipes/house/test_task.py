"""The house encoder's task: which photos a step shows, and that views and targets belong together."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.nn.augmentation.simulated_views import Strength, Views
from resight.nn.loop.distributed import Worker
from resight.recipes.house import task as house_task
from resight.recipes.house.task import HouseTask, described, student
from resight.recipes.house.teacher import TeacherTargets

ALONE = Worker(0, 1, torch.device("cpu"))
SETTINGS: dict[str, Any] = {"batch": 6, "steps": 4, "sides": ((0, 16), (2, 32)), "mild": 8, "held_out": 5, "seed": 1}


def _task(count: int = 25, **changes: Any) -> HouseTask:
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    descriptors = np.arange(count)[:, None] + np.zeros((1, 4))
    maps = np.broadcast_to(np.arange(1, count + 1).reshape(-1, 1, 1, 1), (count, 2, 2, 3))
    targets = TeacherTargets(descriptors.astype(np.float16), np.array(maps, np.float16))
    return HouseTask(photos, np.arange(count) % 3, targets, identity={"a": 1}, **{**SETTINGS, **changes})


def test_each_pass_shows_every_photo_once_but_those_held_out() -> None:
    task = _task(batch=5)
    shown = [task.load(step, ALONE)[1].tolist() for step in range(12)]
    first, second, third = ([row for step in shown[start : start + 4] for row in step] for start in (0, 4, 8))
    assert len(set(first)) == 20
    assert sorted(first) == sorted(second) == sorted(third)
    assert first != second


def test_passes_are_split_where_they_end() -> None:
    """18 + 2 | 4 + ...: a step that spans two passes holds the first's rest and the second's start."""
    task = _task()
    parts = [set(task.load(step, ALONE)[1].tolist()) for step in range(3)]
    rest = set(range(25)) - set().union(*parts) - set(task.held_out.tolist())
    assert len(rest) == 2
    assert rest < set(task.load(3, ALONE)[1].tolist())


def test_what_is_loaded_belongs_together() -> None:
    pixels, rows, labels, descriptors, maps = _task().load(2, ALONE)
    photos = np.random.default_rng(0).integers(0, 256, (25, 32, 32, 3), dtype=np.uint8)
    assert np.array_equal(pixels.numpy(), photos[rows.numpy()])
    assert labels.tolist() == [row % 3 for row in rows.tolist()]
    assert descriptors[:, 0].tolist() == rows.tolist()
    assert maps[:, 0, 0, 0].tolist() == [row + 1 for row in rows.tolist()]


def test_workers_share_a_batch() -> None:
    task = _task()
    whole = set(task.load(1, ALONE)[1].tolist())
    shares = [set(task.load(1, Worker(rank, 2, torch.device("cpu")))[1].tolist()) for rank in range(2)]
    assert [len(share) for share in shares] == [3, 3]
    assert shares[0] | shares[1] == whole


def test_a_prepared_batch_is_two_views_with_their_lessons() -> None:
    task = _task()
    batch = task.load(0, ALONE)
    images, photos, labels, said, map_said = task.prepare(batch, 0, torch.Generator().manual_seed(0))
    assert images.shape == (12, 3, 16, 16)
    assert map_said.shape == (12, 3, 1, 1)
    assert torch.equal(photos[:6], photos[6:])
    assert torch.equal(photos[:6], batch[1])
    assert labels.tolist() == [photo % 3 for photo in photos.tolist()]
    assert said[:, 0].tolist() == photos.tolist()
    spoken = map_said[:, 0, 0, 0] != 0
    assert spoken.any()
    torch.testing.assert_close(map_said[spoken, 0, 0, 0], photos[spoken] + 1.0)
    assert not torch.equal(images[:6], images[6:])


def test_of_what_is_hidden_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views as the photos are, all of it shown but the pixels right of the middle."""

    def halved(photos: Tensor, side: int, generator: torch.Generator, *, strength: Strength) -> Views:
        shown = (torch.arange(side) < side // 2).expand(len(photos), 1, side, side)
        return Views(photos, torch.eye(3).repeat(len(photos), 1, 1), shown)

    monkeypatch.setattr(house_task, "views", halved)
    task = _task(sides=((0, 32),))
    *_, said = task.prepare(task.load(0, ALONE), 0, torch.Generator().manual_seed(0))
    assert (said[..., 0] > 0).all()
    assert (said[..., 1] == 0).all()


def test_views_grow_with_the_epochs_and_stray_further_with_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    task, seen = _task(), []
    real = house_task.views

    def spied(photos: Tensor, side: int, generator: torch.Generator, *, strength: Strength) -> Any:
        seen.append((side, strength.pan))
        return real(photos, side, generator, strength=strength)

    monkeypatch.setattr(house_task, "views", spied)
    for step in (0, 4, 8, 12):
        task.prepare(task.load(step, ALONE), step, torch.Generator())
    full = Strength().pan
    expected = [(16, 0.4 * full), (16, 0.7 * full), (32, full), (32, full)]
    assert seen[::2] == seen[1::2]
    for (side, pan), (wanted_side, wanted_pan) in zip(seen[::2], expected, strict=True):
        assert side == wanted_side
        assert pan == pytest.approx(wanted_pan)


class Pixels(nn.Module):
    """A network that sees everything: its map is the photo."""

    def forward(self, images: Tensor) -> Tensor:
        return images.unfold(2, 4, 4).unfold(3, 4, 4).mean(dim=(4, 5)).flatten(1)[:, :, None, None] + 5


def test_validation_finds_views_that_stay_and_not_those_of_a_blind_network(monkeypatch: pytest.MonkeyPatch) -> None:
    task = _task(60, held_out=30)
    task.module.network = nn.Sequential(Pixels())
    monkeypatch.setattr(house_task, "STRENGTH", Strength().times(0))
    assert task.validate(task.module) == 1.0
    monkeypatch.setattr(house_task, "STRENGTH", dataclasses.replace(Strength(), roll=180.0))
    assert task.validate(task.module) < 0.5
    assert _task(held_out=0).validate(task.module) is None


def test_a_student_is_drawn_by_its_seed_alone() -> None:
    targets = TeacherTargets(np.zeros((1, 4), np.float16), np.zeros((1, 2, 2, 3), np.float16))
    state = torch.get_rng_state()
    first, again, other = (student(targets, 7, seed=seed).as_class.weight for seed in (1, 1, 2))
    assert torch.equal(state, torch.get_rng_state())
    assert first.shape == (7, 512)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_descriptor_is_gem_of_the_normalised_photo() -> None:
    """A 1 × 1 map is its own mean; (0.485 − 0.485) / 0.229 = 0 counts as 1e-6, (1 − 0.456) / 0.224 as it is."""
    found = described(nn.Identity(), torch.tensor([0.485, 1.0, 0.406]).reshape(1, 3, 1, 1))
    np.testing.assert_allclose(found, [[1e-6, 0.544 / 0.224, 1e-6]], rtol=1e-3, atol=1e-7)
