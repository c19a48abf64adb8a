"""``resight doctor``: how healthy a gallery is, and which photos are worth taking."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import count, put, put_json, put_table

EXAMPLES: Final = examples("resight doctor museum.gallery", "resight doctor museum.gallery --json")


def doctor(
    path: Annotated[Path, typer.Argument(readable=False, metavar="GALLERY", help="The file of the gallery.")],
    json: Json = False,
) -> None:
    """Tell how healthy a gallery is, and which photos help.

    How often it names its own photos rightly where their thing took no part in the fit, with a 95 % interval; things
    that are easily taken for each other; pictures known under two names; photos that show nothing, or that photos of
    other things are taken for; and the things of which more photos are worth taking. All of it is read off the
    questions that the calibration asked.
    """
    from resight.calibration.health.gallery_health import health
    from resight.gallery.stores.opening import open_gallery
    from resight.results import percent

    with open_gallery(path) as opened:
        found = health(opened)
    if json:
        put_json({"gallery": str(path), **found.to_dict()})
        return
    put(f"{path}: {count(found.photos, 'photo')} of {count(found.instances, 'thing')}")
    if found.accuracy is None:
        put("it has not been asked about itself: `resight index` calibrates it")
    else:
        about = found.accuracy
        put(
            f"named rightly: {percent(about.value)} ({percent(about.low)} to {percent(about.high)}, n={about.n:,}), "
            "held out or seen in hard views"
        )
    if found.lesson:
        put(f"examples taught: {found.lesson}")
    _table(
        "easily taken for each other",
        ("thing", "other thing"),
        [(pair.first.instance, pair.second.instance) for pair in found.confusable],
    )
    pairs = [(pair.first.instance, pair.second.instance, pair.first.photo) for pair in found.near_duplicates]
    _table("one picture under two names", ("thing", "other thing", "photo"), pairs)
    harmful = [(one.item.instance, one.reason, one.item.photo) for one in found.harmful]
    _table("photos that hurt", ("thing", "why", "photo"), harmful)
    _table(
        "worth taking", ("thing", "more", "why"), [(one.instance, str(one.photos), one.reason) for one in found.advice]
    )


def _table(title: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if rows:
        put()
        put(title)
        put_table(header, rows)
