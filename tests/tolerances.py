"""How far two spellings of one formula may lie apart: one table for all parity tests.

Keys are (backend, dtype); values go to ``numpy.testing.assert_allclose`` as they are.
"""

from __future__ import annotations

from typing import Final, TypedDict


class Tolerance(TypedDict):
    """Relative and absolute tolerance."""

    rtol: float
    atol: float


TOLERANCES: Final[dict[tuple[str, str], Tolerance]] = {
    ("numpy", "float32"): {"rtol": 2e-5, "atol": 2e-6},
    ("numpy", "float64"): {"rtol": 1e-10, "atol": 1e-12},
    ("torch", "float32"): {"rtol": 2e-5, "atol": 2e-6},
    ("torch", "float64"): {"rtol": 1e-10, "atol": 1e-12},
    # A whole backbone and its head: errors of some hundred layers add up.
    ("openvino", "float32"): {"rtol": 1e-3, "atol": 1e-4},
}
"""Against the NumPy spelling; "numpy" itself is against a slow loop in float64."""
