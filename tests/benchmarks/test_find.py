"""The benchmark of what is where: who is right, and a small pack from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import find as benchmark
import numpy as np
import pytest
from data.corners import walls
from data.packs import Pack, pack
from find import Scene, measured
from running.command import parser

from resight.io import images
from resight.verification.polygons import box
from tests.galleries import quick

SQUARE = box(np.zeros(2), np.full(2, 10.0))


def _scene(*known: str, marked: bool = True) -> Scene:
    return Scene("a", lambda: images.read(b""), known, tuple(SQUARE if marked else None for _ in known))


def _row(*names: str, shift: float = 0.0, unknown: int = 0) -> dict[str, Any]:
    found = [{"name": name, "outline": (SQUARE + np.array([shift, 0])).tolist()} for name in names]
    return {"found": found, "unknown": [{}] * unknown, "seconds": 0.5}


def test_figures_by_hand(few_rounds: None) -> None:
    scenes = [_scene("a", "b"), _scene("c"), _scene(), _scene("d", marked=False)]
    rows = [_row("a", "a", shift=2.5), _row(unknown=1), _row("e"), _row("d")]
    result = measured(scenes, rows, 0.0)
    assert result.f1.value == pytest.approx(2 * 2 / (4 + 4))
    assert result.overlap is not None
    assert result.overlap.value == pytest.approx(75 / 125)
    assert (result.named.value, result.seconds) == (0.25, 0.5)


def test_on_shelves_an_outline_has_to_be_met(few_rounds: None) -> None:
    scenes, rows = [_scene("a"), _scene("a")], [_row("a", shift=2.5), _row("a", shift=5)]
    assert measured(scenes, rows, 0.5).f1.value == 0.5
    assert measured(scenes, rows, 0.0).f1.value == 1.0
    missed = measured(scenes, [_row("a", shift=9), _row("a", shift=9)], 0.5)
    assert (missed.f1.value, missed.overlap) == (0.0, None)


@pytest.fixture
def small(tmp_path: Path, known_photos: Any, monkeypatch: pytest.MonkeyPatch) -> Pack:
    """A museum with corners, and the packs that shelves are made of."""
    parquet = pytest.importorskip("pyarrow.parquet", reason='needs pyarrow: pip install "resight[data]"')
    pyarrow = pytest.importorskip("pyarrow")
    wall = np.full((300, 400, 3), 127, np.uint8)
    wall[50:250, 60:360] = images.resize(known_photos["coffee"], (300, 200))
    corners = [[[120.0, 100.0], [720.0, 100.0], [720.0, 500.0], [120.0, 500.0]]]
    none = {"corners": None, "subset": "bbdd"}
    rows = [
        *({"file_name": f"{name}.png", "photo": known_photos[name], "labels": name, "split": "reference", **none}
          for name in ("coffee", "chelsea", "page", "astronaut", "camera")),
        {"file_name": "w.png", "photo": wall, "label": "coffee|page", "labels": "coffee", "split": "query",
         "corners": corners, "subset": "q_w3"},
        {"file_name": "c.png", "photo": wall, "labels": "coffee", "split": "query", **none},
        {"file_name": "x.png", "photo": known_photos["moon"], "labels": "no", "split": "distractor", "corners": corners,
         "subset": "q_w4"},
    ]  # fmt: skip
    for row in rows:
        photo = row.pop("photo")
        row |= {"image": images.encode(photo, ".png"), "width": photo.shape[1], "orig_width": 2 * photo.shape[1]}
    rooms = [{"image": images.encode(known_photos[name], ".png"), "file_name": f"{name}.png", "labels": name,
              "split": "reference"} for name in ("grass", "gravel")]  # fmt: skip
    for name, content in {"museum": rows, "sf-buildings": rooms, "photos": rooms}.items():
        (tmp_path / "data" / name).mkdir(parents=True)
        parquet.write_table(pyarrow.Table.from_pylist(content), tmp_path / "data" / name / "images.parquet")
    monkeypatch.setenv("RESIGHT_SHARED", str(tmp_path))
    return pack("museum")


def test_walls_are_those_with_paintings_where_people_marked_them(small: Pack) -> None:
    wall, stranger = walls(small)
    assert (wall.entry.name, wall.known) == ("w.png", ("coffee",))
    np.testing.assert_allclose(wall.outlines[0], [(60, 50), (360, 50), (360, 250), (60, 250)])
    assert (stranger.entry.name, stranger.known, stranger.outlines) == ("x.png", (), ())


def test_a_small_museum_from_end_to_end(
    small: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_rounds: None
) -> None:
    monkeypatch.setattr(benchmark, "SHELVES", 2)
    monkeypatch.setattr(benchmark, "SYSTEMS", {"geometry": (("classical",), "geometry")})
    with quick():
        report = benchmark.main(parser("").parse_args(["--cache", str(tmp_path)]))
    walls, shelves = report.data["results"]
    assert walls["f1"]["value"] == 1
    assert walls["overlap"]["value"] > 0.9
    assert shelves["f1"]["n"] == 2
    assert walls["named"]["value"] == 0
    assert report.markdown.count("\n") == 4
