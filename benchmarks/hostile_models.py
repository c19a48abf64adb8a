"""Open damaged model folders, and see a photo by them: a ModelError or a finite descriptor, or the exit status is 1.

    python benchmarks/hostile_models.py --count 200

Each folder is the encoder that ships with one thing changed, drawn by its seed: a value of the card, an entry of the
arrays, a claim or a number of the network, bytes of any file. The hashes are made right again, as somebody who means it
would, but for one folder in ten.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from running.hostile import Input
from running.seeded import launch, seeded

from resight.errors import ModelError
from resight.features import encoder
from resight.io import model_folder
from resight.io.images import Photo
from resight.search import describe

Change = Callable[[Path, np.random.Generator], str]
"""Changes something in a folder, and says what."""

ABSURD: Final[tuple[Any, ...]] = (
    *(0, -1, 1, 2, 10**9, -(10**9), 2**31, 2**63, 10**400, 0.5, 1e-300, 1e300, float("nan"), float("inf")),
    *(None, True, "", "x", "../../x", "\x1b[31m", "\ud800", 10_000 * "y", [], [0], [1, 2, 3], {}, {"name": "x"}),
)
"""Values in the place of any other."""

TYPES: Final = ("f16", "f32", "f64", "bf16", "i8", "u8", "i32", "i64", "boolean", "dynamic", "x")
"""Types of a network's numbers, and names of none."""

PRELOAD: Final = ("resight.features.encoder", "resight.search.describe", "resight.features.cnn_extractor", "openvino")


def card(folder: Path, rng: np.random.Generator) -> str:
    """One value of the card is another, or gone, or under another name."""
    found = json.loads((folder / model_folder.CARD).read_text(encoding="utf-8"))
    places = [(found, key) for key in found] + [
        (each, key) for each in found.values() if isinstance(each, dict) for key in each
    ]
    where, key = places[rng.integers(len(places))]
    how = rng.choice(["value", "value", "value", "value", "gone", "name"])
    value = where.pop(key)
    if how != "gone":
        where[key if how == "value" else key[:-1]] = value if how == "name" else ABSURD[rng.integers(len(ABSURD))]
    (folder / model_folder.CARD).write_text(json.dumps(found), encoding="utf-8")
    return f"{key} {how}"


def text(folder: Path, rng: np.random.Generator) -> str:
    """A JSON file holds something else."""
    name = str(rng.choice([model_folder.CARD, model_folder.METRICS]))
    content = [b"", b"{", b"[]", b"1", b"\xff\xfe", 100_000 * b"[", 90_000 * b'{"a":', b"[1" + 5000 * b"0" + b"]"]
    (folder / name).write_bytes(content[rng.integers(len(content))])
    return name


def arrays(folder: Path, rng: np.random.Generator) -> str:
    """The archive has another background, or is none."""
    made = _ARCHIVES[rng.integers(len(_ARCHIVES))]
    name = made.__name__.strip("_")
    (folder / model_folder.ARRAYS).write_bytes(made(rng))
    return name


def _another_background(rng: np.random.Generator) -> bytes:
    shape = [(512,), (1, 512), (512, 511), (0, 512), (2, 2, 512), ()][rng.integers(6)]
    return _archive(background=np.ones(shape, np.float16))


def _odd_numbers(rng: np.random.Generator) -> bytes:
    rows = np.zeros((8, 512), [np.float16, np.float32, np.float64, np.int64, np.complex64][rng.integers(5)])
    rows[rng.integers(8)] = [np.nan, np.inf, 1e4, 0][rng.integers(4)] if rows.dtype.kind != "i" else 7
    return _archive(background=rows)


def _no_numbers(rng: np.random.Generator) -> bytes:
    kinds = [np.array(["a"]), np.array([None]), np.zeros(2, "M8[s]"), np.zeros(2, "i4,f8"), np.zeros(3, "V9")]
    return _archive(background=kinds[rng.integers(len(kinds))])


def _a_lone_array(rng: np.random.Generator) -> bytes:
    kept = io.BytesIO()
    np.save(kept, np.zeros(rng.integers(1, 9)))
    return kept.getvalue()


def _a_claim(rng: np.random.Generator) -> bytes:
    """An entry of few bytes that says it has many, or a header that is none."""
    shape = ["(10000000000,)", "(-4, -4)", "(0, 99999999999999999999)", "9" * 5000, "(" * 9000, "None"][rng.integers(6)]
    header = f"{{'descr': '<f2', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return _zipped(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(32))


def _no_array(rng: np.random.Generator) -> bytes:
    return _zipped(rng.bytes(int(rng.integers(99))))


def _much_in_little(rng: np.random.Generator) -> bytes:
    return _zipped(bytes(100_000_000), zipfile.ZIP_DEFLATED)


_ARCHIVES: Final = (
    *(_another_background, _odd_numbers, _no_numbers, _a_lone_array, _a_claim, _no_array, _much_in_little),
)


def _archive(**kept: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **kept)
    return stream.getvalue()


