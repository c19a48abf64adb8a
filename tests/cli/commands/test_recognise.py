"""Recognising from the command line: answers on standard output, talk beside it, pictures in files."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from resight.gallery.stores.opening import open_gallery
from tests.cli.conftest import NASTY, SHOWN, shape


def test_a_photo_is_named_in_words(run: Any, query: Path, indexed: Path) -> None:
    told = run("recognise", query, "--gallery", indexed)
    assert (told.status, told.err) == (0, "")
    photo, words, header, *candidates = told.out.splitlines()
    assert photo == str(query)
    assert words.startswith("  coffee: ")
    assert header.split() == ["candidate", "probability", "points", "that", "agree", "photo"]
    assert candidates[0].startswith("  coffee ")


def test_many_photos_are_one_line_of_json_each(run: Any, museum: Path, indexed: Path, golden: Any) -> None:
    told = run("recognise", museum / "query", museum / "distractor" / "grass.jpg", "-g", indexed, "--json")
    assert (told.status, told.err) == (0, "")
    assert [answer["instance"] for answer in told.lines] == ["coffee", NASTY, None]
    assert [Path(answer["photo"]).name for answer in told.lines] == ["coffee.jpg", "astronaut.jpg", "grass.jpg"]
    golden("recognise", shape(told.lines[0]))
    golden("recognise, none of these", shape({**told.lines[2], "matches": []}))


def test_a_nasty_name_is_shown_safely(run: Any, museum: Path, indexed: Path) -> None:
    told = run("recognise", museum / "query" / NASTY, "-g", indexed)
    assert f"  {SHOWN}: " in told.out
    assert "\x1b" not in told.out


def test_the_other_spelling_is_understood(run: Any, query: Path, indexed: Path) -> None:
    assert run("recognize", query, "-g", indexed) == run("recognise", query, "-g", indexed)


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_photo_that_cannot_be_read_does_not_end_the_others(
    run: Any, query: Path, indexed: Path, tmp_path: Path, golden: Any, more: list[str]
) -> None:
    bad = tmp_path / "bad\n.jpg"
    bad.write_bytes(b"no photo")
    told = run("recognise", bad, query, "missing.jpg", "-g", indexed, *more)
    assert told.status == 1
    shown, missing = told.err.splitlines()
    assert shown.startswith(f"error: cannot read '{tmp_path}/bad\\n.jpg': found")
    assert missing.startswith("error: cannot read 'missing.jpg': there is no such file; check the path")
    if more:
        first, second, third = told.lines
        golden("recognise, cannot be read", shape(first))
        assert (first["photo"], second["instance"], third["photo"]) == (str(bad), "coffee", "missing.jpg")
    else:
        assert told.out.startswith(f"{query}\n  coffee: ")


def test_a_photo_may_come_through_a_pipe(shell: Any, query: Path, indexed: Path) -> None:
    told = shell("recognise", "-", "-g", indexed, "--json", input=query.read_bytes())
    assert (told.status, told.err) == (0, "")
    assert [(answer["photo"], answer["instance"]) for answer in told.lines] == [("-", "coffee")]


def test_what_comes_through_a_pipe_may_be_no_photo(run: Any, indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"", b"no photo"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        told = run("recognise", "-", "-g", indexed)
        assert (told.status, told.out) == (1, "")
        assert told.err.startswith("error: -: cannot read the photo: ")


DAMAGED = b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01\x0f"
"""EXIF data that promises five entries and ends within the first."""


def test_damaged_exif_data_says_nothing(run: Any, query: Path, indexed: Path, tmp_path: Path) -> None:
    path = tmp_path / "damaged.jpg"
    with Image.open(query) as photo:
        photo.save(path, exif=DAMAGED)
        with pytest.warns(UserWarning, match="Corrupt EXIF data"), Image.open(path) as damaged:
            damaged.getexif()
    told = run("recognise", path, "-g", indexed, "--json")
    assert (told.status, told.err) == (0, "")


def test_k_is_the_number_of_candidates(run: Any, query: Path, indexed: Path) -> None:
    for k in (1, 2):
        (answer,) = run("recognise", query, "-g", indexed, "-k", k, "--json").lines
        assert len(answer["matches"]) == k
    assert run("recognise", query, "-g", indexed, "-k", 0).status == 2


@pytest.mark.parametrize(
    ("option", "value"), [("--far", "-0.5"), ("--far", "nan"), ("--unknown-share", "1"), ("--far", "often")]
)
def test_a_share_that_is_none_is_wrong_usage(run: Any, query: Path, indexed: Path, option: str, value: str) -> None:
    told = run("recognise", query, "-g", indexed, option, value)
    assert (told.status, told.out) == (2, "")
    assert option in told.err


def test_no_false_accept_at_all_is_stricter_than_any(run: Any, query: Path, indexed: Path) -> None:
    (loose,) = run("recognise", query, "-g", indexed, "--far", 1, "--json").lines
    assert loose["instance"] == "coffee"
    (rare,) = run("recognise", query, "-g", indexed, "--unknown-share", 0.99, "--json").lines
    assert rare["probability"] < loose["probability"]


def test_a_gallery_that_is_not_whole_is_said_to_be_so(run: Any, query: Path, indexed: Path, tmp_path: Path) -> None:
    path = tmp_path / "part.gallery"
    shutil.copy(indexed, path)
    with open_gallery(path, write=True) as gallery:
        gallery.remove(instances=["coffee"])
    told = run("recognise", query, "-g", path)
    assert told.err.startswith(f"note: {path} is not calibrated to the photos it holds")
    with open_gallery(path, write=True) as gallery:
        gallery.remove(instances=list(gallery.instances()))
    told = run("recognise", query, "-g", path)
    assert told.err == f"note: {path} holds no photos: `resight index` adds them\n"


def test_pictures_of_a_folder_go_into_a_folder(run: Any, museum: Path, indexed: Path, tmp_path: Path) -> None:
    told = run("recognise", museum / "query", "-g", indexed, "--save", tmp_path / "new" / "why", "--json")
    assert (told.status, told.err) == (0, "")
    assert [Path(line["picture"]).name for line in told.lines] == ["coffee.why.jpg", "astronaut.why.jpg"]
    assert sorted(path.name for path in (tmp_path / "new" / "why").iterdir()) == ["astronaut.why.jpg", "coffee.why.jpg"]
    with Image.open(tmp_path / "new" / "why" / "coffee.why.jpg") as picture:
        assert picture.format == "JPEG"


def test_the_picture_of_one_photo_may_have_a_name(run: Any, query: Path, indexed: Path, tmp_path: Path) -> None:
    told = run("recognise", query, "-g", indexed, "--save", tmp_path / "why.png")
    assert (told.status, told.err) == (0, f"wrote {tmp_path / 'why.png'}\n")
    with Image.open(tmp_path / "why.png") as picture:
        assert picture.format == "PNG"
    told = run("recognise", query, query, "-g", indexed, "--save", tmp_path / "why.png")
    assert (told.status, told.out) == (2, "")
    assert "wanted a folder" in told.err


def test_a_folder_that_cannot_be_made_is_told(run: Any, query: Path, indexed: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    told = run("recognise", query, "-g", indexed, "--save", tmp_path / "taken" / "why")
    assert told.status == 1
    assert told.err.startswith("error: Not a directory: ")


def test_a_gallery_that_was_cut_off_is_refused(run: Any, query: Path, gallery: Path) -> None:
    gallery.write_bytes(gallery.read_bytes()[:5000])
    told = run("recognise", query, "-g", gallery)
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1


def test_the_same_photo_from_a_folder_and_by_name_has_the_same_answer(
    run: Any, query: Path, indexed: Path, tmp_path: Path
) -> None:
    shutil.copy(query, tmp_path / "é\n.jpg")
    by_folder, by_name = run("recognise", tmp_path, tmp_path / "é\n.jpg", "-g", indexed, "--json").lines
    assert by_folder == by_name
    assert json.dumps(by_folder["photo"]).endswith('\\u00e9\\n.jpg"')


def test_a_mirrored_photo_is_named_where_that_is_asked(run: Any, query: Path, indexed: Path, tmp_path: Path) -> None:
    Image.open(query).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirror.png")
    asked = ("recognise", tmp_path / "mirror.png", "-g", indexed)
    (plain,) = run(*asked, "--json").lines
    assert (plain["instance"], plain["mirrored"]) == (None, False)
    told = run(*asked, "--mirrored", "--save", tmp_path / "why.png")
    assert told.out.splitlines()[1].startswith("  coffee in the mirror: ")
    assert (tmp_path / "why.png").is_file()
    (answer,) = run(*asked, "--mirrored", "--explain", "--json").lines
    assert (answer["instance"], answer["mirrored"]) == ("coffee", True)
    assert answer["explanation"]["sentence"].startswith("In the mirror: ")
    assert "half the rate" in run(*asked, "--mirrored", "--far", "0.5").err


def test_a_photo_of_two_things_is_told_of_find(run: Any, museum: Path, indexed: Path, tmp_path: Path) -> None:
    with open_gallery(indexed) as gallery:
        first, *_, last = (Image.open(item.photo).resize((400, 300)) for item in gallery.items())
    shelf = Image.new("RGB", (800, 300))
    shelf.paste(first, (0, 0))
    shelf.paste(last, (400, 0))
    shelf.save(tmp_path / "shelf.png")
    assert "  hint: " in run("recognise", tmp_path / "shelf.png", "-g", indexed).out
    (answer,) = run("recognise", tmp_path / "shelf.png", "-g", indexed, "--json").lines
    assert "`resight find`" in answer["hint"]
