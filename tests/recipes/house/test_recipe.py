"""The house recipe, end to end on a few photos, stopped and gone on with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.errors import DatasetError, ModelError, TrainingError
from resight.features.encoder import encoders
from resight.io import images, model_folder
from resight.io.images import Photo
from resight.nn.backbones.house import house
from resight.nn.backbones.resnet_v2 import resnet_v2
from resight.nn.loop import checkpoint, loop
from resight.nn.loop.events import Event, RunEnd
from resight.nn.loop.loop import train
from resight.nn.networks import weights
from resight.progress import Interrupted, Progress, finished
from resight.recipes.house import recipe, task
from resight.recipes.house import teacher as teaching
from resight.recipes.house.config import HouseConfig
from tests.children import Child
from tests.jobs import told

SMALL = HouseConfig(
    epochs=2,
    decay=1,
    batch=4,
    steps=2,
    sides=((0, 32),),
    decay_side=32,
    mild=2,
    warmup=1,
    held_out=4,
    album=32,
    taught=6,
    taught_map=5,
    long_side=64,
    background=6,
)


@pytest.fixture(scope="module", autouse=True)
def _narrow() -> Iterator[None]:
    """The network has few channels but those that leave it; it is whole where two workers train it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task, "house", partial(house, (8, 8, 16, 32, 32, 512)))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photos of three things."""
    folder = tmp_path_factory.mktemp("everyday") / "photos"
    rng = np.random.default_rng(0)
    for number in range(12):
        path = folder / f"thing{number % 3}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)
        path.write_bytes(images.encode(images.resize(coarse, (48, 40)), ".png"))
    return folder


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("teacher") / "resnet50v2.safetensors"
    weights.write(resnet_v2(), file)
    return file


def _run(
    folder: Path, teacher: Path, place: Path, config: HouseConfig = SMALL, **options: Any
) -> tuple[list[Progress], Any]:
    return told(recipe.run([folder], place / "work", place / "model", teacher=teacher, config=config, **options))


@pytest.fixture(scope="module")
def trained(folder: Path, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("trained")
    steps, report = _run(folder, teacher, place, replace(SMALL, board=True))
    assert report["steps"] == 6
    assert report["held out, yet learned"] == 0
    assert 0 < report["share of time waiting for photos"] < 1
    assert list(dict.fromkeys(step.stage for step in steps)) == [
        *("data set", "photos", "unreadable photos", "teacher", "leak audit", "training", "decay", "background")
    ]
    assert any("contrast" in step.remark and "rate × 1" in step.remark for step in steps)
    return place


def test_the_model_is_an_encoder_in_half_precision(trained: Path, folder: Path) -> None:
    model = model_folder.load(trained / "model")
    assert (model.card.architecture, model.card.cut, model.card.recipe) == ("house", "context", "house")
    assert model.card.config["epochs"] == 2
    assert model.card.preprocess.long_side == 64
    numbers = sum(leaf.numel() for leaf in weights.read(trained / "model" / model_folder.WEIGHTS).values())
    assert 1.8 < (trained / "model" / "backbone.bin").stat().st_size / numbers < 2.1
    [encoder] = encoders([str(trained / "model")])
    image = images.read(next(folder.rglob("*.png"))).image
    descriptor = encoder.describe(encoder.extractor.features(Photo(image, (48, 40), b"")))
    assert descriptor.shape == (512,)
    assert np.linalg.norm(descriptor) == pytest.approx(1)
    assert encoder.background is not None
    assert encoder.background.shape == (6, 512)


def test_the_model_is_the_average_at_the_end_of_the_decay(trained: Path) -> None:
    content = checkpoint.load(trained / "work" / "decay-2-1" / "checkpoint.pt")
    found = weights.read(trained / "model" / "backbone.safetensors")
    leaf = content["averaged"]["network.conv1.weight"]
    assert torch.equal(found["conv1.weight"], leaf.half().float())
    assert checkpoint.load(trained / "work" / "stable" / "checkpoint.pt")["step"] == 4


def _stopped(stage: str, folder: Path, teacher: Path, place: Path) -> Any:
    """What comes of a run that somebody stops in a stage."""
    seen: list[Progress] = []
    run = recipe.run(
        [folder],
        place / "work",
        place / "model",
        teacher=teacher,
        config=SMALL,
        stop=lambda: bool(seen) and seen[-1].stage == stage,
    )
    return finished(run, seen.append)


def test_stopped_and_gone_on_is_the_same_to_the_bit(trained: Path, folder: Path, teacher: Path, tmp_path: Path) -> None:
    """Stopped in one stage after the other."""
    for stage in ("photos", "training", "decay", "background"):
        stopped = _stopped(stage, folder, teacher, tmp_path)
        assert isinstance(stopped, Interrupted)
        assert stopped.checkpoint.exists()
        assert not (tmp_path / "model").exists()
    _run(folder, teacher, tmp_path)
    for name in ("backbone.bin", "backbone.safetensors"):
        assert (tmp_path / "model" / name).read_bytes() == (trained / "model" / name).read_bytes()


def test_stopped_while_the_teacher_is_asked_it_goes_on_by_rows(
    folder: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "teach", partial(teaching.teach, batch=5))
    assert _stopped("teacher", folder, teacher, tmp_path) == Interrupted(tmp_path / "work")
    steps, _ = _run(folder, teacher, tmp_path)
    assert [step.done for step in steps if step.stage == "teacher"] == [10, 12]


def test_lessons_of_another_teacher_are_refused(trained: Path, folder: Path, teacher: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "work", tmp_path / "work")
    other = tmp_path / teacher.name
    other.write_bytes(teacher.read_bytes() + b"another")
    with pytest.raises(TrainingError, match=r"targets in .* were made with teacher .*: name another work"):
        _run(folder, other, tmp_path)


def test_a_work_folder_of_before_is_gone_on_with_and_says_so(
    trained: Path, folder: Path, teacher: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained / "work", tmp_path / "work")
    (tmp_path / "work" / teaching.NOTE).unlink()
    steps, _ = _run(folder, teacher, tmp_path)
    assert "without a note" in next(step.remark for step in steps if step.stage == "teacher")
    assert not [step for step in steps if step.stage == "training"]
    assert (tmp_path / "work" / teaching.NOTE).exists()


def test_held_out_photos_that_are_learned_are_counted(folder: Path, teacher: Path, tmp_path: Path) -> None:
    """Six photos, each in the data twice: of four that are held out at least two are not each other's copies."""
    data = tmp_path / "data"
    for number, file in enumerate(sorted(folder.rglob("*.png"))[:6]):
        for copy in "ab":
            (data / f"{number}{copy}").mkdir(parents=True)
            shutil.copy(file, data / f"{number}{copy}" / f"{number}{copy}.png")
    steps, report = _run(data, teacher, tmp_path, replace(SMALL, epochs=1, decay=0))
    held = np.random.default_rng(SMALL.seed).permutation(12)[:4] // 2  # copies lie beside each other
    alone = sum(np.sum(held == each) == 1 for each in held)
    assert alone > 0
    assert (report["held out"], report["held out, yet learned"]) == (4, alone)
    [step] = [step for step in steps if step.stage == "leak audit"]
    assert step.remark.startswith(f"{alone} of 4 held-out photos are learned, too, the first: ")


