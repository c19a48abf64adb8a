"""Errors are caught by their kind, and suggest what may have been meant."""

from __future__ import annotations

import sys

import pytest

from resight.errors import (
    EncoderMismatch,
    GalleryError,
    MissingExtra,
    ResightError,
    ShapeError,
    suggestion,
    torch_wanted,
)


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (EncoderMismatch, GalleryError),
        (ShapeError, ValueError),
        (MissingExtra, ImportError),
        (MissingExtra, ResightError),
    ],
)
def test_each_is_also_what_others_would_catch(kind: type[Exception], base: type[Exception]) -> None:
    assert issubclass(kind, base)


def test_a_missing_extra_says_how_to_get_it() -> None:
    assert str(MissingExtra("a table", "pyarrow", "data")) == 'a table needs pyarrow: pip install "resight[data]"'


@pytest.mark.parametrize("extra", ["train", "explain"])
def test_without_torch_the_choice_of_its_build_is_told(monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    told = str(MissingExtra("a map", "torch", extra))
    assert told.startswith(f'a map needs torch: pip install "resight[{extra}]", which on Linux brings')
    assert told.endswith("first: pip install torch --index-url https://download.pytorch.org/whl/cpu")


@pytest.mark.parametrize(("module", "package"), [("torch", "torch"), ("safetensors.torch", "safetensors")])
def test_what_needs_torch_names_the_extra_and_what_for(module: str, package: str) -> None:
    with (
        pytest.raises(MissingExtra, match=f'^a map needs {package}: pip install "resight\\[train\\]"'),
        torch_wanted("a map"),
    ):
        raise ModuleNotFoundError(name=module)


def test_what_else_is_missing_is_no_extra() -> None:
    with pytest.raises(ModuleNotFoundError) as missing, torch_wanted():
        raise ModuleNotFoundError(name="torches")
    assert not isinstance(missing.value, MissingExtra)


def test_a_suggestion_is_made_only_for_what_is_near() -> None:
    assert suggestion("stag2", ["stage1", "stage2"]) == "; did you mean 'stage2'?"
    assert suggestion("zebra", ["stage1", "stage2"]) == ""
    assert suggestion("zebra", []) == ""
