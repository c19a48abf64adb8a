"""IIIF manifests of both versions: what an object is called, its images, and whose they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from resight.errors import DatasetError
from resight.io.formats.iiif import iiif, is_iiif
from resight.io.formats.opening import open_dataset

from .conftest import Lay, noted, seen

THREE = "http://iiif.io/api/presentation/3/context.json"
TWO = "http://iiif.io/api/presentation/2/context.json"


def _three(label: Any, *addresses: str, **more: Any) -> dict[str, Any]:
    canvases = [
        {"type": "Canvas", "items": [{"type": "AnnotationPage", "items": [{"body": {"id": one, "type": "Image"}}]}]}
        for one in addresses
    ]
    return {"@context": THREE, "type": "Manifest", "label": label, "items": canvases, **more}


@pytest.fixture
def root(lay: Lay) -> Path:
    new = _three(
        {"nl": ["De Nachtwacht"], "en": ["The  Night Watch"]},
        "https://iiif.example/abc%2FSK-C-5/full/max/0/default.jpg",
        "https://iiif.example/detail.tif",
        id="https://iiif.example/manifest/5",
        rights="http://creativecommons.org/publicdomain/zero/1.0/",
        requiredStatement={"label": {"en": ["Credit"]}, "value": {"en": ["Rijksmuseum"]}},
    )
    old = {
        "@context": TWO,
        "@type": "sc:Manifest",
        "label": {"@value": "Milkmaid", "@language": "en"},
        "attribution": "Some museum",
        "sequences": [
            {"canvases": [{"images": [{"resource": {"@id": "http://x.example/iiif/2/full/600,/0/native.jpg"}}]}]}
        ],
    }
    listing = {"@context": THREE, "type": "Collection", "items": [{"id": "https://iiif.example/5", "type": "Manifest"}]}
    texts = {"night-watch": new, "milkmaid": old, "collection": listing, "notes": ["no manifest"]}
    photos = ("images/SK-C-5.jpg", "images/detail.png", "2.jpg")
    return lay(*photos, **{f"{name}.json": json.dumps(one) for name, one in texts.items()})


def test_objects_are_things_with_their_credit(root: Path) -> None:
    assert is_iiif(root)
    found = iiif(root)
    assert seen(found, root) == [
        ("2.jpg", "reference", ("Milkmaid",)),
        ("images/SK-C-5.jpg", "reference", ("The Night Watch",)),
        ("images/detail.png", "reference", ("The Night Watch",)),
    ]
    assert found.entries[0].about == {"credit": "Some museum"}
    assert found.entries[1].about["credit"] == "Rijksmuseum"
    assert found.entries[1].about["source"] == "https://iiif.example/manifest/5"
    assert open_dataset(root).entries == found.entries


def test_objects_of_one_name_are_told_apart(lay: Lay) -> None:
    texts = {f"{name}.json": json.dumps(_three("Untitled", f"https://x/{name}.jpg")) for name in ("a", "b")}
    found = iiif(lay("a.jpg", "b.jpg", **texts))
    assert {entry.label for entry in found.entries} == {"Untitled (a)", "Untitled (b)"}
    assert noted(found) == {"label of several manifests, told apart by their files' names": 1}


def test_a_collection_may_hold_its_manifests(lay: Lay) -> None:
    inside = {"@context": THREE, "type": "Collection", "items": [_three("One", "https://x/1.jpg")]}
    assert [entry.label for entry in iiif(lay("1.jpg", **{"all.json": json.dumps(inside)})).entries] == ["One"]


def test_images_that_are_not_there_are_told(lay: Lay) -> None:
    root = lay("1.jpg", **{"m.json": json.dumps(_three("One", "https://x/1.jpg", "https://x/2.jpg"))})
    (refused,) = iiif(root).survey.refused
    assert "names 1 photos that are not there, such as 2.jpg" in refused.reason


@pytest.mark.parametrize("text", [f'{{"@context": "{THREE}", ', f'{{"@context": "{THREE}", "items": 5}}', "[]"])
def test_what_is_no_manifest(lay: Lay, text: str) -> None:
    with pytest.raises(DatasetError):
        iiif(lay("1.jpg", **{"m.json": text}))
