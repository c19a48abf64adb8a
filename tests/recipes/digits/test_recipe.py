"""The digits recipe, end to end on the first real digits of MNIST and on photographs; and the paper's own numbers."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from resight.errors import DatasetError, TrainingError
from resight.io import images
from resight.nn.backbones.lenet import lenet
from resight.nn.networks import weights
from resight.progress import Interrupted, Progress, finished
from resight.recipes.digits import benchmark, charts, drawings, mnist, recipe
from resight.recipes.digits import report as page
from resight.recipes.digits.config import DigitsConfig
from tests.jobs import told

pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "resight[report]"')

pytestmark = pytest.mark.usefixtures("few_rounds")

SMALL = ("images=3000", "epochs=4", "batch=100", "others=1", "other_epochs=1", "scenes=3", "drawn=2")
QUICK = ("images=600", "epochs=2", "batch=100", "others=1", "other_epochs=1")
ALONE = (*QUICK[:3], "others=0")
TRIED = ("photos dimmed to a half", "dimmed, beside another digit")

Photo = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "mnist"


@pytest.fixture(scope="module")
def photos(known_photos: dict[str, Photo], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photographs with text, four without, one file that is no photo."""
    folder = tmp_path_factory.mktemp("photos") / "in"
    folder.mkdir()
    for name in ("text", "coins", "astronaut", "coffee", "camera", "rocket"):
        (folder / f"{name}.png").write_bytes(images.encode(known_photos[name][:200, :260], ".png"))
    (folder / "broken.jpg").write_bytes(b"no photo")
    return folder


def _run(data: Path, output: Path, **options: Any) -> tuple[list[str], Any]:
    steps, report = told(recipe.run(data, output, **({"settings": SMALL} | options)))
    return [step.stage for step in steps], report


@pytest.fixture(scope="module", autouse=True)
def _once() -> Iterator[None]:
    """The digits are read once and the chart of the filters is drawn once: both have tests of their own. Of the ways in
    which digits lie on photos there are two.
    """
    drawn: list[str] = []

    def chart(*of: Any) -> str:
        drawn.append(drawn[0] if drawn else charts.filter_chart(*of))
        return drawn[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "filter_chart", chart)
        patch.setattr(mnist, "read", cache(mnist.read))
        for module in (benchmark, drawings):
            patch.setattr(module, "CONDITIONS", {name: benchmark.CONDITIONS[name] for name in TRIED})
        yield


