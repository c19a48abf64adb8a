"""``resight serve``: what is refused before anything is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("none.gallery",), "there is no gallery none.gallery"),
        (("a/b=there.gallery",), "a gallery cannot be served as 'a/b'"),
        (("there.gallery", "other/there.gallery"), "two galleries are called 'there'"),
        (("there.gallery", "--host", "0.0.0.0"), "name a file of API keys by --keys"),
        (("there.gallery", "--host", "0.0.0.0", "--keys", "none.json"), "there are no keys in none.json"),
    ],
)
def test_what_cannot_be_served(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    for name in ("there.gallery", "other/there.gallery"):
        (tmp_path / name).touch()
    refused = run("serve", *arguments)
    assert (refused.status, refused.out) == (1, "")
    assert told in refused.err
