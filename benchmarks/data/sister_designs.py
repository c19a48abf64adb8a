"""Designs that several things share: labels, forms, cards, book pages, bottles of several years, and packaging.

A design draws everything that its sisters have in common once, and each sister from there: what tells one from another
is a word, a number, a colour or a text, large or small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from data import brush, wording
from data.brush import INK, Colour, Picture
from PIL import ImageDraw

Design = Callable[[np.random.Generator, int], dict[str, Picture]]
"""``design(rng, count)`` draws that many sisters, by name."""

SERIF: Final = ("DejaVuSerif", "DejaVuSerif-Bold", "STIXGeneral", "STIXGeneralBol", "DejaVuSerif-Italic")
PLAIN: Final = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono-Bold")
HAND: Final = ("STIXGeneralItalic", "STIXGeneralBolIta", "DejaVuSans-Oblique")
"""Fonts that are drawn from."""

WHITE: Final = (250, 250, 250)
PEN: Final = (40, 50, 120)


def label(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Labels of jars: another spice on each, its name large or small."""
    width, height = brush.length(rng, 600, 760), brush.length(rng, 760, 1000)
    paper, dark = brush.light(rng), brush.dark(rng)
    base, draw = brush.sheet(width, height, paper)
    brush.ornaments(draw, rng, base.size, margin=0.11)
    inset = round(0.1 * width)
    draw.rectangle([inset, inset, width - inset, height - inset], outline=dark, width=5)
    serif = str(rng.choice(SERIF))
    brush.centred(
        draw, (width // 2, round(0.18 * height)), wording.title(rng, 2).upper(), serif, round(0.075 * width), dark
    )
    brush.centred(draw, (width // 2, round(0.25 * height)), f"since 18{rng.integers(10, 99)}", serif, 26, dark)
    brush.emblem(draw, rng, (width // 2, round(0.36 * height)), round(0.075 * height), dark)
    brush.text_lines(draw, rng, (inset + 24, round(0.64 * height)), count=4, width=width - 2 * inset - 48, size=20)
    brush.barcode(draw, rng, (inset + 24, round(0.85 * height)), (150, 40))
    size, ink = round(rng.uniform(0.06, 0.13) * width), brush.dark(rng)
    return _written(
        base, wording.drawn(rng, wording.SPICES, count), (width // 2, round(0.55 * height)), serif, size, ink
    )


def form(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """A printed form that was filled in for several people: a name, a number and a date differ, and a few ticks."""
    width, height = brush.length(rng, 820, 960), brush.length(rng, 1100, 1300)
    base, draw = brush.sheet(width, height, (250, 249, 245))
    left, sans = round(0.08 * width), str(rng.choice(PLAIN))
    draw.text((left, round(0.05 * height)), wording.title(rng, 3), INK, brush.letters(sans, 36))
    brush.emblem(draw, rng, (width - 2 * left, round(0.07 * height)), 38, brush.dark(rng))
    brush.text_lines(draw, rng, (left, round(0.115 * height)), count=3, width=width - 2 * left, size=17)
    rows = [round(height * (0.2 + 0.055 * row)) for row in range(11)]
    for row in rows:
        draw.rectangle([left, row, width - left, row + round(0.048 * height)], outline=INK, width=2)
        draw.text((left + 8, row + 4), wording.words(rng, 2), INK, brush.letters(sans, 14))
    draw.line([width // 2, rows[0], width // 2, rows[5]], INK, 2)
    brush.text_lines(draw, rng, (left, round(0.83 * height)), count=5, width=width - 2 * left, size=15)
    pen = brush.letters(str(rng.choice(HAND)), round(0.024 * height))
    for row in rows[4:]:
        draw.text((left + 0.3 * width, row + 14), wording.words(rng, 3), PEN, pen)
    sisters = {}
    for name in wording.people(rng, count):
        sheet, over = brush.copied(base)
        day = f"{rng.integers(1, 28):02d}.{rng.integers(1, 12):02d}.20{rng.integers(18, 26)}"
        for row, text in zip(rows, (name, f"No. {rng.integers(10_000, 99_999)}", day), strict=False):
            over.text((left + 0.12 * width, row + 14), text, PEN, pen)
        for column in range(4):
            if rng.random() < 0.5:
                over.text((left + (0.15 + 0.2 * column) * width, rows[3] + 10), "×", PEN, pen)
        sisters[name] = sheet
    return sisters


def card(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Cards of members: each has a name and a number on the same print."""
    width, height = brush.length(rng, 840, 960), brush.length(rng, 520, 600)
    base = brush.gradient(rng, width, height)
    draw = ImageDraw.Draw(base)
    for _ in range(14):
        x, y, r = rng.integers(width), rng.integers(height), rng.integers(20, 160)
        draw.ellipse([x - r, y - r, x + r, y + r], outline=brush.light(rng), width=int(rng.integers(1, 5)))
    sans = str(rng.choice(PLAIN))
    draw.text((50, 40), wording.title(rng, 2).upper(), WHITE, brush.letters(sans, 46))
    draw.text((52, 100), wording.words(rng, 4), WHITE, brush.letters(sans, 22))
    brush.emblem(draw, rng, (width - 110, 110), 60, WHITE)
    draw.rounded_rectangle([50, height * 0.38, 140, height * 0.5], 12, fill=(212, 180, 90), outline=INK, width=2)
    size = round(rng.uniform(0.055, 0.09) * height)
    sisters = {}
    for name in wording.people(rng, count):
        sheet, over = brush.copied(base)
        digits = "  ".join(f"{rng.integers(10_000):04d}" for _ in range(3))
        over.text((50, height * 0.58), digits, WHITE, brush.letters("DejaVuSansMono-Bold", size))
        over.text((50, height * 0.8), name.upper(), WHITE, brush.letters(sans, size))
        sisters[name] = sheet
    return sisters


def page(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Pages of one book: the same type, the same head, another text."""
    width, height = brush.length(rng, 760, 860), brush.length(rng, 1080, 1240)
    paper, serif, size = brush.light(rng), str(rng.choice(SERIF[:3])), int(rng.integers(19, 24))
    base, draw = brush.sheet(width, height, paper)
    left, head = round(0.12 * width), wording.title(rng, 3)
    brush.centred(draw, (width // 2, round(0.06 * height)), head, serif, 22, INK)
    draw.line([left, round(0.08 * height), width - left, round(0.08 * height)], INK, 2)
    first = int(rng.integers(10, 300))
    sisters = {}
    for number in range(first, first + count):
        sheet, over = brush.copied(base)
        rows = int((0.8 * height) // (1.45 * size))
        brush.text_lines(
            over, rng, (left, round(0.1 * height)), count=rows, width=width - 2 * left, size=size, font=serif
        )
        brush.centred(over, (width // 2, round(0.95 * height)), str(number), serif, 22, INK)
        sisters[f"page {number}"] = sheet
    return sisters


def bottle(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Labels of one wine: nothing but the year differs."""
    width, height = brush.length(rng, 640, 800), brush.length(rng, 820, 1000)
    paper, dark = brush.light(rng), brush.dark(rng)
    base, draw = brush.sheet(width, height, paper)
    draw.rectangle([18, 18, width - 18, height - 18], outline=dark, width=3)
    draw.rectangle([28, 28, width - 28, height - 28], outline=dark, width=1)
    brush.ornaments(draw, rng, base.size, margin=0.035, shapes=24)
    brush.building(draw, rng, (width // 2, round(0.36 * height)), round(0.62 * width), dark)
    serif = str(rng.choice(SERIF))
    brush.centred(
        draw, (width // 2, round(0.55 * height)), f"Château {wording.title(rng, 1)}", serif, round(0.08 * width), dark
    )
    brush.centred(draw, (width // 2, round(0.62 * height)), wording.words(rng, 4), serif, 24, dark)
    brush.text_lines(draw, rng, (round(0.2 * width), round(0.82 * height)), count=3, width=round(0.6 * width), size=18)
    years = sorted(int(year) for year in rng.choice(np.arange(2004, 2024), count, replace=False))
    middle, size = (width // 2, round(0.73 * height)), round(rng.uniform(0.05, 0.12) * width)
    return _written(base, [str(year) for year in years], middle, serif, size, dark)


def packaging(rng: np.random.Generator, count: int) -> dict[str, Picture]:
    """Boxes of one brand: a colour, a word and a fruit for each flavour, over the whole front or in a band."""
    width, height = brush.length(rng, 660, 820), brush.length(rng, 840, 1080)
    ground, plain, hue = brush.light(rng), str(rng.choice(PLAIN)), rng.uniform(0, 1)
    band = (0, round(rng.uniform(0.52, 0.6) * height), width, round(rng.uniform(0.72, 0.8) * height))
    flavours, brand, dark = wording.drawn(rng, wording.FLAVOURS, count), wording.title(rng, 1), brush.dark(rng)
    under, draw = brush.sheet(width, height, ground)
    draw.polygon([(0, 0), (width, 0), (width, 0.3 * height), (0, 0.22 * height)], fill=dark)
    brush.centred(draw, (width // 2, round(0.13 * height)), brand, plain, round(0.15 * width), WHITE)
    brush.centred(draw, (width // 2, round(0.36 * height)), wording.words(rng, 3), plain, 30, dark)
    brush.text_lines(
        draw, rng, (round(0.08 * width), round(0.84 * height)), count=3, width=round(0.55 * width), size=18
    )
    draw.ellipse([0.76 * width, 0.84 * height, 0.92 * width, 0.84 * height + 0.16 * width], outline=dark, width=5)
    brush.centred(draw, (round(0.84 * width), round(0.91 * height)), f"{rng.integers(1, 9)}00 g", plain, 26, dark)
    sisters = {}
    for place, name in enumerate(flavours):
        sheet, over = brush.copied(under)
        colour = brush.hue((hue + place / count) % 1)
        over.rectangle(band, fill=colour)
        for fruit in range(3):
            r, x = 0.06 * width, width * (0.3 + 0.2 * fruit)
            over.regular_polygon((x, 0.46 * height, r), 3 + place % 6, rotation=20 * fruit, fill=colour, outline=INK)
        brush.centred(over, (width // 2, (band[1] + band[3]) // 2), name, plain, round(0.09 * width), WHITE)
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
        sheet, over = brush.copied(base)
        brush.centred(over, middle, text, font, size, ink)
        sisters[text] = sheet
    return sisters
