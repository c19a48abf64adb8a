"""What people say of a photo is heeded at once, remembered, and taken back."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from resight.service.galleries import corrections
from resight.service.galleries.unknown_photos import UnknownPhotos
from resight.service.routes.records import CorrectedBody, RecognitionBody, UnknownBody


def _answer(client: TestClient, photo: bytes) -> dict[str, Any]:
    told: dict[str, Any] = client.post("/v1/recognise", content=photo).json()
    RecognitionBody.model_validate(told)
    return told


def _saved_anew(photo: bytes) -> bytes:
    file = BytesIO()
    with Image.open(BytesIO(photo)) as opened:
        opened.convert("RGB").resize((400, 400 * opened.height // opened.width)).save(file, "JPEG", quality=80)
    return file.getvalue()


def test_a_wrong_name_does_not_come_back(client: TestClient, views: dict[str, bytes]) -> None:
    photo = views["chelsea"]
    before = _answer(client, photo)
    assert before["instance"] == "chelsea"
    said = client.post("/v1/corrections", params={"instead_of": "chelsea"}, content=photo)
    assert said.status_code == 201
    CorrectedBody.model_validate(said.json())
    for again in (photo, _saved_anew(photo)):
        after = _answer(client, again)
        assert after["instance"] is None
        assert after["unknown_probability"] == 1
        assert "chelsea" not in {match["instance"] for match in after["matches"]}
        assert after["corrected"]["id"] == said.json()["correction"]["id"]
    assert _answer(client, views["coffee"])["corrected"] is None
    other = client.post("/v1/corrections", params={"instance": "camera"}, content=photo).json()
    assert _answer(client, photo)["sentence"] == "camera: 100.0 % sure"
    for one in (other, said.json()):
        assert client.delete(f"/v1/corrections/{one['correction']['id']}").status_code == 200
    assert _answer(client, photo) == before
    assert [one["undone"] for one in client.get("/v1/corrections").json()] == [True, True]


def test_a_new_thing_is_made_on_the_spot(client: TestClient, views: dict[str, bytes]) -> None:
    assert _answer(client, views["moon"])["instance"] is None
    said = client.post("/v1/corrections", params={"instance": "the moon"}, content=views["moon"]).json()
    assert said["correction"]["learned"] == "photo"
    assert _answer(client, views["moon"])["instance"] == "the moon"
    assert client.post(f"/v1/changes/{said['change']}/undo").status_code == 200
    assert _answer(client, views["moon"])["instance"] is None
    assert "the moon" not in {one["name"] for one in client.get("/v1/instances").json()["instances"]}


def test_examples_teach_the_calibration(client: TestClient, views: dict[str, bytes]) -> None:
    place = client.app.state.service.places["things"]  # type: ignore[attr-defined]
    said = client.post("/v1/corrections", params={"instance": "coffee"}, content=views["coffee"]).json()
    examples, forgotten = place.corrections.taught()
    assert [path.stem for path in examples["coffee"]] == [said["correction"]["digest"]]
    client.delete(f"/v1/corrections/{said['correction']['id']}")
    examples, forgotten = place.corrections.taught()
    assert "coffee" not in examples
    assert bytes.fromhex(said["correction"]["digest"]) in forgotten


def test_photos_without_a_name_are_kept_only_where_that_is_wanted(client: TestClient, views: dict[str, bytes]) -> None:
    _answer(client, views["gravel"])
    assert client.get("/v1/unknown").json()["groups"] == []
    client.put("/v1/unknown", json={"keep": True, "limit": 10, "days": 1})
    for photo in (views["gravel"], _saved_anew(views["gravel"]), views["coffee"], views["moon"]):
        _answer(client, photo)
    again = UnknownPhotos(client.app.state.service.places["things"].gallery.folder)  # type: ignore[attr-defined]
    recogniser = client.app.state.service.places["things"].gallery.recogniser()  # type: ignore[attr-defined]
    again.remember(recogniser.extract)
    again.add(views["gravel"], recogniser.extract(views["gravel"]))
    assert [len(group) for group in again.groups()] == [3, 1]
    told = client.get("/v1/unknown").json()
    UnknownBody.model_validate(told)
    assert [len(group["photos"]) for group in told["groups"]] == [2, 1]
    same, other = told["groups"]
    assert client.get(f"/v1/unknown/{other['photos'][0]['id']}/image").content[:2] == b"\xff\xd8"
    assert client.get("/v1/unknown/nothing/image").status_code == 404
    known = client.post(f"/v1/unknown/{same['id']}/known", params={"name": "gravel"}).json()
    assert known["added"] == 2
    assert _answer(client, views["gravel"])["instance"] == "gravel"
    assert client.delete(f"/v1/unknown/{other['id']}").json()["removed"] == 1
    assert client.get("/v1/unknown").json()["groups"] == []


def test_a_clock_that_jumps_changes_no_order_and_deletes_nothing(
    serve: Any, views: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve()
    client.put("/v1/unknown", json={"keep": True, "days": 1})
    _answer(client, views["gravel"])
    client.post("/v1/corrections", params={"instance": "page"}, content=views["coffee"])
    monkeypatch.setattr(time, "time", lambda: 1e10)
    with monkeypatch.context() as patch:
        patch.setattr(corrections, "datetime", _Yesterday)
        client.post("/v1/corrections", params={"instance": "camera"}, content=views["coffee"])
    assert _answer(client, views["coffee"])["instance"] == "camera"
    assert len(client.get("/v1/unknown").json()["groups"]) == 1


class _Yesterday(datetime):
    """A clock that was put back."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime(2001, 1, 1, tzinfo=UTC)


def test_a_service_that_starts_again_remembers(serve: Any, views: dict[str, bytes]) -> None:
    from resight.service.galleries.corrections import Corrections

    client = serve()
    client.post("/v1/corrections", params={"instance": "page", "instead_of": "coffee"}, content=views["coffee"])
    folder: Path = client.app.state.service.places["things"].gallery.folder
    with (folder / "corrections.jsonl").open("a") as cut:
        cut.write('{"id": "cut sho')
    (again,) = Corrections(folder).all()
    assert (again.instance, again.instead_of, again.learned) == ("page", "coffee", "example")
