"""Keys: their hashes alone are written down, and a service follows what becomes of them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from resight.errors import ResightError
from resight.service.safety.keys import Keys


def test_a_key_is_known_until_it_is_revoked_or_rotated(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    token = Keys(path).add("Front desk", "enrol")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token.split("_")[2] not in path.read_text()
    running = Keys.open(path)
    found = running.find(token)
    assert found is not None
    assert [found.may(scope) for scope in ("read", "enrol", "admin")] == [True, True, False]
    for wrong in ("", "resight", token[:-1], token + "0", token.replace("resight", "other"), "resight_x_y"):
        assert running.find(wrong) is None
    new = Keys.open(path).rotate("Front desk")
    assert running.find(token) is None
    assert running.find(new) is not None
    Keys.open(path).revoke(found.id)
    assert running.find(new) is None
    path.unlink()
    assert running.find(new) is None


@pytest.mark.parametrize(
    "text", ["", "[]", '{"keys": [{"id": 1}]}', '{"keys": [{"id": "a", "name": "b", "scope": "c", "hash": ""}]}']
)
def test_what_is_no_file_of_keys(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(ResightError, match="is no file of keys"):
        Keys.open(tmp_path / "keys.json")


def test_what_cannot_be(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    with pytest.raises(ResightError, match="there are no keys in"):
        Keys.open(tmp_path / "keys.json")
    with pytest.raises(ResightError, match=r"no scope 'reed'; did you mean 'read'\?"):
        keys.add("x", "reed")
    with pytest.raises(ResightError, match="the key has no name"):
        keys.add(" ", "read")
    keys.add("twin", "read")
    keys.add("twin", "read")
    with pytest.raises(ResightError, match="several keys are called 'twin'"):
        keys.revoke("twin")
    with pytest.raises(ResightError, match="there is no key 'x'"):
        keys.rotate("x")
