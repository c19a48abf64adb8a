"""What is timed: indexing folders, and answering photos. Each runs in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from timing.stopwatch import Stopwatch

import resight.search.candidates
import resight.search.local_index
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import iter_index
from resight.io import images
from resight.progress import Progress, finished
from resight.recognition.recogniser import Recogniser
from resight.search.describe import long_side
from resight.search.gallery_index import GalleryIndex
from resight.search.local_index import LocalIndex

STAGES: Final = ("read", "extract", "search", "consensus", "compare", "answer")
"""From a file's bytes to an answer; what belongs to no other stage is "answer"."""

_WATCHED: Final = {
    (LocalIndex, "propose"): "search",
    (resight.search.local_index, "consensus"): "consensus",
    (resight.search.candidates, "verify"): "compare",
    (GalleryIndex, "_compared"): "compare",  # what is stored of a candidate, fetched to be compared
}


def answered(gallery: Path, photos: Sequence[Path], warm: int) -> dict[str, Any]:
    """Seconds from a file to its answer, one after the other: in all, and by stage in a second run.

    The first ``warm`` photos are asked but not counted. The runs ask the same photos, and each starts with a recogniser
    that has not seen them: what it keeps of known photos is as cold as for a new question.
    """
    return {"seconds": _totals(gallery, photos)[warm:], "stages": _stages(gallery, photos)[warm:]}


def _totals(gallery: Path, photos: Sequence[Path]) -> list[float]:
    taken = []
    with Recogniser.open(gallery) as recogniser:
        for path in photos:
            start = time.perf_counter()
            recogniser.recognise(path)
            taken.append(time.perf_counter() - start)
    return taken


def _stages(gallery: Path, photos: Sequence[Path]) -> list[dict[str, float]]:
    taken = []
    watch = Stopwatch()
    with watch.watching(_WATCHED), Recogniser.open(gallery) as recogniser:
        for path in photos:
            watch.seconds.clear()
            _answer(recogniser, path, watch)
            taken.append({stage: watch.seconds[stage] for stage in STAGES})
    return taken


def _answer(recogniser: Recogniser, path: Path, watch: Stopwatch) -> None:
    """:meth:`Recogniser.recognise`, step by step."""
    with watch.timing("read"):
        photo = images.read(path, long_side=long_side(recogniser.encoders))
    with watch.timing("extract"):
        seen = recogniser.extract(photo)
    with watch.timing("answer"):
        recogniser.answer(str(path), seen)


def indexed(roots: Sequence[Path], gallery: Path) -> dict[str, Any]:
    """Seconds that enrolling and calibrating took, how many photos were new, and the bytes that a photo takes."""
    start = enrolled = time.perf_counter()

    def watch(step: Progress) -> None:
        nonlocal enrolled
        if step.stage == "photos":
            enrolled = time.perf_counter()

    added = finished(iter_index(roots, gallery), watch).added
    ended = time.perf_counter()
    with open_gallery(gallery) as stored:
        sizes = stored.size_per_photo()
    return {"enrolling": enrolled - start, "calibrating": ended - enrolled, "added": added, "bytes": sizes}
