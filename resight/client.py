"""A client of ``resight serve``: the questions of a :class:`resight.Recogniser`, over HTTP, with the same records.

from resight.client import Client

museum = Client("http://127.0.0.1:8000")
museum.recognise("new.jpg").instance
"""

from __future__ import annotations

import json
import secrets
import time
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final, Self
from urllib.parse import quote, urlencode, urlsplit

import numpy as np

from resight.errors import ResightError
from resight.io import images
from resight.io.images import Source
from resight.results import (
    Detection,
    Detections,
    Explanation,
    Faithfulness,
    HeatMap,
    Match,
    Recognition,
    ScoreSplit,
    Verification,
)
from resight.types import SpatialVerification

RETRIED: Final = (429, 503)
"""Refusals after which the same request may be answered."""


class Refused(ResightError):
    """A request that the service refused; ``status`` and what it told: what, found, wanted, remedy."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        super().__init__(str(told.get("detail") or f"the service answered {status}"))
        self.status = status
        self.told = dict(told)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A picture of a record that came over HTTP: the photo that was sent back is all there is to draw."""

    jpeg: bytes

    def encode(self, suffix: str) -> bytes:
        """The photo as an image of that kind."""
        return images.encode(images.read(self.jpeg).image, suffix)


class Client:
    """A service, asked by one thread at a time over a connection that is kept.

    Parameters
    ----------
    address : such as "http://127.0.0.1:8000".
    key : an API key, where the service wants one.
    gallery : which of its galleries; by default the first.
    timeout : seconds that an answer may take.
    patience : seconds for which what is refused for want of room is tried again.
    """

    def __init__(
        self, address: str, *, key: str = "", gallery: str | None = None, timeout: float = 60.0, patience: float = 30.0
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ResightError(f"{address!r} is no address of a service; wanted one such as 'http://127.0.0.1:8000'")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._gallery = gallery
        self._patience = patience

    def recognise(self, photo: Source, *, mirrored: bool = False, **options: Any) -> Recognition:
        """Recognise the photo, as :meth:`resight.Recogniser.recognise`, but for evidence to draw."""
        told = self._ask("POST", "/v1/recognise", photo, mirrored=mirrored, **options)
        matches = tuple(map(_match, told["matches"]))
        return Recognition(
            photo=images.name_of(photo),
            instance=told["instance"],
            probability=told["probability"],
            runner_up=told["runner_up"],
            margin=told["margin"],
            matches=matches,
            unknown_probability=told["unknown_probability"],
            hint=told["hint"] or "",
            either=tuple(told["either"]),
        )

    recognize = recognise

    def find(self, photo: Source, **options: Any) -> Detections:
        """Find every known thing in the photo, as :meth:`resight.Recogniser.find`."""
        told = self._ask("POST", "/v1/find", photo, **options)
        found = tuple(map(_detection, told["found"]))
        return Detections(images.name_of(photo), tuple(told["size"]), found, hint=told["hint"] or "")

    def verify(self, first: Source, second: Source, *, share: float = 0.5) -> Verification:
        """Whether two photos show one thing, as :meth:`resight.Verifier.verify`, but for evidence to draw."""
        told = self._ask("POST", "/v1/verify", (first, second), share=share)
        low, high = told["bounds"]
        return Verification(
            first=images.name_of(first),
            second=images.name_of(second),
            same=told["same"],
            probability=told["probability"],
            likelihood_ratio=told["likelihood_ratio"],
            bounds=(low, high),
            parts=told["parts"],
            figures=told["figures"],
            weights=told["weights"],
            relation=told["relation"],
            notes=tuple(told["notes"]),
            check=_check(told["inliers"], told["transform"]),
        )

    def explain(
        self,
        photo: Source,
        *,
        reference: str | None = None,
        method: str | None = None,
        test_faithfulness: bool = True,
        mirrored: bool = False,
    ) -> Explanation:
        """Why the photo is, or is not, what a known photo shows: a known thing, or the id of a known photo."""
        told = self._ask(
            "POST",
            "/v1/explain",
            photo,
            reference=reference,
            method=method,
            test_faithfulness=test_faithfulness,
            mirrored=mirrored,
            upright=True,
        )
        maps = {one["frame"]: _heat_map(one) for one in told["maps"]}
        return Explanation(
            maps["query"],
            maps.get("reference"),
            told["sentence"],
            _Drawing(b64decode(told["photo"]["jpeg"])),
            told["caption"],
            told["hint"] or "",
            told["compared"],
        )

    def instances(self) -> dict[str, int]:
        """Number of known photos of each thing."""
        found: dict[str, int] = {}
        while True:
            told = self._ask("GET", "/v1/instances", limit=1000, offset=len(found))
            found.update({one["name"]: one["photos"] for one in told["instances"]})
            if len(found) >= told["total"] or not told["instances"]:
                return found

    def add(self, photos: Source | Iterable[Source], instance: str) -> str:
        """Make photos of a thing known; the change, which :meth:`undo` takes, "" where all were known."""
        change = ""
        for photo in images.one_or_several(photos):
            change = self._ask("POST", "/v1/instances", photo, name=instance)["change"] or change
        return change

    def remove(self, instance: str) -> str:
        """Remove a thing; the change, which :meth:`undo` takes."""
        return str(self._ask("DELETE", f"/v1/instances/{_id(instance)}")["change"])

    def rename(self, old: str, new: str, *, merge: bool = False) -> str:
        """Give a thing another name; the change, which :meth:`undo` takes."""
        body = {"name": new, "merge": merge}
        return str(self._ask("PATCH", f"/v1/instances/{_id(old)}", json_body=body)["change"])

    def correct(
        self, photo: Source, instance: str | None, *, instead_of: str | None = None, learn: str = "example"
    ) -> str:
        """Say what a photo shows, None for none of the known things; the change, which :meth:`undo` takes."""
        told = self._ask("POST", "/v1/corrections", photo, instance=instance, instead_of=instead_of, learn=learn)
        return str(told["change"])

    def undo(self, change: str) -> None:
        """Take a change back."""
        self._ask("POST", f"/v1/changes/{quote(change, safe='')}/undo")

    def is_ready(self) -> bool:
        """Whether every gallery answers."""
        try:
            self._once("GET", f"{self._prefix}/v1/ready", None, {})
        except ResightError:
            return False
        return True

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _ask(
        self,
        verb: str,
        path: str,
        photo: Source | tuple[Source, Source] | None = None,
        *,
        json_body: Mapping[str, Any] | None = None,
        **query: Any,
    ) -> dict[str, Any]:
        """The JSON of an answer; raises Refused, and ResightError where the service cannot be reached."""
        wanted = {"gallery": self._gallery, **query}
        given = {key: value for key, value in wanted.items() if value is not None}
        told = {key: str(value).lower() if isinstance(value, bool) else value for key, value in given.items()}
        address = f"{self._prefix}{path}?{urlencode(told)}"
        body, headers = None, dict(self._headers)
        if json_body is not None:
            body, headers["Content-Type"] = json.dumps(json_body).encode(), "application/json"
        elif isinstance(photo, tuple):
            body, headers["Content-Type"] = _form([images.encoded(one) for one in photo])
        elif photo is not None:
            body, headers["Content-Type"] = images.encoded(photo), "application/octet-stream"
        until = time.monotonic() + self._patience
        while True:
            try:
                return self._once(verb, address, body, headers)
            except Refused as refused:
                wait = float(refused.told.get("retry_after") or 0)
                if refused.status not in RETRIED or not wait or time.monotonic() + wait > until:
                    raise
                time.sleep(wait)

    def _once(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> dict[str, Any]:
        try:
            response = self._sent(method, address, body, headers)
            text = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise ResightError(
                f"the service at {self._host} cannot be reached ({error}): check that it runs"
            ) from error
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if response.status >= 400:
            about = told if isinstance(told, dict) else {}
            raise Refused(response.status, {**about, "retry_after": response.headers.get("Retry-After")})
        if not isinstance(told, dict):
            raise ResightError(f"what answers at {self._host} is no resight service: check the address")
        return told

    @property
    def _host(self) -> str:
        return f"{self._connection.host}:{self._connection.port}"

    def _sent(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> HTTPResponse:
        """The response; a connection that the service has closed meanwhile is opened again, once."""
        fresh = self._connection.sock is None
        try:
            self._connection.request(method, address, body, dict(headers))
            return self._connection.getresponse()
        except (ConnectionError, HTTPException):
            self._connection.close()
            if fresh:
                raise
            self._connection.request(method, address, body, dict(headers))
            return self._connection.getresponse()


def _id(instance: str) -> str:
    """The id of an instance in addresses."""
    return blake2b(instance.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _form(photos: Iterable[bytes]) -> tuple[bytes, str]:
    """A form of photos, and its Content-Type."""
    boundary = secrets.token_hex(16)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="photo"\r\n\r\n'.encode()
    body = b"".join(head + photo + b"\r\n" for photo in photos) + f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def _check(count: int, transform: Any) -> SpatialVerification | None:
    """The geometry of an answer: of the points that agree their number is known, and where they lie is not."""
    if transform is None and not count:
        return None
    geometry = None if transform is None else np.array(transform)
    return SpatialVerification(float(count), np.full((count, 2), -1), geometry, np.full(count, 1.0))


def _match(told: Mapping[str, Any]) -> Match:
    facts = (told["photo"], told["instance"] or told["either"][0], told["score"], told["probability"])
    return Match(*facts, _check(told["inliers"], told["transform"]), told["mirrored"], told["id"])


def _detection(told: Mapping[str, Any]) -> Detection:
    match = _match(told)
    other = Match("", told["either"][1], 0.0, 0.0) if told["either"] else None
    return Detection(match, np.array(told["outline"]), told["way"], other)


def _heat_map(told: Mapping[str, Any]) -> HeatMap:
    grey = images.read(b64decode(told["png"])).image[..., 0]
    tested, split = told["faithfulness"], told["split"]
    areas = None if tested is None else Faithfulness(tested["deletion"], tested["insertion"], tested["random"])
    whole = None if split is None else ScoreSplit(**split)
    return HeatMap(grey / 255.0, told["frame"], told["method"], told["target"], areas, whole)
