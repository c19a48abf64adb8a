"""The client gives the records that the library gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from resight.client import Client, Refused
from resight.errors import ResightError
from tests.galleries import seen_again
from tests.services import wired


@pytest.fixture(scope="module")
def client(mixed: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with wired(mixed, tmp_path_factory.mktemp("wired")) as address, Client(address) as client:
        yield client


def test_answers_are_the_librarys_records(client: Client, mixed: Any, known_photos: Any, shelf: Any) -> None:
    photo = seen_again(known_photos["coffee"], 1)
    here, there = mixed.recognise(photo, keep_evidence=False), client.recognise(photo)
    assert there.instance == here.instance == "coffee"
    assert there.sentence == here.sentence
    for one, other in zip(here.matches, there.matches, strict=True):
        assert (one.id, one.instance, one.probability) == (other.id, other.instance, pytest.approx(other.probability))
        assert other.to_dict() | {"photo": one.photo} == one.to_dict()
    found = client.find(shelf[0], method="geometry")
    assert {one.instance for one in found.found} == {"coffee", "chelsea"}
    expected = [one.outline for one in mixed.find(shelf[0], method="geometry").found]
    for detection, outline in zip(found.found, expected, strict=True):
        np.testing.assert_allclose(detection.outline, outline, atol=1e-6)
    one, two = client.verify(photo, known_photos["coffee"]), client.verify(photo, known_photos["page"])
    assert (one.same, two.same) == (True, False)
    assert one.sentence.startswith("the same, ")
    why = client.explain(photo, test_faithfulness=False)
    assert why.query.heat.max() == pytest.approx(1.0)
    assert why.reference is not None
    assert why._repr_png_()[:4] == b"\x89PNG"


def test_changes_and_corrections(client: Client, known_photos: Any) -> None:
    moon = seen_again(known_photos["moon"], 1)
    before = client.instances()
    change = client.add(moon, "moon")
    assert client.instances() == {**before, "moon": 1}
    client.rename("moon", "the moon")
    assert client.recognise(moon).instance == "the moon"
    gone = client.remove("the moon")
    client.undo(gone)
    assert client.recognise(moon).instance == "the moon"
    client.undo(change)
    assert client.instances() == before
    said = client.correct(moon, None, instead_of="coffee")
    client.undo(said)


class _Response:
    """What something else than a service answers."""

    status = 200

    def __init__(self, body: bytes) -> None:
        self._body = body

    def read(self) -> bytes:
        return self._body


def test_what_is_refused_says_why(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="wanted a whole photo") as refused:
        client.recognise(b"no photo")
    assert refused.value.status == 415
    with pytest.raises(ResightError, match="is no address of a service"):
        Client("museum.gallery")
    with pytest.raises(ResightError, match="cannot be reached"), Client("http://127.0.0.1:9") as nobody:
        nobody.recognise(np.zeros((2, 2, 3), np.uint8))
    with Client("http://127.0.0.1:9") as nobody:
        assert not nobody.is_ready()
    for body in (b"<html>", b"[1]"):
        monkeypatch.setattr(client, "_sent", lambda *_, body=body: _Response(body))
        with pytest.raises(ResightError, match="is no resight service"):
            client.instances()
    monkeypatch.undo()
    assert client.is_ready()
