"""What is kept is found again, and nothing that was made of something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import TrainingError
from resight.io.cached_result import load_cached, save_cached, write_text

MADE_OF = {"rate": 0.1, "sides": (1, 2), "seed": 3}


def test_a_result_is_found_again(tmp_path: Path) -> None:
    file = tmp_path / "rows" / "one.json"
    assert load_cached(file, MADE_OF) is None
    save_cached(file, MADE_OF, {"value": [0.5, None]})
    assert load_cached(file, MADE_OF) == {"value": [0.5, None]}
    assert [path.name for path in file.parent.iterdir()] == ["one.json"]


@pytest.mark.parametrize("other", [{**MADE_OF, "rate": 0.2}, {"rate": 0.1}, {**MADE_OF, "more": 1}])
def test_what_was_made_of_something_else_is_not(other: dict[str, object], tmp_path: Path) -> None:
    save_cached(tmp_path / "one.json", MADE_OF, 1)
    assert load_cached(tmp_path / "one.json", other) is None


def test_a_result_of_before_did_not_say_the_content(tmp_path: Path) -> None:
    save_cached(tmp_path / "one.json", MADE_OF, 1)
    assert load_cached(tmp_path / "one.json", {**MADE_OF, "content": "these"}) == 1
    save_cached(tmp_path / "one.json", {**MADE_OF, "content": "these"}, 2)
    assert load_cached(tmp_path / "one.json", {**MADE_OF, "content": "these"}) == 2
    assert load_cached(tmp_path / "one.json", {**MADE_OF, "content": "others"}) is None


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match=r"cannot be written \(.*\): make room or name another folder"):
        write_text(tmp_path / "file" / "one.json", "text")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", '{"result": 1}', '{"made_of": {"rate": 0.1, "sides": [1, 2], "seed": 3}}']
)
def test_a_damaged_file_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(text, encoding="utf-8")
    with pytest.raises(TrainingError, match=r"one\.json' is no whole result .*: remove it, then run the same command"):
        load_cached(tmp_path / "one.json", MADE_OF)
