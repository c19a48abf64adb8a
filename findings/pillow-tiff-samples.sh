#!/usr/bin/env bash
# Pillow opens valid TIFFs that it then reads wrongly, without an error or a warning.
#
# Pillow 13.0.0 and 11.3.0 (their wheels bring libtiff 4.7), TIFFs written by tifffile 2026.3.3, read back by tifffile itself:
#   big-endian, Deflate, 32-bit floats   the bytes of every sample are swapped: libtiff gives them in the machine's order,
#                                        and Pillow unpacks them in the file's (OPEN_INFO's F;32BF); uncompressed ones are right
#   big-endian, Deflate, 32-bit integers the same (I;32BS)
#   16-bit RGB in planes, uncompressed   each plane is unpacked as 8-bit samples (the first letter of "RGB;16L"); Deflate is right
#   16-bit grey, white is 0              not inverted, while 8-bit ones are
#   8-bit signed grey                    taken for unsigned: -1 is white
#   8-bit grey and alpha in planes       Deflate: grey and alpha alternate along the rows
#   big-endian BigTIFF                   not identified, though its prefix is among the accepted ones: the version is looked
#                                        for in the third byte, which is the fourth here
# Seen: "as described" for each of the seven. Ends with 1 where one of them is read rightly now.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "Pillow==${PILLOW:-13.0.0}" tifffile==2026.3.3 "numpy==2.4.6"
"$folder/venv/bin/python" - <<'PY'
import io
import sys

import numpy as np
import tifffile
from PIL import Image, UnidentifiedImageError

rng = np.random.default_rng(0)
grey = rng.integers(0, 256, (40, 60), dtype=np.uint8)
colours = rng.integers(0, 65536, (3, 40, 60), dtype=np.uint16)
both = np.stack([grey, np.full_like(grey, 200)])


def wrong(name, samples, expected, **options):
    """Whether Pillow reads other samples than tifffile wrote and reads."""
    file = io.BytesIO()
    tifffile.imwrite(file, samples, metadata=None, **options)
    assert (tifffile.imread(io.BytesIO(file.getvalue())) == samples).all()
    try:
        with Image.open(io.BytesIO(file.getvalue())) as picture:
            found = np.asarray(picture)
        right = found.shape == expected.shape and np.allclose(found, expected, atol=1)
    except UnidentifiedImageError:
        right = False
    print(f"{name}: {'read rightly NOW' if right else 'as described'}")
    return not right


results = [
    wrong("big-endian Deflate floats", grey / np.float32(255), grey / np.float32(255), byteorder=">", compression="zlib"),
    wrong("big-endian Deflate integers", grey.astype("i4"), grey.astype("i4"), byteorder=">", compression="zlib"),
    wrong(
        "16-bit planes", colours, np.moveaxis(colours, 0, 2) // 256, photometric="rgb", planarconfig="separate",
    ),
    wrong("16-bit, white is 0", grey.astype("u2") * 257, 65535 - grey.astype("u2") * 257, photometric="miniswhite"),
    wrong("8-bit signed", np.full((4, 4), -1, "i1"), np.zeros((4, 4)), photometric="minisblack"),
    wrong(
        "grey and alpha in planes", both, np.moveaxis(both, 0, 2), photometric="minisblack", planarconfig="separate",
        extrasamples=["unassalpha"], compression="zlib",
    ),
    wrong("big-endian BigTIFF", grey, grey, photometric="minisblack", bigtiff=True, byteorder=">"),
]  # fmt: skip
sys.exit(not all(results))
PY
