"""Words, titles and names that mean nothing, for prints that nobody has made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

SPICES: Final = (
    *("Paprika", "Cumin", "Turmeric", "Cinnamon", "Oregano", "Thyme", "Saffron", "Cloves", "Nutmeg", "Ginger"),
    *("Sage", "Basil", "Anise", "Fennel", "Mustard", "Cardamom"),
)
FLAVOURS: Final = (
    *("Lemon", "Cherry", "Vanilla", "Peach", "Mint", "Mango", "Apple", "Plum", "Honey", "Hazelnut", "Coconut"),
    *("Blueberry", "Strawberry", "Caramel"),
)
GIVEN: Final = ("Ada", "Bela", "Cleo", "Dora", "Emil", "Finn", "Greta", "Hugo", "Ines", "Jan", "Kaja", "Luis", "Mira")
FAMILY: Final = ("Abel", "Brandt", "Costa", "Duval", "Egger", "Fabri", "Horak", "Ivanov", "Kovac", "Lund", "Moreno")
SYLLABLES: Final = (
    *("al", "be", "cor", "da", "el", "fi", "gran", "ho", "is", "ka", "lo", "mar", "ne", "or", "pa", "ri", "sen", "to"),
    *("ul", "ver", "win", "ya", "zel", "tre", "um", "ste", "qui", "ban"),
)


def word(rng: np.random.Generator) -> str:
    return "".join(rng.choice(SYLLABLES, int(rng.integers(1, 5))))


def words(rng: np.random.Generator, count: int) -> str:
    return " ".join(word(rng) for _ in range(count)).capitalize()


def title(rng: np.random.Generator, count: int) -> str:
    return " ".join("".join(rng.choice(SYLLABLES, 2)).capitalize() for _ in range(count))


def people(rng: np.random.Generator, count: int) -> list[str]:
    """Names of people, no two alike."""
    both = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    return drawn(rng, both, count)


def drawn(rng: np.random.Generator, texts: Sequence[str], count: int) -> list[str]:
    return [str(text) for text in rng.choice(texts, count, replace=False)]
