"""A learning rate for training that may go on: constant, so that nothing depends on the end, then a short decay."""

from __future__ import annotations


def stable_decay(step: int, *, warmup: int, start: int | None = None, length: int = 1) -> float:
    """Share of the full rate at ``step``: rising over ``warmup`` steps, then 1, then falling to 0.

    Hu et al. (2024, *MiniCPM*) decay for a tenth of the training from wherever it stands; the form 1 − √x is Hägele et
    al.'s (2024, *Scaling laws and compute-optimal training beyond fixed training durations*, equation 1). Here x is
    ``(step − start + 1) / (length + 1)``: the ``length`` steps from ``start`` on lie evenly between the full rate
    before and none after, so that each learns, and more slowly than before. ``start`` None never decays. Raises
    ValueError for a negative warmup or a decay shorter than a step.
    """
    if warmup < 0 or length < 1:
        raise ValueError(f"warmup is {warmup} and the decay {length} steps; wanted at least 0 and 1")
    rising = min(1.0, (step + 1) / (warmup + 1))
    if start is None or step < start:
        return rising
    passed = min((step - start + 1) / (length + 1), 1.0)
    return rising * max(0.0, 1 - passed**0.5)
