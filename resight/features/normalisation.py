"""Normalisation of descriptors, and what one spelling for NumPy and torch stands on."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace, device, is_numpy_array


def unit(x: Any, *, axis: int = -1, eps: float = 1e-12) -> Any:
    """``x / max(‖x‖₂, eps)`` along ``axis``: length 1, and zero stays zero.

    The *square* is clipped, before the root: the root's slope at zero is infinite, and times zero it would be a NaN
    gradient. So at zero the value is 0 and the gradient finite. Floating-point ``x`` of any shape, no half precision
    (``eps²`` would vanish).
    """
    xp = namespace(x)
    squares = xp.sum(x * x, axis=axis, keepdims=True)
    return x / xp.sqrt(xp.clip(squares, min=eps * eps))


def power_law(x: Any, *, power: float = 0.5, eps: float = 1e-12) -> Any:
    """``sign(x) · |x|^power`` of each element, which tames bursts (Jégou et al. 2012); 0.5 is the signed root.

    Spelled ``x · max(|x|, eps)^(power − 1)``: the same, but straight below ``eps``, where the slope would be endless.
    """
    xp = namespace(x)
    return x * xp.clip(xp.abs(x), min=eps) ** (power - 1.0)


def namespace(x: Any) -> Any:
    """NumPy or torch, whichever ``x`` is of, in the array API's spelling; TypeError unless ``x`` is floating-point."""
    xp = array_namespace(x)
    if not xp.isdtype(x.dtype, "real floating"):
        raise TypeError(
            f"an array of {x.dtype} came; wanted floating point: decode an extractor's codes, or convert it"
        )
    return xp


def alike(array: Any, x: Any) -> Any:
    """``array`` in the namespace, dtype and device of ``x``, so that stored NumPy numbers meet torch descriptors."""
    # torch warns when it shares the memory of a read-only array, and what was read from a file may be one.
    copy = None if is_numpy_array(x) else True
    return namespace(x).asarray(array, dtype=x.dtype, device=device(x), copy=copy)
