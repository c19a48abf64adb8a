"""Settings of a service: whom it answers, how much at a time, and what it takes."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from resight.io.images import MAX_PIXELS
from resight.runtimes import processors


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a service.

    Attributes
    ----------
    galleries : their files by the names that clients know them by, the first of which answers who names none.
    host, port : the address; port 0 is any that is free.
    keys : the file of API keys; None where nobody needs one, which is for the loopback address alone.
    hosts : other names that this host is called by, as behind a proxy.
    workers : photos that are answered at the same time; each has a process that decodes.
    waiting : requests that may wait for one of them.
    deadline : seconds after which a request is given up, waiting included.
    max_bytes : of an upload.
    max_pixels, max_frames : of a photo; a JPEG may have eight times as many pixels and is decoded smaller.
    decoding_seconds, decoding_bytes : that decoding one photo may take, in time and in address space.
    rate, burst : requests a second that one key may make in the long run, and at once.
    edits : whether galleries may be changed.
    """

    galleries: Mapping[str, Path]
    host: str = "127.0.0.1"
    port: int = 8000
    keys: Path | None = None
    hosts: tuple[str, ...] = ()
    workers: int = field(default_factory=processors.available)
    waiting: int = 64
    deadline: float = 30.0
    max_bytes: int = 32_000_000
    max_pixels: int = MAX_PIXELS
    max_frames: int = 1000
    decoding_seconds: float = 10.0
    decoding_bytes: int = 1_500_000_000
    rate: float = 10.0
    burst: int = 60
    edits: bool = True

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether an address, or the name of one, is that of this machine to itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
