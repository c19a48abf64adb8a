"""What came of a run, as the public JSON tells it."""

from __future__ import annotations

import json

from resight.calibration.near_duplicates import Duplicate
from resight.calibration.unknown_photos import RecognisedPhoto
from resight.gallery.records import Item, LabelConflict
from resight.indexing.index_report import IndexReport, KeptName
from resight.indexing.relocation import AbsentFolder
from resight.io.datasets.survey import RefusedPlace, Survey, UnreadablePhoto


def _item(id: int, instance: str) -> Item:
    return Item(id, f"museum/{id}.jpg", instance, bytes(32), 100, 640, 480, {})


def test_at_a_prompt_it_is_its_counts() -> None:
    tea, cup = _item(1, "tea"), _item(2, "cup")
    report = IndexReport(9, 5, 2, unreadable=[UnreadablePhoto("a.jpg", "no photo")], duplicates=(Duplicate(tea, cup),))
    assert repr(report) == "<IndexReport: total=9, added=5, skipped=2, unreadable=1, duplicates=1>"
    assert repr(IndexReport(0, present_ids={1, 2})) == "<IndexReport: total=0, added=0>"


def test_each_photo_is_told_by_what_a_person_needs_to_find_it() -> None:
    tea, cup = _item(1, "tea"), _item(2, "cup")
    told = IndexReport(
        9,
        unreadable=[UnreadablePhoto("a.jpg", "no photo")],
        label_conflicts=[LabelConflict("b.jpg", "bowl", tea)],
        duplicates=(Duplicate(tea, cup),),
        recognised=[RecognisedPhoto("c.jpg", cup, 0.95)],
        crowded_photos=(tea,),
        missing_files=(cup,),
        absent_folders=(AbsentFolder("/mnt/drive", 3),),
        kept_names=[KeptName("d.jpg", "mug", "cup")],
        forgotten_photos=(tea,),
        similar_names=(("Tea", "tea"),),
        unreadable_things=("jug",),
    ).to_dict()
    assert json.loads(json.dumps(told)) == told
    wanted = {
        "unreadable": [{"photo": "a.jpg", "reason": "no photo"}],
        "conflicts": [{"photo": "b.jpg", "instance": "bowl", "known_as": "tea"}],
        "near_duplicates": [
            [
                {"id": 1, "photo": "museum/1.jpg", "instance": "tea"},
                {"id": 2, "photo": "museum/2.jpg", "instance": "cup"},
            ]
        ],
        "recognised": [
            {"photo": "c.jpg", "known_photo": "museum/2.jpg", "id": 2, "instance": "cup", "probability": 0.95}
        ],
        "crowded": [{"id": 1, "photo": "museum/1.jpg"}],
        "stale": [{"id": 2, "photo": "museum/2.jpg"}],
        "away": [{"folder": "/mnt/drive", "photos": 3}],
        "unreadable_things": ["jug"],
        "kept_names": [{"photo": "d.jpg", "instance": "mug", "known_as": "cup"}],
        "lost": [{"photo": "museum/1.jpg", "instance": "tea"}],
        "alike": [["Tea", "tea"]],
    }
    assert {key: told[key] for key in wanted} == wanted


def test_every_photo_that_was_looked_at_is_done() -> None:
    report = IndexReport(9, added=3, skipped=2, unreadable=[UnreadablePhoto("a.jpg", "no photo")], removed=["b.jpg"])
    report.label_conflicts.append(LabelConflict("c.jpg", "bowl", _item(1, "tea")))
    assert report.done == 8


def test_what_the_survey_found_is_told_beside() -> None:
    survey = Survey((RefusedPlace("closed", "cannot be listed"),), left_out=("e.jpg",), nested=("hall",))
    assert survey.to_dict().items() <= IndexReport(0, survey=survey).to_dict().items()
