"""The table of heat-map methods: there is code for every row, and every list of methods is made of it."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from resight.explain import methods
from resight.explain.catalogue import OF_CLASSES, OF_MATCHES, Methods, listing, require
from resight.explain.classifiers import classifier

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "explaining.md"
TABLES = [
    pytest.param(OF_MATCHES, methods.METHODS, ("explain",), {"encoder"}, id="matches"),
    pytest.param(OF_CLASSES, classifier.METHODS, ("model", "map"), {"name", "peak"}, id="classes"),
]


@pytest.mark.parametrize(("table", "code", "command", "filled_in"), TABLES)
def test_each_row_has_its_code_and_its_words(table: Methods, code: Any, command: Any, filled_in: set[str]) -> None:
    assert list(table) == list(code) == [row.name for row in table.values()]
    for row in table.values():
        assert row.shows
        assert {field for _, field, *_ in Formatter().parse(row.bright) if field} <= filled_in
        assert bool(row.needs) is (table is OF_MATCHES)


@pytest.mark.parametrize(("table", "code", "command", "filled_in"), TABLES)
def test_help_and_docs_list_them_all(table: Methods, code: Any, command: Any, filled_in: set[str]) -> None:
    from typer.main import get_command

    from resight.cli.app import app

    found: Any = get_command(app)
    for name in command:
        found = found.commands[name]
    (option,) = (each for each in found.params if each.name == "method")
    assert listing(table) in option.help
    parts = [part.partition("\n\n")[0] for part in DOCS.read_text(encoding="utf-8").split("| `--method` |")[1:]]
    assert set(table) in [set(re.findall(r"^\| `([a-z-]+)`", part, flags=re.MULTILINE)) for part in parts]


def test_an_unknown_method_is_refused_with_the_nearest() -> None:
    require("votes", OF_MATCHES)
    with pytest.raises(
        ValueError, match=r"there is no method 'grad-cm'; did you mean 'grad-cam'\?; wanted one of votes"
    ):
        require("grad-cm", OF_MATCHES)
    with pytest.raises(ValueError, match=r"no method 'votes'.*; wanted one of class-map, grad-cam, cam"):
        require("votes", OF_CLASSES)
