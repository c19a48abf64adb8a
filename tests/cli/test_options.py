"""Shares and names are checked where they are parsed."""

from __future__ import annotations

import math

import pytest
import typer

from resight.cli.options import examples, one_of, rate, share


@pytest.mark.parametrize("value", [None, 0.0, 0.01, 1.0])
def test_a_rate_may_be_none_and_all(value: float | None) -> None:
    assert rate(value) == value


@pytest.mark.parametrize("value", [None, 0.01, 0.99])
def test_a_share_lies_between(value: float | None) -> None:
    assert share(value) == value


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan, math.inf])
def test_what_is_no_rate_is_refused(value: float) -> None:
    with pytest.raises(typer.BadParameter, match="wanted a share from 0 to 1"):
        rate(value)


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0, math.nan])
def test_what_leaves_one_kind_of_photo_out_is_refused(value: float) -> None:
    with pytest.raises(typer.BadParameter, match="wanted a share between 0 and 1"):
        share(value)


def test_a_name_is_one_of_those_that_there_are_or_the_nearest_is_told() -> None:
    checked = one_of(("geometry", "heat"), "way")
    assert (checked("heat"), checked(None)) == ("heat", None)
    for value, near in {"geometri": r"; did you mean 'geometry'\?", "smell": ""}.items():
        with pytest.raises(typer.BadParameter, match=f"there is no way '{value}'{near}; wanted one of geometry, heat"):
            checked(value)


def test_examples_keep_their_lines() -> None:
    assert examples("a", "b") == "\b\nExamples:\n  a\n  b"
