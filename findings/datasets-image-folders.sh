#!/usr/bin/env bash
# Hugging Face's datasets loses splits, labels and photos of valid folders without a word.
#
# datasets 5.2.0 with Pillow 13.0.0 and pyarrow 26.0.1:
#   Dataset.to_parquet of an Image column writes no photo that has a path, not even one that was opened with Pillow: the bytes
#   are null and the path stands there as it was given, while the file's metadata says Image. Only what was given as bytes lies
#   in the file. (push_to_hub embeds; to_parquet has no such argument.) The file is whole where it was written, and a list of
#   dead paths elsewhere;
#   load_dataset("imagefolder") knows the words for splits in lower case alone: Train/ and Test/, or gallery/ and query/,
#   become one split, train, that holds the test photos as well; train/ and test/ are two;
#   one thumbnail deeper down (ant/@eaDir/1.jpg/THUMB.jpg, as a NAS makes it) takes the column label from all photos, since
#   they no longer lie at one depth, and is a photo itself.
# Seen: "as described". Ends with 1 where one of these has changed.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 Pillow==13.0.0 pyarrow==26.0.1
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" HF_DATASETS_DISABLE_PROGRESS_BARS=1 "$folder/venv/bin/python" - <<'PY'
import sys
from pathlib import Path

import pyarrow.parquet as pq
from datasets import Dataset, Features, Image, load_dataset
from PIL import Image as Pillow


def photo(path: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Pillow.new("RGB", (8, 8)).save(path)
    return path


def stored(value: object) -> tuple[bool, str | None]:
    """Whether the bytes of a photo lie in the Parquet file, and its path there."""
    Dataset.from_dict({"image": [value]}, features=Features({"image": Image()})).to_parquet("written.parquet")
    (row,) = pq.read_table("written.parquet").to_pylist()
    return row["image"]["bytes"] is not None, row["image"]["path"]


def folder(name: str, *photos: str) -> dict[str, tuple[int, bool]]:
    """The splits of a folder of photos: how many photos each has, and whether they have labels."""
    for path in photos:
        photo(f"{name}/{path}")
    found = load_dataset("imagefolder", data_dir=name)
    return {split: (len(rows), "label" in rows.features) for split, rows in found.items()}


one = photo("one.png")
found = {
    "a path": stored(one),
    "opened with Pillow": stored(Pillow.open(one)),
    "bytes": stored({"bytes": Path(one).read_bytes(), "path": None}),
    "train, test": folder("lower", "train/a/1.jpg", "train/b/1.jpg", "test/a/1.jpg", "test/b/1.jpg"),
    "Train, Test": folder("upper", "Train/a/1.jpg", "Train/b/1.jpg", "Test/a/1.jpg", "Test/b/1.jpg"),
    "gallery, query": folder("search", "gallery/a/1.jpg", "gallery/b/1.jpg", "query/a/1.jpg", "query/b/1.jpg"),
    "labels": folder("plain", "ant/1.jpg", "bee/2.jpg"),
    "labels and a thumbnail": folder("nas", "ant/1.jpg", "bee/2.jpg", "ant/@eaDir/1.jpg/THUMB.jpg"),
}
described = {
    "a path": (False, "one.png"),
    "opened with Pillow": (False, "one.png"),
    "bytes": (True, None),
    "train, test": {"train": (2, True), "test": (2, True)},
    "Train, Test": {"train": (4, True)},
    "gallery, query": {"train": (4, True)},
    "labels": {"train": (2, True)},
    "labels and a thumbnail": {"train": (3, False)},
}
for name, value in found.items():
    print(f"{name}: {value}: {'as described' if value == described[name] else f'not {described[name]}'}")
sys.exit(found != described)
PY
