"""Docstrings: every public name has one, which opens with a noun or a verb of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import resight

PACKAGE = Path(resight.__file__).parent
BARE = re.compile(
    r"(Of|With|Without|From|By|That|Those|The same|What|How|Where|Which(?! one is it)|Who|When|Whose|As|Its|Their|Such|"
    r"More|Less)\b"
)
"""Openers that leave it to the name above or to the docstring before to say what is spoken of."""


def docstrings(code: str) -> Iterator[tuple[int, str]]:
    """The line and the text of each docstring of modules, classes and functions, and below assignments."""
    for node in ast.walk(ast.parse(code)):
        body = getattr(node, "body", None)
        for above, below in zip([None, *body][:-1], body, strict=True) if isinstance(body, list) else ():
            if not (isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)):
                continue
            if isinstance(below.value.value, str) and (above is None or isinstance(above, ast.Assign | ast.AnnAssign)):
                yield below.lineno, below.value.value


@pytest.mark.parametrize(
    "code",
    [
        '"""Of a digit, pixels."""',
        'SIDE = 28\n"""Of a digit, pixels."""',
        '"""Where a digit lies."""',
        'class A:\n    def at(self):\n        """The same at another size."""',
    ],
)
def test_bare_openers_are_found(code: str) -> None:
    assert [bool(BARE.match(text)) for _, text in docstrings(code)] == [True]


def test_docstrings_open_with_a_noun_or_a_verb() -> None:
    bare = [
        f"{file.relative_to(PACKAGE)}:{line}: {text.splitlines()[0]}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for line, text in docstrings(file.read_text(encoding="utf-8"))
        if BARE.match(text)
    ]
    assert bare == []


def undocumented(file: Path) -> Iterator[str]:
    """Public classes, functions and methods without a docstring."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    inside = [each for found in classes for each in found.body]
    for node in (*tree.body, *inside):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node) and "overload" not in map(ast.unparse, node.decorator_list):
            yield f"{file.relative_to(PACKAGE)}:{node.lineno}: {node.name}"


def test_every_public_name_says_what_it_is() -> None:
    """But for the methods of a store, which the protocol of galleries describes."""
    files = {*PACKAGE.rglob("*.py")} - {PACKAGE / "gallery" / "sqlite" / "gallery.py"}
    assert [name for file in sorted(files) for name in undocumented(file)] == []
