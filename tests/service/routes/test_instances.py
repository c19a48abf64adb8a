"""Things come, go and get other names over HTTP, and every change can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from resight.service.galleries.served_gallery import instance_id
from resight.service.routes.records import InstanceListBody, WholeInstanceBody


def _known(client: TestClient) -> dict[str, int]:
    told = client.get("/v1/instances").json()
    InstanceListBody.model_validate(told)
    return {one["name"]: one["photos"] for one in told["instances"]}


def _asked(client: TestClient, photo: bytes) -> str | None:
    answer: dict[str, Any] = client.post("/v1/recognise", content=photo).json()
    return answer["instance"]


def test_a_thing_becomes_known_and_is_forgotten_and_known_again(client: TestClient, views: dict[str, bytes]) -> None:
    before = _known(client)
    made = client.post("/v1/instances", params={"name": " the moon "}, content=views["moon"])
    assert made.status_code == 201
    assert made.json()["instance"] == "the moon"
    assert _asked(client, views["moon"]) == "the moon"
    again = client.post("/v1/instances", params={"name": "the moon"}, content=views["moon"])
    assert again.json()["added"] == 0
    gone = client.delete(f"/v1/instances/{made.json()['instance_id']}").json()
    assert gone["removed"] == 1
    assert _known(client) == before
    assert client.post(f"/v1/changes/{gone['change']}/undo").status_code == 200
    assert _asked(client, views["moon"]) == "the moon"
    assert client.post(f"/v1/changes/{gone['change']}/undo").status_code == 409
    assert client.post(f"/v1/changes/{made.json()['change']}/undo").status_code == 200
    assert _known(client) == before


def test_names_change_merge_and_come_back(client: TestClient) -> None:
    before = _known(client)
    coffee, cat = instance_id("coffee"), instance_id("chelsea")
    renamed = client.patch(f"/v1/instances/{coffee}", json={"name": "espresso"}).json()
    assert "espresso" in _known(client)
    clash = client.patch(f"/v1/instances/{cat}", json={"name": "espresso"})
    assert clash.status_code == 409
    merged = client.patch(f"/v1/instances/{cat}", json={"name": "espresso", "merge": True}).json()
    assert _known(client)["espresso"] == 2
    moved = client.patch(f"/v1/photos/{merged['ids'][0]}", json={"instance": "a cat"}).json()
    assert _known(client)["a cat"] == 1
    for change in (moved, merged, renamed):
        assert client.post(f"/v1/changes/{change['change']}/undo").status_code == 200
    assert _known(client) == before


def test_photos_are_added_and_removed_one_by_one(client: TestClient, views: dict[str, bytes]) -> None:
    files = [("photo", ("a.png", views["coffee"])), ("photo", ("b.png", views["gravel"]))]
    address = f"/v1/instances/{instance_id('coffee')}"
    added = client.post(f"{address}/photos", files=files).json()
    assert added["added"] == 2
    whole = client.get(address).json()
    WholeInstanceBody.model_validate(whole)
    assert [one["id"] for one in whole["items"]][-2:] == added["ids"]
    jpeg = client.get(whole["items"][-1]["photo"])
    assert jpeg.headers["content-type"] == "image/jpeg"
    assert jpeg.content[:2] == b"\xff\xd8"
    clash = client.post("/v1/instances", params={"name": "other"}, content=views["gravel"])
    assert clash.status_code == 409
    assert client.delete(f"/v1/photos/{added['ids'][1]}").json()["removed"] == 1
    assert client.get(f"/v1/photos/{added['ids'][1]}").status_code == 404
    assert client.post(f"/v1/changes/{added['change']}/undo").status_code == 200
    assert _known(client)["coffee"] == 1


@pytest.mark.parametrize("name", ["", " \u200b ", "a\nb", "\u202e", "x" * 201])
def test_names_that_cannot_be(client: TestClient, views: dict[str, bytes], name: str) -> None:
    assert client.post("/v1/instances", params={"name": name}, content=views["moon"]).status_code == 422
    assert client.patch(f"/v1/instances/{instance_id('coffee')}", json={"name": name}).status_code == 422


def test_the_list_is_searched_and_sorted(client: TestClient) -> None:
    told = client.get("/v1/instances", params={"search": "C", "sort": "photos", "limit": 2}).json()
    assert told["total"] == len(told["instances"]) + 1 == 3  # camera, chelsea, coffee
    assert client.get("/v1/instances", params={"sort": "beauty"}).status_code == 422


def test_who_changed_what_is_written_down(client: TestClient) -> None:
    client.patch(f"/v1/instances/{instance_id('page')}", json={"name": "sheet"})
    entry = client.get("/v1/changes").json()[0]
    assert (entry["key"], entry["action"], entry["instance"]) == ("local", "rename", "sheet")


def test_nothing_changes_where_nothing_may(serve: Any, views: dict[str, bytes]) -> None:
    client = serve(edits=False)
    assert client.post("/v1/instances", params={"name": "x"}, content=views["moon"]).status_code == 403
    assert _asked(client, views["coffee"]) == "coffee"
