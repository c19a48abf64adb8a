"""Why, from the command line: words, JSON with both maps, and a picture."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from tests.cli.conftest import NASTY, SHOWN, shape


def test_it_says_what_was_found_and_how_far_to_trust_it(run: Any, query: Path, indexed: Path) -> None:
    told = run("explain", query, "-g", indexed)
    assert (told.status, told.err) == (0, "")
    caption, sentence, tested, known = told.out.splitlines()
    assert caption.startswith("coffee: ")
    assert sentence.endswith(" points lie on this photo as on the known one of coffee")
    assert tested.startswith("this photo: test passed: hiding bright places first leaves ")
    assert known.startswith("the known photo: test passed: hiding bright places first leaves ")


def test_what_has_no_name_is_told_first_with_the_hint(run: Any, query: Path, indexed: Path, tmp_path: Path) -> None:
    with Image.open(query) as photo:
        ImageOps.mirror(photo).save(tmp_path / "mirrored.png")
    told = run("explain", tmp_path / "mirrored.png", "-g", indexed, "--method", "difference")
    caption, hint, *_ = told.out.splitlines()
    assert caption.startswith(("None of these", "Not sure"))
    assert hint.startswith("hint: the mirror image of this photo shows coffee: ask with --mirrored")


def test_the_json_holds_both_maps(run: Any, query: Path, indexed: Path, golden: Any) -> None:
    told = run("explain", query, "-g", indexed, "--json")
    (why,) = told.lines
    golden("explain", shape(why))
    assert [each["frame"] for each in why["maps"]] == ["query", "reference"]
    assert base64.b64decode(why["maps"][0]["png"]).startswith(b"\x89PNG")


def test_it_is_drawn(run: Any, query: Path, indexed: Path, tmp_path: Path) -> None:
    told = run("explain", query, "-g", indexed, "--save", tmp_path / "new" / "why.png")
    assert (told.status, told.err) == (0, f"wrote {tmp_path / 'new' / 'why.png'}\n")
    with Image.open(tmp_path / "new" / "why.png") as picture:
        assert picture.width > 900
    told = run("explain", query, "-g", indexed, "--save", query)
    assert (told.status, told.out) == (2, "")
    assert "would replace it" in told.err


def test_another_known_thing_may_be_named(run: Any, query: Path, indexed: Path) -> None:
    told = run("explain", query, NASTY, "-g", indexed, "--method", "difference")
    assert (told.status, told.err) == (0, "")
    assert told.out.startswith(f"Beside {SHOWN}\nThis photo and {SHOWN} could not be compared: ")
    assert "\x1b" not in told.out


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        (["--method", "magic"], 2, "there is no method 'magic'; wanted one of votes, similarity, "),
        (["nothing.jpg"], 1, "error: 'nothing.jpg' is no known thing, no known photo and no file"),
    ],
)
def test_what_cannot_be_explained_is_told(
    run: Any, query: Path, indexed: Path, more: list[str], status: int, message: str
) -> None:
    told = run("explain", query, *more, "-g", indexed)
    assert (told.status, told.out) == (status, "")
    assert message in " ".join(told.err.split())


def test_recognising_explains_as_well(run: Any, museum: Path, query: Path, indexed: Path, golden: Any) -> None:
    told = run("recognise", query, museum / "distractor", "-g", indexed, "--explain", "--json")
    first, second = told.lines
    golden("recognise, explained", shape(first))
    assert [first["instance"], second["instance"]] == ["coffee", None]
    assert first["explanation"] == run("explain", query, "-g", indexed, "--json").lines[0]


def test_recognising_says_why_and_draws_it(run: Any, query: Path, indexed: Path, tmp_path: Path) -> None:
    told = run("recognise", query, "-g", indexed, "--explain", "--save", tmp_path / "why.png")
    assert "  this photo: test passed: hiding bright places first leaves " in told.out
    plain = run("recognise", query, "-g", indexed, "--save", tmp_path / "plain.png")
    assert "hidden" not in plain.out
    assert (tmp_path / "why.png").read_bytes() != (tmp_path / "plain.png").read_bytes()


def test_a_photo_that_cannot_be_read_has_no_why(run: Any, query: Path, indexed: Path) -> None:
    told = run("recognise", "missing.jpg", query, "-g", indexed, "--explain", "--json")
    assert told.status == 1
    assert ["explanation" in line for line in told.lines] == [False, True]


def test_an_encoder_without_such_a_map_says_what_is_possible(
    run: Any, museum: Path, query: Path, tmp_path: Path
) -> None:
    assert run("index", museum, "-g", tmp_path / "coded.gallery", "--encoder", "bow").status == 0
    told = run("explain", query, "-g", tmp_path / "coded.gallery", "--method", "similarity")
    assert (told.status, told.out) == (1, "")
    assert told.err.endswith("made with bow; possible here: occlusion\n")
