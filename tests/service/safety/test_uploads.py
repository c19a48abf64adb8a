"""Uploads are counted as they come, and what is no form is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from resight.service.safety.uploads import Uploads
from resight.service.terms.problem import Problem

LIMIT = 200_000


@pytest.fixture(scope="module")
def small(serve: Any) -> TestClient:
    client: TestClient = serve(max_bytes=LIMIT)
    return client


def _received(uploads: Uploads, chunk: bytes) -> tuple[Problem, int]:
    """Why an upload without an end is refused, and after how many chunks."""
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        await asyncio.sleep(0)
        return {"type": "http.request", "body": chunk, "more_body": True}

    async def asked() -> None:
        request = Request({"type": "http", "method": "POST", "headers": []}, receive)
        async with uploads.receiving(request):
            raise AssertionError("it has no end")

    with pytest.raises(Problem) as refused:
        asyncio.run(asked())
    assert uploads.held == 0
    return refused.value, taken


def test_a_body_without_a_length_is_cut_off_at_the_limit() -> None:
    problem, taken = _received(Uploads(LIMIT, 10 * LIMIT, 10), bytes(65_536))
    assert (problem.status, taken) == (413, 4)


def test_all_uploads_together_are_bounded() -> None:
    problem, taken = _received(Uploads(LIMIT, 100_000, 10), bytes(65_536))
    assert (problem.status, taken) == (429, 2)


def test_an_upload_that_drips_is_given_up() -> None:
    problem, _ = _received(Uploads(1 << 40, 1 << 40, 0.05), b"")
    assert problem.status == 408


def test_a_browser_that_leaves_in_the_middle_is_let_go_of() -> None:
    uploads, came = Uploads(LIMIT, LIMIT, 10), [{"type": "http.request", "body": b"x", "more_body": True}]

    async def receive() -> dict[str, Any]:
        return came.pop() if came else {"type": "http.disconnect"}

    async def asked() -> None:
        async with uploads.receiving(Request({"type": "http", "method": "POST", "headers": []}, receive)):
            raise AssertionError("it never came whole")

    with pytest.raises(Problem) as refused:
        asyncio.run(asked())
    assert (refused.value.status, uploads.held) == (400, 0)


def test_a_promise_of_too_much_is_refused_at_once(small: TestClient) -> None:
    told = small.post("/v1/recognise", content=b"x", headers={"content-length": str(LIMIT + 1)})
    assert told.status_code == 413
    assert "promised" in told.json()["found"]


FORM = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("body", "boundary", "found"),
    [
        (FORM % (b"photo", b"x"), "", "no boundary"),
        (FORM % (b"note", b"x" * 5000), "b", "a field of more than 4096 bytes"),
        (FORM % (b"photo", b"x"), "c", ""),
        ((FORM % (b"photo", b"x"))[:60], "b", "no end of it"),
        (b"--b\r\nX: " + b"y" * 9000 + b"\r\n\r\nz\r\n--b--", "b", ""),
        (b"".join((FORM % (b"a", b"1"))[:-7] for _ in range(41)) + b"--b--\r\n", "b", "more than 40 parts"),
        (FORM % (b"note", b"no photo"), "b", "an empty body"),
    ],
)
def test_forms_that_cannot_be(small: TestClient, body: bytes, boundary: str, found: str) -> None:
    kind = f"multipart/form-data; boundary={boundary}" if boundary else "multipart/form-data"
    told = small.post("/v1/recognise", content=body, headers={"content-type": kind})
    assert told.status_code == 422
    assert found in told.json()["found"]


def test_nothing_is_held_afterwards(small: TestClient) -> None:
    small.post("/v1/recognise", content=b"x" * 1000)
    assert small.app.state.service.uploads.held == 0  # type: ignore[attr-defined]
