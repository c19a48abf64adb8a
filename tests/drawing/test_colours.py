"""The colours of drawings."""

from __future__ import annotations

import numpy as np

from resight.drawing.colours import ALIKE, DIFFERENT, REFUSED, WEIGHTS, graded, tint


def test_lines_darken_with_weight() -> None:
    colours = graded(np.array([0.1, 0.3, 0.7, 1.0]), WEIGHTS)
    np.testing.assert_allclose(colours[[0, -1]], WEIGHTS[[0, -1]])
    assert (np.diff(colours.sum(axis=1)) < 0).all()
    np.testing.assert_allclose(graded(np.full(3, 0.2), WEIGHTS), np.repeat(WEIGHTS[-1:], 3, axis=0))
    assert (graded(np.array([0.9, 1.0]), WEIGHTS).sum(axis=1) < WEIGHTS[1].sum()).all()  # no contrast out of nothing
    assert graded(np.zeros(0), WEIGHTS).shape == (0, 3)
    assert np.isfinite(graded(np.zeros(2), REFUSED)).all()


def test_tints_lie_between_the_photo_and_their_colour() -> None:
    grey = np.array([100.0])
    np.testing.assert_allclose(tint(grey, np.zeros(1)), 0.6 * 100 + 0.4 * np.array(ALIKE))
    np.testing.assert_allclose(tint(grey, np.ones(1)), 0.2 * 100 + 0.8 * np.array(DIFFERENT))
