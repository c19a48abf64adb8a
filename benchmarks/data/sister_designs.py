"""Designs that several things share: labels, forms, cards, book pages, bottles of several years, and packaging.

A design draws everything that its sisters have in common once, and each sister from there: what tells one from another
is a word, a number, a colour or a text, large or small. Names, words and figures are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from resight.errors import MissingExtra

Picture = Image.Image
Design = Callable[[np.random.Generator, int], dict[str, Picture]]
"""``design(rng, count)`` draws that many sisters, by name."""

Colour = tuple[int, int, int]

SERIF: Final = ("DejaVuSerif", "DejaVuSerif-Bold", "STIXGeneral", "STIXGeneralBol", "DejaVuSerif-Italic")
PLAIN: Final = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono-Bold")
HAND: Final = ("STIXGeneralItalic", "STIXGeneralBolIta", "DejaVuSans-Oblique")

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
INK: Final = (45, 40, 40)


def label(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Labels of jars: another spice on each, its name large or small."""
    width, height = _size(rng, 600, 760), _size(rng, 760, 1000)
    paper, dark = _light(rng), _dark(rng)
    base, draw = _sheet(width, height, paper)
    _ornaments(draw, rng, base.size, margin=0.11)
    inset = round(0.1 * width)
    draw.rectangle([inset, inset, width - inset, height - inset], outline=dark, width=5)
    serif = str(rng.choice(SERIF))
    _centred(draw, (width // 2, round(0.18 * height)), _title(rng, 2).upper(), serif, round(0.075 * width), dark)
    _centred(draw, (width // 2, round(0.25 * height)), f"since 18{rng.integers(10, 99)}", serif, 26, dark)
    _emblem(draw, rng, (width // 2, round(0.36 * height)), round(0.075 * height), dark)
    _lines(draw, rng, (inset + 24, round(0.68 * height)), count=5, width=width - 2 * inset - 48, size=20)
    _barcode(draw, rng, (inset + 24, round(0.84 * height)), (150, 40))
    size, ink = round(rng.uniform(0.06, 0.13) * width), _dark(rng)
    return _written(base, _drawn(rng, SPICES, count), (width // 2, round(0.55 * height)), serif, size, ink)


def form(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """A printed form that was filled in for several people: a name, a number and a date differ, and a few ticks."""
    width, height = _size(rng, 820, 960), _size(rng, 1100, 1300)
    base, draw = _sheet(width, height, (250, 249, 245))
    left, sans = round(0.08 * width), str(rng.choice(PLAIN))
    draw.text((left, round(0.05 * height)), _title(rng, 3), INK, _font(sans, 36))
    _emblem(draw, rng, (width - 2 * left, round(0.07 * height)), 38, _dark(rng))
    _lines(draw, rng, (left, round(0.115 * height)), count=3, width=width - 2 * left, size=17)
    rows = [round(height * (0.2 + 0.055 * row)) for row in range(11)]
    for row in rows:
        draw.rectangle([left, row, width - left, row + round(0.048 * height)], outline=INK, width=2)
        draw.text((left + 8, row + 4), _words(rng, 2), INK, _font(sans, 14))
    draw.line([width // 2, rows[0], width // 2, rows[5]], INK, 2)
    _lines(draw, rng, (left, round(0.83 * height)), count=5, width=width - 2 * left, size=15)
    pen = _font(str(rng.choice(HAND)), round(0.024 * height))
    for row in rows[4:]:
        draw.text((left + 0.3 * width, row + 14), _words(rng, 3), (40, 50, 120), pen)
    sisters = {}
    for name in _people(rng, count):
        sheet, over = _copy(base)
        day = f"{rng.integers(1, 28):02d}.{rng.integers(1, 12):02d}.20{rng.integers(18, 26)}"
        for row, text in zip(rows, (name, f"No. {rng.integers(10_000, 99_999)}", day), strict=False):
            over.text((left + 0.12 * width, row + 14), text, (40, 50, 120), pen)
        for column in range(4):
            if rng.random() < 0.5:
                over.text((left + (0.15 + 0.2 * column) * width, rows[3] + 10), "×", (40, 50, 120), pen)
        sisters[name] = sheet
    return sisters


def card(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Cards of members: each has a name and a number on the same print."""
    width, height = _size(rng, 840, 960), _size(rng, 520, 600)
    base = _gradient(rng, width, height)
    draw = ImageDraw.Draw(base)
    for _ in range(14):
        x, y, r = rng.integers(width), rng.integers(height), rng.integers(20, 160)
        draw.ellipse([x - r, y - r, x + r, y + r], outline=_light(rng), width=int(rng.integers(1, 5)))
    white, sans = (250, 250, 250), str(rng.choice(PLAIN))
    draw.text((50, 40), _title(rng, 2).upper(), white, _font(sans, 46))
    draw.text((52, 100), _words(rng, 4), white, _font(sans, 22))
    _emblem(draw, rng, (width - 110, 110), 60, white)
    draw.rounded_rectangle([50, height * 0.38, 140, height * 0.5], 12, fill=(212, 180, 90), outline=INK, width=2)
    size = round(rng.uniform(0.055, 0.09) * height)
    sisters = {}
    for name in _people(rng, count):
        sheet, over = _copy(base)
        digits = "  ".join(f"{rng.integers(10_000):04d}" for _ in range(3))
        over.text((50, height * 0.58), digits, white, _font("DejaVuSansMono-Bold", size))
        over.text((50, height * 0.8), name.upper(), white, _font(sans, size))
        sisters[name] = sheet
    return sisters


def page(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Pages of one book: the same type, the same head, another text."""
    width, height = _size(rng, 760, 860), _size(rng, 1080, 1240)
    paper, serif, size = _light(rng), str(rng.choice(SERIF[:3])), int(rng.integers(19, 24))
    base, draw = _sheet(width, height, paper)
    left, head = round(0.12 * width), _title(rng, 3)
    _centred(draw, (width // 2, round(0.06 * height)), head, serif, 22, INK)
    draw.line([left, round(0.08 * height), width - left, round(0.08 * height)], INK, 2)
    first = int(rng.integers(10, 300))
    sisters = {}
    for number in range(first, first + count):
        sheet, over = _copy(base)
        rows = int((0.8 * height) // (1.45 * size))
        _lines(over, rng, (left, round(0.1 * height)), count=rows, width=width - 2 * left, size=size, font=serif)
        _centred(over, (width // 2, round(0.95 * height)), str(number), serif, 22, INK)
        sisters[f"page {number}"] = sheet
    return sisters


def bottle(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Labels of one wine: nothing but the year differs."""
    width, height = _size(rng, 640, 800), _size(rng, 820, 1000)
    paper, dark = _light(rng), _dark(rng)
    base, draw = _sheet(width, height, paper)
    draw.rectangle([18, 18, width - 18, height - 18], outline=dark, width=3)
    draw.rectangle([28, 28, width - 28, height - 28], outline=dark, width=1)
    _ornaments(draw, rng, base.size, margin=0.035, shapes=24)
    _building(draw, rng, (width // 2, round(0.36 * height)), round(0.62 * width), dark)
    serif = str(rng.choice(SERIF))
    _centred(draw, (width // 2, round(0.55 * height)), f"Château {_title(rng, 1)}", serif, round(0.08 * width), dark)
    _centred(draw, (width // 2, round(0.62 * height)), _words(rng, 4), serif, 24, dark)
    _lines(draw, rng, (round(0.2 * width), round(0.82 * height)), count=3, width=round(0.6 * width), size=18)
    years = sorted(int(year) for year in rng.choice(np.arange(2004, 2024), count, replace=False))
    middle, size = (width // 2, round(0.73 * height)), round(rng.uniform(0.05, 0.12) * width)
    return _written(base, [str(year) for year in years], middle, serif, size, dark)


def packaging(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Boxes of one brand: a colour, a word and a fruit for each flavour, over the whole front or in a band."""
    width, height = _size(rng, 660, 820), _size(rng, 840, 1080)
    ground, plain, hue = _light(rng), str(rng.choice(PLAIN)), rng.uniform(0, 1)
    band = (0, round(rng.uniform(0.52, 0.6) * height), width, round(rng.uniform(0.72, 0.8) * height))
    flavours, brand, dark = _drawn(rng, FLAVOURS, count), _title(rng, 1), _dark(rng)
    under, draw = _sheet(width, height, ground)
    draw.polygon([(0, 0), (width, 0), (width, 0.3 * height), (0, 0.22 * height)], fill=dark)
    _centred(draw, (width // 2, round(0.13 * height)), brand, plain, round(0.15 * width), (250, 250, 250))
    _centred(draw, (width // 2, round(0.36 * height)), _words(rng, 3), plain, 30, dark)
    _lines(draw, rng, (round(0.08 * width), round(0.84 * height)), count=3, width=round(0.55 * width), size=18)
    draw.ellipse([0.76 * width, 0.84 * height, 0.92 * width, 0.84 * height + 0.16 * width], outline=dark, width=5)
    _centred(draw, (round(0.84 * width), round(0.91 * height)), f"{rng.integers(1, 9)}00 g", plain, 26, dark)
    sisters = {}
    for place, name in enumerate(flavours):
        sheet, over = _copy(under)
        colour = _hue((hue + place / count) % 1)
        over.rectangle(band, fill=colour)
        for fruit in range(3):
            r, x = 0.06 * width, width * (0.3 + 0.2 * fruit)
            over.regular_polygon((x, 0.46 * height, r), 3 + place % 6, rotation=20 * fruit, fill=colour, outline=INK)
        _centred(over, (width // 2, (band[1] + band[3]) // 2), name, plain, round(0.09 * width), (250, 250, 250))
        sisters[name] = sheet
    return sisters


DESIGNS: Final[dict[str, Design]] = {one.__name__: one for one in (label, form, card, page, bottle, packaging)}
"""By what they are of."""


def _written(
    base: Picture, texts: Sequence[str], middle: tuple[int, int], font: str, size: int, ink: Colour
) -> dict[str, Picture]:
    """The base once for each text, which stands on it."""
    sisters = {}
    for text in texts:
        sheet, over = _copy(base)
        _centred(over, middle, text, font, size, ink)
        sisters[text] = sheet
    return sisters


def _sheet(width: int, height: int, colour: Colour) -> tuple[Picture, Any]:
    sheet = Image.new("RGB", (width, height), colour)
    return sheet, ImageDraw.Draw(sheet)


def _copy(base: Picture) -> tuple[Picture, Any]:
    sheet = base.copy()
    return sheet, ImageDraw.Draw(sheet)


def _gradient(rng: np.random.Generator, width: int, height: int) -> Picture:
    """From one dark colour in a corner to another in the opposite one."""
    along = np.add.outer(np.linspace(0, 0.5, height), np.linspace(0, 0.5, width))[..., None]
    return Image.fromarray(((1 - along) * _dark(rng) + along * np.array(_dark(rng))).astype(np.uint8))


def _ornaments(draw: Any, rng: np.random.Generator, size: tuple[int, int], *, margin: float, shapes: int = 70) -> None:
    """Small shapes along the edge."""
    for _ in range(shapes):
        across = rng.uniform(margin / 4, margin * 0.8) * size[0]
        x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        x, y = ((across if rng.random() < 0.5 else size[0] - across), y) if rng.random() < 0.6 else (
            x, across if rng.random() < 0.5 else size[1] - across
        )  # fmt: skip
        radius, sides = float(rng.uniform(0.1, 0.3) * margin * size[0] + 4), int(rng.integers(3, 8))
        draw.regular_polygon((x, y, radius), sides, rotation=int(rng.integers(90)), fill=_any(rng))


def _emblem(draw: Any, rng: np.random.Generator, middle: tuple[int, int], radius: int, colour: Colour) -> None:
    """A sign of the house: shapes in shapes."""
    for share in (1.0, 0.75, 0.5, 0.25):
        around, sides = (*middle, radius * share), int(rng.integers(3, 9))
        fill = colour if rng.random() < 0.4 else None
        draw.regular_polygon(around, sides, rotation=int(rng.integers(90)), fill=fill, outline=colour)


def _building(draw: Any, rng: np.random.Generator, foot: tuple[int, int], width: int, colour: Colour) -> None:
    """Towers with windows and roofs."""
    x = foot[0] - width // 2
    while x < foot[0] + width // 2 - 20:
        wide, high = int(rng.integers(40, 90)), int(rng.integers(60, 190))
        draw.rectangle([x, foot[1] - high, x + wide, foot[1]], outline=colour, width=3)
        draw.polygon([(x, foot[1] - high), (x + wide / 2, foot[1] - high - wide), (x + wide, foot[1] - high)], colour)
        for y in range(foot[1] - high + 15, foot[1] - 20, 28):
            draw.rectangle([x + wide * 0.3, y, x + wide * 0.6, y + 14], fill=colour)
        x += wide


def _barcode(draw: Any, rng: np.random.Generator, corner: tuple[int, int], size: tuple[int, int]) -> None:
    x = corner[0]
    while x < corner[0] + size[0]:
        wide = int(rng.integers(1, 5))
        draw.rectangle([x, corner[1], x + wide - 1, corner[1] + size[1]], fill=INK)
        x += wide + int(rng.integers(1, 4))


def _lines(
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
    letters = _font(font, size)
    for row in range(count):
        line = _words(rng, 1)
        while letters.getlength(longer := f"{line} {_word(rng)}") < width:
            line = longer
        draw.text((corner[0], corner[1] + 1.45 * size * row), line, INK, letters)


def _centred(draw: Any, middle: tuple[int, int], text: str, font: str, size: int, ink: Colour) -> None:
    draw.text(middle, text, ink, _font(font, size), anchor="mm")


@cache
def _font(name: str, size: int) -> Any:
    """A font of those that come with matplotlib; raises MissingExtra without it."""
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        raise MissingExtra("drawing labels", "matplotlib", "report") from error
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf"), size)


def _word(rng: np.random.Generator) -> str:
    return "".join(rng.choice(SYLLABLES, int(rng.integers(1, 5))))


def _words(rng: np.random.Generator, count: int) -> str:
    return " ".join(_word(rng) for _ in range(count)).capitalize()


def _title(rng: np.random.Generator, count: int) -> str:
    return " ".join("".join(rng.choice(SYLLABLES, 2)).capitalize() for _ in range(count))


def _people(rng: np.random.Generator, count: int) -> list[str]:
    """Names of people, no two alike."""
    both = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    return _drawn(rng, both, count)


def _drawn(rng: np.random.Generator, texts: Sequence[str], count: int) -> list[str]:
    return [str(text) for text in rng.choice(texts, count, replace=False)]


def _size(rng: np.random.Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high))


def _light(rng: np.random.Generator) -> Colour:
    return _between(rng, 225, 254)


def _dark(rng: np.random.Generator) -> Colour:
    return _between(rng, 15, 110)


def _any(rng: np.random.Generator) -> Colour:
    return _between(rng, 40, 210)


def _between(rng: np.random.Generator, low: int, high: int) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return red, green, blue


def _hue(hue: float) -> Colour:
    """A full colour, not too light for white letters."""
    red, green, blue = (np.clip(np.abs((hue * 6 + shift) % 6 - 3) - 1, 0, 1) for shift in (0, 4, 2))
    return tuple(int(40 + 160 * value) for value in (red, green, blue))  # type: ignore[return-value]
