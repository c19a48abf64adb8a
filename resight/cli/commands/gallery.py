"""``resight gallery``: look at a gallery and keep it in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from resight.cli.terminal.command import Commands
from resight.cli.terminal.confirmation import Yes, confirm
from resight.cli.terminal.gallery_change import change_that_stays, recalibrated
from resight.cli.terminal.meter import follow, note
from resight.cli.terminal.options import Json, examples, new_file
from resight.cli.terminal.output import alike, count, put, put_json, put_table
from resight.errors import GalleryError

if TYPE_CHECKING:
    from resight.gallery.protocol import Gallery

app = Commands(no_args_is_help=True)

File = Annotated[Path, typer.Argument(readable=False, metavar="GALLERY", help="The file of the gallery.")]
SHOWN: Final = 20
"""Faults, as many as a person reads."""


@app.callback(
    epilog=examples(
        "resight gallery list museum.gallery",
        "resight gallery rename museum.gallery 'Mona Liza' 'Mona Lisa'",
        "resight gallery check museum.gallery",
    )
)
def gallery() -> None:
    """Inspect and maintain a gallery."""


@app.command(
    "list", epilog=examples("resight gallery list museum.gallery", "resight gallery list museum.gallery --json")
)
def list_(path: File, json: Json = False) -> None:
    """List the known things of a gallery.

    Each comes with the number of its photos. With --json each is one line.
    """
    from resight.gallery.stores.opening import open_gallery

    with open_gallery(path) as opened:
        found = opened.instances()
    if not json:
        put_table(("instance", "photos"), [(name, f"{photos:,}") for name, photos in found.items()], right=(1,))
        return
    for name, photos in found.items():
        put_json({"instance": name, "photos": photos})


@app.command(
    epilog=examples(
        "resight gallery show museum.gallery 'Mona Lisa'",
        "resight gallery show museum.gallery 'Mona Lisa' --json",
    )
)
def show(
    path: File,
    instance: Annotated[str, typer.Argument(metavar="INSTANCE", help="The name of the thing.")],
    json: Json = False,
) -> None:
    """Show the photos of one thing.

    With --json each photo is one line.
    """
    from resight.gallery.stores.opening import open_gallery

    with open_gallery(path) as opened:
        items, places = opened.items(*_require(opened, [instance])), opened.places()
    paths = {id: place.path for id, place in places.items()}
    if not json:
        shared = Counter(item.photo for item in items)
        names = [paths.get(item.id, item.photo) if shared[item.photo] > 1 else item.photo for item in items]
        sizes = [(f"{item.width} × {item.height}", f"{item.file_bytes:,}") for item in items]
        rows = [(str(item.id), *size, name) for item, size, name in zip(items, sizes, names, strict=True)]
        put_table(("id", "pixels", "bytes", "photo"), rows, right=(0, 1, 2))
        return
    for item in items:
        where = {"photo": item.photo, "path": paths.get(item.id)}
        told = {"width": item.width, "height": item.height, "bytes": item.file_bytes, "about": dict(item.about)}
        put_json({"id": item.id, **where, "instance": item.instance, **told})


@app.command(
    epilog=examples(
        "resight gallery remove museum.gallery 'Mona Lisa'",
        "resight gallery remove museum.gallery --photo museum/coffee/3.jpg --photo museum/coffee/4.jpg --yes",
    )
)
def remove(
    path: File,
    instances: Annotated[
        list[str] | None,
        typer.Argument(metavar="INSTANCE", help="The name of a thing, all of whose photos go."),
    ] = None,
    photos: Annotated[
        list[str] | None,
        typer.Option(
            "--photo", metavar="PATH", show_default=False, help="Remove this photo, by its path or as it was indexed."
        ),
    ] = None,
    ids: Annotated[
        list[int] | None,
        typer.Option("--id", metavar="N", show_default=False, help="Remove the photo of this id, as `show` tells it."),
    ] = None,
    below: Annotated[
        list[str] | None,
        typer.Option(metavar="FOLDER", show_default=False, help="Remove all photos that were indexed from below it."),
    ] = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Remove things, or single photos, from a gallery.

    The files of the photos are left alone. The calibration is fitted again to what stays. What was removed stays out
    when its folder is indexed again, until --again.
    """
    from resight.gallery.stores.opening import open_gallery
    from resight.indexing.gallery_editor import follows, lying_below

    instances, photos, ids = instances or [], photos or [], ids or []
    if not instances and not photos and not ids and not below:
        raise typer.BadParameter("nothing to remove was named: name an INSTANCE, a --photo, an --id or a --below")
    with open_gallery(path) as opened:
        instances, known = _require(opened, instances), opened.instances()
        lying = {folder: lying_below(opened, folder) for folder in below or []}
    counted = [(name, known[name]) for name in instances] + [(folder, len(found)) for folder, found in lying.items()]
    confirm(f"Remove {_listed(counted, photos, ids)} from {path}?", yes=yes)
    ids += [id for found in lying.values() for id in found]
    with change_that_stays() as done:
        with open_gallery(path, write=True) as opened:
            followed = follows(opened)
            gone = opened.remove(photos=photos, instances=instances, ids=ids)
            done.append(f"{count(len(gone), 'photo')} removed")
        recalibrated(path, followed)
    if json:
        put_json({"gallery": str(path), "removed": len(gone)})
    else:
        put(f"{path}: {count(len(gone), 'photo')} removed")


