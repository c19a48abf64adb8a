"""Plain photos, which should get no name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.plain_photos import TRIES, ordinary_galleries, plain_files
from parts.columns import Beside, Part
from running.table import table


def plain(beside: Beside, work: Path) -> Part:
    """Photos of nothing in particular, none of which should be named."""
    photos, rows, data = plain_files(work / "plain"), [], {}
    for name, known in ordinary_galleries(work / "ordinary").items():
        told = {
            build: [answer["instance"] for answer in one.recognise(name, one.gallery(name, [known]), photos)]
            for build, one in beside.items()
        }
        rows.append((name, str(len(photos)), *(_named(one, photos) for one in told.values())))
        data[name] = told
    heads = ("known", "asked", *(f"{name}: named" for name in beside))
    return f"### Plain photos, {TRIES} of each kind, that show nothing known\n\n{table(heads, rows)}", data


def _named(told: Sequence[str | None], photos: Sequence[Path]) -> str:
    """How many got a name, and what they show."""
    kinds = [photo.stem.rpartition("-")[0] for photo, name in zip(photos, told, strict=True) if name is not None]
    said = ", ".join(f"{kind} {kinds.count(kind)}" for kind in dict.fromkeys(kinds))
    return f"{len(kinds)}{f' ({said})' if said else ''}"
