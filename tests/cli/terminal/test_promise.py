"""Promises about chosen rates."""

from __future__ import annotations

import pytest

from resight.cli.terminal.promise import tell_promise
from resight.metrics.acceptance import Threshold


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
    tell_promise(Threshold(value, false_accept_rate, false_accept_rate, 50, promised).to_dict())
    out, err = capsys.readouterr()
    first, *others = err.splitlines()
    assert out == ""
    assert (
        first
        == f"note: a photo gets its name from {100 * value:.1f} % on, where known and unknown photos are equally common"
    )
    assert len(others) == len(lines)
    assert all(part in line for part, line in zip(lines, others, strict=True))


@pytest.mark.parametrize(
    ("threshold", "lines"),
    [
        (
            Threshold(0.7, None, 0.0, 0, True, 0.01, 400, 1, 900),
            ["at most 1.0 % of names are wrong, with a chance of 9 in 10, among photos like those that the gallery was "
             "asked about (900 photos; 1 of 400 names wrong of those that tested it)"],
        ),
        (
            Threshold(0.99, None, 0.0, 0, False, 0.01, 40, 0, 90, 610),
            ["a false-discovery rate of 0.01 cannot be promised, so names are given by what their probability says: "
             "90 photos asked about, 0 of 40 names wrong; wanted about 610 photos"],
        ),
        (
            Threshold(0.99, None, 0.0, 0, False, 0.01, 40, 5, 90, None),
            ["90 photos asked about, 5 of 40 names wrong; which is more than that"],
        ),
        (Threshold(1.0, None, 0.0, 0, False, 0.0, 40, 0, 90, None), ["of 0 cannot be promised by any gallery"]),
        (
            Threshold(0.99, 0.01, 0.0, 200, False, 0.01, 40, 0, 90, 610),
            ["a false-discovery rate of 0.01 cannot be promised"],
        ),
        (
            Threshold(0.99, 0.001, 0.0, 200, False, 0.1, 40, 0, 90),
            ["at most 10.0 % of names are wrong", "a false-accept rate of 0.001 cannot be promised"],
        ),
    ],
)  # fmt: skip
def test_what_is_promised_of_wrong_names(
    capsys: pytest.CaptureFixture[str], threshold: Threshold, lines: list[str]
) -> None:
    tell_promise(threshold.to_dict())
    _, *others = capsys.readouterr().err.splitlines()
    assert len(others) == len(lines)
    assert all(part in line for part, line in zip(lines, others, strict=True))
