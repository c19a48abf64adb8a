from __future__ import annotations

import numpy as np
import pytest

from resight.drawing.colour_map import VIRIDIS, viridis


def test_it_is_viridis() -> None:
    """To six of 255 levels, as far as straight lines between 17 steps go."""
    matplotlib = pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "resight[report]"')
    wanted = 255 * np.array(matplotlib.colormaps["viridis"].colors)
    np.testing.assert_allclose(viridis(np.linspace(0, 1, 256)), wanted, atol=6)


def test_the_ends_are_its_own_and_the_shape_is_kept() -> None:
    found = viridis(np.array([[0.0, 1.0]]))
    assert found.shape == (1, 2, 3)
    np.testing.assert_array_equal(found[0], VIRIDIS[[0, -1]])


def test_more_heat_is_lighter() -> None:
    """By Rec. 709's luminance of the linear values, which every eye sees, and steadily so."""
    linear = (viridis(np.linspace(0, 1, 50)) / 255) ** 2.2
    lightness = 116 * (linear @ np.array([0.2126, 0.7152, 0.0722])) ** (1 / 3) - 16
    steps = np.diff(lightness)
    assert steps.min() > 0.5 * steps.mean()
    assert steps.max() < 1.6 * steps.mean()
