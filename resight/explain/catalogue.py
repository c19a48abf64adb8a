"""The heat-map methods and all that is said of them, for help, pictures and sentences alike; it loads nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from resight.errors import suggestion


@dataclass(frozen=True, slots=True)
class Method:
    """A heat-map method in words.

    Attributes
    ----------
    name : by which it is asked for.
    shows : what its map shows, for the help of a command.
    bright : what a bright place of its map is; names in braces are filled in, as each table says.
    dark : what a dark place of its map is.
    needs : what it wants of an encoder; "" where it is asked of a classifier.
    """

    name: str
    shows: str
    bright: str
    dark: str = "nothing"
    needs: str = ""


Methods = Mapping[str, Method]

VOTES: Final = "votes"
DIFFERENCE: Final = "difference"
"""The one method whose map is told as it is: where two photos hardly differ, it stays dark."""
CLASS_MAP: Final = "class-map"
"""The method whose map is a probability, and whose regions are windows."""


def _table(*methods: Method) -> Methods:
    return MappingProxyType({each.name: each for each in methods})


OF_MATCHES: Final = _table(
    Method(
        VOTES,
        shows="the points that agree",
        bright="what the points that agree see",
        needs="an encoder whose points vote",
    ),
    Method(
        "similarity",
        shows="the places that make two descriptors alike",
        bright="what makes the two alike to the encoder {encoder}",
        needs="an encoder whose descriptor can be split over places",
    ),
    Method(
        "grad-cam",
        shows="the same by channels",
        bright="what makes the two alike to the encoder {encoder}",
        needs="a network's map",
    ),
    Method(
        "occlusion",
        shows="what would be missed most",
        bright="what the match would miss most, were it hidden",
        needs="an encoder",
    ),
    Method(
        "agreement",
        shows="which region matches which",
        bright="what matches",
        needs="points that vote, or a map",
    ),
    Method(
        DIFFERENCE,
        shows="where the two differ",
        bright="what differs",
        dark="alike, or not compared",
        needs="points that lay one photo over the other",
    ),
)
"""Methods that explain why two photos match; ``{encoder}`` is the one that is asked."""

OF_CLASSES: Final = _table(
    Method(
        CLASS_MAP,
        shows="the classifier slid over the photo",
        bright="bright where a window centred there is taken for {name}, with {peak} in the framed one",
    ),
    Method(
        "grad-cam",
        shows="what speaks for the class, by channels",
        bright="bright where the channels are strong that speak for {name}",
    ),
    Method(
        "cam",
        shows="what its score is the mean of",
        bright="bright where that lies whose mean is the score of {name}",
    ),
    Method(
        "saliency",
        shows="the pixels that the score follows",
        bright="bright where the score of {name} would change most with the pixels",
    ),
    Method(
        "guided-backpropagation",
        shows="the same, through what was active alone",
        bright="bright are edges traced back from {name} through what was active",
    ),
    Method(
        "deconvnet",
        shows="the same, through the whole network",
        bright="bright are edges traced back from {name} through the whole network",
    ),
    Method(
        "occlusion",
        shows="what would be missed most",
        bright="bright where hiding costs {name} most",
    ),
)
"""Methods that explain why a classifier sees a class; ``{name}`` is the class, ``{peak}`` the map's largest value."""


def listing(methods: Methods) -> str:
    """The methods with what they show, in a line for the help of a command."""
    return "; ".join(f"{each.name}: {each.shows}" for each in methods.values())


def require(method: str, methods: Methods) -> None:
    """Raises ValueError, with the nearest name, for a method that there is none of."""
    if method not in methods:
        near, known = suggestion(method, methods), ", ".join(methods)
        raise ValueError(f"there is no method {method!r}{near}; wanted one of {known}")
