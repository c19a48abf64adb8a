"""Shares and names are checked where they are parsed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import typer

from resight.cli.terminal.options import examples, new_file, one_of, rate, share
from resight.errors import GalleryError


@pytest.mark.parametrize("value", [0.0, 0.01, 1.0, "0.01", "1"])
def test_a_rate_may_be_none_and_all(value: float | str) -> None:
    assert rate(value) == float(value)


@pytest.mark.parametrize("value", [0.01, 0.99, "0.5"])
def test_a_share_lies_between(value: float | str) -> None:
    assert share(value) == float(value)


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan, math.inf, "1%", "0,01", ""])
def test_what_is_no_rate_is_refused(value: float | str) -> None:
    with pytest.raises(typer.BadParameter, match=f"found {value}; wanted a share from 0 to 1, such as 0.01 for 1 %"):
        rate(value)


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0, math.nan, "50 %"])
def test_what_leaves_one_kind_of_photo_out_is_refused(value: float | str) -> None:
    with pytest.raises(typer.BadParameter, match="wanted a share between 0 and 1"):
        share(value)


def test_a_name_is_one_of_those_that_there_are_or_the_nearest_is_told() -> None:
    checked = one_of(("geometry", "heat"), "method")
    assert (checked("heat"), checked(None)) == ("heat", None)
    for value, near in {"geometri": r"; did you mean 'geometry'\?", "smell": ""}.items():
        with pytest.raises(
            typer.BadParameter, match=f"there is no method '{value}'{near}; wanted one of geometry, heat"
        ):
            checked(value)


def test_what_ends_in_a_slash_is_a_folder_that_is_there(tmp_path: Path) -> None:
    assert new_file(f"{tmp_path}/") == tmp_path
    assert new_file(f"{tmp_path}/new.gallery") == tmp_path / "new.gallery"
    with pytest.raises(GalleryError, match=r"there is no folder .*/new/: make it first, or name a file"):
        new_file(f"{tmp_path}/new/")


def test_examples_keep_their_lines() -> None:
    assert examples("a", "b") == "\b\nExamples:\n  a\n  b"
