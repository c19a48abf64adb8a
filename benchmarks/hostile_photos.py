"""Ten thousand damaged photo files of every kind: what reading them ends with, and what it costs.

    python benchmarks/hostile_photos.py --output hostile.md --json hostile.json

Valid files of every kind are cut, overwritten, spliced, lengthened and given other numbers; the number of a file and
the seed decide how. They are read in child processes, whose end is a crash; what takes longer than a minute is a hang.
What is finished is kept, and the same command goes on.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.photo_files import photo_files
from running.child import peak
from running.command import Report, launch, parser
from running.journal import resumed
from running.provenance import digest
from running.table import table

from resight.errors import PhotoError
from resight.io import images

FILES: Final = 10_000
BATCH: Final = 250
"""Files that are read by one child process."""

PATIENCE: Final = 60.0
"""Seconds after which a file is a hang."""

SIDES: Final = (None, 640)
"""Each file is read whole or as the encoders ask, in turns."""

NUMBERS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 8192)
"""What headers are made to say."""

ENDS: Final = (b"\xff\xd9", b"\0\0\0\0IEND\xaeB`\x82", b"\0;", b"")

Outcome = dict[str, Any]
"""What reading a file ended with: ``end``, ``seconds`` of processor, ``peak`` in bytes."""


def main(arguments: argparse.Namespace) -> Report:
    """The table by kind of file."""
    count = FILES // 20 if arguments.quick else arguments.files
    batches = [range(start, min(start + BATCH, count)) for start in range(0, count, BATCH)]
    journal = arguments.cache / f"hostile-photos-{_code()}" / f"seed-{arguments.seed}.jsonl"
    keys = {f"{batch.start}-{batch.stop}": batch for batch in batches}
    found = resumed(journal, keys, lambda key: outcomes(keys[key], arguments.seed), workers=arguments.workers)
    results = [outcome for batch in found.values() for outcome in batch]
    return Report(_table(results, arguments.seed), {"seed": arguments.seed, "files": results})


def outcomes(numbers: Sequence[int], seed: int) -> list[Outcome]:
    """What became of these files, read one after the other by a child; one that ends it is read alone again."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            return pool.submit(_read_all, list(numbers), seed).result(timeout=PATIENCE * len(numbers))
        except (BrokenProcessPool, TimeoutError) as error:
            for process in list((pool._processes or {}).values()):
                process.kill()
            if len(numbers) == 1:
                end = "hang" if isinstance(error, TimeoutError) else "crash"
                return [{"number": numbers[0], "kind": _chosen(numbers[0], seed)[0], "end": end}]
    return [outcome for number in numbers for outcome in outcomes([number], seed)]


def hostile(number: int, seed: int) -> tuple[str, bytes]:
    """The kind and the bytes of a damaged file: the same for the same number and seed."""
    kind, rng = _chosen(number, seed)
    data = _files()[kind]
    for _ in range(int(rng.integers(1, 4))):
        data = CHANGES[int(rng.integers(len(CHANGES)))](data, rng) or data
    return kind, _checksummed(data) if rng.random() < 0.5 else data


def _chosen(number: int, seed: int) -> tuple[str, np.random.Generator]:
    kinds = list(_files())
    return kinds[number % len(kinds)], np.random.default_rng([seed, number])


@cache
def _files() -> dict[str, bytes]:
    return photo_files()


@cache
def _code() -> str:
    return digest([Path(__file__), Path(images.__file__)])


def _read_all(numbers: list[int], seed: int) -> list[Outcome]:
    return [_read(number, seed) for number in numbers]


