"""Former spellings go on working and are told nowhere, and arguments are told in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from resight.cli.app import app
from resight.cli.terminal.command import FORMER, Command

REQUIRED = {
    "find": ["--gallery", "g"],
    "train": ["--output", "made"],
    "map": ["--architecture", "resnet18"],
    "visualise-class": ["--architecture", "resnet18", "--class", "1"],
    "pairs": ["--work", "work"],
}
"""Options without which a command is wrong usage."""

VALUES = {"count": "7", "method": "geometry"}
"""Of options that take no file."""


def commands(group: Any) -> Iterator[tuple[str, Any]]:
    """Every command by its name, hidden ones as well."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command)
        else:
            yield name, command


COMMANDS = dict(commands(get_command(app)))
SPELLINGS = [
    pytest.param(name, option, former, id=f"{name} {former}")
    for name, options in FORMER.items()
    for option, spellings in options.items()
    for former in spellings
]


def parsed(command: Any, *options: str) -> dict[str, Any]:
    """The parameters of a command that was called with one word for each argument that it wants."""
    words = ["1" for each in command.params if each.param_type_name == "argument" and each.required]
    with command.make_context(command.name, [*words, *options, *REQUIRED.get(command.name, ())]) as context:
        found: dict[str, Any] = context.params
    return found


@pytest.mark.parametrize(("name", "option", "former"), SPELLINGS)
def test_a_former_spelling_means_the_same_and_is_told_nowhere(name: str, option: str, former: str) -> None:
    command = COMMANDS[name]
    (found,) = (each for each in command.params if each.name == option)
    value = VALUES.get(option, "x.png")
    for form in ([former, value], [f"{former}={value}" if former.startswith("--") else f"{former}{value}"]):
        assert parsed(command, *form) == parsed(command, found.opts[0], value)
    assert former not in found.opts
    with command.make_context(name, ["--help"], resilient_parsing=True) as context:
        assert f"{former} " not in command.get_help(context)


def test_no_former_spelling_is_one_of_a_present_option() -> None:
    for name, options in FORMER.items():
        present = {spelling for each in COMMANDS[name].params for spelling in each.opts}
        assert not present.intersection(spelling for spellings in options.values() for spelling in spellings)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_listed_with_what_it_is(name: str) -> None:
    command = COMMANDS[name]
    assert isinstance(command, Command)
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    with command.make_context(name, [], resilient_parsing=True) as context:
        told = " ".join(command.get_help(context).split())
    assert ("Arguments:" in told) == bool(arguments)
    for argument in arguments:
        assert argument.help
        assert f"{argument.metavar} {' '.join(argument.help.split())}" in told
