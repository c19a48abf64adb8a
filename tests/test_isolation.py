"""Nothing beyond what was asked for: no heavy package on ``import resight``, no network, no trace in HOME."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "cv2", "openvino", "faiss", "PIL", "typer", "matplotlib", "scipy", "jinja2")


def _python(code: str, *, home: Path, folder: Path) -> list[str]:
    """Lines that a fresh interpreter prints, run in ``folder`` with nothing in its environment but PATH and HOME."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_importing_resight_loads_no_heavy_package(home: Path) -> None:
    loaded = _python("import sys, resight; print(*sys.modules, sep='\\n')", home=home, folder=home)
    assert "resight" in loaded
    assert set(loaded).isdisjoint(HEAVY)


def test_answering_loads_nothing_that_only_measuring_and_training_need(home: Path) -> None:
    loaded = _python(
        "import sys, resight.recognition.recogniser; print(*sys.modules, sep='\\n')", home=home, folder=home
    )
    assert "cv2" in loaded
    assert set(loaded).isdisjoint({"torch", "typer", "matplotlib", "scipy", "jinja2", "pydantic"})


RECORD_LOOKUPS = """
import pathlib, socket
def record(host, *args, **options):  # into a file, because telemetry is sent from a forked process
    with pathlib.Path("asked").open("a") as asked:
        print(host, file=asked)
    raise socket.gaierror("recorded")
socket.getaddrinfo = record
"""
RUN_OPENVINO = """
import pathlib, torch
from resight.runtimes import openvino
openvino.quiet_import()
openvino.convert(torch.nn.Flatten(), torch.zeros(1, 4, 4, 3), pathlib.Path("network.xml"))
openvino.Backbone("network.xml")
"""


def _asked_and_written(code: str, folder: Path) -> tuple[list[str], list[str]]:
    """Host names that ``code`` looked up, and files and folders that it left in HOME."""
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir()
    _python(RECORD_LOOKUPS + code, home=home, folder=work)
    asked = work / "asked"
    return asked.read_text().split() if asked.exists() else [], sorted(path.name for path in home.rglob("*"))


def test_openvino_neither_asks_the_network_nor_writes_into_home(tmp_path: Path) -> None:
    """Left to itself it does both on import and at each conversion, for statistics."""
    pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')
    assert _asked_and_written(RUN_OPENVINO, tmp_path) == ([], [])


def test_a_lookup_in_a_forked_process_and_a_file_in_home_would_be_noticed(tmp_path: Path) -> None:
    code = """
import os, urllib.request
pathlib.Path.home().joinpath("trace").touch()
if os.fork() == 0:
    try:
        urllib.request.urlopen("http://statistics.example")
    except OSError:
        os._exit(0)
os.wait()
"""
    assert _asked_and_written(code, tmp_path) == (["statistics.example"], ["trace"])


def test_a_test_that_reaches_beyond_loopback_fails() -> None:
    with pytest.raises(AssertionError, match="only use loopback"):
        socket.getaddrinfo("statistics.example", 443)
    with socket.socket() as line, pytest.raises(AssertionError, match="only use loopback"):
        line.connect(("192.0.2.1", 443))  # RFC 5737: an address that is nobody's
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as line:
        assert line.getpeername() == server.getsockname()
