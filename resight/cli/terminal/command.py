"""A command as Typer makes it, with its arguments in its help, which takes former spellings of its options too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Final, TypeVar

import typer
from typer.core import TyperArgument, TyperCommand, TyperOption

Run = TypeVar("Run", bound=Callable[..., Any])

FORMER: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "index": {"gallery": ("-o",)},
    "find": {"save": ("--picture",), "method": ("--way",)},
    "train": {"preset": ("--recipe",)},
    "background": {"count": ("--photos",)},
    "map": {"save": ("--output", "-o")},
    "visualise-class": {"save": ("--output", "-o")},
    "digits": {"work": ("--output", "-o")},
    "pairs": {"preset": ("--config",)},
}
"""Older spellings of options, by command and parameter, which scripts still use; help does not show them."""


class Command(TyperCommand):
    """A command, with a section of its help for its arguments."""

    def make_parser(self, ctx: Any) -> Any:
        """The parser, which knows the former spellings too."""
        parser = super().make_parser(ctx)
        former = FORMER.get(self.name or "", {})
        for option in self.params:
            if spellings := former.get(option.name or ""):
                alias = copy(option)
                alias.opts = list(spellings)
                alias.add_to_parser(parser, ctx)
        return parser

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, which Typer itself lists with the names of their Python types, and then the options."""
        arguments = [(each.metavar, each.help) for each in self.params if isinstance(each, TyperArgument)]
        options = [each.get_help_record(ctx) for each in self.get_params(ctx) if isinstance(each, TyperOption)]
        for title, records in (("Arguments", arguments), ("Options", options)):
            if rows := [record for record in records if record is not None]:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Commands(typer.Typer):
    """Commands under one name, each a :class:`Command`."""

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = Command, **options: Any
    ) -> Callable[[Run], Run]:
        """See :meth:`typer.Typer.command`."""
        return super().command(name, cls=cls, **options)
