"""Places: right is what lies within 25 metres, by names or by a table, without a robot's own last frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import DatasetError
from resight.io.formats.places import is_places, places

from .conftest import Lay, noted, seen


def name(east: float, north: float, number: int = 0, zone: str = "10S") -> str:
    return f"@{east:.2f}@{north:.2f}@{zone}@@@@{number:04d}@.jpg"


def asked(root: Path, **options: int) -> list[tuple[str, ...]]:
    entries = places(root, **options).of("query", "distractor")
    return [tuple(label.split("@")[1] for label in entry.labels) for entry in entries]


def test_right_is_what_lies_within_25_metres(lay: Lay) -> None:
    known = [name(500, 100), name(525, 100), name(526, 100), name(500, 160)]
    root = lay(*(f"database/{one}" for one in known), f"queries/{name(500, 100, 1)}", f"queries/{name(900, 900)}")
    assert is_places(root)
    found = places(root)
    assert seen(found, root)[0] == (f"database/{name(500, 100)}", "reference", (f"database/{name(500, 100)}",))
    assert asked(root) == [("500.00", "525.00"), ()]
    assert found.of("distractor")[0].name.endswith(name(900, 900))


def test_photos_of_two_zones_are_never_near(lay: Lay) -> None:
    root = lay(f"database/{name(500, 100)}", f"database/{name(501, 100, zone='11S')}", f"queries/{name(500, 100, 1)}")
    assert asked(root) == [("500.00",)]
    assert noted(places(root)) == {"zone of UTM; photos of two are never near each other": 2}


def test_of_one_drive_all_are_asked_without_the_frames_around_them(lay: Lay) -> None:
    root = lay(*(name(500 + 10 * frame, 100, frame) for frame in range(4)))
    assert asked(root) == [
        ("510.00", "520.00"),
        ("500.00", "520.00", "530.00"),
        ("500.00", "510.00", "530.00"),
        ("510.00", "520.00"),
    ]
    assert asked(root, frame_gap=2) == [("520.00",), ("530.00",), ("500.00",), ("510.00",)]
    own = places(root, frame_gap=2).of("query")[0].ignore
    assert [Path(one).name for one in own] == [name(500, 100, 0), name(510, 100, 1)]


TABLES = {
    "metres": "file_name,utm_east,utm_north,split\nd/1.jpg,500,9,db\nd/2.jpg,530,9,db\nq/3.jpg,510,9,query\n",
    "degrees": "file_name;latitude;longitude;split\nd/1.jpg;50;14;db\nd/2.jpg;50;14.0004;db\nq/3.jpg;50.0001;14;test\n",
}


@pytest.mark.parametrize("form", TABLES)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table_of_coordinates(lay: Lay, form: str, mark: str) -> None:
    root = lay("d/1.jpg", "d/2.jpg", "q/3.jpg", **{"coordinates.csv": mark + TABLES[form]})
    assert is_places(root)
    near = ("d/1.jpg", "d/2.jpg") if form == "metres" else ("d/1.jpg",)
    assert places(root).of("query")[0].labels == near


def test_a_missing_photo_of_a_table_is_told_and_nobodys_answer(lay: Lay) -> None:
    root = lay("d/1.jpg", "q/3.jpg", **{"coordinates.csv": TABLES["metres"]})
    found = places(root)
    assert found.of("query")[0].labels == ("d/1.jpg",)
    assert "names 1 photos that are not there, such as d/2.jpg" in found.survey.refused[0].reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file_name,east\n1.jpg,1\n", "wanted utm_east and utm_north, or latitude and longitude"),
        ("file_name,utm_east,utm_north\n1.jpg,1\n", "line 2: utm_east and utm_north are"),
        ("file_name;lat;lon\n1.jpg;50,1;14\n", "with a point as the decimal sign"),
        ("file_name,lat,lon\n../1.jpg,50,14\n", "no path inside the folder"),
        ("photo,lat,lon\n1.jpg,50,14\n", "file_name among"),
    ],
)
def test_tables_that_are_none_are_refused(lay: Lay, text: str, message: str) -> None:
    root = lay("1.jpg", **{"coordinates.csv": text})
    with pytest.raises(DatasetError, match=message):
        places(root)


def test_a_gap_takes_numbers(lay: Lay) -> None:
    root = lay("a.jpg", **{"coordinates.csv": "file_name,utm_east,utm_north\na.jpg,1,1\n"})
    assert asked(root) == [()]
    with pytest.raises(DatasetError, match="without a frame number"):
        places(root, frame_gap=3)


def test_ordinary_photos_are_no_places(lay: Lay) -> None:
    root = lay("mona/1.jpg", f"mona/{name(1, 1)}")
    assert not is_places(root)
    with pytest.raises(DatasetError, match="no photo whose name has coordinates"):
        places(lay("b/1.jpg") / "b")
