"""Hostile input by seeds: each is made in a folder, asked about and removed, and what came of all of it is told."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from running.hostile import Input, parser, report, tried
from running.progress import meter

from resight.errors import ResightError

Make = Callable[[Path, int], tuple[str, tuple[Any, ...]]]
"""Makes the input of a seed in a folder that is not there yet; what was done, and what is given to the question."""


def seeded(kinds: Sequence[str], make: Make, scratch: Path, seeds: range, *, what: str) -> Iterator[Input]:
    """The inputs of these seeds, of the ``kinds`` in turns; each is removed when the next is asked for."""
    tell = meter(what)
    for done, seed in enumerate(seeds, 1):
        folder = scratch / str(seed)
        said, arguments = make(folder, seed)
        yield kinds[seed % len(kinds)], f"seed {seed}, {said}", arguments
        shutil.rmtree(folder)
        tell(done, len(seeds))


def launch(
    text: str,
    ask: Callable[..., object],
    inputs: Callable[[Path, range], Iterable[Input]],
    *,
    count: int,
    what: str,
    refusal: type[ResightError],
    preload: Sequence[str],
) -> None:
    """The command of a benchmark that ``text`` describes: ask about the inputs of many seeds and print the summary.

    ``inputs`` makes them in a folder; ``count`` is how many there are where nobody says. The rest is as for `tried`.
    The exit status is 1 where there is a fault.
    """
    arguments = parser(text, count=count, what=what).parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.count)
    with tempfile.TemporaryDirectory() as scratch:
        report([*tried(ask, inputs(Path(scratch), seeds), refusal=refusal, preload=preload)])
