"""The pairs recipe from end to end on small real photos, with its report; a stop anywhere changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import ModelError, TrainingError
from resight.nn.backbones.squeezenet import squeezenet
from resight.nn.networks import weights
from resight.progress import Interrupted, Progress, finished
from resight.recipes.pairs import config, recipe

SMALL = (
    "seen=3",
    "side=32",
    "album=32",
    "epochs=3",
    "batch=16",
    "held_out=0.5",
    "each=20",
    "validated=4",
    "tested=6",
    "pair_epochs=10",
    "pair_batch=32",
    "pair_rate=0.05",
)
HEADS = {
    "cpu-resnet": config.PairsConfig(network="squeezenet1_1", head=32, layer="relu", pairs_of="held-out"),
    "cpu-vgg": config.PairsConfig(network="squeezenet1_1", head=64, layer="hidden", pairs_of="held-out"),
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    weights.write(squeezenet(rng=np.random.default_rng(0)), folder / "squeezenet1_1.safetensors")
    return folder


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CONFIGS", {**config.CONFIGS, **HEADS})
    monkeypatch.setattr(recipe, "ROUNDS", 20)


def _run(data: Path, work: Path, **options: Any) -> dict[str, Any]:
    report = finished(recipe.run(data, work, **{"config": "cpu", "settings": SMALL, **options}))
    assert isinstance(report, dict)
    return report


@pytest.fixture(scope="module")
def ran(data: Path, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    work = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "CONFIGS", {**config.CONFIGS, **HEADS})
        patch.setattr(recipe, "ROUNDS", 20)
        return _run(data, work, weights=drawn), work


def test_both_forms_and_their_ensembles_beat_a_guess(ran: tuple[dict[str, Any], Path]) -> None:
    report = ran[0]
    assert [form["name"] for form in report["forms"]] == ["cpu-resnet", "cpu-vgg"]
    assert set(report["ensembles"]) == {"averaged", "joint"}
    for judged in (*(form["similarity"] for form in report["forms"]), *report["ensembles"].values()):
        assert judged["pairs"] == 2 * 5 * 4 * 6
        assert [each["n"] for each in judged["cases"]] == [72, 36, 72, 48, 12]
        seen, unseen = judged["sets"]["seen"], judged["sets"]["unseen"]
        assert seen["always_similar"] == 72 / 108
        assert unseen["always_similar"] == 48 / 60
        assert seen["balanced_accuracy"]["classes"]["value"] > 0.6
        assert seen["auc"]["photos"]["low"] > 0.6
    assert report["left_out"]


def test_the_report_is_a_page_of_its_own(ran: tuple[dict[str, Any], Path]) -> None:
    page = (ran[1] / "pairs.html").read_text(encoding="utf-8")
    assert "5: dissimilar, both unseen" in page
    assert page.count("<svg") == 3
    assert "surest wrong pair" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert json.loads((ran[1] / "figures.json").read_text(encoding="utf-8")) == json.loads(json.dumps(ran[0]))


@pytest.mark.parametrize("stage", ["descriptors", "similarity network"])
def test_stopped_and_gone_on_ends_with_the_same_figures(
    stage: str, ran: tuple[dict[str, Any], Path], data: Path, drawn: Path, tmp_path: Path
) -> None:
    seen: list[Progress] = []
    job = recipe.run(
        data,
        tmp_path,
        config="cpu-resnet",
        weights=drawn,
        settings=SMALL,
        stop=lambda: bool(seen) and seen[-1].stage == stage,
    )
    assert finished(job, seen.append) == Interrupted(tmp_path)
    again = _run(data, tmp_path, weights=drawn, config="cpu-resnet")
    assert again["forms"][0]["similarity"] == ran[0]["forms"][0]["similarity"]


def test_what_is_unknown_is_refused_before_anything_is_read(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no preset 'pape'; did you mean 'paper'"):
        _run(data, tmp_path, config="pape")
    with pytest.raises(ModelError, match="no input of pairs is called 'squarred'; did you mean 'squared'"):
        _run(data, tmp_path, settings=["input=squarred"])
    with pytest.raises(TrainingError, match="the setting pairs_of is 'heldout'; did you mean 'held-out'"):
        _run(data, tmp_path, settings=["pairs_of=heldout"])
    with pytest.raises(ModelError, match="a frozen squeezenet1_1 learns nothing, so that it wants weights"):
        _run(data, tmp_path)
    assert not any(tmp_path.iterdir())


def test_descriptors_side_by_side_outweigh_no_other() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 2, (50, 8)).astype(np.float16), rng.normal(0, 30, (50, 24)).astype(np.float16)
    joint = recipe.side_by_side([first, second]).astype(np.float64)
    energy = [np.square(part).sum(axis=1).mean() for part in (first.astype(np.float64), joint[:, :8], joint[:, 8:])]
    np.testing.assert_allclose(energy, [energy[0], energy[0] / 2, energy[0] / 2], rtol=1e-2)
    np.testing.assert_array_equal(recipe.side_by_side([first]), first)
