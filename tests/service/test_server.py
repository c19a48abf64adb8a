"""A service in a process of its own: it says where it is, ends when it is told to, and refuses what cannot be."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from resight.errors import ResightError
from resight.service.server import listening, serve
from resight.service.terms.settings import Settings

ROOT = Path(__file__).parents[2]
SERVE = """
import sys
from resight.cli import main
from tests.galleries import quick
with quick():
    sys.exit(main(["serve", *sys.argv[1:]]))
"""
"""Serves as the command does, with the small photos of tests."""


def test_who_is_asked_to_end_finishes_what_was_begun(mixed: Any, views: dict[str, bytes], tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVE, f"things={mixed.gallery.location}", "--port", "0", "--read-only"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        assert process.stderr is not None
        port = int(process.stderr.readline().rstrip("/\n").rpartition(":")[2])
        try:
            assert _is_ready(port)
            sent = threading.Event()
            with ThreadPoolExecutor() as pool:
                answers = [pool.submit(_asked, port, "POST", "/v1/find", views["coffee"], sent) for _ in range(3)]
                sent.wait(10)
                process.send_signal(signal.SIGTERM)
                statuses = {one.result()[0] for one in answers}
            assert statuses <= {200, 503}
            assert 200 in statuses
            assert process.wait(20) == 0
        finally:
            process.kill()


def _is_ready(port: int) -> bool:
    """Whether it is, within a minute."""
    end = time.monotonic() + 60
    while _asked(port, "GET", "/v1/ready")[0] != 200:
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _asked(port: int, method: str, path: str, body: bytes | None = None, sent: Any = None) -> tuple[int, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        try:
            connection.request(method, path, body)
            if sent is not None:
                sent.set()
            response = connection.getresponse()
            return response.status, response.read()
        except ConnectionError:  # not taken any more
            return 503, b""


def test_a_port_in_use_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ResightError, match=r"another program has it: end that, or choose another --port"):
            listening("127.0.0.1", taken.getsockname()[1])


def test_an_address_that_is_not_this_machines_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", none)
    with pytest.raises(ResightError, match=r"cannot serve nowhere port 80: Name or service not known: choose another"):
        listening("nowhere", 80)


def test_other_machines_are_answered_with_keys_alone(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.168.0.1", "museum.example"):
        with pytest.raises(ResightError, match="name a file of API keys by --keys"):
            serve(Settings({"a": tmp_path / "a.gallery"}, host=host), print)
    with pytest.raises(ResightError, match="there are no keys in"):
        serve(Settings({"a": tmp_path / "a"}, host="0.0.0.0", keys=tmp_path / "keys.json"), print)
