"""What the benchmarks' command lines have in common."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data.packs import REPOSITORY
from running.provenance import machine

from resight.errors import ResightError

CACHE: Final = REPOSITORY / "benchmarks" / ".cache"

QUICK: Final = 3
"""With --quick, one query of so many is asked."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark found: ``markdown`` for people, and ``data`` with every single result as JSON."""

    markdown: str
    data: dict[str, Any]


def parser(text: str, *, packs: Sequence[str] = (), systems: Sequence[str] = ()) -> argparse.ArgumentParser:
    """A command line with the options that every benchmark has; ``packs`` are asked where none are named.

    Of ``systems`` the first is always asked.
    """
    options = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    if packs:
        said = f"any of {', '.join(packs)}; by default all"
        options.add_argument("--packs", nargs="+", default=list(packs), choices=packs, metavar="PACK", help=said)
    if systems:
        first, *others = systems
        said = f"beside {first} any of {', '.join(map(repr, others))}; by default all"
        options.add_argument("--beside", nargs="*", default=others, choices=others, metavar="SYSTEM", help=said)
    options.add_argument("--quick", action="store_true", help=f"one query of {QUICK} only, to see that it works")
    options.add_argument("--output", type=Path, metavar="FILE.md", help="write the tables here instead of on stdout")
    options.add_argument("--json", type=Path, metavar="FILE.json", help="write every single result here as well")
    kept = "where finished work is kept, to go on after a cut; by default benchmarks/.cache"
    options.add_argument("--cache", type=Path, default=CACHE, metavar="FOLDER", help=kept)
    return options


def launch(options: argparse.ArgumentParser, work: Callable[[argparse.Namespace], Report]) -> None:
    """Run a benchmark with the arguments of the command line, and hand out its report."""
    arguments = options.parse_args()
    try:
        _prepare(arguments.cache)
        report = work(arguments)
    except ResightError as error:
        raise SystemExit(f"{options.prog}: {error}") from None
    markdown = f"{report.markdown}\n_{machine()}_\n"
    if arguments.output:
        arguments.output.write_text(markdown, encoding="utf-8")
    else:
        sys.stdout.write(markdown)
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine(), **report.data}, indent=1), encoding="utf-8")


def _prepare(cache: Path) -> None:
    """Make the folder of finished work, which git is told to pass over."""
    cache.mkdir(parents=True, exist_ok=True)
    (cache / ".gitignore").write_text("*\n", encoding="utf-8")
