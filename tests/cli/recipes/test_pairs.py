"""The recipe of pairs from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.jobs import job

WHOLE = (
    "  whole: accuracy 75.00 % (always similar 50.00 %), balanced 75.00 % (50.0 % to 87.5 %), "
    "AUC 0.750 (0.500 to 0.875)"
)
CBT = {"name": "CBT", "meaning": "the test is no better", "advice": ["mine harder pairs", "augment"]}


def test_the_pairs_recipe_is_run_with_its_preset(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def ran(data: Path, work: Path, *, config: str, weights: Any, settings: Any, stop: Any) -> Any:
        assert (data, work, weights) == (tmp_path / "tiny", tmp_path / "work", None)
        assert (config, list(settings)) == ("reduced-resnet18", ["epochs=2"])
        photos = {"tested": 9, "left_out": ["a.png: not an image", "b.png: not an image"]}
        step_one = {"guess": 0.25, "photos": photos, "leaks": [], "verdicts": [CBT], "settings": {}}
        figure = {"classes": {"value": 0.75, "low": 0.5, "high": 0.875}}
        judged = {
            "pairs": 1200,
            "unique_pairs": 900,
            "cases": [{"case": "similar, both seen", "n": 9, "accuracy": 0.5}, {"case": "x", "n": 0, "accuracy": None}],
            "sets": {"whole": {"always_similar": 0.5, "accuracy": figure, "balanced_accuracy": figure, "auc": figure}},
        }
        step_two = {**judged, "paper": {"cases": [0.8336, 0.9222]}, "verdicts": []}
        form = {"name": "reduced-resnet18", "classifier": step_one, "similarity": step_two}
        return job(result={"config": config, "forms": [form], "ensembles": {"joint": judged}, "left_out": ["much"]})

    monkeypatch.setattr("resight.recipes.pairs.recipe.run", ran)
    asked = ("recipe", "pairs", tmp_path / "tiny", "--work", tmp_path / "work", "--preset", "reduced-resnet18")
    told = run(*asked, "--set", "epochs=2")
    assert told.out.splitlines() == [
        "form   reduced-resnet18",
        "guess  0.25",
        "photos",
        "  tested    9",
        "  left out  2",
        "reduced-resnet18, of 1,200 pairs, 900 of them different:",
        "  case 1, similar, both seen: 50.00 % (paper 83.36 %)",
        "  case 2, x: none (paper 92.22 %)",
        WHOLE,
        "joint, of 1,200 pairs, 900 of them different:",
        "  case 1, similar, both seen: 50.00 %",
        "  case 2, x: none",
        WHOLE,
        f"wrote {tmp_path / 'work' / 'pairs.html'}",
    ]
    assert "note: CBT: the test is no better; try: mine harder pairs; augment" in told.err
    assert "note: left out: much" in told.err
