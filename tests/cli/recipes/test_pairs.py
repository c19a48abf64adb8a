"""The recipe of pairs from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.jobs import job

CBT = {"name": "CBT", "meaning": "the test is no better", "advice": ["mine harder pairs", "augment"]}


def test_the_pairs_recipe_is_run_with_its_preset(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def ran(data: Path, work: Path, *, config: str, weights: Any, settings: Any, stop: Any) -> Any:
        assert (data, work, weights) == (tmp_path / "tiny", tmp_path / "work", None)
        assert (config, list(settings)) == ("reduced-resnet18", ["epochs=2"])
        leak = {"query": "a.jpg", "reference": "b.jpg", "kind": "content"}
        photos = {"tested": 9, "left_out": ["a.png: not an image", "b.png: not an image"]}
        found = {"config": config, "guess": 0.25, "photos": photos}
        return job(result={**found, "leaks": [leak], "verdicts": [CBT]})

    monkeypatch.setattr("resight.recipes.pairs.recipe.run", ran)
    asked = ("recipe", "pairs", tmp_path / "tiny", "--work", tmp_path / "work", "--preset", "reduced-resnet18")
    told = run(*asked, "--set", "epochs=2")
    assert told.out == "config  reduced-resnet18\nguess   0.25\nphotos\n  tested    9\n  left out  2\n"
    assert "note: CBT: the test is no better; try: mine harder pairs; augment" in told.err
