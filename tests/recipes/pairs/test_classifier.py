"""The pairs recipe, step one, end to end on small real photos; and the paper's own numbers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import DatasetError, ModelError, TrainingError
from resight.nn.loop import checkpoint
from resight.nn.networks import weights
from resight.nn.networks.architectures import ARCHITECTURES, IMAGENET
from resight.nn.networks.pretrained import reclassified, whole
from resight.progress import Interrupted, Job, Progress, finished
from resight.recipes.pairs import classifier
from resight.recipes.pairs.config import CONFIGS, PairsConfig, named
from resight.training import history as histories
from resight.training.config import configured
from resight.training.interruption import Stop, StopRequested

SMALL = ("seen=4", "side=32", "album=32", "epochs=4", "batch=16", "rate=0.01")
BRIEF = (*SMALL, "epochs=2", "network=squeezenet1_1")
"""A small network that hardly learns, for what is not about accuracy."""

NAMES = ("brick", "coffee", "grass", "hubble_deep_field", "page")
BASELINE = 1 / 4
"""A guess among the classes that are seen."""

Photo = npt.NDArray[np.uint8]


def _job(
    data: Path,
    work: Path,
    *,
    config: str = "reduced-resnet18",
    settings: Sequence[str] = SMALL,
    weights: Path | None = None,
    stop: Stop = lambda: False,
) -> Job[dict[str, Any] | Interrupted]:
    how = configured(named(config), settings)
    file = classifier.require(how, weights)
    try:
        opened = yield from classifier.opened(data, work, how.album, stop)
        found = yield from classifier.learn(opened, work, config, how, file, stop)
    except StopRequested:
        return Interrupted(work)
    return found.report


def _run(data: Path, work: Path, **options: Any) -> dict[str, Any]:
    report = finished(_job(data, work, **options))
    assert isinstance(report, dict)
    return report


def _timeless(report: dict[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in report.items() if name != "time_waiting_for_photos"}


@pytest.fixture(scope="module")
def ran(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    work = tmp_path_factory.mktemp("work")
    return _run(data, work), work


@pytest.fixture(scope="module")
def brief(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _run(data, tmp_path_factory.mktemp("brief"), settings=BRIEF)


def test_the_classifier_beats_a_guess(ran: tuple[dict[str, Any], Path]) -> None:
    report, _ = ran
    assert report["guess"] == BASELINE
    assert report["top_1"]["low"] > BASELINE
    assert report["top_1"]["n"] == 4 * 8
    assert report["paper"] is None
    assert report["start"] == "drawn"


def test_what_photos_are_normalised_by_is_measured_and_told(ran: tuple[dict[str, Any], Path]) -> None:
    told = ran[0]["normalisation"]
    assert told["name"] == "dataset"
    assert all(0 < number < 1 for number in (*told["mean"], *told["std"]))
    assert tuple(told["mean"]) != IMAGENET[0]


def test_the_course_of_the_classifier_is_told(ran: tuple[dict[str, Any], Path]) -> None:
    assert 0 <= ran[0]["time_waiting_for_photos"] < 1
    history = histories.opened(ran[1] / "reduced-resnet18-classifier")
    assert len(history.yardsticks) == 4
    assert [each["name"] for each in ran[0]["verdicts"]] == [
        verdict.name for verdict in history.verdicts(history.scores, cosine=None)
    ]


def test_unseen_classes_take_no_part(ran: tuple[dict[str, Any], Path]) -> None:
    report, _ = ran
    assert len(report["unseen"]) == 1
    photos = dict(report["photos"])
    learned_too = photos.pop("learned_too")
    assert photos == {"learned": 84, "validated": 36, "tested": 32, "left_out": []}
    assert len(report["leaks"]) == sum(learned_too.values())
    assert report["top_1_without_leaks"]["n"] == 32 - learned_too["tested"]


def test_photos_that_are_learned_too_are_found(data: Path, tmp_path: Path) -> None:
    """A test photo that is a copy of a training photo, under another name."""
    copied = tmp_path / "copied"
    shutil.copytree(data, copied)
    for name in NAMES:
        for number in (*range(1, 30), 31):
            shutil.copyfile(copied / f"{name}-0.png", copied / f"{name}-{number}.png")
    report = _run(copied, tmp_path / "work", settings=(*BRIEF, "epochs=1"))
    told = {leak["query"]: leak["kind"] for leak in report["leaks"]}
    tested = [name for name in told if name.endswith("-31.png")]
    assert len(tested) == 4  # of each class that is seen
    assert {told[name] for name in tested} == {"content"}
    assert report["photos"]["learned_too"]["validated"] == 36
    assert report["top_1_without_leaks"]["n"] == 32 - report["photos"]["learned_too"]["tested"]


def test_the_rate_follows_the_accuracies_of_a_run(ran: tuple[dict[str, Any], Path]) -> None:
    """The scores are in the checkpoint, so that a run that is gone on with has the rate that it would have had."""
    content = checkpoint.load(ran[1] / "reduced-resnet18-classifier" / "checkpoint.pt")
    assert len(content["scores"]) == 4
    plan = classifier.plan(PairsConfig())
    assert plan.fall([0.1, 0.3, 0.5, 0.7]) == 1.0
    assert plan.fall([0.5, 0.5, 0.5, 0.5]) == 0.5


def test_stopped_and_gone_on_is_the_same(brief: dict[str, Any], data: Path, tmp_path: Path) -> None:
    """Stopped while photos are decoded, and while the classifier learns."""
    for stage in ("photos", "classifier"):
        seen: list[Progress] = []
        run = _job(
            data,
            tmp_path,
            config="reduced-resnet18",
            settings=BRIEF,
            stop=lambda stage=stage, seen=seen: bool(seen) and seen[-1].stage == stage and seen[-1].done == 3,
        )
        assert finished(run, seen.append) == Interrupted(tmp_path)
        assert (tmp_path / "photos" / "photos.json").exists() == (stage != "photos")
    assert _timeless(_run(data, tmp_path, settings=BRIEF)) == _timeless(brief)


def test_stopped_while_it_is_tested_nothing_is_reported(
    ran: tuple[dict[str, Any], Path], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifier, "TESTED", 10)
    seen: list[Progress] = []
    run = _job(
        data,
        ran[1],
        config="reduced-resnet18",
        settings=SMALL,
        stop=lambda: bool(seen) and seen[-1].stage == "test",
    )
    assert finished(run, seen.append) == Interrupted(ran[1])
    before = ("data set", "photos", "unreadable photos", "leak audit")
    assert [(step.stage, step.done) for step in seen if step.stage not in before] == [("test", 10)]


def test_several_workers_are_refused(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(TrainingError, match="torchrun started 2 workers, and the pairs recipe learns in one"):
        next(_job(data, tmp_path, config="reduced-resnet18"))


@pytest.mark.parametrize(("name", "count"), [("resnet50", 23_876_852), ("vgg16", 134_998_004)])
def test_parameters_are_the_papers(name: str, count: int) -> None:
    """The stock networks with 180 outputs. Counted without numbers, which would take half a gigabyte."""
    network = ARCHITECTURES[CONFIGS[name].network].network()
    reclassified(network, CONFIGS[name].seen, rng=np.random.default_rng(0))
    assert sum(leaf.numel() for leaf in network.parameters()) == count


def test_unknown_names_are_refused_with_the_nearest(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no preset 'resnet5'; did you mean 'resnet50'"):
        _run(data, tmp_path, config="resnet5")
    with pytest.raises(TrainingError, match="no setting 'epoch'; did you mean 'epochs'"):
        _run(data, tmp_path, settings=["epoch=1"])


@pytest.mark.parametrize("setting", ["batch=0", "seed=-1", "epochs=0", "momentum=0", "held_out=1", "rate=0", "seen=1"])
def test_settings_out_of_range_are_refused_at_once(setting: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"the setting {setting.split('=')[0]} is .*; wanted"):
        _run(data, tmp_path / "work", settings=[*SMALL, setting])
    assert not (tmp_path / "work").exists()


def test_micro_batches_are_for_networks_without_norms(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"the norm 'network\.bn1' learns from each batch"):
        _run(data, tmp_path, settings=[*SMALL, "micro_batch=8"])


def test_weights_that_are_not_there_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights of resnet18 lie in"):
        _run(data, tmp_path / "work", weights=tmp_path)


def test_other_weights_of_the_same_name_are_not_gone_on_with(data: Path, tmp_path: Path) -> None:
    settings = (*BRIEF, "epochs=1")
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        weights.write(whole("squeezenet1_1", rng=np.random.default_rng(number)), folder / "squeezenet1_1.safetensors")
    _run(data, tmp_path / "work", weights=tmp_path / "0", settings=settings)
    with pytest.raises(TrainingError, match=r"was made with weights '[0-9a-f]{64}'"):
        _run(data, tmp_path / "work", weights=tmp_path / "1", settings=settings)


def test_too_few_classes_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there are 5 classes; wanted 180 to see"):
        _run(data, tmp_path, settings=["album=32"])