def test_the_photos_that_a_model_did_not_learn_from_are_those_that_were_held_out(trained: Path, folder: Path) -> None:
    card = model_folder.load(trained / "model").card
    found = recipe.held_out([folder], card)
    task = recipe._task(recipe.decoded_photos.opened(trained / "work"), teaching.load_targets(trained / "work"), SMALL)
    names = recipe.decoded_photos.opened(trained / "work").names
    assert [entry.name for entry in found] == [names[row] for row in task.held_out]
    assert len(found) == SMALL.held_out


def test_other_photos_than_those_of_the_model_are_refused(trained: Path, folder: Path) -> None:
    card = model_folder.load(trained / "model").card
    with pytest.raises(DatasetError, match=r"these 4 photos are \w{12}, and 'house' was made of \w{12}: name"):
        recipe.held_out([folder / "thing1"], card)
    with pytest.raises(DatasetError, match="'house' does not say what it was made of"):
        recipe.held_out([folder], replace(card, config={}))


def test_another_decay_is_another_branch(trained: Path, folder: Path, teacher: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "work", tmp_path / "work")
    steps, _ = _run(folder, teacher, tmp_path, replace(SMALL, decay=2))
    assert [(step.done, step.total) for step in steps if step.stage == "decay"] == [(5, 8), (6, 8), (7, 8), (8, 8)]


