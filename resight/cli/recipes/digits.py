"""``resight recipe digits``: where digits are, by silencing a LeNet's filters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.digits_table import tell_digits
from resight.cli.terminal.options import Json, Settings, examples
from resight.cli.terminal.output import put, put_json
from resight.cli.terminal.surveys import require_all

from .options import Work
from .outcome import followed_until_stopped

EXAMPLES: Final = examples(
    "resight recipe digits mnist --work digits",
    "resight recipe digits mnist --photos photos --work digits",
    "resight recipe digits mnist --photos photos --work digits --set error=zero-one --set split=test",
)


def digits(
    data: Annotated[
        Path,
        typer.Argument(readable=False, metavar="MNIST", help="The folder with the four files of MNIST."),
    ],
    photos: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="PHOTOS",
            show_default=False,
            help="Photos to draw heat on and to paste digits on; else neither.",
        ),
    ] = None,
    work: Work = Path("digits"),
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Show where digits are, by silencing a LeNet's filters.

    As in Ghosh et al. (2017), a LeNet learns the digits, its filters are silenced one after another, and what they are
    worth makes heat maps, which are drawn and measured. digits.html in the folder of --work is the report. Ctrl-C
    keeps what is done, and the same command goes on from there.
    """
    from resight.recipes.digits import recipe

    report, told = followed_until_stopped(
        lambda stop: recipe.run(data, work, photos=photos, settings=settings or (), stop=stop)
    )
    page = work / "digits.html"
    if json:
        put_json({"report": str(page), **report, **told})
    else:
        tell_digits(report)
        put(f"wrote {page}")
    require_all(told)
