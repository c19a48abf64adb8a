"""What is said of a chosen false-accept rate."""

from __future__ import annotations

import pytest

from resight.cli.terminal.promise import tell_promise


@pytest.mark.parametrize(
    ("value", "false_accept_rate", "promised", "lines"),
    [
        (0.613, 0.05, True, []),
        (
            0.5,
            0.01,
            False,
            ["given as without --false-accept-rate: 50 unknown photos asked about, wanted 100 or more; index with"],
        ),
        (0.613, 0.01, False, ["given more strictly than without --false-accept-rate: 50 unknown photos"]),
        (0.613, 0.0, False, ["cannot be promised by any gallery: choose a small one"]),
    ],
)
def test_the_threshold_and_whether_it_keeps_the_rate(
    capsys: pytest.CaptureFixture[str], value: float, false_accept_rate: float, promised: bool, lines: list[str]
) -> None:
    tell_promise(
        {"value": value, "far": false_accept_rate, "rate": false_accept_rate, "impostors": 50, "promised": promised}
    )
    out, err = capsys.readouterr()
    first, *others = err.splitlines()
    assert out == ""
    assert (
        first
        == f"note: a photo gets its name from {100 * value:.1f} % on, where known and unknown photos are equally common"
    )
    assert len(others) == len(lines)
    assert all(part in line for part, line in zip(lines, others, strict=True))
