"""``resight serve``: the answers over HTTP, and a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.meter import note
from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import put_json
from resight.errors import GalleryError, MissingExtra

EXAMPLES: Final = examples(
    "resight serve museum.gallery --open                          # the page, on this machine",
    "resight serve museum.gallery stock=products.gallery          # two galleries, each under its name",
    "resight keys add keys.json 'Front desk' --scope read",
    "resight serve museum.gallery --host 0.0.0.0 --keys keys.json",
)


def serve(
    galleries: Annotated[
        list[str],
        typer.Argument(
            metavar="GALLERY",
            help="The file of a gallery, or NAME=FILE to serve it under that name; by default that of its file.",
        ),
    ],
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to answer on; any but this machine's own needs --keys.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="The port; 0 takes any that is free.")
    ] = 8000,
    keys: Annotated[
        Path | None,
        typer.Option(
            readable=False, metavar="FILE", show_default=False, help="The API keys, as `resight keys` makes them."
        ),
    ] = None,
    host_names: Annotated[
        list[str] | None,
        typer.Option(
            "--host-name", metavar="NAME", show_default=False, help="A name that it is called by, as behind a proxy."
        ),
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Answer, and change nothing.")] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", show_default=False, help="Photos answered at a time; by default as many as processors."
        ),
    ] = None,
    waiting: Annotated[int, typer.Option(min=1, metavar="N", help="Requests that may wait for a worker.")] = 64,
    deadline: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="Time after which a request is given up.")
    ] = 30.0,
    rate: Annotated[
        float, typer.Option(min=0.1, metavar="N", help="Requests a second that one key may make, six times at once.")
    ] = 10.0,
    max_megabytes: Annotated[float, typer.Option(min=0.001, metavar="MB", help="Size of an upload, at most.")] = 32.0,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    json: Json = False,
) -> None:
    """Answer over HTTP, with a page to ask and to correct.

    Without --keys only this machine can ask, and whoever uses it may change the galleries. Requests are answered in the
    order in which they come; when too many wait, more are refused until there is room. It ends by Ctrl-C or SIGTERM
    when what was begun is answered. Encryption is a proxy's work. docs/serving.md tells of all of it, and
    docs/security.md what it withstands. With --json the address is told on standard output. It needs the extra `serve`.
    """
    try:
        from resight.service.server import serve as run
        from resight.service.terms.settings import Settings
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "resight":
            raise
        raise MissingExtra("serving", error.name or "fastapi", "serve") from error
    defaults = Settings({})
    settings = Settings(
        _named(galleries),
        host=host,
        port=port,
        keys=keys,
        hosts=tuple(name.lower() for name in host_names or ()),
        workers=workers or defaults.workers,
        waiting=waiting,
        deadline=deadline,
        rate=rate,
        burst=max(1, round(6 * rate)),
        max_bytes=round(1e6 * max_megabytes),
        edits=not read_only,
    )

    def begun(address: str) -> None:
        if json:
            put_json({"address": address, "galleries": list(settings.galleries)})
        else:
            note(f"serving {', '.join(settings.galleries)} on {address}")
        if open_page:
            typer.launch(address)

    run(settings, begun)


def _named(galleries: list[str]) -> dict[str, Path]:
    """The galleries' files by their names; raises GalleryError for one that is missing, and for two of one name."""
    found: dict[str, Path] = {}
    for given in galleries:
        name, equals, file = given.partition("=")
        if not equals or Path(given).exists():
            name, file = Path(given).stem, given
        path = Path(file)
        if not name or not all(char.isalnum() or char in "-_. " for char in name):
            raise GalleryError(
                f"a gallery cannot be served as {name!r}: name it by letters, digits, '-', '_' and '.', as in a={file}"
            )
        if not path.is_file():
            raise GalleryError(f"there is no gallery {file}: `resight index PHOTOS -g {file}` makes one")
        if name in found:
            raise GalleryError(f"two galleries are called {name!r}: give one another name, as in other={file}")
        found[name] = path
    return found
