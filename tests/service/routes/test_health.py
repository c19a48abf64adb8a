"""The health of a gallery over HTTP."""

from __future__ import annotations

from starlette.testclient import TestClient

from resight.service.routes.records import CurveBody, HealthBody


def test_health_and_costs(client: TestClient) -> None:
    told = client.get("/v1/doctor").json()
    HealthBody.model_validate(told)
    assert told["photos"] == 5
    points = client.get("/v1/curve").json()
    CurveBody.model_validate(points)
    assert points["points"][0]["false_accept_rate"] < points["points"][-1]["false_accept_rate"]
