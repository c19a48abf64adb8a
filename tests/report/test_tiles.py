"""Filters and maps as pictures."""

from __future__ import annotations

import numpy as np

from resight.report.tiles import GAP, filters, grid, liveliest, maps


def test_tiles_stand_in_rows_on_white() -> None:
    tiles = np.arange(3, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    sheet = grid(tiles, columns=2, scale=3)
    assert sheet.shape == (2 * 6 + GAP, 2 * 6 + GAP, 3)
    assert (sheet[:6, :6] == 0).all()
    assert (sheet[:6, 6 + GAP :] == 1).all()
    assert (sheet[6 + GAP :, :6] == 2).all()
    assert (sheet[6 + GAP :, 6:] == 255).all()


def test_a_filter_that_is_zero_is_grey_and_the_largest_weight_spans_the_range() -> None:
    weights = np.zeros((2, 1, 1, 3))
    weights[1, 0, 0] = (2.0, -2.0, 1.0)
    sheet = filters(weights)
    assert (sheet[0, 0] == 128).all()
    assert sheet[0, -1].tolist() == [255, 0, 191]


def test_the_channels_that_vary_most_are_shown_in_their_order() -> None:
    found = np.zeros((3, 1, 2))
    found[0, 0], found[2, 0] = (0, 5), (9, 0)
    assert liveliest(found, most=2).tolist() == [0, 2]
    assert liveliest(found).tolist() == [0, 1, 2]


def test_a_map_spans_black_to_white() -> None:
    assert maps(np.array([[[0.0, 5.0]], [[9.0, 0.0]]]))[0, :, 0].tolist() == [0, 255, 255, 255, 0]


def test_a_dead_channel_is_black() -> None:
    assert (maps(np.full((1, 2, 2), 7.0)) == 0).all()
