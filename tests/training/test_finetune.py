"""Fine-tuning from end to end: learns, stops and goes on, writes a model that recognises, and tells what it did."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from errno import ENOSPC
from pathlib import Path
from typing import Any, cast

import pytest

import resight
from resight.cli import main
from resight.cli.commands.train import train as command
from resight.errors import DatasetError, ModelError, TrainingError
from resight.features.encoder import encoders
from resight.io import images, model_folder
from resight.io.lock import WriterLock
from resight.progress import Interrupted, Job, Progress, finished
from resight.training import fine_tuning_run, finetune
from resight.training.history import EpochDone
from resight.training.outcome import TrainingOutcome
from resight.training.settings import FineTuningConfig, Settings
from resight.training.training_set import TrainingSet
from tests.children import Child
from tests.jobs import told
from tests.training.small_house import CHANNELS, register

pytestmark = pytest.mark.usefixtures("few_rounds")
TINY = FineTuningConfig(
    epochs=2, steps=6, batch=8, album=64, side=64, rate=1e-3, warmup=2, frozen_norms=False, device="cpu"
)


@pytest.fixture(scope="module")
def trained(things: Path, untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingOutcome:
    output = tmp_path_factory.mktemp("trained") / "mine"
    return resight.train(things, output, start=untrained, **cast(Settings, asdict(TINY)))


def test_what_the_command_can_be_told_can_be_told_from_python() -> None:
    theirs, ours = (set(inspect.signature(each).parameters) for each in (command, finetune.train))
    assert theirs - ours == {"json"}
    assert ours - theirs == {"progress"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epoch": 3}, "there is no setting 'epoch'; did you mean 'epochs'"),
        ({"epochs": 0}, "the setting epochs is 0"),
        ({"preset": "triplets"}, "'triplets'; did you mean 'triplet'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(
    options: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match=said):
        finetune.train(tmp_path, tmp_path / "model", **options)
    assert list(tmp_path.iterdir()) == []


def test_training_makes_the_encoder_better_than_it_was(trained: TrainingOutcome) -> None:
    """The baseline is what training starts from; measured as it will be used, on photos that it did not learn from."""
    found = trained.figures["photos"]
    assert found["after"]["micro_ap"]["value"] > found["before"]["micro_ap"]["value"]
    assert trained.history.means[-1] < trained.history.start


def test_a_place_below_a_file_is_refused(things: Path, untrained: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"'.*file/mine' cannot be made: '.*file' is no folder"):
        next(finetune.run([things], tmp_path / "file" / "mine", start=untrained, config=TINY, report=False))


@pytest.mark.parametrize("output", ["", ".", "/"])
def test_a_model_without_a_name_is_refused(output: str) -> None:
    for place in (fine_tuning_run.work_folder, fine_tuning_run.report_file, fine_tuning_run.board_folder):
        with pytest.raises(TrainingError, match=r"has no name; wanted that of a folder yet to be made"):
            place(Path(output))


def test_the_model_is_used_at_once(trained: TrainingOutcome, things: Path) -> None:
    [encoder] = encoders([str(trained.model)])
    photo = images.read(things / "moon" / "0.jpg")
    assert encoder.name == "mine"
    assert encoder.describe(encoder.extractor.features(photo)).shape == (CHANNELS,)


def test_the_model_says_what_it_is_worth_and_on_what_that_rests(trained: TrainingOutcome) -> None:
    told = json.loads((trained.model / model_folder.METRICS).read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(trained.to_dict()))
    assert told["data_sha256"] == trained.training_set.identity
    assert told["protocol"] | {"search": ""} == {
        "search": "",
        "by": "image",
        "learned": 14,
        "known": 14,
        "asked": 8,
        "asked_as_views": 2,
        "queries_of_the_data_set": False,
        "chosen_by_these_questions": "nothing",
    }
    assert (told["photos"], told["instances"], told["instances_of_one_photo"]) == (20, 8, 2)
    [line] = told["unreadable"]
    assert "broken.jpg" in line
    assert told["figures"]["photos"]["after"]["p_at_1"]["n"] == 6
    assert model_folder.load(trained.model).card.recipe == "train"


def test_what_training_went_on_from_is_gone_and_the_report_is_there(trained: TrainingOutcome) -> None:
    assert not fine_tuning_run.work_folder(trained.model).exists()
    page = fine_tuning_run.report_file(trained.model).read_text(encoding="utf-8")
    assert "Hardest confusions" in page


def test_stopped_and_gone_on_is_the_same_model(
    trained: TrainingOutcome, things: Path, untrained: Path, tmp_path: Path
) -> None:
    """Who goes on sees the epochs before, too."""
    output, steps = tmp_path / "mine", 0

    def learned(**options: Any) -> tuple[list[Any], Any]:
        epochs: list[Any] = []

        def noted(step: Progress) -> None:
            nonlocal steps
            steps = step.done if step.stage == "training" else steps
            epochs.extend([(step.done, step.epoch, step.loss)] if isinstance(step, EpochDone) else [])

        course = finetune.run([things], output, start=untrained, config=TINY, report=False, **options)
        return epochs, finished(course, noted)

    before, stopped = learned(stop=lambda: steps >= 9)
    assert stopped == Interrupted(fine_tuning_run.work_folder(output))
    assert not output.exists()
    after, outcome = learned()
    assert [(done, number) for done, number, _ in before] == [(1, 1)]
    assert [(done, number) for done, number, _ in after] == [(1, 1), (2, 2)]
    assert after[0] == before[0]
    assert outcome.history.steps == trained.history.steps
    weights = model_folder.WEIGHTS
    assert model_folder.load(output).sha256[weights] == model_folder.load(trained.model).sha256[weights]


def test_what_cannot_be_trained_on_is_refused_before_torch_is_loaded(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from resight.errors import DatasetError
from resight.training import fine_tuning_run, finetune
try:
    next(finetune.run([Path({str(tmp_path / "none")!r})], Path({str(tmp_path / "mine")!r})))
except DatasetError:
    print("torch" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (told.stdout, list(tmp_path.iterdir())) == ("False\n", [])


def test_curves_that_cannot_be_saved_stop_nothing(
    things: Path, untrained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, writer: object) -> None:
        raise OSError(ENOSPC, "no room", str(path))

    output = tmp_path / "mine"
    monkeypatch.setattr("resight.training.history.write_whole", full)
    steps, outcome = told(finetune.run([things], output, start=untrained, config=replace(TINY, steps=1), report=False))
    remarks = [step.remark for step in steps if step.stage == "epochs"]
    wanted = "the curves are not saved (no room); training goes on, and tries again after the next epoch"
    assert remarks == [wanted] * 2
    assert isinstance(outcome, TrainingOutcome)
    assert len(outcome.history.epochs) == 2


def test_patience_takes_the_epoch_with_the_best_score(things: Path, untrained: Path, tmp_path: Path) -> None:
    """The score of an untrained encoder's neighbours hardly moves in a step, so it waits in vain."""
    config = replace(TINY, epochs=9, steps=1, rate=1e-6, patience=1, board=True)
    output = tmp_path / "mine"
    outcome = finished(finetune.run([things], output, start=untrained, config=config, report=False))
    scores = outcome.history.scores[1:]
    assert outcome.reason == "patience"
    assert outcome.epoch == scores.index(max(scores)) + 1 == len(scores) - 2
    told = outcome.to_dict()
    assert told["training"]["epoch"] == outcome.epoch
    assert told["protocol"]["chosen_by_these_questions"] == "when to stop and which epoch to take"
    assert any("tfevents" in file.name for file in fine_tuning_run.board_folder(output).iterdir())


