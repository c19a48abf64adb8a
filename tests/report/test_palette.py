"""A drawing follows the page from light to dark, and both can be read."""

from __future__ import annotations

import pytest

from resight.report.palette import DARK, LIGHT, adaptive, style


def _luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` as WCAG 2 defines it."""
    linear = []
    for start in (1, 3, 5):
        value = int(colour[start : start + 2], 16) / 255
        linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_each_colour_has_its_name_on_light_and_on_dark() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)
    drawn = adaptive(" ".join(LIGHT.values()))
    assert drawn == " ".join(f"var(--{name})" for name in LIGHT)
    assert adaptive("#123456") == "#123456"


def test_a_dark_page_is_the_reader_s_choice() -> None:
    light, dark = style().split("@media (prefers-color-scheme: dark)")
    assert f"--ink: {LIGHT['ink']};" in light
    assert f"--ink: {DARK['ink']};" in dark


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "card"])
@pytest.mark.parametrize(
    ("name", "least"), [("ink", 7.0), ("soft", 4.5), ("right", 3.0), ("wrong", 3.0), ("after", 3.0)]
)
def test_text_and_marks_stand_out(colours: dict[str, str], ground: str, name: str, least: float) -> None:
    """WCAG 2: 4.5 for text (7 at its best), 3 for what is drawn."""
    assert _contrast(colours[name], colours[ground]) >= least
