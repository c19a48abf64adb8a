"""The page's files and nothing else are given away."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient


def test_the_page_is_there(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "<script>" not in page.text


@pytest.mark.parametrize("name", ["..%2Fapp.py", "nothing.js", "%2e%2e", "..%5Capp.py", "index.html.bak"])
def test_nothing_else_is(client: TestClient, name: str) -> None:
    assert client.get(f"/page/{name}").status_code == 404
