"""What was found beside photos, in a few lines."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from resight.cli.terminal.surveys import KINDS, LABELS, SHOWN, require_all, tell_survey, telling
from resight.io.datasets.lone_labels import LoneLabel
from resight.io.datasets.preflight import DatasetRead, Outset, PhotosLeftOut
from resight.io.datasets.survey import RefusedPlace, Survey, groups
from resight.progress import Progress
from tests.jobs import job


def _told(survey: Survey, capsys: pytest.CaptureFixture[str]) -> list[str]:
    told: dict[str, Any] = survey.to_dict()
    tell_survey(told)
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_nothing_is_told_of_plain_photos(capsys: pytest.CaptureFixture[str]) -> None:
    assert _told(Survey(), capsys) == []


def test_each_part_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    survey = Survey(
        (RefusedPlace("set/closed", "cannot be listed"),),
        groups({".cr2": ["a.cr2", "b.cr2", "c.cr2", "d.cr2"], "system folder": ["@eaDir"]}),
        ("set/Vase", "set/Milk\nmaid"),
        groups({"photo by its content, not its suffix": ["set/photo"]}),
        ("set/3.jpg",),
        ("set/hall",),
    )
    assert _told(survey, capsys) == [
        "error: set/closed: cannot be listed",
        "passed over: .cr2 (4): a.cr2, b.cr2, c.cr2, …",
        "passed over: system folder (1): @eaDir",
        "pictures of such kinds are not read: convert them to JPEG or PNG",
        "without a photo, so not known: set/Vase, set/Milk\\nmaid",
        "note: photo by its content, not its suffix (1): set/photo",
        "left out: set/3.jpg is not in its folder's table",
        "nested: all folders in set/hall are one thing, hall; else index set/hall itself",
    ]


def test_of_many_wrong_places_a_few_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _told(Survey(tuple(RefusedPlace(f"line {n}", "wrong") for n in range(SHOWN + 3))), capsys)
    assert len(lines) == SHOWN + 1
    assert lines[-1] == "error: and 3 places more that cannot be read, which --json lists"


def test_what_could_not_be_read_ends_with_status_1() -> None:
    require_all({"refused": [], "unreadable": []}, {"refused": []}, {})
    for told in ({"refused": ["a row"]}, {"unreadable": ["a photo"]}):
        with pytest.raises(typer.Exit) as end:
            require_all({}, told)
        assert end.value.exit_code == 1


def test_the_outset_is_told_before_any_work(capsys: pytest.CaptureFixture[str]) -> None:
    lone = tuple(LoneLabel(f"Cup {number}", 2, "cup" if number == 0 else None) for number in range(LABELS + 2))
    wrong = RefusedPlace("set/metadata.csv, line 3", "no file_name")
    told: dict[str, Any] = {}
    steps = telling(job(DatasetRead.of(Outset(lone, Survey((wrong,))), 1), Progress("photos", 0, 1), result=None), told)
    assert next(steps).stage == "photos"
    assert told["refused"] == [wrong.to_dict()]
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == [
        "error: set/metadata.csv, line 3: no file_name",
        "label: 2 queries of 'Cup 0', which no reference has, asked as unknown; did you mean 'cup'?",
        "label: 2 queries of 'Cup 1', which no reference has, asked as unknown",
    ]
    assert lines[-1] == "label: and 4 queries of 2 more labels that no reference has, which --json lists"


def test_photos_that_cannot_be_read_are_told_once_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    photos = tuple(f"{number}.jpg: no photo" for number in range(SHOWN + 2))
    told: dict[str, Any] = {}
    found = PhotosLeftOut.of(photos, 30)
    assert [step.stage for step in telling(job(found, Progress("row", 1, 2), found, result=None), told)] == ["row"]
    assert told == {"unreadable": list(photos)}
    *lines, last = capsys.readouterr().err.splitlines()
    assert lines == [f"unreadable: {photo}" for photo in photos[:SHOWN]]
    assert last == "unreadable: and 2 photos more, which --json lists"


def test_of_many_kinds_the_largest_and_all_pictures_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    names = {f".k{number}": ["file"] * number for number in range(2, KINDS + 5)}
    lines = _told(Survey(passed_over=groups({**names, ".cr2": ["a.cr2"]})), capsys)
    assert [line.split(" (")[0] for line in lines[: KINDS + 1]] == [
        "passed over: .cr2",
        *(f"passed over: .k{number}" for number in range(KINDS + 4, 5, -1)),
        "passed over: and 4 more kinds",
    ]
    assert lines[KINDS].endswith("(14 files)")
