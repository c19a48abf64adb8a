"""A process that asks one build of resight, by what is public in Python alone: another build's may run it as well.

    PYTHONPATH=TREE python benchmarks/systems/answering.py < request.json > answers.json

A request names one of `DOES` under "do", beside the arguments of that function.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import resight


def where() -> str:
    """The folder of the package that is asked."""
    return str(Path(resight.__file__).parent)


def index(roots: Sequence[str], gallery: str) -> None:
    """Make photos known, as far as they are not yet."""
    resight.index(roots, gallery)


def evaluate(root: str, gallery: str, settings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What `resight.evaluate` says of a data set at each of the settings; its photos are extracted once."""
    extract, seen = resight.Recogniser.extract, {}

    def extract_once(self: resight.Recogniser, photo: Any, *args: Any, **options: Any) -> Any:
        key = getattr(photo, "digest", b"")
        if key not in seen:
            found = extract(self, photo, *args, **options)
            if not key:
                return found
            seen[key] = found
        return seen[key]

    resight.Recogniser.extract = extract_once  # type: ignore[method-assign]
    return [resight.evaluate(root, gallery=gallery, **setting).to_dict() for setting in settings]


def recognise(gallery: str, photos: Sequence[str]) -> list[dict[str, Any]]:
    """The answers to photos, with nothing chosen, as JSON; "either" holds the names of an answer between two."""
    with resight.open(gallery) as recogniser:
        return [_answer(recogniser, photo) for photo in photos]


def seconds(gallery: str, photos: Sequence[str], warm: int) -> list[float]:
    """Seconds of processor that each answer takes, those to the first ``warm`` photos left out."""
    taken = []
    with resight.open(gallery) as recogniser:
        for photo in photos:
            start = time.process_time()
            recogniser.recognise(photo, keep_evidence=False)
            taken.append(time.process_time() - start)
    return taken[warm:]


def _answer(recogniser: resight.Recogniser, photo: str) -> dict[str, Any]:
    answer = recogniser.recognise(photo, keep_evidence=False)
    told = answer.to_dict()
    kept = ("instance", "probability", "unknown_probability", "runner_up", "sentence")
    either = told.get("either") or getattr(answer, "either", None) or ()
    return {**{key: told[key] for key in kept}, "either": list(either)}


DOES = {one.__name__: one for one in (where, index, evaluate, recognise, seconds)}


if __name__ == "__main__":
    request = json.load(sys.stdin)
    json.dump(DOES[request.pop("do")](**request), sys.stdout)
