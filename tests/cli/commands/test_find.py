"""Finding from the command line: what is where, in words, as JSON and as pictures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.gallery.stores.opening import create_gallery, open_gallery
from tests.cli.conftest import NASTY, SHOWN, shape


@pytest.fixture(scope="module")
def room(museum: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two known things side by side on grey."""
    page = Image.new("RGB", (900, 500), (120, 120, 120))
    for left, name in ((30, "coffee/coffee.jpg"), (500, f"{NASTY}/astronaut.jpg")):
        with Image.open(museum / "query" / name) as photo:
            photo.thumbnail((370, 400))
            page.paste(photo, (left, 50))
    path = tmp_path_factory.mktemp("room") / "room.png"
    page.save(path)
    return path


@pytest.fixture(scope="module")
def pooled(museum: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery without local features, of photos that are in no way known yet."""
    from resight.features.encoder import encoders

    path = tmp_path_factory.mktemp("pooled") / "vlad.gallery"
    create_gallery(path, [encoder.card() for encoder in encoders(["vlad"])]).close()
    return path


def test_things_are_told_in_words(run: Any, room: Path, indexed: Path) -> None:
    told = run("find", room, "--gallery", indexed)
    assert (told.status, told.err) == (0, "")
    photo, count, header, *things, end = told.out.split("\n")[:-1]
    assert (photo, count, end) == (str(room), "  2 known things found", "")
    assert header.split() == ["thing", "probability", "found", "by", "outline,", "pixels"]
    assert sorted(thing.split("  ")[1].strip() for thing in things) == sorted(["coffee", SHOWN])
    assert "\x1b" not in told.out


def test_things_are_told_as_json(run: Any, room: Path, museum: Path, indexed: Path, golden: Any) -> None:
    told = run("find", room, museum / "distractor", "-g", indexed, "--method", "geometry", "--json")
    assert (told.status, told.err) == (0, "")
    both, nothing = told.lines
    assert both["photo"] == str(room)
    outlines = {one["instance"]: np.array(one["outline"]).round(-1) for one in both["found"]}
    assert sorted(outlines) == sorted(["coffee", NASTY])
    assert outlines["coffee"][:, 0].max() < 450 < outlines[NASTY][:, 0].min()
    assert nothing["found"] == []
    golden("find", shape(both))


def test_where_nothing_is_known_it_is_said(run: Any, museum: Path, indexed: Path) -> None:
    told = run("find", museum / "distractor", "-g", indexed)
    assert (told.status, told.out.splitlines()[1:]) == (0, ["  Nothing known was found", ""])


def test_pictures_go_where_they_are_told(run: Any, room: Path, query: Path, indexed: Path, tmp_path: Path) -> None:
    told = run("find", room, query, "-g", indexed, "--save", tmp_path / "found")
    assert (told.status, told.err) == (0, f"wrote 2 drawings into {tmp_path / 'found'}\n")
    assert sorted(path.name for path in (tmp_path / "found").iterdir()) == ["coffee.where.jpg", "room.where.jpg"]
    told = run("find", room, "-g", indexed, "--save", tmp_path / "one.png", "--json")
    assert (told.status, told.err, told.lines[0]["picture"]) == (0, "", str(tmp_path / "one.png"))
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.format == "PNG"
    told = run("find", room, query, "-g", indexed, "--save", tmp_path / "two.png")
    assert (told.status, told.out) == (2, "")
    assert "--save" in told.err


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_photo_that_cannot_be_read_does_not_end_the_others(
    run: Any, room: Path, indexed: Path, golden: Any, more: list[str]
) -> None:
    told = run("find", "missing.jpg", room, "-g", indexed, "--method", "geometry", *more)
    assert told.status == 1
    assert told.err.startswith("error: cannot read 'missing.jpg': there is no such file; check the path")
    assert "coffee" in told.out
    if more:
        golden("find, cannot be read", shape(told.lines[0]))


def test_a_chosen_rate_is_promised_or_not(run: Any, room: Path, indexed: Path) -> None:
    told = run("find", room, "-g", indexed, "--far", 0.001, "--method", "geometry")
    assert told.status == 0
    assert "cannot be promised" in told.err
    assert run("find", room, "-g", indexed, "--far", 1.5).status == 2
    assert run("find", room, "-g", indexed, "--unknown-share", 0).status == 2


def test_without_local_features_heat_is_left(run: Any, room: Path, pooled: Path) -> None:
    told = run("find", room, "-g", pooled)
    assert told.status == 0
    assert "has no local features, so things are found by heat alone" in told.err
    told = run("find", room, "-g", pooled, "--method", "geometry")
    assert (told.status, told.out) == (1, "")
    assert "has no local features, which geometry needs" in told.err
    told = run("find", room, "-g", pooled, "--method", "geometri")
    assert told.status == 2
    assert "there is no method 'geometri'; did you mean 'geometry'?; wanted one of geometry, heat, both" in told.err


def test_a_gallery_that_is_not_whole_is_said_to_be_so(run: Any, room: Path, indexed: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(indexed, tmp_path / "part.gallery"))
    with open_gallery(path, write=True) as gallery:
        gallery.remove(instances=list(gallery.instances()))
    told = run("find", room, "-g", path)
    assert told.err == f"note: {path} holds no photos: `resight index` adds them\n"
    assert "Nothing known was found" in told.out