def _zipped(content: bytes, packing: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        archive.writestr(f"{model_folder.BACKGROUND}.npy", content)
    return stream.getvalue()


def claims(folder: Path, rng: np.random.Generator) -> str:
    """The network's file says something else in one to three places."""
    said = folder / model_folder.BACKBONE[0]
    content = said.read_text(encoding="utf-8")
    for _ in range(rng.integers(1, 4)):
        content = _claimed(content, rng)
    said.write_text(content, encoding="utf-8")
    return "of the network"


def _claimed(content: str, rng: np.random.Generator) -> str:
    """Another number, type of numbers or type of layer, or a line that is gone or there twice."""
    if rng.random() < 0.2:
        lines = content.split("\n")
        place = int(rng.integers(1, len(lines)))
        lines[place : place + 1] = [] if rng.random() < 0.5 else 2 * [lines[place]]
        return "\n".join(lines)
    pattern, others = _CLAIMS[min(int(rng.integers(4)), 2)]
    found = [*re.finditer(pattern, content)]
    chosen = found[rng.integers(len(found))]
    return content[: chosen.start(1)] + str(rng.choice(others)) + content[chosen.end(1) :]


_CLAIMS: Final = (
    (r'(?:element|destination|output)_type="(\w+)"', TYPES),
    (
        r'type="([A-Z]\w+)" version',
        ("Add", "Convert", "Divide", "ReLU", "Slice", "x"),
    ),
    (r'[">, ](-?\d+)[",< ]', ("0", "-1", "1", "2", "7", "65536", f"{2**31 - 1}", f"{2**32}", f"{2**63 - 1}", 30 * "9")),
)
"""What is said of a network, and what is said in its place."""


def numbers(folder: Path, rng: np.random.Generator) -> str:
    """Some of the network's numbers are none, or far too large."""
    file = folder / model_folder.BACKBONE[1]
    held = np.fromfile(file, np.float16)
    rows = rng.integers(len(held), size=rng.choice([1, 100, 10_000]))
    held[rows] = [np.nan, np.inf, 65504, -65504, 1e-7][rng.integers(5)]
    held.tofile(file)
    return f"{len(rows)} of the network"


def damage(folder: Path, rng: np.random.Generator) -> str:
    """A file is cut, ends in zeros, has bytes changed, or is twice as long."""
    name = str(rng.choice([model_folder.CARD, *model_folder.BACKBONE, model_folder.ARRAYS, model_folder.METRICS]))
    content = bytearray((folder / name).read_bytes())
    cut, how = int(rng.integers(len(content))), rng.integers(4)
    if how == 0:
        del content[cut:]
    elif how == 1:
        content[cut:] = bytes(len(content) - cut)
    elif how == 2:
        for place in rng.integers(len(content), size=rng.choice([1, 10, 100])):
            content[place] = rng.integers(256)
    else:
        content *= 2
    (folder / name).write_bytes(content)
    return name


def place(folder: Path, rng: np.random.Generator) -> str:
    """A file is gone, or a folder, or a link to itself or to nothing."""
    name = str(rng.choice([model_folder.CARD, *model_folder.BACKBONE, model_folder.ARRAYS, model_folder.METRICS]))
    (folder / name).unlink()
    how = rng.integers(4)
    if how == 1:
        (folder / name).mkdir()
    elif how > 1:
        (folder / name).symlink_to(name if how == 2 else "nowhere")
    return name


CHANGES: Final[dict[str, Change]] = {
    "a value of the card": card,
    "JSON": text,
    "arrays": arrays,
    "claims of the network": claims,
    "numbers of the network": numbers,
    "bytes": damage,
    "a file's place": place,
}
"""What is done, by its name in the table."""


def make(folder: Path, seed: int) -> str:
    """Write the encoder that ships as a model folder with one thing changed, and say what."""
    rng = np.random.default_rng(seed)
    shutil.copytree(encoder.HOUSE, folder)
    change = [*CHANGES.values()][seed % len(CHANGES)]
    said = change(folder, rng)
    if rng.random() < 0.9:
        rehash(folder)
    return said


def rehash(folder: Path) -> None:
    """Make the hashes of a card right again, where there is one."""
    try:
        found = json.loads((folder / model_folder.CARD).read_text(encoding="utf-8"))
        hashes = found["sha256"]
        names = [name for name in hashes if (folder / name).is_file()]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return
    found["sha256"] = {**hashes, **{name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}}
    (folder / model_folder.CARD).write_text(json.dumps(found), encoding="utf-8")


def ask(folder: str) -> str:
    """Open a model folder, tell all that is known of it, and see a photo by it."""
    json.dumps(model_folder.load(folder).to_dict(), allow_nan=False)
    image = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    (descriptor,) = describe.extract(Photo(image, (128, 96), b""), encoder.encoders([folder])).descriptors.values()
    if not np.isfinite(descriptor).all():
        raise ValueError("a descriptor that is not finite")
    return f"{len(descriptor)} numbers"


def inputs(scratch: Path, seeds: range) -> Iterator[Input]:
    """Damaged model folders."""
    return seeded([*CHANGES], lambda folder, seed: (make(folder, seed), (str(folder),)), scratch, seeds, what="folders")


if __name__ == "__main__":
    launch(__doc__ or "", ask, inputs, count=200, what="folders", refusal=ModelError, preload=PRELOAD)
