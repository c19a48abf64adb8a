"""Things that look alike are found by what their photos are taken for without them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import cv2
import pytest

from resight.calibration.look_alikes import LookAlikePair, look_alikes_in
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import index
from tests.galleries import Photos, quick, write


@pytest.fixture(scope="module")
def path(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Coffee and tea of one design, the same picture of rocket under two names, and a cat."""
    folder = tmp_path_factory.mktemp("look alikes")
    coffee = known_photos["coffee"]
    tea = cv2.putText(coffee.copy(), "TEA", (30, 90), cv2.FONT_HERSHEY_SIMPLEX, 3, (20, 60, 20), 9)
    again = cv2.resize(cv2.resize(known_photos["rocket"], None, fx=0.8, fy=0.8), known_photos["rocket"].shape[1::-1])
    names = {"chelsea": known_photos["chelsea"], "rocket": known_photos["rocket"], "missile": again}
    with quick("classical"):
        report = index(write(folder / "photos", {"coffee": coffee, "tea": tea, **names}), folder / "known.gallery")
    assert [pair.to_dict()["instances"] for pair in report.look_alikes] == [["coffee", "tea"]]
    assert len(report.duplicates) == 1
    return folder / "known.gallery"


def test_labels_of_one_design_are_found_and_no_print_nor_stranger(path: Path) -> None:
    with open_gallery(path) as gallery:
        (pair,) = look_alikes_in(gallery)
    assert (pair.first.instance, pair.second.instance) == ("coffee", "tea")
    assert pair.score > 3
    assert pair.to_dict() == {"instances": ["coffee", "tea"], "photos": [pair.first.photo, pair.second.photo]}


def test_one_thing_does_not_look_like_itself(path: Path) -> None:
    """What was renamed since, or removed, is not told."""
    with open_gallery(path) as gallery:
        for items in ([_called(item, "drink") for item in gallery.items()], gallery.items()[:1], []):
            shown = SimpleNamespace(calibration=gallery.calibration, location="", items=lambda items=items: items)
            assert look_alikes_in(cast(Gallery, shown)) == ()
        nothing = SimpleNamespace(calibration=lambda: None)
        assert look_alikes_in(cast(Gallery, nothing)) == ()


def _called(item: Item, name: str) -> Item:
    values: dict[str, Any] = {field: getattr(item, field) for field in item.__slots__}
    return Item(**{**values, "instance": name})


def test_the_public_form_names_both() -> None:
    one, other = (Item(id, f"{id}.jpg", f"thing {id}", b"", 1, 1, 1, {}) for id in (1, 2))
    told = LookAlikePair(one, other, 4.0).to_dict()
    assert told == {"instances": ["thing 1", "thing 2"], "photos": ["1.jpg", "2.jpg"]}
