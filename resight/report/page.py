"""A self-contained page: text made safe, pictures inside it, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

from resight.io import images
from resight.types import Image

from . import palette

STYLE: Final = (
    palette.style()
    + """
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 960px; }
body { margin: 2.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; }
p, li { max-width: 75ch; } ul { margin: .3rem 0 .8rem; padding-left: 1.3rem; }
.soft, figcaption { color: var(--soft); font-size: .85rem; }
.verdict { border-left: 4px solid var(--faint); padding: .1rem 1rem; background: var(--card); margin: .6rem 0; }
.verdict.good { border-color: var(--right); } .verdict.bad { border-color: var(--wrong); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; } td, th { padding: .25rem .9rem .25rem 0; text-align: left; }
th { border-bottom: 1px solid var(--line); font-weight: 600; }
td { font-variant-numeric: tabular-nums; vertical-align: top; } table:has(th) td { white-space: nowrap; }
.prose table:has(th) td { white-space: normal; }
.chart { display: block; width: 100%; min-width: 32rem; height: auto; margin: .4rem 0; }
.chart text { font-family: system-ui, sans-serif !important; }
.row { display: flex; gap: .6rem; align-items: flex-start; margin: .5rem 0; } .row > * { flex: 1 1 0; min-width: 0; }
.row > .name { flex: 0 0 3.2rem; align-self: center; color: var(--soft); font-size: .85rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: 1rem; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .4rem .8rem .6rem; margin: 0 0 1rem; }
.cards > .card { margin: 0; }
.aside { display: grid; grid-template-columns: 9rem 1fr; gap: 0 1.2rem; align-items: center; }
.pair { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: .6rem 1rem; }
.pair { margin: .9rem 0; } summary { cursor: pointer; margin: 1rem 0 .3rem; }
figure { margin: 0; } figure.small { max-width: 9rem; }
figure img { width: 100%; display: block; border-radius: 3px; } figure.wide img { image-rendering: pixelated; }
figure.right img { outline: 3px solid var(--right); } figure.wrong img { outline: 3px solid var(--wrong); }
figcaption { overflow-wrap: anywhere; line-height: 1.3; margin-top: .35rem; }
.aside .row figcaption { font-size: .75rem; }
.four { display: grid; grid-template-columns: repeat(4, 1fr); gap: .6rem; margin: .3rem 0 1.2rem; }
@media (max-width: 40rem) {
  .aside { grid-template-columns: 1fr; } .aside > figure { max-width: 9rem; }
  .row { gap: .35rem; } .row > .name { flex-basis: 2.6rem; }
}
"""
)


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
    """Plain cells below a header, or below none where all of it is empty; what is too wide is scrolled."""
    lines = [*([("th", header)] if any(header) else []), *(("td", row) for row in rows)]
    cells = "".join(f"<tr>{''.join(element(tag, cell) for cell in row)}</tr>" for tag, row in lines)
    return f'<div class="scroll"><table>{cells}</table></div>'


def folded(summary: str, inside: str) -> str:
    """Folds HTML below a plain line that opens it."""
    return f"<details>{element('summary', summary)}{inside}</details>"


def listing(items: Iterable[str]) -> str:
    return "<ul>" + "".join(element("li", item) for item in items) + "</ul>"


def picture(image: Image, caption: str, *, kind: str = "", suffix: str = ".jpg") -> str:
    """A picture ``(h, w, 3)`` uint8 with a plain caption, inside the page; the caption is its text for the blind."""
    data = images.encode(image, suffix, quality=80)
    source = _data_uri(data, {".jpg": "image/jpeg", ".png": "image/png"}[suffix])
    return f'<figure{_kind(kind)}><img src="{source}" alt="{escape(caption)}">{element("figcaption", caption)}</figure>'


def drawing(svg: bytes, text: str) -> str:
    """A drawing of `charts` inside the page, as wide as it and in its colours; ``text`` says what it shows."""
    found = re.sub(r"<metadata>.*?</metadata>|(?<=<g) id=\"[^\"]*\"", "", svg.decode(), flags=re.DOTALL)
    box = re.search(r'viewBox="[\d. ]+"', found)
    assert box is not None, "a drawing says how large it is"
    inside = palette.adaptive(found[found.index(">", box.end()) + 1 :])
    return f'<div class="scroll"><svg class="chart" role="img" aria-label="{escape(text)}" {box[0]}>{inside}</div>'


def row(*pieces: str) -> str:
    """Pieces beside each other, equally wide."""
    return block("row", *pieces)


def block(kind: str, *pieces: str) -> str:
    """Pieces that are HTML already, laid out as the style says of this kind."""
    return f"<div{_kind(kind)}>{''.join(pieces)}</div>"


def _kind(kind: str) -> str:
    return f' class="{escape(kind)}"' if kind else ""


def _data_uri(data: bytes, media: str) -> str:
    return f"data:{media};base64,{base64.b64encode(data).decode('ascii')}"
