"""``resight verify``: two photos, a table of pairs, and what is asked wrongly."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from resight.io import images
from resight.types import Image


@pytest.fixture
def pair(known_photos: dict[str, Image], tmp_path: Path) -> tuple[Path, Path]:
    photo = images.resize(known_photos["coffee"], (480, 320))
    files = tmp_path / "a.png", tmp_path / "b.jpg"
    for file, image in zip(files, (photo, photo[20:300, 30:400]), strict=True):
        file.write_bytes(images.encode(image, file.suffix))
    return files


def test_two_photos_are_told_with_what_that_rests_on(run: Any, pair: tuple[Path, Path], tmp_path: Path) -> None:
    told = run("verify", *pair, "--save", tmp_path / "why.png", "--heat", tmp_path / "heat.png")
    assert told.status == 0
    assert told.out.startswith("the same, ")
    assert "one is a crop of the other" in told.out
    assert "likelihood ratio: " in told.out
    assert "  local features and geometry: +" in told.out
    assert (tmp_path / "why.png").exists()
    assert (tmp_path / "heat.png").exists()
    found = run("verify", *pair, "--json").lines[0]
    assert found["same"] is True
    assert found["relation"] == "a crop of the other"


def test_a_table_is_answered_and_what_is_missing_listed(run: Any, pair: tuple[Path, Path], tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("first,second\na.png,b.jpg\na.png,gone.jpg\na.png,a.png\n", encoding="utf-8")
    told = run("verify", "--pairs", table)
    rows = list(csv.DictReader(io.StringIO(told.out)))
    assert told.status == 1
    assert [row["same"] for row in rows] == ["yes", "", "yes"]
    assert rows[2]["relation"] == "identical file"
    assert "gone.jpg" in rows[1]["error"]
    assert "1 pair of 3 could not be answered" in told.err
    written = run("verify", "--pairs", table, "-o", tmp_path / "out.csv")
    assert (written.status, written.out) == (1, "")
    assert list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8")))) == rows
    assert [line.get("same") for line in run("verify", "--pairs", table, "--json").lines] == [True, None, True]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("a.png",), "found 1 photo; wanted two photos, or --pairs with a table"),
        (("a.png", "b.png", "--pairs", "c.csv"), "found 2 photos; wanted two photos, or --pairs"),
        (("a.png", "b.png", "-o", "c.csv"), "--output is for the answers to --pairs"),
        (("--pairs", "c.csv", "--save", "d.png"), "--save and --heat draw the answer to two photos"),
        (("--pairs", "c.csv"), "c.csv cannot be read"),
        (("none.png", "none.png"), "none.png"),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_words(
    asked: tuple[str, ...], said: str, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = run("verify", *asked)
    assert told.status in (1, 2)
    assert said in told.err
