"""Pictures of answers: what draws one, and the file that it is drawn into."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from resight.io.files import write_whole


class Picture(Protocol):
    """Evidence that can be drawn when somebody looks."""

    def encode(self, suffix: str) -> bytes:
        """The drawing as an encoded image; ``suffix`` is ".png", ".jpg" or ".webp"."""


def write(picture: Picture, path: str | Path) -> None:
    """A drawing as a file, which is whole or not there."""
    path = Path(path)
    drawing = picture.encode(path.suffix.lower() or ".png")
    write_whole(path, lambda unfinished: unfinished.write_bytes(drawing))
