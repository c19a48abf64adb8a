from __future__ import annotations

import numpy as np
import pytest

from resight.drawing.colour_map import viridis


def test_it_is_viridis() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "resight[report]"')
    wanted = 255 * np.array(matplotlib.colormaps["viridis"].colors)
    np.testing.assert_array_equal(viridis(np.linspace(0, 1, 256)), np.round(wanted))


def test_the_ends_are_its_own_and_the_shape_is_kept() -> None:
    found = viridis(np.array([[0.0, 1.0]]))
    assert found.dtype == np.uint8
    assert found.tolist() == [[[68, 1, 84], [253, 231, 37]]]


def test_more_heat_is_lighter() -> None:
    """By Rec. 709's luminance of the linear values, which every eye sees, and steadily so."""
    linear = (viridis(np.linspace(0, 1, 50)) / 255) ** 2.2
    lightness = 116 * (linear @ np.array([0.2126, 0.7152, 0.0722])) ** (1 / 3) - 16
    steps = np.diff(lightness)
    assert steps.min() > 0.5 * steps.mean()
    assert steps.max() < 1.6 * steps.mean()
