"""Training from the command line."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from resight.io.datasets.preflight import DatasetRead, Outset, PhotosLeftOut
from resight.io.datasets.survey import RefusedPlace, Survey
from resight.progress import Interrupted
from resight.training.history import History
from resight.training.settings import FineTuningConfig
from tests.jobs import job

SECONDS = {"waiting": 0.1, "preparing": 0.9, "learning": 4.0}


def _estimate(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 8}


def _outcome(tmp_path: Path, *, views: int = 0, verdicts: tuple[Any, ...] = (), change: str = "better") -> Any:
    measured = {
        when: {"p_at_1": _estimate(v), "micro_ap": _estimate(v / 2)} for when, v in (("before", 0.5), ("after", 0.75))
    }
    leak = SimpleNamespace(query="q.jpg", reference="r.jpg", kind="content")
    return SimpleNamespace(
        model=tmp_path / "mine",
        figures={"all": measured},
        change=change,
        start=SimpleNamespace(card=SimpleNamespace(name="house")),
        verdicts=verdicts,
        training_set=SimpleNamespace(
            leaks=(leak,),
            parts=SimpleNamespace(viewed=np.arange(8) < views),
        ),
        config=FineTuningConfig(patience=2),
        epoch=3,
        history=History(epochs={str(number): {"seconds": SECONDS} for number in range(1, 6)}),
        to_dict=lambda: {"figures": {"all": measured}},
    )


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: Any) -> dict[str, Any]:
    """What the training was asked for; its outcome is under "outcome"."""
    seen: dict[str, Any] = {"outcome": _outcome(tmp_path)}

    def trained(photos: list[Path], output: Path, **options: Any) -> Any:
        seen.update(options, photos=photos, output=output)
        return job(PhotosLeftOut.of(seen.get("unreadable", ()), 9), result=seen["outcome"])

    monkeypatch.setattr("resight.training.finetune.run", trained)
    return seen


def test_a_training_is_asked_for_and_its_worth_told(run: Any, asked: Any, tmp_path: Path) -> None:
    told = run("train", tmp_path, "-o", tmp_path / "mine", "--preset", "triplet", "--set", "epochs=3")
    assert told.status == 0
    assert (asked["photos"], asked["output"], asked["start"]) == ([tmp_path], tmp_path / "mine", None)
    assert (asked["config"].loss, asked["config"].epochs, asked["report"]) == ("triplet-cosine", 3, True)
    assert told.out.splitlines() == [
        "     asked  before                  after                   questions",
        "P@1  all    0.500 (0.400 to 0.600)  0.750 (0.650 to 0.850)          8",
        "µAP  all    0.250 (0.150 to 0.350)  0.375 (0.275 to 0.475)          8",
        "weights of epoch 3 of 5, the best P@1",
        "2.0 % of the training's time was spent waiting for photos",
        "better: on what was asked the encoder is better than before",
        f"wrote {tmp_path / 'mine'} and {tmp_path / 'mine.html'}",
    ]


def test_what_was_left_out_is_told_apart(run: Any, asked: Any, tmp_path: Path) -> None:
    asked["outcome"] = _outcome(tmp_path, views=3)
    asked["unreadable"] = ("4.jpg: no photo",)
    told = run("train", tmp_path, "-o", tmp_path / "mine", "--no-report")
    assert told.status == 1
    assert told.err.startswith("unreadable: 4.jpg: no photo\n")
    assert "not asked: q.jpg, whose photo r.jpg is known (content)" in told.err
    assert "3 questions of 8 are simulated views: those things have one photo" in told.err
    assert told.out.endswith(f"wrote {tmp_path / 'mine'}\n")


def test_what_a_folder_lacks_is_told_and_makes_the_status_1(
    run: Any, asked: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    survey = Survey((RefusedPlace("photos/closed", "cannot be listed"),))

    def trained(*_: Any, **__: Any) -> Any:
        return job(DatasetRead.of(Outset(survey=survey), 1), result=asked["outcome"])

    monkeypatch.setattr("resight.training.finetune.run", trained)
    told = run("train", tmp_path, "-o", tmp_path / "mine", "--no-report", "--json")
    assert told.status == 1
    assert told.err.startswith("error: photos/closed: cannot be listed\n")
    assert told.lines[0]["refused"] == [{"place": "photos/closed", "reason": "cannot be listed"}]


def test_where_it_goes_on_is_told_at_once(run: Any, asked: Any, tmp_path: Path) -> None:
    assert "going on" not in run("train", tmp_path, "-o", tmp_path / "mine").err
    (tmp_path / "mine.training").mkdir()
    History(steps=[(1, 0.7, 1.0), (2, 0.5, 1.0)]).save(tmp_path / "mine.training")
    told = run("train", tmp_path, "-o", tmp_path / "mine").err
    assert told.startswith(f"going on after step 2, which {tmp_path / 'mine.training'} keeps\n")


def test_a_verdict_is_told_with_what_to_try(run: Any, asked: Any, tmp_path: Path) -> None:
    from resight.training.diagnosis import CBT

    asked["outcome"] = _outcome(tmp_path, verdicts=(CBT,))
    told = run("train", tmp_path, "-o", tmp_path / "mine")
    assert f"CBT: {CBT.meaning}\n  try: strengthen the augmentation\n  try: " in told.out


def test_an_encoder_that_became_worse_is_not_praised(run: Any, asked: Any, tmp_path: Path) -> None:
    asked["outcome"] = _outcome(tmp_path, change="worse")
    told = run("train", tmp_path, "-o", tmp_path / "mine").out
    assert "worse: on what was asked the encoder is worse than before\n  try: keep the encoder that it started" in told


def test_a_worker_that_does_not_lead_tells_nothing(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("resight.training.finetune.run", lambda *photos, **options: iter(()))
    told = run("train", tmp_path, "-o", tmp_path / "mine")
    assert (told.status, told.out, told.err) == (0, "", "")


def test_json_is_one_line(run: Any, asked: Any, tmp_path: Path) -> None:
    [report] = run("train", tmp_path, "-o", tmp_path / "mine", "--json").lines
    assert (report["model"], report["report"]) == (str(tmp_path / "mine"), str(tmp_path / "mine.html"))
    assert report["figures"]["all"]["after"]["p_at_1"]["value"] == 0.75


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set", "epoch=3"), "there is no setting 'epoch'; did you mean 'epochs'?"),
        (("--preset", "tripet"), "there is no preset 'tripet'; did you mean 'triplet'?"),
        (("--set", "loss=triplets"), "no loss to fine-tune by is called 'triplets'"),
        (("--set", "device=gpu"), "the setting device is 'gpu'"),
    ],
)
def test_what_is_misspelt_is_refused_at_once(options: tuple[str, ...], said: str, run: Any, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    for thing in ("cat", "moon"):
        (tmp_path / "photos" / thing).mkdir(parents=True)
        (tmp_path / "photos" / thing / "0.jpg").touch()
    told = run("train", tmp_path / "photos", "-o", tmp_path / "mine", *options)
    assert told.status == 1
    assert said in told.err
    assert not (tmp_path / "mine.training").exists()


def test_a_stopped_training_says_how_to_go_on(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def stopped(*photos: Any, stop: Any, **options: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        return job(result=Interrupted(Path("mine.training")))

    monkeypatch.setattr("resight.training.finetune.run", stopped)
    told = run("train", tmp_path, "-o", tmp_path / "mine")
    assert (told.status, told.out) == (130, "")
    assert "stopped; mine.training is where the same command goes on" in told.err
