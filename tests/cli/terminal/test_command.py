"""Arguments are told in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from resight.cli.app import app
from resight.cli.terminal.command import Command


def commands(group: Any) -> Iterator[tuple[str, Any]]:
    """Every command by its name, hidden ones as well."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command)
        else:
            yield name, command


COMMANDS = dict(commands(get_command(app)))


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
