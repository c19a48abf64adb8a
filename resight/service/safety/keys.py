"""API keys: a file that knows their hashes and what each may do, and never the keys."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from resight.errors import ResightError, suggestion
from resight.io.files import write_whole

SCOPES: Final = ("read", "enrol", "admin")
"""Rights of a key: ask, and look at what is known; change that as well, and see who changed what and which photos got
no name; change settings as well."""

PREFIX: Final = "resight"
"""Beginning of every key, by which scanners of published code find one that was leaked."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the file has it.

    Attributes
    ----------
    id : what it is called where it is told of.
    name : whose it is, for people.
    scope : one of SCOPES, the last of which includes those before it.
    hash : SHA-256 of the key in hexadecimal; a key has 256 random bits, which nobody can guess one by one.
    created : when, in UTC.
    """

    id: str
    name: str
    scope: str
    hash: str = field(repr=False)
    created: str = ""

    def may(self, scope: str) -> bool:
        """Whether it may do what a scope is for."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


class Keys:
    """The keys of a service, in a file that only its owner may read.

    A running service follows the file: who is revoked gets nothing from the next request on. Raises ResightError where
    it is no file of keys.
    """

    def __init__(self, path: Path, known: Iterable[Key] = ()) -> None:
        self.path = path
        self._known = {key.id: key for key in known}
        self._seen: tuple[int, int] | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """The keys of a file; raises ResightError where it is missing or is none."""
        keys = cls(path)
        if not path.exists():
            raise ResightError(
                f"there are no keys in {path}: `resight keys add {path} NAME --scope read` makes the first"
            )
        keys.follow()
        return keys

    def __iter__(self) -> Any:
        return iter(self._known.values())

    def follow(self) -> None:
        """Read the file again where it has changed; one that is gone has no keys."""
        try:
            status = self.path.stat()
        except OSError:
            self._known = {}
            return
        if self._seen != (status.st_mtime_ns, status.st_ino):
            self._known = {key.id: key for key in _read(self.path)}
            self._seen = (status.st_mtime_ns, status.st_ino)

    def find(self, token: str) -> Key | None:
        """The key that this is; None for none."""
        self.follow()
        parts = token.split("_")
        key = self._known.get(parts[1]) if len(parts) == 3 and parts[0] == PREFIX else None
        return key if key is not None and hmac.compare_digest(key.hash, _hash(token)) else None

    def add(self, name: str, scope: str) -> str:
        """Make a key and write it down; the key itself, which nobody can tell again."""
        if scope not in SCOPES:
            raise ResightError(f"there is no scope {scope!r}{suggestion(scope, SCOPES)}; wanted {', '.join(SCOPES)}")
        if not name.strip():
            raise ResightError("the key has no name; wanted whose it is, by which it is told of")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return self._made(Key(secrets.token_hex(4), name.strip(), scope, "", now))

    def rotate(self, id: str) -> str:
        """Give a key another secret, after which the old one is worth nothing; the key itself."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return self._made(replace(self._required(id), created=now))

    def revoke(self, id: str) -> Key:
        """Let a key be worth nothing any more."""
        key = self._known.pop(self._required(id).id)
        self._write()
        return key

    def _required(self, id: str) -> Key:
        """The key of an id or of a name that only one has."""
        found = [key for key in self._known.values() if id in (key.id, key.name)]
        if len(found) == 1:
            return found[0]
        names: Collection[str] = [key.id for key in found] or [*self._known, *(key.name for key in self)]
        told = "several keys are called" if found else "there is no key"
        raise ResightError(f"{told} {id!r}; wanted one of {', '.join(names) or 'none that are there'}")

    def _made(self, key: Key) -> str:
        token = f"{PREFIX}_{key.id}_{secrets.token_hex(32)}"
        self._known[key.id] = replace(key, hash=_hash(token))
        self._write()
        return token

    def _write(self) -> None:
        text = json.dumps({"keys": [asdict(key) for key in self._known.values()]}, indent=1)

        def write(unfinished: Path) -> None:
            unfinished.touch(mode=0o600)
            os.chmod(unfinished, 0o600)
            unfinished.write_text(text, encoding="utf-8")

        write_whole(self.path, write)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _read(path: Path) -> list[Key]:
    try:
        found = [Key(**one) for one in json.loads(path.read_text(encoding="utf-8"))["keys"]]
        if all(key.scope in SCOPES for key in found):
            return found
    except OSError as error:
        raise ResightError(f"{path} cannot be read ({error.strerror}): check its permissions") from error
    except (ValueError, KeyError, TypeError):
        pass
    raise ResightError(f"{path} is no file of keys: `resight keys add` makes one, under another name")
