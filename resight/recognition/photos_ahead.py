"""Photos of a series, each read and extracted while the one before is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from resight.io.images import Source

F = TypeVar("F")


def ahead(photos: Iterable[Source], extract: Callable[[Source], F]) -> Iterator[tuple[Source, Future[F]]]:
    """Yields each photo with what ``extract`` makes of it, while it is at work on the next."""
    with ThreadPoolExecutor(1) as reader:
        last = None
        for photo in photos:
            extracted = reader.submit(extract, photo)
            if last is not None:
                yield last
            last = photo, extracted
        if last is not None:
            yield last
