"""The museum recipe, end to end on a few real photos with a small drawn network, stopped and gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import DatasetError, TrainingError
from resight.io import images
from resight.nn.backbones.squeezenet import squeezenet
from resight.nn.networks import weights
from resight.nn.networks.architectures import IMAGENET
from resight.nn.networks.pretrained import whole
from resight.progress import Interrupted, Progress, finished
from resight.recipes.museum import recipe
from resight.recipes.museum.table import ROWS
from resight.training import history as histories

pytestmark = pytest.mark.usefixtures("few_rounds")

SMALL = (
    *("side=48", "scales=[64, 80]", "epochs=1", "batch=8", "rate=0.001"),
    *("width=8", "fitted=16", "regions=2", "anneal_after=0"),
)
NAMES = ("astronaut", "brick", "chelsea", "coffee", "coins", "hubble_deep_field", "page", "rocket")
CHANCE = 1 / len(NAMES)
"""The baseline that every row has to beat: a guess among the things that are known."""

SQUEEZENET = [name for name in ROWS if name.startswith("reduced-squeezenet")]
LEARNED = ("tuned-full", "tuned-conv", "tuned-regions", "cosine-random", "triplet-easy-hard", "triplet-regions")

Photo = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def data(known_photos: dict[str, Photo], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight things with one photo each; a darker crop of each as the query, one unknown and one that is no photo."""
    folder = tmp_path_factory.mktemp("museum") / "photos"
    for name in NAMES:
        photo = images.resize(known_photos[name], (96, 96))
        _write(folder / "reference" / name / "known.png", photo)
        _write(folder / "query" / name / "asked.png", (photo[6:90, 6:90] * 0.9).astype(np.uint8))
    _write(folder / "distractor" / "none" / "unknown.png", images.resize(known_photos["moon"], (96, 96)))
    (folder / "query" / "coins" / "broken.png").write_bytes(b"no photo")
    return folder


