"""Changes are followed by a calibration, which makes room for the next change and can be stopped."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from resight.io.datasets.dataset import discover
from resight.service.galleries.editor import Editor
from tests.services import serving


def _over(client: Any, id: int) -> dict[str, Any]:
    while True:
        job: dict[str, Any] = client.get(f"/v1/jobs/{id}").json()
        if job["state"] not in ("waiting", "running"):
            return job
        threading.Event().wait(0.02)


def test_corrections_are_learned_and_work_can_be_stopped(mixed: Any, views: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "things.gallery"
    shutil.copy(mixed.gallery.location, path)
    with serving(path) as client:
        client.post("/v1/corrections", params={"instance": "coffee"}, content=views["coffee"])
        (job,) = client.get("/v1/jobs").json()
        assert job["kind"] == "calibrate"
        done = _over(client, job["id"])
        assert done["state"] == "done"
        assert "1 example of 1 thing" in done["told"]
        editor: Editor = client.app.state.service.places["things"].editor  # type: ignore[attr-defined]
        held = threading.Event()
        editor._thread.submit(held.wait)
        waiting = client.post("/v1/jobs").json()
        assert client.post("/v1/jobs").json()["id"] == waiting["id"]
        client.delete(f"/v1/jobs/{waiting['id']}")
        held.set()
        assert _over(client, waiting["id"])["state"] == "stopped"


def test_a_gallery_that_another_writer_has_is_told(serve: Any, views: dict[str, bytes], monkeypatch: Any) -> None:
    from resight.gallery.stores.opening import open_gallery
    from resight.service.galleries import editor

    monkeypatch.setattr(editor, "WAIT", 0.0)
    client = serve()
    path = client.app.state.service.places["things"].gallery.path
    with open_gallery(path, write=True):
        told = client.post("/v1/instances", params={"name": "moon"}, content=views["moon"])
    assert told.status_code == 503
    assert "is being written by process" in told.json()["found"]
    assert str(path.parent) not in told.text
    assert client.post("/v1/instances", params={"name": "moon"}, content=views["moon"]).status_code == 201


def test_a_full_disk_is_told_and_nothing_is_half_done(serve: Any, views: dict[str, bytes], monkeypatch: Any) -> None:
    from resight.service.galleries import editor

    def full(path: Path, writer: Any) -> None:
        raise OSError(28, "No space left on device", str(path))

    client = serve()
    monkeypatch.setattr(editor, "write_whole", full)
    told = client.post("/v1/instances", params={"name": "moon"}, content=views["moon"])
    assert told.status_code == 503
    assert "No space left on device" in told.json()["found"]
    monkeypatch.undo()
    assert "moon" not in {one["name"] for one in client.get("/v1/instances").json()["instances"]}


def test_a_change_that_cannot_be_written_down_is_told_as_made(
    serve: Any, views: dict[str, bytes], monkeypatch: Any
) -> None:
    from resight.service.safety import audit

    def full(path: Path, line: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    client = serve()
    monkeypatch.setattr(audit, "append_line", full)
    told = client.post("/v1/instances", params={"name": "moon"}, content=views["moon"])
    assert told.status_code == 503
    assert told.json()["what"] == "the change was made, but not written down: it cannot be undone"
    assert "moon" in {one["name"] for one in client.get("/v1/instances").json()["instances"]}


def test_a_change_whose_turn_does_not_come_is_given_up(serve: Any, views: dict[str, bytes]) -> None:
    client = serve(deadline=0.3)
    editor: Editor = client.app.state.service.places["things"].editor
    held = threading.Event()
    editor._thread.submit(held.wait)
    told = client.post("/v1/changes/nothing/undo")
    held.set()
    assert told.status_code == 503
    assert told.json()["what"] == "changes take too long"
    assert editor._waiting == 0


def test_kept_photos_are_listed_as_they_are_known(serve: Any, views: dict[str, bytes]) -> None:
    client = serve()
    added = client.post("/v1/instances", params={"name": "moon"}, content=views["moon"]).json()
    folder = client.app.state.service.places["things"].gallery.folder / "photos"
    assert [entry.labels for entry in discover(folder).known] == [("moon",)]
    client.patch(f"/v1/instances/{added['instance_id']}", json={"name": 'the moon, "full"'})
    assert [entry.labels for entry in discover(folder).known] == [('the moon, "full"',)]


@pytest.mark.parametrize("id", ["nothing", "0" * 16])
def test_what_was_never_done_cannot_be_undone(serve: Any, id: str) -> None:
    assert serve().post(f"/v1/changes/{id}/undo").status_code == 404
