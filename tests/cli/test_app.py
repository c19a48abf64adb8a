"""The commands under one name: their help, which docs/commands.md shows, and what they load to give it."""

from __future__ import annotations

import inspect
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

import pytest
import typer
from typer.main import get_command

from resight.cli.app import app

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PAGE = REPOSITORY / "docs" / "commands.md"
MARK = "<!-- From here on `RESIGHT_RENEW=1 pytest tests/cli/test_app.py` writes what --help says. -->\n"
LAID_OUT_BY = "0.29."
"""The Typer that the page was made with; others set the same words differently."""
HEAVY = ("numpy", "cv2", "faiss", "openvino", "torch", "PIL", "sqlite3", "rich")


def commands(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group with its path, in the order of the help."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from commands(below, *path, name)


COMMANDS = dict(commands(get_command(app)))
PATHS = [pytest.param(path, id=" ".join(("resight", *path))) for path in COMMANDS]


def test_the_commands_are_these() -> None:
    assert [" ".join(path) for path in COMMANDS if not hasattr(COMMANDS[path], "commands")] == [
        "index",
        "recognise",
        "find",
        "explain",
        "interpret",
        "verify",
        "calibrate",
        "tune",
        "evaluate",
        "train",
        "train-verifier",
        "doctor",
        "serve",
        "info",
        "keys add",
        "keys list",
        "keys rotate",
        "keys revoke",
        "gallery list",
        "gallery show",
        "gallery remove",
        "gallery rename",
        "gallery check",
        "gallery compact",
        "gallery copy",
        "model from-weights",
        "model background",
        "model show",
        "model map",
        "model visualise-class",
        "recipe vocabulary",
        "recipe evidence",
        "recipe verifier",
        "recipe house",
        "recipe landmarks",
        "recipe museum",
        "recipe pairs",
        "recipe digits",
        "recipe places",
    ]


@pytest.fixture
def page(run: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The generated half of the page."""
    monkeypatch.setenv("COLUMNS", "100")
    parts = []
    for path in COMMANDS:
        told = run(*path, "--help")
        assert (told.status, told.err) == (0, "")
        parts.append(f"\n## {' '.join(('resight', *path))}\n\n```\n{told.out.rstrip()}\n```\n")
    return "".join(parts)


def test_the_page_of_the_commands_is_current(page: str) -> None:
    head, mark, found = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert mark, "docs/commands.md has lost the mark behind which help is written"
    if os.environ.get("RESIGHT_RENEW"):
        PAGE.write_text(head + mark + page, encoding="utf-8")
    elif typer.__version__.startswith(LAID_OUT_BY):
        assert found == page, "help has changed; if it was meant to, run with RESIGHT_RENEW=1"
    else:
        pytest.skip(f"docs/commands.md was laid out by Typer {LAID_OUT_BY}x, and this is {typer.__version__}")


def test_the_page_says_what_each_option_is_whoever_lays_it_out() -> None:
    said = " ".join(PAGE.read_text(encoding="utf-8").split())
    for path, command in COMMANDS.items():
        for option in command.params:
            if option.param_type_name == "option":
                assert " ".join(option.help.split()) in said, (path, option.name)


@pytest.mark.parametrize("path", PATHS)
def test_each_command_has_examples_that_parse(path: tuple[str, ...]) -> None:
    lines = [line.strip() for line in (COMMANDS[path].epilog or "").splitlines()]
    examples = [line for line in lines if "resight" in line]
    assert len(examples) >= 2
    for example in examples:
        asked = example[example.index("resight") :].split(" > ")[0]
        parse(shlex.split(asked, comments=True)[1:])


def parse(arguments: list[str]) -> None:
    """Parse as the command would, without running it; usage errors come out."""
    command, path = COMMANDS[()], ()
    while hasattr(command, "commands"):
        path = (*path, arguments.pop(0))
        command = COMMANDS[path]
    command.make_context(path[-1], arguments)


@pytest.mark.parametrize("path", PATHS)
def test_each_command_that_does_something_has_json(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    options = {spelling for option in command.params for spelling in option.opts}
    assert ("--json" in options) != hasattr(command, "commands")


@pytest.mark.parametrize("path", PATHS)
def test_short_help_is_whole_on_a_narrow_terminal(path: tuple[str, ...]) -> None:
    assert not COMMANDS[path].get_short_help_str(60).endswith("...") or not path


def test_help_and_wrong_usage_load_nothing_heavy(shell: Any, tmp_path: Path) -> None:
    asked = [[], ["--version"], ["index", "--galery"], ["indx"], ["recognise", "a", "-g", "b", "--far", "-1"]]
    asked += [[*path, "--help"] for path in COMMANDS]
    script = tmp_path / "asked.py"
    script.write_text(
        f"import sys\nfrom resight.cli import main\n"
        f"for arguments in {asked!r}:\n    main(arguments)\n"
        f"sys.exit(' '.join({{name.split('.')[0] for name in sys.modules}} & set({HEAVY!r})) or 77)",
        encoding="utf-8",
    )
    told = shell(script=script)
    assert told.status == 77, told.err.splitlines()[-1]


@pytest.mark.parametrize("path", PATHS)
def test_what_may_not_be_read_is_left_to_our_own_words(path: tuple[str, ...]) -> None:
    """Else Typer calls it wrong usage, before anybody can say what to do."""
    hints = get_type_hints(inspect.unwrap(COMMANDS[path].callback), include_extras=True)
    paths = [hint for hint in hints.values() if get_origin(hint) is Annotated and "Path" in str(hint.__origin__)]
    told = [how for hint in paths for how in hint.__metadata__]
    assert all(not how.readable or how.parser for how in told)


def test_the_version_is_one_line(run: Any) -> None:
    told = run("--version")
    assert (told.status, told.err) == (0, "")
    assert told.out.startswith("resight ")
    assert told.out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["indx", "museum"], "Did you mean 'index'"),
        (["gallery", "lst", "g"], "Did you mean 'list'"),
        (["index", "museum", "--galery", "g"], "--gallery"),
        (["recognise", "a.jpg"], "--gallery"),
        (["index"], "PHOTOS"),
    ],
)
def test_wrong_usage_gets_a_hint(run: Any, arguments: list[str], hint: str) -> None:
    told = run(*arguments)
    assert (told.status, told.out) == (2, "")
    assert hint in told.err


def test_no_command_at_all_gets_help(run: Any) -> None:
    told = run()
    assert told.status == 2
    assert "Commands:" in told.out + told.err
