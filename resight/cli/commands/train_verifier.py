"""``resight train-verifier``: the model of a verifier, fitted to a gallery's own photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.meter import follow, note
from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import put, put_json

EXAMPLES: Final = examples(
    "resight train-verifier museum.gallery",
    "resight verify one.jpg other.jpg --gallery museum.gallery      # weighs by it from then on, where it helps",
)


def train_verifier(
    gallery: Annotated[Path, typer.Argument(readable=False, metavar="GALLERY", help="The gallery to fit it to.")],
    json: Json = False,
) -> None:
    """Fit a verifier to a gallery's own photos.

    Photos of one thing, or simulated views where a thing has one photo, are compared with each other and with the
    nearest photos of other things. What is fitted to half of the things is judged by the others, and `resight verify
    --gallery` weighs by it only where it is better there.
    """
    from resight.recognition.pair_training import iter_train_verifier

    found = follow(iter_train_verifier(gallery))
    if json:
        put_json(found.to_dict())
        return
    gain = found.gain
    put(f"compared {found.pairs:,} pairs of {found.things:,} things")
    put(f"AUC on held-out things: {found.auc_before.value:.4f} by what ships, {found.auc_after.value:.4f} fitted")
    put(f"cost of a pair falls by {gain.value:.4f} bits ({gain.low:.4f} to {gain.high:.4f})")
    put("used from now on" if found.used else "not used: it is not better on things that it was not fitted to")
    note(f"note: {found.network}")
