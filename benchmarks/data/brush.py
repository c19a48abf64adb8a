"""What prints are drawn with: papers, colours, ornaments, lines of text, in fonts that come with matplotlib."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from data import wording
from PIL import Image, ImageDraw, ImageFont

from resight.errors import MissingExtra

Picture = Image.Image
Colour = tuple[int, int, int]

INK: Final = (45, 40, 40)


def sheet(width: int, height: int, colour: Colour) -> tuple[Picture, Any]:
    """Paper of one colour, and what draws on it."""
    paper = Image.new("RGB", (width, height), colour)
    return paper, ImageDraw.Draw(paper)


def copied(base: Picture) -> tuple[Picture, Any]:
    """A copy, and what draws on it."""
    copy = base.copy()
    return copy, ImageDraw.Draw(copy)


def gradient(rng: np.random.Generator, width: int, height: int) -> Picture:
    """From one dark colour in a corner to another in the opposite one."""
    along = np.add.outer(np.linspace(0, 0.5, height), np.linspace(0, 0.5, width))[..., None]
    return Image.fromarray(((1 - along) * dark(rng) + along * np.array(dark(rng))).astype(np.uint8))


def ornaments(draw: Any, rng: np.random.Generator, size: tuple[int, int], *, margin: float, shapes: int = 70) -> None:
    """Small shapes along the edge."""
    for _ in range(shapes):
        across = rng.uniform(margin / 4, margin * 0.8) * size[0]
        x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        x, y = ((across if rng.random() < 0.5 else size[0] - across), y) if rng.random() < 0.6 else (
            x, across if rng.random() < 0.5 else size[1] - across
        )  # fmt: skip
        radius, sides = float(rng.uniform(0.1, 0.3) * margin * size[0] + 4), int(rng.integers(3, 8))
        draw.regular_polygon((x, y, radius), sides, rotation=int(rng.integers(90)), fill=_any(rng))


def emblem(draw: Any, rng: np.random.Generator, middle: tuple[int, int], radius: int, colour: Colour) -> None:
    """A sign of the house: shapes in shapes."""
    for share in (1.0, 0.75, 0.5, 0.25):
        around, sides = (*middle, radius * share), int(rng.integers(3, 9))
        fill = colour if rng.random() < 0.4 else None
        draw.regular_polygon(around, sides, rotation=int(rng.integers(90)), fill=fill, outline=colour)


def building(draw: Any, rng: np.random.Generator, foot: tuple[int, int], width: int, colour: Colour) -> None:
    """Towers with windows and roofs."""
    x = foot[0] - width // 2
    while x < foot[0] + width // 2 - 20:
        wide, high = int(rng.integers(40, 90)), int(rng.integers(60, 190))
        draw.rectangle([x, foot[1] - high, x + wide, foot[1]], outline=colour, width=3)
        draw.polygon([(x, foot[1] - high), (x + wide / 2, foot[1] - high - wide), (x + wide, foot[1] - high)], colour)
        for y in range(foot[1] - high + 15, foot[1] - 20, 28):
            draw.rectangle([x + wide * 0.3, y, x + wide * 0.6, y + 14], fill=colour)
        x += wide


def barcode(draw: Any, rng: np.random.Generator, corner: tuple[int, int], size: tuple[int, int]) -> None:
    x = corner[0]
    while x < corner[0] + size[0]:
        wide = int(rng.integers(1, 5))
        draw.rectangle([x, corner[1], x + wide - 1, corner[1] + size[1]], fill=INK)
        x += wide + int(rng.integers(1, 4))


def text_lines(
    draw: Any,
    rng: np.random.Generator,
    corner: tuple[int, int],
    *,
    count: int,
    width: int,
    size: int,
    font: str = "DejaVuSans",
) -> None:
    """Lines of a text, as full as words allow."""
    chosen = letters(font, size)
    for row in range(count):
        line = wording.words(rng, 1)
        while chosen.getlength(longer := f"{line} {wording.word(rng)}") < width:
            line = longer
        draw.text((corner[0], corner[1] + 1.45 * size * row), line, INK, chosen)


def centred(draw: Any, middle: tuple[int, int], text: str, font: str, size: int, ink: Colour) -> None:
    draw.text(middle, text, ink, letters(font, size), anchor="mm")


@cache
def letters(name: str, size: int) -> Any:
    """A font of those that come with matplotlib; raises MissingExtra without it."""
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        raise MissingExtra("drawing labels", "matplotlib", "report") from error
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf"), size)


def length(rng: np.random.Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high))


def light(rng: np.random.Generator) -> Colour:
    return _between(rng, 225, 254)


def dark(rng: np.random.Generator) -> Colour:
    return _between(rng, 15, 110)


def hue(hue: float) -> Colour:
    """A full colour, not too light for white letters."""
    red, green, blue = (np.clip(np.abs((hue * 6 + shift) % 6 - 3) - 1, 0, 1) for shift in (0, 4, 2))
    return tuple(int(40 + 160 * value) for value in (red, green, blue))  # type: ignore[return-value]


def _any(rng: np.random.Generator) -> Colour:
    return _between(rng, 40, 210)


def _between(rng: np.random.Generator, low: int, high: int) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return red, green, blue
