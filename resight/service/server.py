"""The server: an address, and a process that ends in an orderly way."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from resight.errors import ResightError

from .app import create_app
from .terms.settings import Settings

BACKLOG: Final = 512
"""Connections that wait to be taken."""

GRACE: Final = 5.0
"""Seconds beyond the deadline of a request after which the end does not wait for it any more."""


def serve(settings: Settings, begun: Callable[[str], object]) -> None:
    """Answer until SIGTERM or SIGINT, then finish what was begun; ``begun`` is told the address.

    Raises ResightError where the address cannot be had, or one beyond this machine is to be served without keys.
    """
    if not settings.is_local and settings.keys is None:
        raise ResightError(
            f"whoever reaches {settings.host} could ask and change everything: name a file of API keys by --keys, or "
            "serve 127.0.0.1 alone, and put a proxy with TLS before it where others are to reach it"
        )
    app = create_app(settings)
    with listening(settings.host, settings.port) as bound:
        host, port = bound.getsockname()[:2]
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        config = uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=round(settings.deadline + GRACE),
            timeout_keep_alive=15,
            h11_max_incomplete_event_size=32_768,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            ws="none",
        )
        begun(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        with _well_ended():
            uvicorn.Server(config).run(sockets=[bound])


@contextmanager
def _well_ended() -> Iterator[None]:
    """Within the block SIGTERM does nothing: uvicorn, which heeds it itself, raises it again when it has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def listening(host: str, port: int) -> socket.socket:
    """A socket that is bound; raises ResightError for an address that cannot be had."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(address)
            bound.listen(BACKLOG)
        except BaseException:
            bound.close()
            raise
        return bound
    except (OSError, OverflowError) as error:
        used = getattr(error, "errno", None) == errno.EADDRINUSE
        found = "another program has it" if used else str(getattr(error, "strerror", error))
        remedy = "end that, or choose another --port; 0 takes any that is free" if used else "choose another --host"
        raise ResightError(f"cannot serve {host} port {port}: {found}: {remedy}") from error
