"""A forked child, as of multiprocessing or of a server, opens a gallery anew and answers as its parent does."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

import resight
from resight.features import encoder
from resight.runtimes import blas
from tests.children import Child
from tests.galleries import small_extractor

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")


def _begin() -> None:
    """Photos are seen small; newer Pythons warn of every fork beside other threads, which is what is tried here."""
    encoder.point_extractor = small_extractor
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)


def _leave_with(child: int) -> None:
    if status := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit(status)


def fork_and_answer(gallery: Path, photo: Path) -> None:
    """Answer, fork beside a thread that is busy, and answer in the child by a gallery that it opens itself."""
    import faiss

    _begin()
    faiss.omp_set_num_threads(2)  # also where there is one processor

    def answer() -> str | None:
        with resight.open(gallery) as known:
            return known.recognise(photo, keep_evidence=False).instance

    print(answer(), flush=True)
    old, inside, leave = resight.open(gallery), threading.Event(), threading.Event()

    def busy() -> None:
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
        return _leave_with(child)
    try:
        old.recognise(photo)
    except resight.ResightError as error:
        print(str(error).split(": ")[-1])
    print(answer(), blas._inside, flush=True)
    os._exit(0)


def test_a_forked_child_answers(mixed: Any, shelved: Path) -> None:
    child = Child(fork_and_answer, mixed.gallery.path, shelved / "coffee" / "whole.png")
    assert (child.end(), child.out.splitlines()) == (0, ["coffee", "open it again", "coffee 0"]), child.err


def fork_while_others_answer(gallery: Path, photo: Path) -> None:
    """Fork four times at other moments of an answer, and print how the children ended."""
    _begin()
    known, stop = resight.open(gallery), threading.Event()
    wanted = known.recognise(photo, keep_evidence=False).instance

    def busy() -> None:
        while not stop.is_set():
            known.recognise(photo, keep_evidence=False)

    def answers_too() -> bool:
        signal.alarm(100)  # ends one that waits for ever
        try:
            known.recognise(photo)
        except resight.ResightError:
            known.close()
            with resight.open(gallery) as own:
                return own.recognise(photo, keep_evidence=False).instance == wanted
        return False

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    statuses = []
    for number in range(4):
        time.sleep(0.02 * number)
        if not (forked := os.fork()):
            os._exit(0 if answers_too() else 3)
        statuses.append(os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]))
    stop.set()
    for thread in threads:
        thread.join()
    print(wanted, statuses)


def test_a_child_that_is_forked_while_other_threads_answer_answers_too(mixed: Any, shelved: Path) -> None:
    child = Child(fork_while_others_answer, mixed.gallery.path, shelved / "coffee" / "whole.png")
    assert (child.end(), child.out) == (0, f"coffee {[0] * 4}\n"), child.err


def run_torch_and_fork() -> None:
    """Run a network on two threads before a fork, and after it in the child."""
    import torch

    import resight.nn  # noqa: F401

    torch.set_num_threads(2)
    network, photo = torch.nn.Conv2d(3, 32, 3), torch.ones(1, 3, 300, 300)
    with torch.no_grad():
        network(photo)
        if child := os.fork():
            return _leave_with(child)
        network(photo)
    os._exit(0)


def test_torch_in_a_forked_child_works() -> None:
    pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')
    pytest.importorskip("resight.nn")
    child = Child(run_torch_and_fork)
    assert child.end() == 0, child.err