def _read(number: int, seed: int) -> Outcome:
    kind, data = hostile(number, seed)
    _forget_peak()
    begun = time.process_time()
    end = _ending(data, SIDES[number // 2 % 2])
    return {"number": number, "kind": kind, "end": end, "seconds": time.process_time() - begun, "peak": peak()}


def _ending(data: bytes, long_side: int | None) -> str:
    try:
        photo = images.read(data, long_side=long_side)
    except PhotoError:
        return "refused"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    whole = photo.image.ndim == 3 and photo.image.dtype == np.uint8 and min(photo.image.shape) > 0
    return "read" if whole else f"an array {photo.image.shape} of {photo.image.dtype}"


def _forget_peak() -> None:
    """Let the peak of this process's memory count anew, where the system can (Linux, proc(5): clear_refs)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _overwritten(data: bytes, rng: np.random.Generator) -> bytes:
    """A few bytes are others; as often in the first two hundred, where the headers are, as anywhere."""
    changed = np.frombuffer(data, np.uint8).copy()
    reach = len(data) if rng.random() < 0.5 else min(200, len(data))
    at = rng.integers(0, reach, int(rng.integers(1, 12)))
    changed[at] = rng.integers(0, 256, len(at))
    return changed.tobytes()


def _renumbered(data: bytes, rng: np.random.Generator) -> bytes:
    """A number in the header is one that programs stumble over."""
    width = int(rng.choice([1, 2, 4]))
    at = int(rng.integers(0, max(1, min(300, len(data)) - width)))
    value = int(rng.choice(NUMBERS)) & ((1 << 8 * width) - 1)
    return data[:at] + value.to_bytes(width, "big" if rng.random() < 0.5 else "little") + data[at + width :]


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    """The rest is missing, and may be closed by an end marker."""
    return data[: int(rng.integers(0, len(data) + 1))] + ENDS[int(rng.integers(len(ENDS)))]


def _zeroed(data: bytes, rng: np.random.Generator) -> bytes:
    """The rest is zeros."""
    at = int(rng.integers(0, len(data) + 1))
    return data[:at] + bytes(len(data) - at)


def _spliced(data: bytes, rng: np.random.Generator) -> bytes:
    """A part stands in another place as well, or is missing."""
    start, end, at = (int(place) for place in rng.integers(0, len(data) + 1, 3))
    return data[:at] + data[min(start, end) : max(start, end)] + data[at + int(rng.integers(0, 50)) :]


def _repeated(data: bytes, rng: np.random.Generator) -> bytes:
    """A short part stands there hundreds of times."""
    at, length = int(rng.integers(0, len(data) + 1)), int(rng.integers(1, 64))
    return data[:at] + data[at : at + length] * int(rng.integers(2, 1000)) + data[at:]


def _crossed(data: bytes, rng: np.random.Generator) -> bytes:
    """The rest is that of a file of another kind."""
    other = list(_files().values())[int(rng.integers(len(_files())))]
    return data[: int(rng.integers(0, len(data) + 1))] + other[int(rng.integers(0, len(other) + 1)) :]


def _checksummed(data: bytes) -> bytes:
    """A PNG with the checksums of what is in it now, so that its decoder is reached; any other file as it is."""
    if not data.startswith(b"\x89PNG"):
        return data
    at, mended = 8, bytearray(data)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        mended[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big") if end + 4 <= len(data) else b""
        at = end + 4
    return bytes(mended)


CHANGES: Final[tuple[Callable[[bytes, np.random.Generator], bytes], ...]] = (
    _overwritten,
    _overwritten,
    _renumbered,
    _renumbered,
    _cut,
    _zeroed,
    _spliced,
    _repeated,
    _crossed,
)
"""What is done to a file, one to three of them; none is given an empty one."""


def _table(results: Sequence[Outcome], seed: int) -> str:
    kinds: dict[str, list[Outcome]] = {}
    for outcome in results:
        kinds.setdefault(outcome["kind"].split(",")[0].split(" ")[0], []).append(outcome)
    rows = [_row(kind, found) for kind, found in (*sorted(kinds.items()), ("all", list(results)))]
    head = ("kind", "files", "read", "refused", "other errors", "crashes", "hangs", "slowest, s", "most memory, MB")
    said = "\n".join(_notes(results))
    return f"### {len(results)} damaged files, seed {seed}\n\n{table(head, rows)}{said}\n"


def _row(kind: str, found: Sequence[Outcome]) -> tuple[str, ...]:
    ends = Counter(outcome["end"] for outcome in found)
    known = ("read", "refused", "crash", "hang")
    others = sum(count for end, count in ends.items() if end not in known)
    slowest = max((outcome.get("seconds", 0.0) for outcome in found), default=0.0)
    most = max((outcome.get("peak", 0) for outcome in found), default=0)
    counts = (len(found), ends["read"], ends["refused"], others, ends["crash"], ends["hang"])
    return (kind, *(f"{count}" for count in counts), f"{slowest:.1f}", f"{most / 1e6:.0f}")


def _notes(results: Sequence[Outcome]) -> Iterator[str]:
    """The numbers of the files that ended otherwise, to be made again by `hostile`."""
    for outcome in results:
        if outcome["end"] not in ("read", "refused"):
            yield f"- number {outcome['number']}, {outcome['kind']}: {outcome['end']}"


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("--files", type=int, default=FILES, metavar="N", help=f"so many files, by default {FILES}")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="other files for another number")
    options.add_argument("--workers", type=int, default=None, metavar="N", help="children at once, one per processor")
    launch(options, main)