@app.command(
    epilog=examples(
        "resight gallery rename museum.gallery 'Mona Liza' 'Mona Lisa'",
        "resight gallery rename museum.gallery 'La Gioconda' 'Mona Lisa' --merge",
    )
)
def rename(
    path: File,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The name that it has.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The name that it gets.")],
    merge: Annotated[bool, typer.Option("--merge", help="Allow a NEW name that the gallery knows already.")] = False,
    json: Json = False,
) -> None:
    """Rename a thing.

    The calibration is fitted again to the things as they are called now, as when photos are removed. Where `resight
    index` was interrupted, it waits for the next run of that.
    """
    from resight.gallery.stores.opening import open_gallery
    from resight.indexing.gallery_editor import follows
    from resight.names import canonical, lookalikes

    old, new = canonical(old), canonical(new)
    with change_that_stays() as done:
        with open_gallery(path, write=True) as opened:
            followed = follows(opened)
            photos = opened.rename(old, new, merge=merge)
            done.append(f"{old} is renamed to {new}")
            groups = [group for group in lookalikes(opened.instances()) if new in group]
        for group in groups:
            note(alike(group))
        recalibrated(path, followed)
    if json:
        put_json({"gallery": str(path), "old": old, "new": new, "photos": photos})
    else:
        put(f"{path}: {count(photos, 'photo')} of {old} now called {new}")


@app.command(epilog=examples("resight gallery check museum.gallery", "resight gallery check museum.gallery --json"))
def check(path: File, json: Json = False) -> None:
    """Check a gallery from end to end.

    All of it is read: pages, checksums, and of each photo its row, small image, points and descriptors, of which sizes
    and numbers must be possible ones. Where something is wrong, it is told with what to do, and the exit status is 1.
    Photos that show nothing, such as a placeholder, are sound, and are listed: nothing is recognised by them.
    """
    from resight.calibration.look_alikes import look_alikes_in
    from resight.gallery.stores.opening import open_gallery
    from resight.indexing.inspection import empty_photos, inspect

    faults = follow(inspect(path))
    facts: dict[str, Any] = {"gallery": str(path), "sound": not faults}
    if faults:
        for fault in faults[:SHOWN]:
            note(f"error: {fault.fault}")
        if len(faults) > SHOWN:
            note(f"error: and {len(faults) - SHOWN:,} more, which --json lists")
        if json:
            put_json({**facts, "faults": [fault.to_dict() for fault in faults]})
        raise typer.Exit(1)
    with open_gallery(path) as opened, opened.snapshot():
        photos, instances, empty = len(opened), len(opened.instances()), empty_photos(opened)
        pairs = [pair.to_dict() for pair in look_alikes_in(opened)]
    if json:
        listed = [{"id": item.id, "photo": item.photo, "instance": item.instance} for item in empty]
        put_json({**facts, "photos": photos, "instances": instances, "empty": listed, "look_alikes": pairs})
    else:
        for item in empty[:SHOWN]:
            note(f"empty: {item.photo} ({item.instance}) shows nothing: nothing is recognised by it")
        if len(empty) > SHOWN:
            note(f"empty: and {len(empty) - SHOWN:,} more, which --json lists")
        put(f"{path} is sound: {count(photos, 'photo')} of {count(instances, 'thing')}")


@app.command(epilog=examples("resight gallery compact museum.gallery", "resight gallery compact museum.gallery --json"))
def compact(path: File, json: Json = False) -> None:
    """Compact a gallery: free the space of removed photos.

    All but the newest whitening and calibration are forgotten.
    """
    from resight.gallery.stores.opening import open_gallery

    with open_gallery(path, write=True) as opened:
        before = path.stat().st_size
        opened.compact()
        after = path.stat().st_size
    if json:
        put_json({"gallery": str(path), "bytes_before": before, "bytes": after})
    else:
        put(f"{path}: {before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now")


@app.command(
    epilog=examples(
        "resight gallery copy museum.gallery backup.gallery",
        "resight gallery copy museum.gallery /media/backup --replace",
    )
)
def copy(
    path: File,
    target: Annotated[
        Path, typer.Argument(parser=new_file, metavar="TARGET", help="A file, or a folder that the copy goes into.")
    ],
    replace: Annotated[bool, typer.Option("--replace", help="Replace a gallery that is there already.")] = False,
    json: Json = False,
) -> None:
    """Copy a gallery, also while it is being written.

    The copy is read through before it gets its name. To copy the file by other means may miss what still lies in the
    -wal beside it.
    """
    from resight.gallery.stores.opening import open_gallery

    target = target / path.name if target.is_dir() else target
    with open_gallery(path) as opened:
        opened.copy(target, replace=replace)
    with open_gallery(target) as copied:
        photos, size = len(copied), target.stat().st_size
    if json:
        put_json({"gallery": str(path), "copy": str(target), "photos": photos, "bytes": size})
    else:
        put(f"{target}: a copy of {path}, {count(photos, 'photo')}, {size / 1e6:,.1f} MB")


def _require(opened: Gallery, instances: list[str]) -> list[str]:
    """The names of known things in the gallery's spelling, each once; raises GalleryError where one is not known."""
    from resight.names import canonical, nearest

    known, names = opened.instances(), list(dict.fromkeys(map(canonical, instances)))
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = (
                f"did you mean {near[0]!r}?"
                if near
                else f"`resight gallery list {opened.location}` tells what it knows"
            )
            raise GalleryError(f"{opened.location} knows nothing called {name!r}: {hint}")
    return names


def _listed(counted: Sequence[tuple[str, int]], photos: Sequence[str], ids: Sequence[int]) -> str:
    """Items to be removed: things and folders with how many photos they have, photos, and ids of photos."""
    groups = [f"{name} ({count(number, 'photo')})" for name, number in counted]
    return ", ".join([*groups, *photos, *(f"id {id}" for id in ids)])
