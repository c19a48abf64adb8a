"""Which code and data a result comes from, so that no result outlives what it was measured on."""

from __future__ import annotations

import ast
import hashlib
import os
import platform
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from data.packs import REPOSITORY

PLACES: Final = (REPOSITORY, REPOSITORY / "benchmarks")
"""Where modules are looked for; what is imported from elsewhere is not this project's."""


def digest(entrances: Iterable[Path], *, data: Iterable[Path] = (), places: Iterable[Path] = PLACES) -> str:
    """Eight digits that change with the source of these files, of what they import of the project, and with ``data``.

    Comments and layout do not count. A data file beside a module counts where the module names it.
    """
    total = hashlib.blake2b(digest_size=4)
    for path in sorted(sources(entrances, places=places)):
        source = _read(path)
        total.update(source.syntax)
        for beside in sorted(_named(source.texts, path.parent)):
            total.update(beside.read_bytes())
    for path in data:
        total.update(path.read_bytes())
    return total.hexdigest()


def sources(entrances: Iterable[Path], *, places: Iterable[Path] = PLACES) -> set[Path]:
    """These files, all below ``places`` that they import, and so on."""
    found: set[Path] = set()
    waiting = list(entrances)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            imported = (_module(name, [path.parent] if near else places) for name, near in _read(path).imports)
            waiting += [file for file in imported if file is not None]
    return found


def machine() -> str:
    """What decides how fast it is, in one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "opencv-python-headless", "faiss-cpu"))
    return f"{os.cpu_count()} × {_processor()}, Python {platform.python_version()}, {packages}"


class _Source(NamedTuple):
    """What counts of a module: its syntax, what it imports as `_imports` says, and the texts in it."""

    syntax: bytes
    imports: tuple[tuple[str, bool], ...]
    texts: frozenset[str]


def _read(path: Path) -> _Source:
    return _parsed(path.read_text(encoding="utf-8"))


@cache
def _parsed(text: str) -> _Source:
    """Once for each text: every system of a benchmark hangs on the same modules."""
    tree = ast.parse(text)
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return _Source(ast.dump(tree).encode(), tuple(_imports(tree)), frozenset(texts))


def _imports(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Dotted names of all imports, but for those that only type checkers see, and whether they are relative."""
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = (".".join(filter(None, [node.module, alias.name])) for alias in node.names)
            yield from ((name, node.level > 0) for name in names)
        nodes += ast.iter_child_nodes(node)


def _module(name: str, places: Iterable[Path]) -> Path | None:
    """The file of a dotted name, or of the module that it lies in; None for what is not below ``places``."""
    parts = name.split(".")
    stems = [place.joinpath(*parts[:end]) for end in range(len(parts), 0, -1) for place in places]
    return next((file for stem in stems if (file := stem.with_suffix(".py")).is_file()), None)


def _named(texts: frozenset[str], folder: Path) -> set[Path]:
    """Data files in ``folder`` that a module names in its ``texts``."""
    return {path for path in folder.iterdir() if path.suffix in (".npz", ".json") and path.name in texts}


def _processor() -> str:
    """The processor's name as Linux gives it, or the machine's kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