def work(things: Path, untrained: Path, output: Path) -> None:
    """Train in brief, as one of several; print the split of the photos, what came of it, and the files written."""
    written = []

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if opened or event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
            written.append(str(arguments[0]))

    def noted(*photos: Any, **options: Any) -> Job[TrainingSet]:
        made = yield from prepared(*photos, **options)
        print([each.tolist() for each in (made.parts.learned, made.parts.known, made.parts.asked)])
        return made

    register()
    sys.addaudithook(heard)
    prepared = fine_tuning_run.prepare_training_set
    fine_tuning_run.prepare_training_set = noted
    brief = replace(TINY, epochs=1, steps=2)
    steps, outcome = told(finetune.run([things], output, start=untrained, config=brief, report=False))
    print([type(outcome).__name__, bool(steps)])
    print(sorted({each for each in written if each.startswith(str(output.parent))}))


def test_two_workers_train_one_model_and_one_of_them_writes(
    things: Path, untrained: Path, two_workers: list[dict[str, str]], tmp_path: Path
) -> None:
    output = tmp_path / "mine"
    workers = [Child(work, things, untrained, output, environment=environment) for environment in two_workers]
    assert [worker.end() for worker in workers] == [0, 0], [worker.err for worker in workers]
    (first_split, first_end, first_files), (split, end, files) = (worker.out.splitlines() for worker in workers)
    assert split == first_split
    assert (first_end, end) == ("['TrainingOutcome', True]", "['NoneType', False]")
    assert "photos.npy" in first_files
    assert files == "[]"
    assert model_folder.load(output).card.recipe == "train"


