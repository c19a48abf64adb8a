"""The health of a gallery over HTTP."""

from __future__ import annotations

from starlette.testclient import TestClient

from resight.service.routes.records import CurveBody, HealthBody, MapBody


def test_health_and_costs(client: TestClient) -> None:
    told = client.get("/v1/doctor").json()
    HealthBody.model_validate(told)
    assert told["photos"] == 5
    points = client.get("/v1/curve").json()
    CurveBody.model_validate(points)
    assert points["points"][0]["false_accept_rate"] < points["points"][-1]["false_accept_rate"]


def test_a_map_has_every_thing_in_its_square(client: TestClient) -> None:
    told = client.get("/v1/map").json()
    MapBody.model_validate(told)
    assert len(told["things"]) == 5
    assert client.get("/v1/map").json() == told
    for axis in "xy":
        places = sorted(one[axis] for one in told["things"])
        assert (places[0], places[-1]) == (0.0, 1.0)
