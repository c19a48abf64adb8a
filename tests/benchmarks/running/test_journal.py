"""The journal: what is finished is never worked again, whatever ended the run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running.journal import resumed

WORKERS = [1, 4]


@pytest.fixture
def asked() -> list[str]:
    """The keys that were worked on."""
    return []


@pytest.fixture
def work(asked: list[str]) -> Callable[[str], Any]:
    def answer(key: str) -> Any:
        asked.append(key)
        return {"key": key, "numbers": [0.1, len(key)]}

    return answer


@pytest.mark.parametrize("workers", WORKERS)
def test_results_come_in_the_order_of_the_keys(
    tmp_path: Path, work: Callable[[str], Any], asked: list[str], workers: int
) -> None:
    path = tmp_path / "new" / "a.jsonl"
    first = resumed(path, ["c", "a", "b"], work, workers=workers)
    assert list(first) == ["c", "a", "b"]
    assert first["a"] == {"key": "a", "numbers": [0.1, 1]}
    again = resumed(path, ["b", "d", "a"], work, workers=workers)
    assert list(again) == ["b", "d", "a"]
    assert again["a"] == first["a"]
    assert sorted(asked) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("workers", WORKERS)
def test_a_failure_keeps_what_came_before_it(
    tmp_path: Path, work: Callable[[str], Any], asked: list[str], workers: int
) -> None:
    def failing(key: str) -> Any:
        if key == "c":
            raise OSError("the disk is gone")
        return work(key)

    with pytest.raises(OSError, match="the disk is gone"):
        resumed(tmp_path / "a.jsonl", "abcdefgh", failing, workers=workers)
    asked.clear()
    resumed(tmp_path / "a.jsonl", "abc", work)
    assert asked == ["c"]


def test_a_result_is_on_disk_before_the_next_is_begun(tmp_path: Path) -> None:
    lines = []

    def counting(key: str) -> int:
        lines.append(len((tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()))
        return 0

    resumed(tmp_path / "a.jsonl", "ab", counting, workers=1)
    resumed(tmp_path / "a.jsonl", "abc", counting, workers=1)
    assert lines[0] == 0
    assert lines[-1] == 2


@pytest.mark.parametrize("left", range(1, 12))
def test_a_torn_line_is_done_again(tmp_path: Path, work: Callable[[str], Any], asked: list[str], left: int) -> None:
    path = tmp_path / "a.jsonl"
    whole = resumed(path, "ab", work)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:-left])
    asked.clear()
    assert resumed(path, "abc", work) == {**whole, "c": {"key": "c", "numbers": [0.1, 1]}}
    assert asked == ["b", "c"]
    asked.clear()
    resumed(path, "abc", work)
    assert asked == []


def test_a_torn_first_line_is_done_again(tmp_path: Path, work: Callable[[str], Any]) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'["a", {"ke')
    assert list(resumed(tmp_path / "a.jsonl", "a", work)) == ["a"]
    assert list(resumed(tmp_path / "a.jsonl", "a", work)) == ["a"]


def test_several_threads_work_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(3, timeout=60)

    def waiting(key: str) -> int:
        return together.wait()

    assert sorted(resumed(tmp_path / "a.jsonl", "abc", waiting, workers=3).values()) == [0, 1, 2]


def test_what_json_cannot_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        resumed(tmp_path / "a.jsonl", "a", lambda key: float("nan"))
