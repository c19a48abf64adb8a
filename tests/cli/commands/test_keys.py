"""``resight keys``."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_keys_are_made_listed_rotated_and_revoked(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    made = run("keys", "add", file, "Front desk", "--scope", "enrol")
    assert made.status == 0
    assert made.out.startswith("resight_")
    assert "it cannot be printed again" in made.err
    listed = run("keys", "list", file)
    assert "Front desk" in listed.out
    assert "enrol" in listed.out
    assert made.out.strip() not in listed.out
    again = run("keys", "rotate", file, "Front desk", "--json")
    assert again.out != made.out
    assert run("keys", "list", file, "--json").out.count('"scope": "enrol"') == 1
    assert run("keys", "revoke", file, "Front desk").status == 0
    refused = run("keys", "revoke", file, "Front desk")
    assert (refused.status, refused.out) == (1, "")
    assert "there is no key 'Front desk'" in refused.err


def test_what_cannot_be(run: Any, tmp_path: Path) -> None:
    assert "there are no keys in" in run("keys", "list", tmp_path / "none.json").err
    assert run("keys", "add", tmp_path / "keys.json", "x", "--scope", "reed").status == 2