def _write(path: Path, photo: Photo) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(images.encode(photo, ".png"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of one network, under torchvision's name of them."""
    folder = tmp_path_factory.mktemp("weights")
    weights.write(squeezenet(), folder / "squeezenet1_1-b8a52dc0.safetensors")
    return folder


def _run(data: Path, work: Path, folder: Path | None, rows: tuple[str, ...], **options: Any) -> dict[str, Any]:
    names = [f"reduced-squeezenet-{row}" for row in rows]
    settings = options.pop("settings", SMALL)
    report = finished(recipe.run(data, work, rows=names, weights=folder, settings=settings, **options))
    assert isinstance(report, dict)
    return report


@pytest.fixture(scope="module")
def ran(data: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    work = tmp_path_factory.mktemp("work")
    return _run(data, work, folder, ("full", "conv", *LEARNED)), work


def test_every_row_beats_a_guess(ran: tuple[dict[str, Any], Path]) -> None:
    report, _ = ran
    assert [row["row"] for row in report["rows"]] == [f"reduced-squeezenet-{row}" for row in ("full", "conv", *LEARNED)]
    for row in report["rows"]:
        assert row["p_at_1"]["value"] > 2 * CHANCE, row["row"]
        assert row["p_at_1"]["low"] <= row["p_at_1"]["value"] <= row["p_at_1"]["high"]
        assert 0 <= row["micro_ap"]["value"] <= 1
    assert report["rows"][1]["p_at_1"]["value"] >= 4 * CHANCE  # the map of a drawn network still knows a crop


@pytest.mark.parametrize(
    ("row", "trained", "epochs", "rate", "learns"),
    [
        ("tuned-full", "cross-entropy", 40, 0.002, True),
        ("tuned-full", "cross-entropy", 8, 1e-12, False),
        ("tuned-regions", "sub-regions", 24, 0.002, True),
        ("tuned-regions", "sub-regions", 8, 1e-12, False),
    ],
)
def test_what_learns_is_surer_of_the_things_than_a_guess(
    row: str, trained: str, epochs: int, rate: float, learns: bool, data: Path, folder: Path, tmp_path: Path
) -> None:
    """A guess among n things has the cross-entropy ln n; a network that is drawn and learns nothing comes no lower."""
    settings = (*SMALL, f"epochs={epochs}", f"rate={rate}", "augmentation=none")
    _run(data, tmp_path, folder, (row,), settings=settings)
    kept = histories.opened(tmp_path / "trained" / f"reduced-squeezenet-{trained}")
    assert (np.mean(kept.yardsticks[-epochs // 2 :]) < 0.98 * np.log(len(NAMES))) == learns


@pytest.mark.parametrize(("rate", "learns"), [(3e-5, True), (1e-12, False)])
@pytest.mark.parametrize("row", ["triplet-random", "triplet-easy-hard"])
def test_what_learns_from_triplets_brings_views_of_a_thing_together(
    row: str, rate: float, learns: bool, data: Path, folder: Path, tmp_path: Path
) -> None:
    """By the loss of one sample throughout; what learns nothing did not converge, and is told so."""
    report = _run(data, tmp_path, folder, (row,), settings=(*SMALL, "epochs=8", f"rate={rate}", "batch=4", "seed=1"))
    kept = histories.opened(tmp_path / "trained" / f"reduced-squeezenet-{row}")
    assert kept.yardstick is not None
    assert kept.yardstick > 0.05
    assert (kept.yardsticks[-1] < 0.8 * kept.yardstick) == learns
    assert [verdict["name"] for verdict in report["rows"][0]["verdicts"]] == ([] if learns else ["DNC"])


def test_rows_are_compared_with_the_baseline_in_pairs(ran: tuple[dict[str, Any], Path]) -> None:
    report, _ = ran
    assert report["baseline"] == "reduced-squeezenet-full"
    assert "against" not in report["rows"][0]
    for row in report["rows"][1:]:
        gained = row["against"]["only_this"] - row["against"]["only_that"]
        assert gained == round(8 * (row["p_at_1"]["value"] - report["rows"][0]["p_at_1"]["value"]))
        assert 0 < row["against"]["p"] <= 1


def test_what_was_left_out_is_said(ran: tuple[dict[str, Any], Path]) -> None:
    photos = dict(ran[0]["photos"])
    (unreadable,) = photos.pop("unreadable")
    assert "broken.png" in unreadable
    leaks = photos.pop("leaks")  # so close a crop looks like the whole
    assert leaks
    assert all(Path(each["query"]).parent.name == Path(each["reference"]).parent.name for each in leaks)
    assert photos == {
        "references": 8,
        "instances": 8,
        "instances_with_one_photo": 8,
        "queries": 9,
        "excluded_queries": 1,
    }


def test_the_papers_figures_stand_beside(ran: tuple[dict[str, Any], Path]) -> None:
    rows = {row["row"]: row for row in ran[0]["rows"]}
    assert rows["reduced-squeezenet-tuned-conv"]["paper"] == {
        "network": "AlexNet",
        "CLICIDE": "N/A",
        "GaRoFou_I": "89.13",
    }
    assert rows["reduced-squeezenet-conv"]["normalisation"]["mean"] == IMAGENET[0]
    assert rows["reduced-squeezenet-conv"]["waiting"] is None
    assert 0 <= rows["reduced-squeezenet-tuned-conv"]["waiting"] < 1
    assert rows["reduced-squeezenet-conv"]["dimensions"] == 512 * 2 * 2
    assert rows["reduced-squeezenet-triplet-regions"]["dimensions"] == 8


def test_classification_is_learned_once_for_all_its_features(ran: tuple[dict[str, Any], Path]) -> None:
    trained = {folder.name.removeprefix("reduced-squeezenet-") for folder in (ran[1] / "trained").iterdir()}
    assert trained == {"cross-entropy", "sub-regions", "cosine-random", "triplet-easy-hard", "triplet-regions"}


def test_what_is_done_is_not_done_again(
    ran: tuple[dict[str, Any], Path], data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, work = ran
    monkeypatch.setattr(recipe, "Learner", None)
    again = _run(data, work, folder, ("full", "triplet-easy-hard"))
    kept = {row["row"]: row["p_at_1"] for row in report["rows"]}
    assert {row["row"]: row["p_at_1"] for row in again["rows"]} == {
        row["row"]: kept[row["row"]] for row in again["rows"]
    }


def test_other_weights_of_the_same_name_are_other_figures(
    data: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    learner = recipe.Learner
    monkeypatch.setattr(recipe, "Learner", lambda row, **of: asked.append(of["file"]) or learner(row, **of))
    [name] = (file.name for file in folder.iterdir())
    other = tmp_path / "other"
    other.mkdir()
    weights.write(whole("squeezenet1_1", rng=np.random.default_rng(1)), other / name)
    for each in (folder, other, other):
        _run(data, tmp_path / "work", each, ("conv",))
    assert asked == [folder / name, other / name]


def _stopped(stage: str, data: Path, work: Path, folder: Path) -> object:
    """What comes of a row that somebody stops in a stage."""
    seen: list[Progress] = []
    run = recipe.run(
        data,
        work,
        rows=["reduced-squeezenet-triplet-easy-hard"],
        weights=folder,
        settings=SMALL,
        stop=lambda: bool(seen) and seen[-1].stage == stage,
    )
    return finished(run, seen.append)


def test_stopped_and_gone_on_is_the_same_to_the_bit(
    ran: tuple[dict[str, Any], Path], data: Path, folder: Path, tmp_path: Path
) -> None:
    """Stopped in one stage after the other."""
    for stage in ("photos", "head", "reduced-squeezenet-triplet-easy-hard", "references"):
        assert _stopped(stage, data, tmp_path, folder) == Interrupted(tmp_path)
        assert (tmp_path / "photos-48" / "photos.json").exists() == (stage != "photos")
        assert (tmp_path / "trained").exists() == (stage in ("reduced-squeezenet-triplet-easy-hard", "references"))
    report = _run(data, tmp_path, folder, ("triplet-easy-hard",))
    [row] = report["rows"]
    assert row["map"] == next(each["map"] for each in ran[0]["rows"] if each["row"] == row["row"])
    assert row["map_by"]["standard"] == row["map"]["value"] <= row["map_by"]["seed"]
    one, other = (histories.opened(place / "trained" / row["row"]) for place in (tmp_path, ran[1]))
    assert (one.yardstick, one.yardsticks, one.scores) == (other.yardstick, other.yardsticks, other.scores)


def test_rows_without_weights_are_listed(data: Path, folder: Path, tmp_path: Path) -> None:
    names = ["alexnet-conv", "resnet152-triplet-semi-hard"]
    report: Any = finished(recipe.run(data, tmp_path, rows=names, weights=folder))
    assert report["rows"] == []
    assert report["baseline"] is None
    missing = {row["row"]: row["reason"] for row in report["not_run"]}
    assert list(missing) == ["alexnet-conv", "resnet152-triplet-semi-hard"]
    assert "no weights of resnet152 lie in" in missing["resnet152-triplet-semi-hard"]
    assert not (tmp_path / "photos-224").exists()


def test_without_weights_the_whole_table_is_listed_with_the_papers_figures(data: Path, tmp_path: Path) -> None:
    report: Any = finished(recipe.run(data, tmp_path))
    missing = {row["row"]: row for row in report["not_run"]}
    assert list(missing) == ["gordo", *ROWS]
    assert missing["gordo"]["paper"]["CLICIDE"] == "90.30"
    assert missing["resnet152-triplet-semi-hard"]["paper"]["CLICIDE"] == "86.06"
    assert "no weights of alexnet were given" in missing["alexnet-full"]["reason"]


def test_a_baseline_is_run_as_well(ran: tuple[dict[str, Any], Path], data: Path, folder: Path) -> None:
    report = _run(data, ran[1], folder, ("conv",), baseline="reduced-squeezenet-full")
    assert [row["row"] for row in report["rows"]] == ["reduced-squeezenet-full", "reduced-squeezenet-conv"]
    assert report["rows"][1]["against"]["row"] == "reduced-squeezenet-full"


def test_a_baseline_without_weights_is_listed_and_nothing_is_compared(
    ran: tuple[dict[str, Any], Path], data: Path, folder: Path
) -> None:
    report = _run(data, ran[1], folder, ("conv",), baseline="alexnet-conv")
    assert [row["row"] for row in report["not_run"]] == ["alexnet-conv"]
    assert report["baseline"] is None
    assert "against" not in report["rows"][0]


def test_unknown_rows_and_settings_are_refused_with_the_nearest_name(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no row 'alexnet-con'; did you mean 'alexnet-conv'"):
        next(recipe.run(data, tmp_path, rows=["alexnet-con"]))
    with pytest.raises(TrainingError, match="no setting 'epoch'; did you mean 'epochs'"):
        next(recipe.run(data, tmp_path, settings=["epoch=3"]))
    with pytest.raises(TrainingError, match="no row 'bestt'"):
        next(recipe.run(data, tmp_path, baseline="bestt"))


@pytest.mark.parametrize("setting", ["normalisation=networks", "augmentation=museums"])
def test_unknown_names_in_settings_are_refused_with_the_nearest(
    setting: str, data: Path, folder: Path, tmp_path: Path
) -> None:
    kind, name = setting.split("=")
    with pytest.raises(TrainingError, match=f"no {kind} is called {name!r}; did you mean {name[:-1]!r}"):
        _run(data, tmp_path, folder, ("conv",), settings=(*SMALL, setting))


@pytest.mark.parametrize(
    "setting",
    ["batch=0", "seed=-1", "epochs=0", "momentum=1.5", "share=1", "scales=[]", "mined=[3,0,1]", "mined=[3,3]"],
)
def test_settings_out_of_range_are_refused_at_once(setting: str, data: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"the setting {setting.split('=')[0]} is .*; wanted"):
        _run(data, tmp_path / "work", folder, ("conv",), settings=(*SMALL, setting))
    assert not (tmp_path / "work").exists()


def test_references_alone_are_no_benchmark(data: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="8 references and 0 queries"):
        _run(data / "reference", tmp_path, folder, ("conv",))


def test_without_views_an_only_photo_has_no_positive(data: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="each of 8 instances has one photo, and nothing is augmented"):
        _run(data, tmp_path, folder, ("triplet-random",), settings=(*SMALL, "augmentation=none"))


def test_several_workers_are_refused(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(TrainingError, match="torchrun started 2 workers, and the museum recipe learns in one"):
        next(recipe.run(data, tmp_path))
