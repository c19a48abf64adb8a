"""The API reference, docs/api.md: written from the docstrings, with an example that runs for each public name."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

import resight
from resight.io import images
from tests.galleries import Photos, quick, seen_again

pytestmark = pytest.mark.usefixtures("few_rounds")

PAGE = Path(__file__).resolve().parent.parent / "docs" / "api.md"
MARK = "<!-- From here on `RESIGHT_RENEW=1 pytest tests/test_api.py` writes all but the examples, which stay. -->\n"
WIDE = 100
"""Characters from which on a signature has a line for each parameter."""

FIRST = ("index", "open", "calibrate", "tune", "edit", "load_encoder", "train", "evaluate")
"""The functions, in the order in which people meet them; classes and errors follow by their names."""

SECTION = re.compile(r"^## `resight\.(\w+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def names() -> list[str]:
    """Every public name, in the order of the page."""
    classes = [name for name in resight.__all__ if inspect.isclass(getattr(resight, name))]
    errors = [name for name in classes if issubclass(getattr(resight, name), Exception)]
    return [*FIRST, *(name for name in classes if name not in errors), *errors]


def examples() -> dict[str, str]:
    """The code under each name's heading."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    return {name: "\n".join(EXAMPLE.findall(body)) for name, body in SECTION.findall(text)}


class Written:
    """An annotation as it stands in the source."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def signature(name: str, function: Any) -> str:
    """How it is called, with annotations as they are written, on one line or on one for each parameter."""
    found = inspect.signature(function)
    parameters = [
        each.replace(annotation=Written(each.annotation)) if isinstance(each.annotation, str) else each
        for each in found.parameters.values()
        if each.name not in ("self", "cls")
    ]
    returned = Written(found.return_annotation) if isinstance(found.return_annotation, str) else inspect.Signature.empty
    line = f"{name}{found.replace(parameters=parameters, return_annotation=returned)}"
    if len(line) <= WIDE:
        return line
    shown, starred = [], False
    for each in parameters:
        if each.kind is each.KEYWORD_ONLY and not starred and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
            shown.append("*")
            starred = True
        shown.append(str(each))
    return f"{name}(\n" + "".join(f"    {each},\n" for each in shown) + f") -> {returned!r}"


def prose(docstring: str) -> str:
    """A docstring as Markdown: names as code, what is listed under a ruled heading as a list."""
    text = re.sub(r":(?:meth|func|class|mod|attr):`~?(?:resight\.(?:[a-z_]+\.)+)?([^`]+)`", r"`\1`", docstring)
    text = text.replace("``", "`")
    blocks = []
    for block in text.split("\n\n"):
        heading, _, below = block.partition("\n")
        if below.startswith("---"):
            items = re.split(r"\n(?=\S)", below.partition("\n")[2])
            pairs = [" ".join(item.split()).partition(" : ") for item in items]
            blocks.append(f"{heading}:\n\n" + "\n".join(f"- `{name}`: {said}" for name, _, said in pairs))
        else:
            blocks.append(block)
    return "\n\n".join(blocks)


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """The public methods and properties that a class itself has, each by its first name."""
    told: set[int] = set()
    for name, value in vars(kind).items():
        value = value.__func__ if isinstance(value, classmethod) else value
        if name.startswith("_") or id(value) in told or not (inspect.isfunction(value) or _is_property(value)):
            continue
        told.add(id(value))
        yield name, value


def _is_property(value: Any) -> bool:
    return isinstance(value, property | cached_property)


def section(name: str, example: str) -> str:
    """What the page says of a public name."""
    found = getattr(resight, name)
    said = prose(inspect.getdoc(found) or "")
    if inspect.isclass(found):
        above = ", ".join(base.__name__ for base in found.__bases__ if base is not object)
        parts = [f"```\nclass {name}{f'({above})' if above else ''}\n```", said, *_told(name, found)]
    else:
        parts = [f"```\n{signature(name, found)}\n```", said]
    return "\n\n".join([f"## `resight.{name}`", *parts, f"```python\n{example}```"]) + "\n"


def _told(name: str, kind: type) -> Iterator[str]:
    if issubclass(kind, Exception):
        return
    for member, value in members(kind):
        if _is_property(value):
            yield f"### `{name}.{member}`\n\n{prose(inspect.getdoc(value) or '')}"
        else:
            said = prose(inspect.getdoc(value) or "")
            again = [
                f"`{other}` is the same." for other, each in vars(kind).items() if each is value and other != member
            ]
            yield "\n\n".join(
                [f"### `{name}.{member}`", f"```\n{signature(member, value)}\n```", said, *again]
            ).rstrip()


def test_the_page_is_current() -> None:
    head, mark, found = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert mark, "docs/api.md has lost the mark behind which the reference is written"
    given = examples()
    page = "\n" + "\n".join(section(name, given.get(name, "")) for name in names())
    if os.environ.get("RESIGHT_RENEW"):
        PAGE.write_text(head + mark + page, encoding="utf-8")
    else:
        assert found == page, "docstrings or signatures have changed; run with RESIGHT_RENEW=1"


def test_every_public_name_and_member_is_described() -> None:
    for name in names():
        found = getattr(resight, name)
        assert inspect.getdoc(found), name
        for member, value in members(found) if inspect.isclass(found) else ():
            assert inspect.getdoc(value), f"{name}.{member}"
    assert sorted(names()) == sorted([*resight.__all__, "open"])


def listed(found: Any, heading: str) -> list[str]:
    """The names below a heading of a docstring."""
    block = re.search(rf"^{heading}\n-+\n(.*?)(?=\n\n|\Z)", inspect.getdoc(found) or "", re.MULTILINE | re.DOTALL)
    rows = [] if block is None else [row for row in block[1].splitlines() if not row.startswith(" ")]
    return [name.strip() for row in rows for name in row.partition(" : ")[0].split(",")]


def test_what_docstrings_list_is_what_there_is() -> None:
    """A field or a parameter that was renamed would otherwise go on under its old name."""
    for name in names():
        found = getattr(resight, name)
        if is_dataclass(found):
            assert sorted(listed(found, "Attributes")) == sorted(field.name for field in fields(found)), name
        elif inspect.isclass(found):
            code = inspect.getsource(found)
            assert [each for each in listed(found, "Attributes") if f"self.{each} = " not in code] == [], name
        for member, value in [(name, found), *(members(found) if inspect.isclass(found) else ())]:
            if inspect.isfunction(value) and (told := listed(value, "Parameters")):
                assert told == [each for each in inspect.signature(value).parameters if each != "self"], member


@pytest.fixture
def photos(known_photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with what the examples name."""
    monkeypatch.chdir(tmp_path)
    for place, name in {
        "photos/Mona Lisa/1.jpg": "astronaut",
        "photos/Night Watch/1.jpg": "coffee",
        "museum-set/reference/Mona Lisa/1.jpg": "astronaut",
        "museum-set/reference/Night Watch/1.jpg": "coffee",
    }.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(images.encode(known_photos[name], ".jpg"))
    (tmp_path / "visitors" / "Mona Lisa").mkdir(parents=True)
    seen = images.encode(seen_again(known_photos["astronaut"], 1), ".jpg")
    (tmp_path / "visitors" / "Mona Lisa" / "1.jpg").write_bytes(seen)
    (tmp_path / "new.jpg").write_bytes(images.encode(known_photos["coffee"][40:, 60:], ".jpg"))
    for split in ("query/Night Watch", "distractor"):
        (tmp_path / "museum-set" / split).mkdir(parents=True)
    shutil.copy("new.jpg", "museum-set/query/Night Watch")
    (tmp_path / "museum-set" / "distractor" / "moon.jpg").write_bytes(images.encode(known_photos["moon"], ".jpg"))


