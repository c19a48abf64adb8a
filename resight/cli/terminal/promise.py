"""Promise of a gallery about a chosen false-accept rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resight.results import percent

from .meter import note
from .output import count


def tell_promise(threshold: Mapping[str, Any]) -> None:
    """Say from which probability on a photo gets a name, and where that is not enough to keep the rate.

    ``threshold`` is the JSON of a :class:`resight.metrics.acceptance.Threshold`.
    """
    false_accept_rate, asked = threshold["far"], threshold["impostors"]
    least = percent(threshold["value"])
    note(f"note: a photo gets its name from {least} on, where known and unknown photos are equally common")
    if threshold["promised"]:
        return
    if false_accept_rate == 0:
        note("note: a false-accept rate of 0 cannot be promised by any gallery: choose a small one, such as 0.01")
        return
    from resight.calibration.calibration import EVEN

    how = "as" if threshold["value"] <= EVEN else "more strictly than"
    note(
        f"note: a false-accept rate of {false_accept_rate:g} cannot be promised, so names are given {how} without "
        f"--false-accept-rate: {count(asked, 'unknown photo')} asked about, wanted {1 / false_accept_rate:,.0f} or "
        "more; index with --unknown FOLDER"
    )
