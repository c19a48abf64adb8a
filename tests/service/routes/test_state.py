"""How the service is: alive, ready, counted, and documented."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient


def test_alive_and_ready(client: TestClient) -> None:
    assert client.get("/v1/health").json()["status"] == "alive"
    assert client.get("/v1/ready").status_code == 200
    (gallery,) = client.get("/v1/galleries").json()["galleries"]
    assert gallery == {"name": "things", "ready": True, "fault": "", "photos": 5, "instances": 5, "keeps": False}


def test_not_ready_while_a_gallery_loads(client: TestClient, views: dict[str, bytes], monkeypatch: Any) -> None:
    served = client.app.state.service.places["things"].gallery  # type: ignore[attr-defined]
    monkeypatch.setattr(served, "_opened", None)
    monkeypatch.setattr(served, "load", lambda: None)  # which is begun, and takes its time
    assert client.get("/v1/ready").status_code == 503
    late = client.post("/v1/recognise", content=views["coffee"])
    assert late.status_code == 503
    assert int(late.headers["retry-after"]) > 0
    assert late.json()["what"] == "the gallery 'things' is being loaded"


def test_a_method_that_there_is_not_says_which_there_are(client: TestClient) -> None:
    for path, allowed in (("/v1/ready", "GET"), ("/v1/unknown", "GET, PUT"), ("/v1/photos/1", "DELETE, GET, PATCH")):
        told = client.request("TRACE", path)
        assert (told.status_code, told.headers["allow"]) == (405, allowed)


def test_metrics_count(client: TestClient, views: dict[str, bytes]) -> None:
    client.post("/v1/recognise", content=views["coffee"])
    text = client.get("/v1/metrics").text
    assert 'resight_requests_total{method="POST",route="/v1/recognise",status="200"}' in text
    assert "resight_queue_length 0.0" in text
    assert "process_resident_memory_bytes" in text


def test_jobs(client: TestClient) -> None:
    service = client.app.state.service  # type: ignore[attr-defined]
    job = service.jobs.new("calibrate", "things")
    assert client.get(f"/v1/jobs/{job.id}").json()["state"] == "waiting"
    client.delete(f"/v1/jobs/{job.id}")
    assert job.stopping.is_set()
    assert client.get("/v1/jobs/77").status_code == 404


def test_the_document_says_what_every_route_takes_and_refuses(client: TestClient) -> None:
    document = client.get("/v1/openapi.json").json()
    body = document["paths"]["/v1/recognise"]["post"]["requestBody"]["content"]
    assert body["image/jpeg"]["schema"]["format"] == "binary"
    for path, methods in document["paths"].items():
        for told in methods.values():
            assert told["summary"], path
            assert {"200", "201"} & told["responses"].keys(), path
    assert "Refusal" in document["components"]["schemas"]


def test_a_mistake_of_the_service_is_told_as_one(client: TestClient, monkeypatch: Any, caplog: Any) -> None:
    service = client.app.state.service  # type: ignore[attr-defined]
    monkeypatch.setattr(service.jobs, "all", lambda: 1 // 0)
    told = client.get("/v1/jobs?secret=1")
    assert (told.status_code, told.headers["content-type"]) == (500, "application/problem+json")
    assert "x-content-type-options" in told.headers
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text
