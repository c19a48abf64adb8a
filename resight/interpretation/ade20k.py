"""ADE20K's 150 objects in words, and the three ways in which programs number them.

Label numbers differ by one between them, so that a map read the wrong way calls every sky a building or a floor:
nothing here passes numbers on; all else is in words.
"""

from __future__ import annotations

from typing import Final

from resight.errors import suggestion

OBJECTS: Final = tuple(
    name.strip()
    for name in """
    wall, building, sky, floor, tree, ceiling, road, bed, windowpane, grass, cabinet, sidewalk, person,
    earth, door, table, mountain, plant, curtain, chair, car, water, painting, sofa, shelf, house, sea,
    mirror, rug, field, armchair, seat, fence, desk, rock, wardrobe, lamp, bathtub, railing, cushion, base,
    box, column, signboard, chest of drawers, counter, sand, sink, skyscraper, fireplace, refrigerator,
    grandstand, path, stairs, runway, display case, pool table, pillow, screen door, stairway, river, bridge,
    bookcase, blind, coffee table, toilet, flower, book, hill, bench, countertop, stove, palm,
    kitchen island, computer, swivel chair, boat, bar, arcade machine, hovel, bus, towel, light, truck,
    tower, chandelier, awning, streetlight, booth, television, airplane, dirt, apparel, pole, land,
    bannister, escalator, ottoman, bottle, buffet, poster, stage, van, ship, fountain, conveyer belt, canopy,
    washer, plaything, swimming pool, stool, barrel, basket, waterfall, tent, bag, minibike, cradle, oven,
    ball, food, step, tank, trade name, microwave, pot, animal, bicycle, lake, dishwasher, projection screen,
    blanket, sculpture, exhaust hood, sconce, vase, traffic light, tray, ashcan, fan, pier, crt screen,
    plate, monitor, bulletin board, shower, radiator, glass, clock, flag
""".replace("\n", " ").split(",")
)
"""The objects in the order of the list of 150 (Zhou et al. 2017, *Scene parsing through ADE20K*), each by one name."""

NOTHING: Final = "others"
"""The label of whatever is none of them."""

CONVENTIONS: Final = {"list": 1, "annotations": 1, "model cards": 0}
"""The number of the first object, wall, by convention.

"list" is the published list, objectInfo150; "annotations" are the label maps of the scene parsing benchmark, in which 0
is NOTHING, as in the public DeepLab; "model cards" are networks that leave NOTHING out and count from 0, as those of
mmsegmentation and of transformers.
"""


def name_of(number: int, convention: str) -> str:
    """The object in words; NOTHING for numbers that no object has."""
    place = number - CONVENTIONS[convention]
    return OBJECTS[place] if 0 <= place < len(OBJECTS) else NOTHING


def number_of(name: str, convention: str) -> int:
    """The number of an object in words, whatever blanks are around; raises ValueError, with the nearest name."""
    plain = name.strip().casefold()
    if plain not in OBJECTS:
        raise ValueError(f"no object of ADE20K is called {name!r}{suggestion(plain, OBJECTS)}")
    return OBJECTS.index(plain) + CONVENTIONS[convention]