@pytest.fixture(scope="module")
def ran(data: Path, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    output = tmp_path_factory.mktemp("digits") / "out"
    return _run(data, output, photos=photos)[1], output


@pytest.fixture(scope="module")
def undisturbed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    output = tmp_path_factory.mktemp("undisturbed") / "out"
    return _run(data, output, settings=QUICK)[1], output


@pytest.fixture(scope="module")
def alone(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """One network and no photos; a test that goes on with it does so with a copy."""
    output = tmp_path_factory.mktemp("alone") / "out"
    return _run(data, output, settings=ALONE)[1], output


def test_the_network_beats_the_nearest_mean_of_a_class(ran: tuple[dict[str, Any], Path], data: Path) -> None:
    """The baseline, learned from the same 3,000 digits and asked about the same 10,000."""
    learned, tested = mnist.read(data)
    rows, asked = (each.images.reshape(len(each), -1).astype(np.float32) for each in (learned, tested))
    means = np.stack([rows[:3000][learned.labels[:3000] == digit].mean(axis=0) for digit in range(10)])
    nearest = (asked @ means.T - (means**2).sum(axis=1) / 2).argmax(axis=1)
    baseline = float((nearest == tested.labels).mean())
    accuracy = ran[0]["accuracy"]
    assert 0.7 < baseline < 0.85
    assert accuracy["low"] > baseline
    assert accuracy["n"] == 10_000


def test_classes_sum_to_all(ran: tuple[dict[str, Any], Path]) -> None:
    report, _ = ran
    right = [round(each["value"] * each["n"]) for each in report["classes"]]
    assert [each["n"] for each in report["classes"]] == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert sum(right) == round(report["accuracy"]["value"] * 10_000)


def test_filters_are_weighed_by_what_they_are_missed_for(ran: tuple[dict[str, Any], Path]) -> None:
    filters = ran[0]["filters"]
    rises = np.array(filters["silenced"])[:, 0] - filters["error"][0]
    assert rises.shape == (16,)
    assert rises.max() > 0.01
    assert np.argmax(filters["weights"]["filters"]) == np.argmax(rises)
    assert np.argmin(filters["weights"]["printed"]) == np.argmax(rises)
    for shares in filters["weights"].values():
        assert sum(shares) == pytest.approx(1)


def test_what_was_pasted_is_found_better_than_by_chance(ran: tuple[dict[str, Any], Path]) -> None:
    found = ran[0]["localisation"]["photos dimmed to a half"]
    assert found["filters"]["energy"]["value"] > 1.5 * found["random"]["energy"]["value"]
    assert found["filters"]["ms"] < found["occlusion"]["ms"] / 10


def test_photos_are_parted_and_those_that_cannot_be_read_told(ran: tuple[dict[str, Any], Path]) -> None:
    said = ran[0]["photos"]
    assert (said["drawn"], said["pasted_on"]) == (2, 4)
    (left_out,) = said["left_out"]
    assert "broken.jpg" in left_out


def test_the_report_is_one_page_that_fetches_nothing(ran: tuple[dict[str, Any], Path]) -> None:
    report, output = ran
    text = (output / "digits.html").read_text(encoding="utf-8")
    assert json.loads((output / "figures.json").read_text(encoding="utf-8")) == json.loads(json.dumps(report))
    for heading in (
        "Table 2",
        "What each filter is worth",
        "Which sign of equation 1",
        "Heat on photos",
        "Digits pasted",
    ):
        assert heading in text
    assert "text.png, 260 × 172" in text
    assert "99.59 %" in text
    assert not re.search(r"(?:href|src|url)\W{1,2}(?:https?:)?//", text)
    assert set(weights.read(output / "lenet.safetensors")) == set(lenet().state_dict())


def test_the_same_command_does_nothing_twice(ran: tuple[dict[str, Any], Path], data: Path, photos: Path) -> None:
    stages, report = _run(data, ran[1], photos=photos)
    # What is to be known of the photos is said, they are read again, and kept errors told.
    assert set(stages) == {"data set", "unreadable photos", "photos", "filters"}
    assert json.loads(json.dumps(report)) == json.loads(json.dumps(ran[0]))


def test_stopped_and_gone_on_is_the_same(undisturbed: tuple[dict[str, Any], Path], data: Path, tmp_path: Path) -> None:
    """Within the first network's training, and within the second's."""
    for stage in ("network 1 of 2", "network 2 of 2"):
        seen: list[Progress] = []
        run = recipe.run(
            data,
            tmp_path / "a",
            settings=QUICK,
            stop=lambda stage=stage, seen=seen: bool(seen) and (seen[-1].stage, seen[-1].done) == (stage, 3),
        )
        assert finished(run, seen.append) == Interrupted(tmp_path / "a")
        assert not (tmp_path / "a" / "digits.html").exists()
    whole, folder = undisturbed
    assert _run(data, tmp_path / "a", settings=QUICK)[1] == whole
    first, second = (weights.read(each / "lenet.safetensors") for each in (tmp_path / "a", folder))
    assert all(torch.equal(first[key], second[key]) for key in lenet().state_dict())


def test_the_measurement_is_stopped_between_two_methods(
    ran: tuple[dict[str, Any], Path], data: Path, photos: Path, tmp_path: Path
) -> None:
    shutil.copytree(ran[1], tmp_path / "out")
    (tmp_path / "out" / "training" / "localisation.json").unlink()
    (tmp_path / "out" / "digits.html").unlink()
    steps, stopped = told(recipe.run(data, tmp_path / "out", photos=photos, settings=SMALL, stop=lambda: True))
    assert stopped == Interrupted(tmp_path / "out")
    stages = [step.stage for step in steps]
    assert stages[-2:] == ["filters", "localisation"]
    assert stages.count("localisation") == 1
    assert not (tmp_path / "out" / "digits.html").exists()


def test_other_settings_are_measured_anew(alone: tuple[dict[str, Any], Path], data: Path, tmp_path: Path) -> None:
    """Only what they change: the networks are not trained again."""
    first = alone[0]
    output = shutil.copytree(alone[1], tmp_path / "out")
    stages, second = _run(data, output, settings=(*ALONE, "error=zero-one", "temperature=0.5"))
    assert set(stages) == {"filters"}
    assert first["filters"]["error"] != second["filters"]["error"]
    assert second["filters"]["error"][0] == pytest.approx(np.round(600 * second["filters"]["error"][0]) / 600)


def test_a_network_that_learned_otherwise_is_not_taken_for_this_one(
    alone: tuple[dict[str, Any], Path], data: Path, tmp_path: Path
) -> None:
    """Nor one that learned for longer, whose figures would be told as those of fewer epochs."""
    output = shutil.copytree(alone[1], tmp_path / "out")
    for change in ("epochs=1", "rate=0.01"):
        with pytest.raises(TrainingError, match=f"was made with {change.split('=')[0]} "):
            _run(data, output, settings=(*ALONE, change))


def test_without_photos_the_page_says_what_is_missing(alone: tuple[dict[str, Any], Path]) -> None:
    report, output = alone
    assert "localisation" not in report
    assert "No photos were given: name a folder with --photos" in (output / "digits.html").read_text(encoding="utf-8")


def test_hyper_parameters_are_the_papers() -> None:
    config = DigitsConfig()
    assert (config.images, config.epochs, config.batch, config.rate, config.decay) == (60_000, 10, 300, 1e-3, 1e-5)
    plan = recipe._plan(config, config.epochs, seed=0)
    optimiser = plan.optimiser(lenet())
    assert (type(optimiser).__name__, optimiser.param_groups[0]["lr"]) == ("Adam", 1e-3)
    assert plan.rate(2000) == pytest.approx(1 / 1.02)
    assert np.mean(recipe.PAPER) == pytest.approx(recipe.PAPER_OVERALL, abs=5e-4)


def test_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has none of MNIST's files; wanted train-images.*put them there"):
        _run(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("error=zero", "wanted one of nll, zero-one"),
        ("epoch=3", "no setting 'epoch'; did you mean 'epochs'"),
        ("images=4", "none of the first 4 digits is a 2; wanted some of all ten"),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting: str, said: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=said):
        _run(data, tmp_path, settings=[setting])
