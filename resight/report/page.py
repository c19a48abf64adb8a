"""A self-contained page: text made safe, pictures inside it, nothing fetched from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

from resight.io import images
from resight.types import Image

STYLE: Final = """
:root { color-scheme: light; --ink: #1c2126; --soft: #5d6670; --line: #dfe3e8; --right: #1f7a4d; --wrong: #b3372f; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 960px; }
body { margin: 2.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
p, li { max-width: 75ch; } .soft, figcaption { color: var(--soft); font-size: .85rem; }
.verdict { border-left: 4px solid var(--right); padding: .1rem 1rem; background: #f6f8f9; }
.verdict.bad { border-color: var(--wrong); }
table { border-collapse: collapse; font-size: .92rem; } td, th { padding: .25rem .9rem .25rem 0; text-align: left; }
th { border-bottom: 1px solid var(--line); font-weight: 600; }
td { font-variant-numeric: tabular-nums; vertical-align: top; }
.chart { width: 100%; height: auto; } .row { display: flex; gap: .6rem; align-items: flex-start; margin: .5rem 0; }
.row > .name { flex: 0 0 4rem; align-self: center; color: var(--soft); font-size: .85rem; }
figure { margin: 0; width: 112px; } figure.wide { width: auto; }
figure img { width: 100%; display: block; border-radius: 3px; }
figure.right img { outline: 3px solid var(--right); } figure.wrong img { outline: 3px solid var(--wrong); }
figcaption { overflow-wrap: anywhere; line-height: 1.3; margin-top: .3rem; }
figure.wide img { image-rendering: pixelated; max-width: 780px; }
.four { display: grid; grid-template-columns: repeat(4, 1fr); gap: .6rem; margin: .3rem 0 1.2rem; }
figure.part { width: auto; }
hr { border: 0; border-top: 1px solid var(--line); margin: 1rem 0; } details { margin: .4rem 0; }
"""


def page(title: str, body: Iterable[str]) -> str:
    """A whole page of pieces that are HTML already."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def element(tag: str, text: Any, kind: str = "") -> str:
    """Plain text in an element, made safe."""
    return f"<{tag}{_kind(kind)}>{escape(str(text))}</{tag}>"


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Plain cells below a header."""
    lines = [("th", header), *(("td", row) for row in rows)]
    return (
        "<table>"
        + "".join(f"<tr>{''.join(element(tag, cell) for cell in row)}</tr>" for tag, row in lines)
        + "</table>"
    )


def listing(items: Iterable[str]) -> str:
    return "<ul>" + "".join(element("li", item) for item in items) + "</ul>"


def picture(image: Image, caption: str, *, kind: str = "", suffix: str = ".jpg") -> str:
    """A picture ``(h, w, 3)`` uint8 with a plain caption, inside the page; the caption is its text for the blind."""
    data = images.encode(image, suffix, quality=80)
    source = _data_uri(data, {".jpg": "image/jpeg", ".png": "image/png"}[suffix])
    return f'<figure{_kind(kind)}><img src="{source}" alt="{escape(caption)}">{element("figcaption", caption)}</figure>'


def drawing(svg: bytes, text: str) -> str:
    """A drawing inside the page, as wide as it; ``text`` says what it shows."""
    return f'<img class="chart" src="{_data_uri(svg, "image/svg+xml")}" alt="{escape(text)}">'


def row(*pieces: str) -> str:
    return f'<div class="row">{"".join(pieces)}</div>'


def _kind(kind: str) -> str:
    return f' class="{escape(kind)}"' if kind else ""


def _data_uri(data: bytes, media: str) -> str:
    return f"data:{media};base64,{base64.b64encode(data).decode('ascii')}"
