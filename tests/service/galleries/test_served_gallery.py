"""A gallery that another process replaces or deletes while it is served."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient


def test_a_file_that_is_replaced_is_followed_and_one_that_is_gone_is_told(
    serve: Any, views: dict[str, bytes], tmp_path: Path
) -> None:
    client: TestClient = serve()
    path: Path = client.app.state.service.places["things"].gallery.path  # type: ignore[attr-defined]
    shutil.copy(path, tmp_path / "other.gallery")
    aside = path.rename(tmp_path / "aside.gallery")
    gone = client.post("/v1/recognise", content=views["coffee"])
    assert gone.status_code == 503
    assert gone.json()["what"] == "the file of the gallery 'things' is gone"
    assert str(path.parent) not in gone.text
    os.replace(tmp_path / "other.gallery", path)
    assert client.get("/v1/ready").status_code == 503
    client.app.state.service.places["things"].gallery._loading.join(30)  # type: ignore[attr-defined]
    assert client.get("/v1/ready").status_code == 200
    assert client.post("/v1/recognise", content=views["coffee"]).json()["instance"] == "coffee"
    assert aside.exists()


def test_a_damaged_one_is_told_without_its_place(serve: Any, views: dict[str, bytes]) -> None:
    client: TestClient = serve()
    gallery = client.app.state.service.places["things"].gallery  # type: ignore[attr-defined]
    gallery.path.unlink()
    gallery.path.write_bytes(b"no gallery")
    gallery.load()
    told = client.get("/v1/instances")
    assert told.status_code == 503
    assert str(gallery.path.parent) not in told.text
    assert client.get("/v1/ready").status_code == 503


@pytest.mark.parametrize("route", ["/v1/instances", "/v1/galleries", "/v1/changes"])
def test_no_place_on_this_machine_is_told(client: TestClient, route: str) -> None:
    path: Path = client.app.state.service.places["things"].gallery.path  # type: ignore[attr-defined]
    assert str(path.parent) not in client.get(route).text