def work(folder: Path, teacher: Path, place: Path) -> None:
    """Train in brief, as one of several."""
    _, report = _run(folder, teacher, place, replace(SMALL, epochs=1, decay=0))
    assert report["steps"] == 2


def test_two_workers_train_one_model(
    folder: Path, teacher: Path, two_workers: list[dict[str, str]], tmp_path: Path
) -> None:
    workers = [Child(work, folder, teacher, tmp_path, environment=environment) for environment in two_workers]
    assert [worker.end() for worker in workers] == [0, 0], [worker.err for worker in workers]
    assert model_folder.load(tmp_path / "model").card.name == "house"


def test_curves_are_written_where_they_are_wanted(trained: Path) -> None:
    assert any(path.name.startswith("events.out.tfevents") for path in (trained / "work" / "board").iterdir())


def test_more_epochs_go_on_where_the_decay_began(trained: Path, folder: Path, teacher: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "work", tmp_path / "work")
    run, _ = _run(folder, teacher, tmp_path, replace(SMALL, epochs=3))
    steps = [step for step in run if step.stage in ("training", "decay")]
    assert [(step.stage, step.done, step.total) for step in steps] == [
        ("training", 5, 6),
        ("training", 6, 6),
        ("decay", 7, 8),
        ("decay", 8, 8),
    ]


class Away(nn.Sequential):
    """Layers that lie elsewhere, as on a GPU, and answer photos of here only once they were brought here."""

    here = False

    def cpu(self) -> Self:
        self.here = True
        return self

    def forward(self, images: Tensor) -> Tensor:
        assert self.here, "the photos are here, and the weights are not"
        return super().forward(images)


def test_what_was_trained_elsewhere_is_written(
    trained: Path, folder: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is learned in this work folder: what the loop would give from a GPU is put in its place."""

    def away(*options: Any, **named: Any) -> Iterator[Event]:
        for event in train(*options, **named):
            if isinstance(event, RunEnd):
                event.module.network.__class__ = Away
            yield event

    monkeypatch.setattr(loop, "train", away)
    run = recipe.run([folder], trained / "work", tmp_path / "model", teacher=teacher, config=SMALL)
    assert not any(step.stage in ("training", "decay") for step in run)
    bits = [(place / "model" / "backbone.bin").read_bytes() for place in (tmp_path, trained)]
    assert bits[0] == bits[1]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_trains_a_model(folder: Path, teacher: Path, tmp_path: Path) -> None:
    _run(folder, teacher, tmp_path, replace(SMALL, device="cuda"))
    assert model_folder.load(tmp_path / "model").card.name == "house"


def test_the_teacher_answers_on_the_device_that_is_set(
    folder: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there seems to be a GPU, all is done on the CPU still."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    run = recipe.run(
        [folder], tmp_path / "work", tmp_path / "model", teacher=teacher, config=replace(SMALL, device="cpu")
    )
    assert next(step for step in run if step.stage == "training").done == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused_at_once(folder: Path, teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="there is no GPU"):
        _run(folder, teacher, tmp_path, replace(SMALL, device="cuda"))
    assert not (tmp_path / "work").exists()


def test_an_existing_model_is_refused_at_once(trained: Path, folder: Path, teacher: Path) -> None:
    with pytest.raises(ModelError, match="exists already"):
        _run(folder, teacher, trained)


def test_too_few_photos_are_refused(folder: Path, teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="12 photos are there to learn from; wanted 1024 to hold out and a batch"):
        _run(folder, teacher, tmp_path, HouseConfig())


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", -1), ("warmup", -5), ("batch", 1), ("averaging", 2.0), ("rate", float("nan")), ("device", "gpu")],
)
def test_settings_out_of_range_are_refused_at_once(
    name: str, value: Any, folder: Path, teacher: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match=f"the setting {name} is .*; wanted"):
        _run(folder, teacher, tmp_path, replace(SMALL, **{name: value}))
    assert not (tmp_path / "work").exists()


def test_a_teacher_that_is_not_there_is_known_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no file '.*gone\.safetensors'; wanted the teacher's weights"):
        next(recipe.run([tmp_path], tmp_path / "work", tmp_path / "model", teacher=tmp_path / "gone.safetensors"))
    assert not list(tmp_path.iterdir())
