"""The colours of drawings: of words, of what agrees and differs, and of weights."""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.types import Array

from .canvas import Colour

INK: Final[Colour] = (28, 28, 30)
GREY: Final[Colour] = (98, 100, 104)
WHITE: Final[Colour] = (255, 255, 255)

ALIKE: Final[Colour] = (0, 114, 178)
DIFFERENT: Final[Colour] = (230, 120, 0)
"""Blue and orange differ for every kind of colour vision, and in lightness (after Okabe and Ito 2008)."""

COVER: Final = (0.4, 0.8)
"""Share of those colours that lies over the photo where it is alike, and where it is different, which is to be seen."""

FAINT: Final = 0.28
"""Contrast that is left to what was not compared."""

LUMA: Final = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in grey (ITU-R BT.601)."""

WEIGHTS: Final = np.array([(244, 190, 222), (219, 85, 160), (150, 0, 110)])
"""Colours of lines, the heaviest darkest: magenta, which few photos have."""

REFUSED: Final = np.array([(214, 214, 216), (150, 150, 154), (92, 92, 96)])
"""Colour of the points that agree, where they were not enough for a name."""


def tint(grey: Array, differ: Array) -> Array:
    """Colours ``(..., 3)`` of grey values ``(..., 1)`` in [0, 255] that differ ``(..., 1)`` in [0, 1]."""
    colour = (1 - differ) * np.array(ALIKE) + differ * np.array(DIFFERENT)
    share = COVER[0] + (COVER[1] - COVER[0]) * differ
    return (1 - share) * grey + share * colour


def faint(grey: Array) -> Array:
    """Grey values in [0, 255], paled."""
    return 255 - FAINT * (255 - grey)


def graded(weights: Array, colours: Array) -> Array:
    """Picks one of ``colours (s, 3)`` for each of ``weights (i,)``: ``(i, 3)``.

    The first is for the least weight or for half the largest, whichever is less.
    """
    heaviest = max(float(weights.max(initial=0)), 1e-12)
    lightest = min(float(weights.min(initial=heaviest)), heaviest / 2)
    shares = (weights - lightest) / (heaviest - lightest)
    stops = np.linspace(0, 1, len(colours))
    return np.column_stack([np.interp(shares, stops, channel) for channel in colours.T])
