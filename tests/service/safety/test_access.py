"""Who may ask: keys, other sites' pages, foreign names and rates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from resight.service.safety.access import Rates
from resight.service.safety.keys import Keys
from resight.service.terms.problem import Problem


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path: Path = tmp_path_factory.mktemp("keys") / "keys.json"
    return {"path": path, **{scope: _added(path, scope) for scope in ("read", "enrol", "admin")}}


def _added(path: Path, scope: str) -> str:
    keys = Keys.open(path) if path.exists() else Keys(path)
    return keys.add(scope, scope)


@pytest.fixture(scope="module")
def guarded(serve: Any, tokens: dict[str, Any]) -> TestClient:
    client: TestClient = serve(keys=tokens["path"], host="0.0.0.0", rate=1000.0)
    return client


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/instances", "read"),
        ("GET", "/v1/metrics", "read"),
        ("POST", "/v1/recognise", "read"),
        ("DELETE", "/v1/instances/none", "enrol"),
        ("POST", "/v1/corrections", "enrol"),
        ("PUT", "/v1/unknown", "admin"),
        ("DELETE", "/v1/jobs/1", "enrol"),
    ],
)
def test_each_route_asks_for_its_scope(
    guarded: TestClient, tokens: dict[str, Any], method: str, path: str, scope: str
) -> None:
    scopes = ("read", "enrol", "admin")
    without = guarded.request(method, path)
    assert (without.status_code, without.headers["www-authenticate"]) == (401, "Bearer")
    assert guarded.request(method, path, headers={"authorization": "Bearer resight_x_y"}).status_code == 401
    for held in scopes:
        told = guarded.request(method, path, headers={"authorization": f"Bearer {tokens[held]}"})
        assert (told.status_code in (401, 403)) is (scopes.index(held) < scopes.index(scope)), told.text


def test_state_and_page_need_no_key(guarded: TestClient) -> None:
    for path in ("/", "/v1/health", "/v1/ready", "/v1/openapi.json"):
        assert guarded.get(path).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}, 422),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"host": "evil.example"}, 421),
        ({"host": "localhost:8000"}, 422),
        ({"host": "[::1]:8000"}, 422),
    ],
)
def test_other_sites_pages_are_refused(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.post("/v1/recognise", headers=headers).status_code == status


def test_a_link_to_the_page_is_followed(client: TestClient) -> None:
    visit = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/", headers=visit).status_code == 200
    assert client.get("/v1/instances", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_rates_fill_again() -> None:
    now = 0.0
    rates = Rates(2.0, 3, clock=lambda: now)
    for _ in range(3):
        rates.take("one")
    rates.take("other")
    with pytest.raises(Problem) as refused:
        rates.take("one")
    assert (refused.value.status, refused.value.retry_after) == (429, 0.5)
    now = 0.5
    rates.take("one")
    with pytest.raises(Problem):
        rates.take("one")
    now = -100.0  # a clock that jumps back gives nothing, and takes nothing
    with pytest.raises(Problem):
        rates.take("one")