def test_each_public_name_has_an_example_that_runs(photos: None) -> None:
    """A function is called in it, an error caught, and of a class something is left in a variable."""
    given = examples()
    assert set(given) == set(names())
    room: dict[str, Any] = {}
    exec("import resight", room)
    with quick():
        for name in names():
            if name in ("train", "TrainingOutcome") and importlib.util.find_spec("torch") is None:
                continue
            room.pop("message", None)
            exec(compile(given[name], f"the example of {name} in docs/api.md", "exec"), room)
            found = getattr(resight, name)
            if not inspect.isclass(found):
                assert f"resight.{name}(" in given[name]
            elif issubclass(found, Exception):
                assert f"except resight.{name} as error" in given[name]
                assert room["message"], name
            else:
                assert any(isinstance(value, found) for value in room.values()), name
    room["museum"].close()


def test_a_long_signature_has_a_line_for_each_parameter() -> None:
    def short(a: int, *, b: str = "x") -> bool: ...

    def long(
        self: Any, first_of_them: dict[str, list[int]], *others: int, last_of_them: dict[str, str] | None = None
    ) -> None: ...

    assert signature("short", short) == "short(a: int, *, b: str = 'x') -> bool"
    assert signature("long_" * 10, long) == textwrap.dedent(
        f"""\
        {"long_" * 10}(
            first_of_them: dict[str, list[int]],
            *others: int,
            last_of_them: dict[str, str] | None = None,
        ) -> None"""
    )


def test_a_docstring_reads_as_markdown() -> None:
    listed = "Parameters\n----------\na : one,\n    two.\nb : ``x``."
    said = f"Do :meth:`resight.recognition.recogniser.Recogniser.find`.\n\n{listed}\n\nRaises."
    assert prose(said) == "Do `Recogniser.find`.\n\nParameters:\n\n- `a`: one, two.\n- `b`: `x`.\n\nRaises."
