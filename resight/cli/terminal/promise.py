"""Promise of a gallery about the rates that were chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from resight.results import percent

from .meter import note
from .output import count

if TYPE_CHECKING:
    from resight.recognition.recogniser import Recogniser


def tell_rates(
    recogniser: Recogniser,
    false_accept_rate: float | None,
    false_discovery_rate: float | None,
    unknown_share: float,
    *,
    mirrored: bool = False,
) -> None:
    """Say what the gallery promises about the rates that were chosen, if any."""
    from resight.recognition.answer_options import AnswerOptions

    chosen = AnswerOptions(1, false_accept_rate, false_discovery_rate, unknown_share)
    threshold = chosen.rule(recogniser.naming, orientations=2 if mirrored else 1).threshold
    if threshold is None:
        return
    tell_promise(threshold.to_dict())
    if mirrored and false_accept_rate is not None:
        note("note: each way round is held to half the rate, for two questions may both be answered wrongly")
    if mirrored and false_discovery_rate is not None:
        stricter = f"a false-discovery rate of {threshold.false_discovery_rate:.2g}"
        note(f"note: each way round is held to {stricter}, for two questions may both be answered wrongly")


def tell_promise(threshold: Mapping[str, Any]) -> None:
    """Say from which probability on a photo gets a name, and where that is not enough to keep the rates.

    ``threshold`` is the JSON of a :class:`resight.metrics.acceptance.Threshold`.
    """
    least = percent(threshold["value"])
    note(f"note: a photo gets its name from {least} on, where known and unknown photos are equally common")
    if threshold["fdr"] is not None:
        _tell_discoveries(threshold)
    if threshold["far"] is not None and not threshold["promised"]:
        _tell_accepts(threshold)


def _tell_discoveries(threshold: Mapping[str, Any]) -> None:
    rate, asked, needed = threshold["fdr"], count(threshold["asked"], "photo"), threshold["needed"]
    found = f"{threshold['wrong']:,} of {count(threshold['names'], 'name')} wrong"
    if needed == 0:
        note(
            f"note: at most {percent(rate)} of names are wrong, with a chance of 9 in 10, among photos like those that "
            f"the gallery was asked about ({asked}; {found} of those that tested it)"
        )
        return
    if not rate:
        note("note: a false-discovery rate of 0 cannot be promised by any gallery: choose a small one, such as 0.01")
        return
    more = "which is more than that" if needed is None else f"wanted about {needed:,} photos"
    note(
        f"note: a false-discovery rate of {rate:g} cannot be promised, so names are given by what their probability "
        f"says: {asked} asked about, {found}; {more}"
    )


def _tell_accepts(threshold: Mapping[str, Any]) -> None:
    false_accept_rate, asked = threshold["far"], threshold["impostors"]
    if false_accept_rate == 0:
        note("note: a false-accept rate of 0 cannot be promised by any gallery: choose a small one, such as 0.01")
        return
    if false_accept_rate * asked >= 1:  # it is the other rate that is not promised
        return
    from resight.calibration.calibration import EVEN

    how = "as" if threshold["value"] <= EVEN else "more strictly than"
    note(
        f"note: a false-accept rate of {false_accept_rate:g} cannot be promised, so names are given {how} without "
        f"--false-accept-rate: {count(asked, 'unknown photo')} asked about, wanted {1 / false_accept_rate:,.0f} or "
        "more; index with --unknown FOLDER"
    )
