"""What a photo is answered over HTTP is what the library answers."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from resight.io import images
from resight.recognition.verifier import Verifier
from resight.service.routes.records import DetectionsBody, ExplanationBody, RecognitionBody, VerificationBody


def test_the_answer_is_the_librarys(client: TestClient, views: dict[str, bytes], mixed: Any) -> None:
    told = client.post("/v1/recognise", content=views["coffee"]).json()
    RecognitionBody.model_validate(told)
    answer = mixed.recognise(views["coffee"]).to_dict()
    assert told["instance"] == "coffee"
    for key in ("sentence", "either", "probability", "unknown_probability", "runner_up", "margin", "hint"):
        assert told[key] == pytest.approx(answer[key])
    for match, expected in zip(told["matches"], answer["matches"], strict=True):
        assert match.pop("photo") == f"/v1/photos/{expected['id']}/image?gallery=things"
        assert match.pop("instance_id")
        assert match.pop("about") == {}
        assert match == {key: value for key, value in expected.items() if key != "photo"}


def test_a_form_is_as_good_as_the_body(client: TestClient, views: dict[str, bytes]) -> None:
    form = {"photo": ("../../etc/passwd.txt", views["moon"], "text/plain")}
    told = client.post("/v1/recognise", files=form, params={"k": 1, "false_accept_rate": 0.3}).json()
    assert told["instance"] is None
    assert len(told["matches"]) == 1
    assert "passwd" not in json.dumps(told)


def test_the_upright_photo_comes_back_without_its_metadata(client: TestClient, views: dict[str, bytes]) -> None:
    picture = Image.fromarray(images.read(views["chelsea"]).image)
    exif = Image.Exif()
    exif[274], exif[34853] = 6, {1: "N", 2: (52.0, 31.0, 12.0)}  # turned, and taken somewhere
    turned = picture.rotate(90, expand=True)
    file = BytesIO()
    turned.save(file, "JPEG", exif=exif, quality=95)
    told = client.post("/v1/recognise", params={"upright": True}, content=file.getvalue()).json()
    assert told["instance"] == "chelsea"
    assert (told["photo"]["width"], told["photo"]["height"]) == picture.size
    sent = base64.b64decode(told["photo"]["jpeg"])
    with Image.open(BytesIO(sent)) as opened:
        assert opened.size == picture.size
        assert not opened.getexif()


def test_finding(client: TestClient, shelf: Any) -> None:
    photo = images.encode(shelf[0], ".png")
    told = client.post("/v1/find", content=photo, params={"method": "geometry"}).json()
    DetectionsBody.model_validate(told)
    assert {one["instance"] for one in told["found"]} == {"coffee", "chelsea"}
    assert told["size"] == [800, 640]


def test_explaining(client: TestClient, views: dict[str, bytes]) -> None:
    ask = {"test_faithfulness": False}
    nearest = client.post("/v1/explain", params=ask, content=views["coffee"]).json()
    ExplanationBody.model_validate(nearest)
    assert nearest["reference"]["instance"] == "coffee"
    assert len(nearest["reference"]["points"]) > 10
    id = nearest["reference"]["id"]
    for reference in ("coffee", nearest["reference"]["instance_id"], str(id)):
        told = client.post("/v1/explain", params={**ask, "reference": reference}, content=views["coffee"]).json()
        assert told["reference"]["id"] == id
        assert {one["frame"] for one in told["maps"]} == {"query", "reference"}


def test_two_photos_are_verified(client: TestClient, views: dict[str, bytes], mixed: Any) -> None:
    def ask(*names: str, **params: Any) -> Any:
        return client.post("/v1/verify", files=[("photo", (name, views[name])) for name in names], params=params)

    verifier = Verifier.open(mixed.gallery.location)
    for names in (("coffee", "chelsea"), ("coffee", "coffee")):
        told = ask(*names, share=0.3, upright=True).json()
        VerificationBody.model_validate(told)
        expected = verifier.verify(views[names[0]], views[names[1]], share=0.3, keep_evidence=False)
        for key in ("same", "probability", "likelihood_ratio", "relation", "inliers"):
            assert told[key] == pytest.approx(expected.to_dict()[key])
        assert told["sentence"] == expected.sentence
        assert told["first"]["jpeg"]
    assert len(told["points"]) > 10
    assert {one["frame"] for one in ask("coffee", "coffee", explain=True).json()["explanation"]["maps"]} >= {"query"}
    assert ask("coffee").json()["what"] == "there are not 2 photos"
    assert ask("coffee", "coffee", "chelsea").status_code == 422


def _saved(size: tuple[int, int], kind: str) -> bytes:
    file = BytesIO()
    Image.new("L", size).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        (b"", 422, "an empty body"),
        (b"a text that is called photo.jpg", 415, "a text of 31 bytes"),
        (_saved((20_000, 4_000), "PNG"), 422, "20000 × 4000 pixels"),
        (_saved((64, 64), "PNG")[:60], 422, ""),
        (_saved((1, 1), "JPEG"), 200, ""),
    ],
)
def test_what_is_no_photo_to_recognise(client: TestClient, body: bytes, status: int, found: str) -> None:
    told = client.post("/v1/recognise", content=body)
    assert told.status_code == status
    assert status == 200 or found in told.json()["found"]
    assert status != 200 or told.json()["sentence"] == "None of these: nothing known resembles this photo"


@pytest.mark.parametrize("reference", ["/etc/passwd", "../things.gallery", "999", "http://127.0.0.1/x.jpg"])
def test_no_place_on_this_machine_is_a_reference(client: TestClient, views: dict[str, bytes], reference: str) -> None:
    told = client.post("/v1/explain", params={"reference": reference}, content=views["coffee"])
    assert told.status_code == 404


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"k": 0}, 422),
        ({"surprise": 1}, 422),
        ({"gallery": "other"}, 404),
        ({"false_accept_rate": "nan"}, 422),
        ({"unknown_share": 1}, 422),
    ],
)
def test_parameters_that_cannot_be(
    client: TestClient, views: dict[str, bytes], params: dict[str, Any], status: int
) -> None:
    told = client.post("/v1/recognise", params=params, content=views["coffee"])
    assert told.status_code == status
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["what"]
    assert told.json()["remedy"]


def test_photos_that_cannot_be_read(client: TestClient, views: dict[str, bytes]) -> None:
    photo = views["coffee"]
    for data, status in (
        (b"", 422),
        (b"this is a text", 415),
        (b"%PDF-1.7 polyglot" + photo, 415),
        (photo[: len(photo) // 2], 422),
        (photo[:8] + b"\0\0\0\x0dIHDR" + b"\xff\xff\xff\xff" * 2 + photo[24:], 422),
    ):
        told = client.post("/v1/recognise", content=data)
        assert told.status_code == status, told.text
        assert {"what", "found", "wanted", "remedy"} <= told.json().keys()
    assert client.post("/v1/recognise", content=photo).json()["instance"] == "coffee"
    two = [("photo", ("a", photo)), ("photo", ("b", photo))]
    assert client.post("/v1/recognise", files=two).json()["found"] == "2 photos"
