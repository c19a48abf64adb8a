"""``resight keys``: the API keys of a service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resight.cli.terminal.command import Commands
from resight.cli.terminal.meter import note
from resight.cli.terminal.options import Json, examples, one_of
from resight.cli.terminal.output import put, put_json, put_table

if TYPE_CHECKING:
    from resight.service.safety.keys import Keys

app = Commands(no_args_is_help=True)

SCOPES = ("read", "enrol", "admin")

File = Annotated[Path, typer.Argument(readable=False, metavar="FILE", help="The file of the keys.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="Its id, or its name where only one is called so.")]


@app.callback(
    epilog=examples(
        "resight keys add keys.json 'Front desk' --scope read",
        "resight keys list keys.json",
        "resight keys revoke keys.json 'Front desk'",
    )
)
def keys() -> None:
    """Make, list and revoke the API keys of `resight serve`."""


@app.command(
    epilog=examples("resight keys add keys.json 'Front desk'", "resight keys add keys.json Curator --scope enrol")
)
def add(
    file: File,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is.")],
    scope: Annotated[
        str,
        typer.Option(
            metavar="SCOPE",
            callback=one_of(SCOPES, "scope"),
            help="read: ask and look. enrol: change what is known as well. admin: change settings as well.",
        ),
    ] = "read",
    json: Json = False,
) -> None:
    """Make a key and print it.

    The file keeps its hash alone, so that nobody can print it again. A service that runs takes it at once.
    """
    _put(_opened(file, new=True).add(name, scope), json=json)


@app.command("list", epilog=examples("resight keys list keys.json", "resight keys list keys.json --json"))
def list_(file: File, json: Json = False) -> None:
    """List the keys: whose they are, and what they may do.

    With --json each is one line.
    """
    found = list(_opened(file))
    if json:
        for key in found:
            put_json({"id": key.id, "name": key.name, "scope": key.scope, "created": key.created})
    else:
        put_table(("id", "name", "scope", "created"), [(key.id, key.name, key.scope, key.created) for key in found])


@app.command(epilog=examples("resight keys rotate keys.json 'Front desk'", "resight keys rotate keys.json 3f2a91c0"))
def rotate(file: File, key: KeyId, json: Json = False) -> None:
    """Give a key another secret and print it.

    The old one is worth nothing from then on.
    """
    _put(_opened(file).rotate(key), json=json)


@app.command(epilog=examples("resight keys revoke keys.json 'Front desk'", "resight keys revoke keys.json 3f2a91c0"))
def revoke(file: File, key: KeyId, json: Json = False) -> None:
    """Revoke a key: it is worth nothing from the next request on."""
    gone = _opened(file).revoke(key)
    if json:
        put_json({"id": gone.id, "name": gone.name, "revoked": True})
    else:
        put(f"{gone.name} ({gone.id}) is revoked")


def _opened(file: Path, *, new: bool = False) -> Keys:
    from resight.service.safety.keys import Keys

    return Keys(file) if new and not file.exists() else Keys.open(file)


def _put(token: str, *, json: bool) -> None:
    if json:
        put_json({"key": token})
    else:
        put(token)
        note("keep it where only its user can read it: it cannot be printed again")
