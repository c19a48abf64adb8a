"""Docstrings point to what there is: every :class:, :func:, :meth:, :mod:, and every `resight.x.y` resolves."""

from __future__ import annotations

import ast
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "resight"

ROLE: Final = re.compile(r":(class|func|meth|mod|data|attr):`~?([\w.]+)`")
DOTTED: Final = re.compile(r"(?<![\w./])resight(?:\.\w+)+")
"""Names with dots, but no paths and no file names."""


def broken(sources: Mapping[str, str]) -> list[str]:
    """References of the docstrings of modules (dotted name -> source) that lead nowhere, as sentences."""
    trees = {name: ast.parse(source) for name, source in sources.items()}
    known = {name: _names(tree) for name, tree in trees.items()}
    return [
        f"{module} points to {target}"
        for module, tree in trees.items()
        for target, within in _references(tree)
        if not _resolves(target, module, within, known)
    ]


def _references(node: ast.AST, within: str = "") -> Iterator[tuple[str, str]]:
    """What texts that stand by themselves point to, and the class that each stands in, else ""."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        text = node.value.value
        yield from ((target, within) for _, target in ROLE.findall(text))
        yield from ((target, within) for target in DOTTED.findall(ROLE.sub("", text)))
    for child in ast.iter_child_nodes(node):
        yield from _references(child, node.name if isinstance(node, ast.ClassDef) else within)


def _names(tree: ast.AST, prefix: str = "") -> set[str]:
    """All that a module or class binds: functions, classes with their members, constants, fields, imports."""
    found: set[str] = set()
    for node in getattr(tree, "body", ()):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(prefix + node.name)
            found |= (
                _names(node, f"{prefix}{node.name}.") if isinstance(node, ast.ClassDef) else _attributes(node, prefix)
            )
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {prefix + target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {prefix + (alias.asname or alias.name) for alias in node.names}
        elif isinstance(node, ast.If | ast.Try):
            found |= _names(node, prefix)
    return found


def _attributes(method: ast.FunctionDef, prefix: str) -> set[str]:
    """What a method assigns to ``self``."""
    stored = (node for node in ast.walk(method) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    return {prefix + node.attr for node in stored if isinstance(node.value, ast.Name) and node.value.id == "self"}


def _resolves(target: str, module: str, within: str, known: Mapping[str, set[str]]) -> bool:
    """Whether a name is one of the class or module it stands in, of a class that is imported there, or of a module."""
    if {target, f"{within}.{target}"} & known[module] or target in known:
        return True
    first, _, rest = target.partition(".")
    if first in known[module] and rest and first != "resight":
        return any(target in names for names in known.values()) or _is_outside(target)
    home = next((name for name in sorted(known, key=len, reverse=True) if target.startswith(f"{name}.")), "")
    name, names = target.removeprefix(f"{home}."), known.get(home, set())
    passed_on = home == "resight" or name.partition(".")[0] in names  # by a package, from one of its modules
    below = (found for module, found in known.items() if module.startswith(f"{home}."))
    return name in names or (passed_on and any(name in found for found in below))


def _is_outside(target: str) -> bool:
    """Whether another package has it."""
    try:
        pkgutil.resolve_name(target)
    except (ImportError, AttributeError):
        return False
    return True


def _sources() -> dict[str, str]:
    dotted = {path: ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in PACKAGE.rglob("*.py")}
    return {name.removesuffix(".__init__"): path.read_text(encoding="utf-8") for path, name in dotted.items()}


def test_every_reference_of_the_package_leads_somewhere() -> None:
    assert broken(_sources()) == []


SOUND: Final = {
    "resight": '"""See :func:`resight.io.images.read`."""',
    "resight.io": '"""See :meth:`resight.io.Photo.of`."""\nfrom .images import Photo',
    "resight.io.images": (
        "from dataclasses import dataclass\n"
        '@dataclass\nclass Photo:\n    """One, see :meth:`of` and `resight.io.images`."""\n    size: int\n'
        '    def of(self):\n        """A :class:`Photo` by :attr:`size`."""\n'
        "def read(): ...\n"
    ),
}


def test_references_that_lead_somewhere_are_sound() -> None:
    assert broken(SOUND) == []


@pytest.mark.parametrize(
    "text",
    [
        ":func:`resight.io.images.write`",
        ":class:`Picture`",
        ":meth:`Photo.save`",
        ":mod:`resight.io.drawing`",
        "see resight.core.images",
        "see `resight.io.images.Picture`",
        ":meth:`resight.io.Photo.save`",
        ":func:`resight.io.read`",
    ],
)
def test_a_planted_reference_to_nothing_is_found(text: str) -> None:
    assert len(broken({**SOUND, "resight.io.planted": f'def f():\n    """Point to {text}."""'})) == 1
