"""The page of the digits recipe: what it says of the figures that it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.recipes.digits import report as digits
from resight.recipes.digits.drawings import DigitDrawings, DigitReading, DrawnPhoto, DrawnScene

pytest.importorskip("matplotlib")

SHARE = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 10}
SQUARE = np.zeros((8, 12, 3), np.uint8)


def _sign(low: float, high: float, network: int = 0) -> dict[str, Any]:
    gain = {"value": (low + high) / 2, "low": low, "high": high, "n": 5}
    cell = {"filters": 0.3, "alike": 0.2, "printed": 0.1, "gain": gain}
    return {"network": network, "scenes": "photos as they are", "pointing": cell, "energy": cell, "iou": cell}


def _report(**more: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    method = dict.fromkeys(("pointing", "energy", "iou", "located", "right"), SHARE) | {"ms": 1.5}
    return {
        "accuracy": {**SHARE, "paper": 0.55},
        "classes": [{**SHARE, "paper": 0.7}] * 10,
        "filters": {
            "error": [0.1] * 11,
            "silenced": rng.random((16, 11)).tolist(),
            "weights": {name: [1 / 16] * 16 for name in ("filters", "printed", "alike")},
        },
        "settings": {"error": "nll", "split": "train", "<seed>": 0},
        "signs": [_sign(0.1, 0.2)],
        "localisation": {"photos as they are": {"filters": method}},
        "true_boxes": {"photos as they are": {**SHARE, "value": 0.75}},
        **more,
    }


def _drawings(regions: int = 3, read: tuple[str, ...] = ("7 (0.95)",)) -> DigitDrawings:
    look = DigitReading(SQUARE, SQUARE, SQUARE, regions, read)
    photo = DrawnPhoto("a<b>.png", SQUARE, look, look)
    return DigitDrawings((photo,), (DrawnScene("photos as they are", 4, SQUARE, {"filters": SQUARE}),))


def _written(tmp_path: Path, report: dict[str, Any], drawn: DigitDrawings | None) -> str:
    digits.write(report, drawn, tmp_path / "page.html")
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_paper_stands_beside_and_within_or_not(tmp_path: Path) -> None:
    text = _written(tmp_path, _report(), _drawings())
    assert "<td>all</td><td>50.00 %</td><td>40.00 % to 60.00 %</td><td>55.00 %</td><td>yes</td>" in text
    assert "<td>3</td><td>50.00 %</td><td>40.00 % to 60.00 %</td><td>70.00 %</td><td>no</td>" in text
    assert 'class="verdict bad"' in text


def test_an_accuracy_that_reaches_the_papers_is_no_failure(tmp_path: Path) -> None:
    text = _written(tmp_path, _report(accuracy={**SHARE, "paper": 0.5}), _drawings())
    assert 'class="verdict good"' in text
    assert 'class="verdict bad"' not in text


def test_signs_are_judged_by_their_intervals() -> None:
    rows = [_sign(0.1, 0.2), _sign(-0.1, 0.2), _sign(-0.3, -0.1, network=1), _sign(0.0, 0.1, network=1)]
    said = digits.sign_verdict(rows)
    assert "in 4 comparisons (2 networks)" in said
    assert "by pointing game it is better in 1 and worse in 1 (means 0.30 and 0.10; 0.20 where all" in said


def test_what_each_method_got_is_a_line(tmp_path: Path) -> None:
    text = _written(tmp_path, _report(), _drawings())
    cells = "<td>0.50 (0.40–0.60)</td>" * 5
    assert f"<td>filters</td>{cells}<td>1.50</td>" in text
    assert "own boxes 75.00 % (40.00 % to 60.00 %) are read rightly" in text


def test_names_are_made_safe(tmp_path: Path) -> None:
    text = _written(tmp_path, _report(), _drawings())
    assert "a&lt;b&gt;.png, 12 × 8" in text
    assert "&lt;seed&gt;" in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("regions", "read", "said"),
    [
        (0, (), "nothing is above the threshold"),
        (5, (), "read with 0.9 or more: nothing"),
        (5, ("1 (0.99)",), "with 0.9 or more: 1 (0.99)"),
    ],
)
def test_what_is_read_is_told(regions: int, read: tuple[str, ...], said: str, tmp_path: Path) -> None:
    assert said in _written(tmp_path, _report(), _drawings(regions, read))


def test_without_photos_there_is_nothing_to_measure(tmp_path: Path) -> None:
    report = {key: value for key, value in _report().items() if key not in ("signs", "localisation")}
    text = _written(tmp_path, report, None)
    assert "No photos were given" in text
    assert "Which sign" not in text
