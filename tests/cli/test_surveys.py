"""What was found beside photos, in a few lines."""

from __future__ import annotations

from typing import Any

import pytest

from resight.cli.surveys import SHOWN, tell_survey
from resight.io.survey import Refused, Survey, groups


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
        (Refused("set/closed", "cannot be listed"),),
        groups({".cr2": ["a.cr2", "b.cr2", "c.cr2", "d.cr2"], "system folder": ["@eaDir"]}),
        ("set/Vase", "set/Milk\nmaid"),
        groups({"photo by its content, not its suffix": ["set/photo"]}),
        ("set/3.jpg",),
        ("set/hall",),
    )
    assert _told(survey, capsys) == [
        "error: set/closed: cannot be listed",
        "passed over: .cr2: 4, such as a.cr2, b.cr2, c.cr2",
        "passed over: system folder: @eaDir",
        "without a photo, so not known: set/Vase, set/Milk\\nmaid",
        "note: photo by its content, not its suffix: set/photo",
        "left out: set/3.jpg is not in its folder's table",
        "nested: all folders in set/hall are one thing, hall; else index set/hall itself",
    ]


def test_of_many_wrong_places_a_few_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _told(Survey(tuple(Refused(f"line {n}", "wrong") for n in range(SHOWN + 3))), capsys)
    assert len(lines) == SHOWN + 1
    assert lines[-1] == "error: and 3 places more that cannot be read, which --json lists"
