"""Samples of more than 8 bits as grey levels."""

from __future__ import annotations

import numpy as np
import pytest

from resight.io.decoding.kinds import UnreadKind
from resight.io.decoding.samples import eight_bits, guessed


def test_sixteen_bits_are_scaled_as_the_formula_says() -> None:
    values = np.arange(65536, dtype=np.uint16)
    wanted = [(2 * int(value) * 255 + 65535) // (2 * 65535) for value in values]  # round(255 · v / 65535)
    assert eight_bits(values).tolist() == wanted


def test_white_is_what_is_said() -> None:
    values = np.array([[0, 2048, 4095, 5000]], np.uint16)
    assert eight_bits(values, 4095).tolist() == [[0, 128, 255, 255]]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),  # unit floats
        ([0.0, 0.001, 0.002], [0, 0, 1]),  # dark ones
        ([-0.02, 0.5, 1.05], [0, 128, 255]),  # sharpened ones
        ([0.0, 100.0, 250.0], [0, 100, 250]),  # 8-bit values as floats
        ([0.0, 32768.0, 65535.0], [0, 128, 255]),  # 16-bit values as floats
        ([np.nan, 0.5, np.inf], [0, 128, 0]),
    ],
)
def test_floats_are_scaled_by_the_first_white_that_holds_them(values: list[float], wanted: list[int]) -> None:
    assert eight_bits(np.array(values, np.float32)).tolist() == wanted


@pytest.mark.parametrize(
    ("values", "type", "white"),
    [
        ([0, 1], "i4", 1),
        ([0, 250], "i4", 255),
        ([0, 60000], "i4", 65535),
        ([0, 60000], "u4", 65535),
        ([0, 65536], "u4", 2**32 - 1),
        ([0, 2**32 - 1], "u4", 2**32 - 1),
    ],
)
def test_white_of_32_bit_integers(values: list[int], type: str, white: int) -> None:
    assert guessed([np.array(values, type)]) == white


@pytest.mark.parametrize(
    ("values", "type"),
    [
        ([-1.0, 0.0, 3.0], "f4"),
        ([0.0, 1e6, 2e6], "f4"),
        ([0.0, 4.0], "f4"),  # light beyond white, which 8-bit values would make black
        ([0.0, 1023.0], "f4"),  # 10 bits, which 16 bits would make black
        ([-7.0, -7.0, -7.0], "f4"),
        ([-3e38, 0.0, 3e38], "f4"),
        ([-1, 200], "i4"),
        ([0, 70000], "i4"),
        ([0, 260], "i4"),
    ],
)
def test_what_no_white_fits_is_refused(values: list[float], type: str) -> None:
    with pytest.raises(UnreadKind, match=r"samples from .* to .*, of which nothing says what black and white are"):
        eight_bits(np.array(values, type))


def test_rows_are_taken_apart_without_a_difference(rng: np.random.Generator) -> None:
    values = rng.random((200, 3), np.float32)
    np.testing.assert_array_equal(eight_bits(values), np.concatenate([eight_bits(row[None], 1) for row in values]))