def test_a_worker_whose_leader_has_gone_says_so(
    things: Path, untrained: Path, two_workers: list[dict[str, str]], tmp_path: Path
) -> None:
    """The leading worker alone finds out that a thing's only photo is none, and the other waits for nothing more."""
    shutil.copytree(things / "coffee", tmp_path / "photos" / "coffee")
    (tmp_path / "photos" / "moon").mkdir()
    shutil.copy(things / "moon" / "broken.jpg", tmp_path / "photos" / "moon")
    command = ["train", str(tmp_path / "photos"), "-o", str(tmp_path / "mine"), "--from", str(untrained)]
    command += ["--no-report", "--set", "device=cpu"]
    leader, other = (Child(run_command, command, environment=environment) for environment in two_workers)
    assert [leader.end(), other.end()] == [1, 1]
    assert "wanted two things at least" in leader.err
    assert other.err.splitlines()[-1].startswith("error: another worker has ended: see what it said")
    assert "Traceback" not in leader.err + other.err


def run_command(arguments: list[str]) -> None:
    register()
    sys.exit(main(arguments))


def test_a_training_of_other_settings_does_not_go_on(things: Path, untrained: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine"
    stages: list[str] = []
    course = finetune.run(
        [things], output, start=untrained, config=TINY, stop=lambda: "training" in stages, report=False
    )
    assert finished(course, lambda step: stages.append(step.stage)) == Interrupted(fine_tuning_run.work_folder(output))
    with pytest.raises(TrainingError, match=r"made with rate 0\.001, wanted 0\.5"):
        list(finetune.run([things], output, start=untrained, config=replace(TINY, rate=0.5), report=False))


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"freeze": "context"}, TrainingError, "'stage2' is the last that leaves something to learn"),
        ({"freeze": "contxt"}, ModelError, "did you mean 'context'"),
        ({"rates": (("stage3", 0.1),)}, TrainingError, "no parameter lies in 'stage3'; did you mean 'stage"),
        ({"optimiser": "sdg"}, TrainingError, "did you mean 'sgd'"),
    ],
)
def test_what_cannot_be_learned_is_refused_before_a_photo_is_decoded(
    changes: dict[str, Any], error: type[Exception], said: str, things: Path, untrained: Path, tmp_path: Path
) -> None:
    course = finetune.run([things], tmp_path / "mine", start=untrained, config=replace(TINY, **changes))
    with pytest.raises(error, match=said):
        next(course)


WAYS = [
    {"loss": "contrastive", "miner": "hardest-pairs", "optimiser": "sgd", "schedule": "cosine"},
    {"loss": "quadruplet", "optimiser": "nag", "schedule": "one-cycle", "rates": (("stage2", 0.5),)},
    {"loss": "hinge", "optimiser": "adam", "schedule": "step", "falling": 0.5},
    {"loss": "cross-entropy", "schedule": "running-mean"},
    {"loss": "cosine", "schedule": "time-decay", "learned_p": True},
]


@pytest.mark.parametrize("changes", WAYS, ids=lambda changes: changes["loss"])
def test_every_way_to_learn_makes_a_model(
    changes: dict[str, Any], things: Path, untrained: Path, tmp_path: Path
) -> None:
    config = replace(TINY, epochs=1, steps=2, **changes)
    outcome = finished(finetune.run([things], tmp_path / "mine", start=untrained, config=config, report=False))
    assert len(outcome.history.steps) == 2
    card = model_folder.load(tmp_path / "mine").card
    assert all(card.config[name] == json.loads(json.dumps(value)) for name, value in changes.items())
    weights = model_folder.WEIGHTS
    assert model_folder.load(tmp_path / "mine").sha256[weights] != model_folder.load(untrained).sha256[weights]
    learned = card.aggregate["p"]
    assert (learned != 3.0) == config.learned_p
    assert abs(learned - 3.0) < 0.2


def test_where_another_trains_nobody_else_does(things: Path, untrained: Path, tmp_path: Path) -> None:
    holder = WriterLock(fine_tuning_run.work_folder(tmp_path / "mine"), wait=0)
    with pytest.raises(TrainingError, match="is being written by process"):
        next(finetune.run([things], tmp_path / "mine", start=untrained, config=TINY))
    holder.release()
    assert next(finetune.run([things], tmp_path / "mine", start=untrained, config=TINY)).stage == "photos"


def test_one_thing_cannot_be_told_apart(things: Path, untrained: Path, tmp_path: Path) -> None:
    shutil.copytree(things / "coffee", tmp_path / "photos" / "coffee")
    with pytest.raises(DatasetError, match="show only 'coffee'; wanted two things"):
        list(finetune.run([tmp_path / "photos"], tmp_path / "mine", start=untrained, config=TINY, report=False))


def test_a_model_that_is_there_is_not_replaced(things: Path, untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="exists already"):
        list(finetune.run([things], untrained, start=untrained, config=TINY, report=False))
