"""A forked child, as of multiprocessing or of a server, opens a gallery anew and answers as its parent does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
REPOSITORY = Path(__file__).resolve().parent.parent

FORK = """
import os, sys, threading
import faiss, numpy as np
import resight
from galleries import small_extractor
from resight.features import encoder as encoders
from resight.runtimes import blas
encoders.point_extractor = small_extractor
faiss.omp_set_num_threads(2)  # also where there is one processor
gallery, photo = sys.argv[1:]

def answer():
    with resight.open(gallery) as known:
        return known.recognise(photo, keep_evidence=False).instance

print(answer(), flush=True)
old, inside, leave = resight.open(gallery), threading.Event(), threading.Event()

def busy():
    with blas.one_thread():
        inside.set()
        leave.wait()

thread = threading.Thread(target=busy)
thread.start()
inside.wait()
if child := os.fork():
    leave.set()
    thread.join()
    old.close()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
try:
    old.recognise(photo)
except resight.ResightError as error:
    print(str(error).split(": ")[-1])
print(answer(), blas._inside, flush=True)
os._exit(0)
"""


def test_a_forked_child_answers(mixed: Any, shelved: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / "tests")))}
    command = [sys.executable, "-c", FORK, str(mixed.gallery.path), str(shelved / "coffee" / "whole.png")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (0, ["coffee", "open it again", "coffee 0"]), done.stderr


BUSY = """
import os, signal, sys, threading, time
import resight
from galleries import small_extractor
from resight.features import encoder as encoders
encoders.point_extractor = small_extractor
gallery, photo = sys.argv[1:]
known, stop = resight.open(gallery), threading.Event()
wanted = known.recognise(photo, keep_evidence=False).instance

def busy():
    while not stop.is_set():
        known.recognise(photo, keep_evidence=False)

def child():
    signal.alarm(100)  # ends one that waits for ever
    try:
        known.recognise(photo)
    except resight.ResightError:
        known.close()
        with resight.open(gallery) as own:
            return own.recognise(photo, keep_evidence=False).instance == wanted

threads = [threading.Thread(target=busy) for _ in range(2)]
for thread in threads:
    thread.start()
statuses = []
for number in range(4):
    time.sleep(0.02 * number)  # at other moments of an answer
    if not (forked := os.fork()):
        os._exit(0 if child() else 3)
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]))
stop.set()
for thread in threads:
    thread.join()
print(wanted, statuses)
"""


def test_a_child_that_is_forked_while_other_threads_answer_answers_too(mixed: Any, shelved: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / "tests")))}
    command = [sys.executable, "-c", BUSY, str(mixed.gallery.path), str(shelved / "coffee" / "whole.png")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stdout) == (0, f"coffee {[0] * 4}\n"), done.stderr


def test_torch_in_a_forked_child_works() -> None:
    pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')
    code = """
import os, torch, resight.nn
torch.set_num_threads(2)
network, photo = torch.nn.Conv2d(3, 32, 3), torch.ones(1, 3, 300, 300)
with torch.no_grad():
    network(photo)
    if child := os.fork():
        raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    network(photo)
os._exit(0)
"""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", code], env=environment, timeout=300, check=True)
