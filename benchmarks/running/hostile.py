"""Hostile input, each asked about in a process of its own: what is refused, what ends it, and what it costs."""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import resource
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from running.child import peak
from running.table import table

from resight.errors import ResightError

LARGEST: Final = 512 * 2**20
"""Bytes that a process may hold at most, the interpreter and all libraries included."""

LONGEST: Final = 5.0
"""Seconds of processor that one input may take."""

PATIENCE: Final = 120.0
"""Seconds after which a process that has not answered hangs; others may use the processors meanwhile."""

_LOOKED_AT: Final = 0.9
"""When, in shares of that patience, it is written down what a process is doing."""

ANSWERS: Final = ("taken", "refused", "raised", "crashed", "hung")
"""How a try ends; the first two are as it should be."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One input by ``kind`` and ``name``: the answer, what was ``said``, seconds of processor and most bytes held."""

    kind: str
    name: str
    answer: str
    said: str = ""
    seconds: float = 0.0
    peak: int = 0

    @property
    def fault(self) -> str:
        """What is wrong with it, "" for nothing."""
        if self.answer not in ANSWERS[:2]:
            return self.answer
        dear = [f"{self.seconds:.1f} s"] if self.seconds > LONGEST else []
        return " and ".join([*dear, *([f"{self.peak / 2**20:.0f} MB"] if self.peak > LARGEST else [])])


Input = tuple[str, str, tuple[Any, ...]]
"""Its kind, its name, and what is given to the function that asks about it."""


def tried(
    ask: Callable[..., object],
    inputs: Iterable[Input],
    *,
    refusal: type[ResightError],
    preload: Sequence[str] = (),
    patience: float = PATIENCE,
) -> Iterator[Tried]:
    """Ask about each input, one after another; ``refusal`` is what may be raised. A warning counts as an exception.

    ``ask`` is found by its name in its module. Each process begins as one that has imported the modules ``preload`` and
    done nothing with them.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*preload])
    with tempfile.TemporaryDirectory(prefix="resight-") as folder:
        where = Path(folder, "threads")
        for kind, name, arguments in inputs:
            receiving, sending = context.Pipe(duplex=False)
            watched = (patience * _LOOKED_AT, str(where))
            process = context.Process(target=_asked, args=(ask, arguments, refusal, sending, watched), daemon=True)
            process.start()
            sending.close()
            answer = _received(receiving) if receiving.poll(patience) else _hung(patience, where)
            process.kill() if answer[0] == "hung" else process.join(patience)
            process.join()
            if answer[0] == "crashed":
                answer = ("crashed", f"exit status {process.exitcode}", 0.0, 0)
            process.close()
            receiving.close()
            yield Tried(kind, name, *answer)


def _hung(patience: float, where: Path) -> tuple[str, str, float, int]:
    """The answer of a process that gave none, with what its threads were doing shortly before."""
    threads = where.read_text(errors="replace") if where.exists() else "it had not begun"
    return "hung", f"after {patience:.0f} s:\n{threads}", 0.0, 0


def _received(receiving: Connection) -> tuple[str, str, float, int]:
    try:
        answer: tuple[str, str, float, int] = receiving.recv()
    except EOFError:  # it ended without a word
        return "crashed", "", 0.0, 0
    return answer


def _asked(
    ask: Callable[..., object],
    arguments: tuple[Any, ...],
    refusal: type[ResightError],
    sending: Connection,
    watched: tuple[float, str],
) -> None:
    """Ask, and send the answer; after ``watched``'s seconds, write to its file what each thread is doing."""
    before = _spent()
    with open(watched[1], "w") as threads:
        faulthandler.dump_traceback_later(watched[0], file=threads)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                answer, said = "taken", str(ask(*arguments) or "")
        except refusal as error:
            answer, said = "refused", str(error)
        except BaseException:
            answer, said = "raised", traceback.format_exc()
        finally:
            faulthandler.cancel_dump_traceback_later()
    sending.send((answer, said, _spent() - before, peak()))


def _spent() -> float:
    """Seconds of processor of this process, all threads together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def parser(text: str, *, count: int, what: str) -> argparse.ArgumentParser:
    """A command line that says how many inputs there are and with which seed they begin."""
    options = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=count, metavar="N", help=f"how many {what} ({count:,})")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="of the first; the others follow (0)")
    return options


def summary(found: Sequence[Tried]) -> str:
    """A table of the kinds of input and how they ended, and whatever was wrong."""
    kinds = dict.fromkeys(one.kind for one in found)
    rows = [_row(kind, [one for one in found if one.kind == kind]) for kind in kinds]
    header = ("what was done to it", "inputs", *ANSWERS, "most memory", "longest")
    faults = [f"- {one.kind}, {one.name}: {one.fault}. {one.said.strip()}\n" for one in found if one.fault]
    return "".join([table(header, [*rows, _row("all", found)]), *(["\n"] if faults else []), *faults])


def _row(name: str, found: Sequence[Tried]) -> tuple[str, ...]:
    counts = Counter(one.answer for one in found)
    most, longest = max(one.peak for one in found), max(one.seconds for one in found)
    figures = [f"{counts[answer]:,}" for answer in ANSWERS]
    return name, f"{len(found):,}", *figures, f"{most / 2**20:.0f} MB", f"{longest:.1f} s"


def report(found: Sequence[Tried]) -> None:
    """Print the summary; the exit status is 1 where there is a fault."""
    sys.stdout.write(summary(found))
    if any(one.fault for one in found):
        raise SystemExit(1)
