"""A learner: what learns and what stays as it was, what nobody named, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from resight.errors import TrainingError
from resight.nn.backbones.squeezenet import squeezenet
from resight.nn.loop import checkpoint
from resight.nn.loop.loop import CHECKPOINT
from resight.nn.loop.microbatch import jointly
from resight.nn.networks import weights
from resight.nn.networks.pretrained import whole
from resight.progress import finished
from resight.recipes.museum.learner import Learner, held_out
from resight.recipes.museum.table import ROWS
from resight.training.history import History
from resight.training.interruption import StopRequested
from resight.types import UNKNOWN

INSTANCES = np.array([0, 1, 2, 1, UNKNOWN])
PHOTOS = np.random.default_rng(0).integers(0, 256, (5, 80, 80, 3), dtype=np.uint8)
NAMES = tuple("abcde")
FROZEN, LEARNING = "features.11.squeeze.weight", "features.12.squeeze.weight"
SMALL: dict[str, Any] = {
    "epochs": 2,
    "batch": 3,
    "side": 48,
    "scales": (64, 80),
    "width": 4,
    "fitted": 10,
    "regions": 2,
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "squeezenet1_1.safetensors"
    weights.write(squeezenet(), file)
    return file


def _learner(row: str, file: Path, work: Path, stop: Callable[[], bool] = lambda: False) -> Learner:
    found = ROWS[f"reduced-squeezenet-{row}"]
    found = replace(found, config=replace(found.config, **SMALL), before=replace(found.before, **SMALL))
    given = {"names": NAMES, "photos": PHOTOS, "instances": INSTANCES, "made_of": {"photos": "these"}}
    return Learner(found, **given, work=work, file=file, stop=stop)


@pytest.mark.parametrize("row", ["tuned-conv", "tuned-regions", "triplet-easy-hard"])
def test_only_the_last_layers_learn(row: str, file: Path, tmp_path: Path) -> None:
    learned = finished(_learner(row, file, tmp_path).descriptor()).network.state_dict()
    given = weights.read(file)
    assert torch.equal(learned[FROZEN], given[FROZEN])
    assert not torch.equal(learned[LEARNING], given[LEARNING])


def test_photos_are_normalised_by_those_that_are_learned_alone(file: Path, tmp_path: Path) -> None:
    learner = _learner("tuned-conv", file, tmp_path)
    learner.config = replace(learner.config, normalisation="dataset")
    learner.learned = np.array([0, 1, 3])
    found = learner.preprocessing.normalisation
    pixels = PHOTOS[[0, 1, 3]].reshape(-1, 3) / 255
    np.testing.assert_allclose(found.mean, pixels.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(found.std, pixels.std(axis=0), rtol=1e-6)


def test_what_is_pretrained_learns_nothing(file: Path, tmp_path: Path) -> None:
    learner = _learner("full", file, tmp_path)
    learned = finished(learner.descriptor()).network.state_dict()
    assert all(torch.equal(leaf, learned[key]) for key, leaf in weights.read(file).items())
    assert learner.verdicts(np.eye(3)) == []
    assert not (tmp_path / "trained").exists()


def test_classes_are_those_that_somebody_named(file: Path, tmp_path: Path) -> None:
    learner = _learner("tuned-full", file, tmp_path)
    rows = finished(learner.described(finished(learner.descriptor()), PHOTOS, "references"))
    assert rows.shape == (5, 3)  # also the photo that nobody named is described
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)


def test_where_triplets_look_is_not_learned(file: Path, tmp_path: Path) -> None:
    """The classifier is that of the row before, which the same work folder keeps."""
    before = finished(_learner("tuned-regions", file, tmp_path).descriptor()).classifier.state_dict()
    after = finished(_learner("triplet-regions", file, tmp_path).descriptor()).classifier.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_descriptors_that_are_all_alike_are_a_collapse(file: Path, tmp_path: Path) -> None:
    learner = _learner("triplet-easy-hard", file, tmp_path)
    finished(learner.descriptor())
    [*names] = (verdict["name"] for verdict in learner.verdicts(np.ones((4, 4)) / 2))
    assert "collapse" in names


@pytest.mark.parametrize("row", ["conv", "tuned-full"])
def test_stopping_leaves_at_once(row: str, file: Path, tmp_path: Path) -> None:
    learner = _learner(row, file, tmp_path, stop=lambda: True)
    with pytest.raises(StopRequested):
        finished(learner.described(finished(learner.descriptor()), PHOTOS, "references"))
    assert (tmp_path / "trained").exists() == (row != "conv")


@pytest.mark.parametrize("row", ["triplet-hardest", "cosine-random"])
def test_what_is_mined_within_batches_is_learned_as_well(row: str, file: Path, tmp_path: Path) -> None:
    learner = _learner(row, file, tmp_path)
    learner.config = replace(learner.config, mining="batch", epochs=1)
    learned = finished(learner.descriptor()).network.state_dict()
    assert not torch.equal(learned[LEARNING], weights.read(file)[LEARNING])
    kept = checkpoint.load(tmp_path / "trained" / learner.row.name / CHECKPOINT)
    assert kept["identity"]["mining"] == "batch"
    assert "mined" not in kept["module"]


def test_micro_batches_learn_the_same(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learned, sizes = [], []

    def noted(run: Any, batch: Any, *, size: int, **options: Any) -> Any:
        sizes.append(size)
        return jointly(run, batch, size=size, **options)

    monkeypatch.setattr("resight.nn.tasks.siamese.jointly", noted)
    for size in (0, 2):
        learner = _learner("triplet-easy-hard", file, tmp_path / str(size))
        learner.config = replace(learner.config, micro_batch=size)
        learned.append(finished(learner.descriptor()).network.state_dict()[LEARNING])
    assert set(sizes) == {2}
    moved = (learned[0] - weights.read(file)[LEARNING]).abs().max()
    assert (learned[1] - learned[0]).abs().max() < 1e-3 * moved


def test_a_course_begins_before_the_first_step_also_where_the_first_epoch_was_cut_off(
    file: Path, tmp_path: Path
) -> None:
    whole = _learner("triplet-easy-hard", file, tmp_path / "whole")
    finished(whole.descriptor())
    killed = _learner("triplet-easy-hard", file, tmp_path / "killed")
    steps = killed.descriptor()
    next(step for step in steps if step.stage == killed.row.name)
    steps.close()
    again = _learner("triplet-easy-hard", file, tmp_path / "killed")
    finished(again.descriptor())
    courses = [each.history for each in (whole, again) if each.history]
    assert courses[0].scores == courses[1].scores
    assert courses[0].yardstick == courses[1].yardstick
    assert courses[0].yardsticks == courses[1].yardsticks
    assert courses[0].scores[0] > 0
    assert len(courses[0].yardsticks) == 2


def test_held_out_is_one_of_three_photos_and_of_no_fewer() -> None:
    found = held_out(np.array([0, 1, 0, UNKNOWN, 1, 0, 2, UNKNOWN, UNKNOWN, 2, 2, 2]))
    assert found.tolist() == [5, 11]
    assert held_out(INSTANCES).tolist() == []


@pytest.mark.parametrize("row", ["tuned-full", "triplet-random"])
def test_what_was_learned_from_other_weights_is_not_gone_on_with(row: str, file: Path, tmp_path: Path) -> None:
    """Also where their files have one name."""
    finished(_learner(row, file, tmp_path).descriptor())
    other = tmp_path / "other" / file.name
    other.parent.mkdir()
    weights.write(whole("squeezenet1_1", rng=np.random.default_rng(1)), other)
    with pytest.raises(TrainingError, match=f"was made with weights '{weights.digest(file)}'"):
        finished(_learner(row, other, tmp_path).descriptor())


def test_a_photo_that_is_learned_under_another_name_judges_nothing(file: Path, tmp_path: Path) -> None:
    """Of two instances with three photos each one has the same photo twice."""
    rng = np.random.default_rng(1)
    photos = rng.integers(0, 256, (6, 80, 80, 3), dtype=np.uint8)
    photos[5] = photos[1]
    row = _learner("triplet-random", file, tmp_path).row
    given = {"names": "abcdef", "photos": photos, "instances": np.array([0, 0, 0, 1, 1, 1]), "made_of": {}}
    learner = Learner(row, **given, work=tmp_path, file=file, stop=lambda: False)
    assert learner.held_out.tolist() == [2]
    assert learner.learned.tolist() == [0, 1, 3, 4]
    assert [(leak.query, leak.reference, leak.kind) for leak in learner.leaks] == [("f", "b", "content")]


@pytest.mark.parametrize("changed", [{"batch": 2}, {"mining": "batch"}])
def test_a_changed_setting_is_named(changed: dict[str, Any], file: Path, tmp_path: Path) -> None:
    """Both change what is mined, too, whose leaf says nothing to who changed them."""
    finished(_learner("triplet-random", file, tmp_path).descriptor())
    learner = _learner("triplet-random", file, tmp_path)
    learner.config = replace(learner.config, **changed)
    [(name, value)] = changed.items()
    with pytest.raises(TrainingError, match=f"was made with {name} .*, wanted {value!r}: go on with the former"):
        finished(learner.descriptor())


@pytest.mark.parametrize("row", ["tuned-full", "triplet-random"])
def test_held_out_photos_are_not_learned_but_judge(row: str, file: Path, tmp_path: Path) -> None:
    """What is learned is the same whatever they show, and the score is of one photo."""
    learned = []
    for number in range(2):
        learner = _learner(row, file, tmp_path / str(number))
        learner.photos, learner.instances = PHOTOS.copy(), np.array([0, 1, 0, 1, 0])
        learner.held_out, learner.learned = np.array([4]), np.arange(4)
        if number:
            learner.photos[4] = 255 - PHOTOS[4]
        learned.append(finished(learner.descriptor()).network.state_dict()[LEARNING])
        assert learner.history is not None
        assert set(learner.history.scores) <= {0.0, 1.0}
    assert torch.equal(learned[0], learned[1])


def test_cbt_is_judged_by_photos_that_are_not_learned(file: Path, tmp_path: Path) -> None:
    learner = _learner("triplet-easy-hard", file, tmp_path)
    told = [{"loss": 9.0, "score": 0.5, "yardstick": loss} for loss in (0.5, 0.2, 0.1, 0.01)]
    learner.history = History(0.5, [], {str(number): epoch for number, epoch in enumerate(told, 1)}, 1.0)
    assert learner.verdicts(np.eye(3)) == []
    learner.held_out = np.array([3])
    assert [verdict["name"] for verdict in learner.verdicts(np.eye(3))] == ["CBT"]
