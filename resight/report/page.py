"""A self-contained page from a template: text made safe, pictures inside it, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from resight.io import images
from resight.types import Image

from . import palette

if TYPE_CHECKING:
    from jinja2 import Environment

MEDIA: Final = {".jpg": "image/jpeg", ".png": "image/png"}


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """A picture ``(h, w, 3)`` uint8 with a plain caption, laid out as the style says of its kind."""

    image: Image
    caption: str
    kind: str = ""
    suffix: str = ".jpg"

    @property
    def source(self) -> str:
        """The encoded picture itself, as an address."""
        data = images.encode(self.image, self.suffix, quality=80)
        return f"data:{MEDIA[self.suffix]};base64,{base64.b64encode(data).decode('ascii')}"


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A query and the photos nearest to it, the nearest first."""

    asked: PageImage
    nearest: tuple[PageImage, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PageDrawing:
    """A drawing of `figures`; ``text`` says what it shows."""

    svg: bytes
    text: str

    @property
    def box(self) -> str:
        """Size of the figure, as SVG has it."""
        return self._box()[1]

    @property
    def inside(self) -> str:
        """Elements of the figure, in the variables of a page's colours, without names that could clash."""
        drawn = self.svg.decode()
        drawn = drawn[drawn.index(">", self._box().end()) + 1 :]
        return palette.adaptive(re.sub(r"<metadata>.*?</metadata>|(?<=<g) id=\"[^\"]*\"", "", drawn, flags=re.DOTALL))

    def _box(self) -> re.Match[str]:
        found = re.search(r'viewBox="([\d. ]+)"', self.svg.decode())
        assert found is not None, "a drawing says how large it is"
        return found


def page(template: str, title: str, values: Mapping[str, Any]) -> str:
    """A whole page by a template of the package, such as ``training/templates/report.html``.

    Whatever text is among the values is made safe. Raises jinja2.UndefinedError where the template wants another one.
    """
    return environment().get_template(template).render(values, title=title, palette=palette.style())


@cache
def environment() -> Environment:
    """The templates of the package; whatever they show is made safe, and what they are not given is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("resight", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
