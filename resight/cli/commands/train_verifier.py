"""``resight train-verifier``: the model of a verifier, fitted to a gallery's own photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from resight.cli.terminal.meter import follow, note
from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import put, put_json
from resight.results import percent

if TYPE_CHECKING:
    from resight.metrics.interval import Estimate
    from resight.training.verifier.judgement import BeforeAndAfter
    from resight.training.verifier.train import VerifierTraining

UNUSED: Final = "does not use it: it is not better on things that it was not fitted to"

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
    nearest photos of other things. What is fitted to some of the things is judged by others, and `resight verify
    --gallery` weighs by it only where it is better there. Then the gallery is asked about its own photos with the
    verifier's word on each candidate and without, and `resight recognise` re-ranks by it only where that is better.
    """
    from resight.training.verifier.train import iter_train_verifier

    found = follow(iter_train_verifier(gallery))
    if json:
        put_json(found.to_dict())
        return
    _put_verification(found)
    _put_recognition(found)
    for text in found.notes:
        note(f"note: {text}")


def _put_verification(found: VerifierTraining) -> None:
    judged = found.verification
    put(f"compared {found.pairs:,} pairs of {found.things:,} things; on things that it was not fitted to:")
    put(f"  AUC {_both(judged.auc)}; of the {judged.hardest:,} hardest pairs {_both(judged.hardest_auc)}")
    put(f"  missed at 1 % false {_both(judged.missed, 3)}; the cost of a pair changes by {_gain(judged.gain)}")
    put(f"`resight verify --gallery` {'weighs by it from now on' if found.used else UNUSED}")


def _put_recognition(found: VerifierTraining) -> None:
    judged = found.recognition
    if judged is None:
        return
    rise = judged.micro_ap_gain
    put(f"asked {judged.photos:,} photos with the verifier's word on candidates and without:")
    put(f"  µAP {_both(judged.micro_ap)}, by {rise.value:+.4f} ({rise.low:+.4f} to {rise.high:+.4f})")
    put(f"  known photos named {_shares(judged.named)}, unknown ones {_shares(judged.false_names)}")
    put(f"  the cost of an answer changes by {_gain(judged.gain)}")
    put(f"`resight recognise` {'re-ranks by it from now on' if found.reranks else UNUSED}")


def _both(figures: BeforeAndAfter, digits: int = 4) -> str:
    return f"{figures.before.value:.{digits}f} before, {figures.after.value:.{digits}f} after"


def _shares(shares: tuple[float, float]) -> str:
    return f"{percent(shares[0])} before, {percent(shares[1])} after"


def _gain(gain: Estimate) -> str:
    return f"{-gain.value:+.4f} bits ({-gain.high:+.4f} to {-gain.low:+.4f})"
