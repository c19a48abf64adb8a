"""The recipe of the house encoder from the command line."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from resight.progress import Interrupted
from tests.jobs import job


def _house(tmp_path: Path, *more: object) -> tuple[object, ...]:
    teacher = ("--teacher", tmp_path / "teacher.safetensors", "--work", tmp_path / "work", "-o", tmp_path / "house")
    return ("recipe", "house", tmp_path / "one", tmp_path / "two", *teacher, *more)


def test_the_house_recipe_is_run_with_its_settings(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def trained(photos: list[Path], work: Path, output: Path, *, teacher: Path, config: Any, stop: Any) -> Any:
        assert (photos, work) == ([tmp_path / "one", tmp_path / "two"], tmp_path / "work")
        assert (teacher, output) == (tmp_path / "teacher.safetensors", tmp_path / "house")
        assert (config.epochs, config.rate, config.seed) == (7, 0.5, 0)
        assert not stop()
        return job(result={"steps": 9})

    monkeypatch.setattr("resight.recipes.house.recipe.run", trained)
    told = run(*_house(tmp_path, "--set", "epochs=7", "--set", "rate=0.5"))
    assert told.out == f"wrote {tmp_path / 'house'}\nsteps  9\n"


def test_a_misspelt_setting_is_refused_with_the_nearest(run: Any, tmp_path: Path) -> None:
    told = run(*_house(tmp_path, "--set", "epoch=7"))
    assert told.status == 1
    assert "there is no setting 'epoch'; did you mean 'epochs'?" in told.err


def test_a_stopped_training_says_how_to_go_on(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def stopped(*photos: Any, stop: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)
        assert stop()
        return job(result=Interrupted(Path("work/stable/checkpoint.pt")))

    monkeypatch.setattr("resight.recipes.house.recipe.run", stopped)
    told = run(*_house(tmp_path))
    assert told.status == 130
    assert told.out == ""
    assert "stopped; work/stable/checkpoint.pt is where the same command goes on" in told.err
