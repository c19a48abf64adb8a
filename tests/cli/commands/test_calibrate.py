"""Teaching a gallery from the command line: what is told, and what is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from tests.cli.conftest import NASTY, SHOWN, shape
from tests.galleries import Photos, seen_again, write


def test_what_was_learned_and_what_teaches_nothing_is_told(
    run: Any, gallery: Path, tmp_path: Path, known_photos: Photos
) -> None:
    photos = {"coffee": "coffee", NASTY: "astronaut"}
    use = write(tmp_path / "use", {label: seen_again(known_photos[name], 1) for label, name in photos.items()})
    write(use, {"cofee": known_photos["moon"]})
    Image.fromarray(seen_again(known_photos["coffee"], 2)).save(use / NASTY / "twice.png")
    Image.fromarray(seen_again(known_photos["coffee"], 2)).save(use / "coffee" / "twice.png")
    told = run("calibrate", gallery, "--examples", use)
    assert told.status == 0
    assert told.out.startswith(f"{gallery}: 2 examples of 2 things, 0 photos of unknown ones")
    assert f"is given as {SHOWN}, and the same picture, {use}/coffee/twice.png, as coffee" in told.err
    assert f"not known: {use}/cofee/whole.png shows cofee, which the gallery does not know" in told.err
    again = run("calibrate", gallery, "--json")
    (report,) = again.lines
    assert (report["examples"], report["unknown"], report["lesson"]["known"]) == (2, 0, 2)
    assert shape(report["lesson"]["before"]) == {"ece": "number", "log_loss": "number"}
    assert run("calibrate", gallery, "--forget-examples").out == f"{gallery}: no examples of known things are given\n"


def test_what_cannot_be_read_is_told_with_status_1(run: Any, gallery: Path, tmp_path: Path) -> None:
    (tmp_path / "use" / "coffee").mkdir(parents=True)
    (tmp_path / "use" / "coffee" / "bad.jpg").write_bytes(b"no photo")
    told = run("calibrate", gallery, "--examples", tmp_path / "use")
    assert told.status == 1
    assert "unreadable: " in told.err
    missing = run("calibrate", gallery, "--examples", tmp_path / "nowhere")
    assert missing.status == 1
    assert missing.err.startswith("error: ")
