"""What is said of a chosen false-accept rate."""

from __future__ import annotations

import pytest

from resight.cli.promise import tell_promise


@pytest.mark.parametrize(
    ("far", "promised", "lines"),
    [
        (0.05, True, []),
        (0.01, False, ["50 unknown photos asked about, wanted 100 or more; index with --unknown FOLDER"]),
        (0.0, False, ["cannot be promised by any gallery: choose a small one"]),
    ],
)
def test_the_threshold_and_whether_it_keeps_the_rate(
    capsys: pytest.CaptureFixture[str], far: float, promised: bool, lines: list[str]
) -> None:
    tell_promise({"value": 0.613, "far": far, "rate": far, "impostors": 50, "promised": promised})
    out, err = capsys.readouterr()
    first, *others = err.splitlines()
    assert out == ""
    assert first == "note: a photo gets its name from 61.3 % on, where known and unknown photos are equally common"
    assert len(others) == len(lines)
    assert all(part in line for part, line in zip(lines, others, strict=True))
