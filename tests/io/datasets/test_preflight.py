"""What a data set says before any photo is read."""

from __future__ import annotations

from pathlib import Path

from resight.io.datasets.dataset import Dataset, Entry
from resight.io.datasets.lone_labels import LoneLabel
from resight.io.datasets.preflight import PLAIN, Outset, outset
from resight.io.datasets.survey import NOTHING, RefusedPlace, Survey


def _entry(name: str, label: str | None, split: str) -> Entry:
    return Entry(name, Path(name), () if label is None else (label,), split)


def test_queries_are_compared_with_what_is_made_known() -> None:
    entries = (
        _entry("1.jpg", "cup", "reference"),
        _entry("2.jpg", None, "reference"),
        _entry("3.jpg", "Cup", "query"),
        _entry("4.jpg", "vase", "train"),
        _entry("5.jpg", None, "distractor"),
    )
    survey = Survey((RefusedPlace("set/closed", "cannot be listed"),))
    dataset = Dataset(entries, survey)
    assert outset(dataset, dataset.known) == Outset((LoneLabel("Cup", 1, "cup"),), survey)
    assert outset(dataset, [_entry("6.jpg", "Cup", "train")]) == Outset((), survey)


def test_of_plain_data_there_is_nothing_to_say() -> None:
    assert outset(Dataset((_entry("1.jpg", "cup", "reference"),)), ()) == PLAIN
    assert PLAIN.to_dict() == {"lone_labels": [], **NOTHING.to_dict()}
