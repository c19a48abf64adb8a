"""Near twins: how often it is told that a photo differs from the known one that it is laid over.

    python benchmarks/near_twins.py --output twins.md --json twins.json

Each photo of groceries is compared with the reference of its own product, which it should hardly differ from, and with
that reference of another product of the same brand which it has most points in common with, which it should be told to
differ from. What could not be laid over each other, or agrees on no more than photos do by chance, is not counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from data.packs import Pack, pack, photo_of, short
from running.command import QUICK, Report, launch, parser
from running.progress import meter
from running.table import figure, table

from resight.features.encoder import Encoder, encoders
from resight.io.datasets.dataset import Entry
from resight.io.datasets.parquet import Table
from resight.metrics.interval import wilson
from resight.search.candidates import CHANCE
from resight.search.describe import extract
from resight.types import SpatialVerification
from resight.verification.comparison import NO_VOTES, verify
from resight.verification.near_twins import TELLING, twins

PACK: Final = "groceries"
SAME, TWIN = "its own product", "another product of its brand"

SHARES: Final = (0.1, 0.15, TELLING, 0.25, 0.3)
"""From which it might be told."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A photo beside a reference of a ``kind``, SAME or TWIN, and the ``share`` between their points that differs."""

    photo: str
    reference: str
    kind: str
    share: float


def main(arguments: argparse.Namespace) -> Report:
    """The table of how often it is told."""
    asked = pack(PACK)
    rows = list(compared(asked, asked.queries[:: QUICK if arguments.quick else 1], encoders(["classical"])))
    parts = (f"### Told to differ\n\n{_table(rows)}",)
    data = [{"photo": one.photo, "reference": one.reference, "kind": one.kind, "share": one.share} for one in rows]
    return Report("\n".join(parts), {"compared": data})


def compared(asked: Pack, queries: Sequence[Entry], how: tuple[Encoder, ...]) -> Iterator[Compared]:
    """Each photo beside its own reference and its nearest twin's, as far as they can be laid over each other."""
    products = {short(row["file_name"]): row["label"] for row in Table(asked.file).rows(("file_name", "label"))}
    known = {products[entry.name]: extract(photo_of(entry), how).local for entry in asked.references}
    tell = meter("twins")
    for done, entry in enumerate(queries, 1):
        product, query = products[entry.name], extract(photo_of(entry), how).local
        checks = {
            name: verify(query, local, NO_VOTES).check
            for name, local in known.items()
            if _brand(name) == _brand(product)
        }
        for name in _chosen(product, checks):
            found = twins(query, known[name], checks[name])
            if found is not None and found.between.any() and checks[name].score > CHANCE:
                yield Compared(entry.name, name, SAME if name == product else TWIN, found.share)
        tell(done, len(queries))


def _chosen(product: str, checks: dict[str, SpatialVerification]) -> list[str]:
    """The product itself, where it is known, and the other one of most points."""
    others = sorted((name for name in checks if name != product), key=lambda name: -len(checks[name].inliers))
    return [*(name for name in checks if name == product), *others[:1]]


def _brand(product: str) -> str:
    return product.partition("-")[0]


def _table(rows: Sequence[Compared]) -> str:
    lines = []
    for kind in (SAME, TWIN):
        shares = [one.share for one in rows if one.kind == kind]
        told = (wilson(sum(share >= least for share in shares), len(shares)) for least in SHARES)
        lines.append((kind, str(len(shares)), *map(figure, told)))
    heads = (f"{100 * least:.0f} %{', as it is' if least == TELLING else ''}" for least in SHARES)
    return table(("beside", "n", *(f"from {head}" for head in heads)), lines)


if __name__ == "__main__":
    launch(parser(__doc__ or ""), main)
