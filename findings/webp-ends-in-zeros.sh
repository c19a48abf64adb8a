#!/usr/bin/env bash
# A valid WebP may end in tens of thousands of zero bytes, all of which its decoder needs: zeros at the end do not tell a
# stopped download. Pillow 13.0.0 with libwebp 1.6.0.
#
# Expected: coded pixels end in something other than zeros, as those of AVIF (AV1) and HEIC (HEVC) do, whose codes end in a
# one. Seen: a lossless WebP, written by Pillow with method 0 and quality 0, of a black picture with a photo in its corner
# ends in 7,956 zero bytes, and the same as AVIF in none. Without its last 16 bytes the WebP is refused. Ends with 1 where
# that has changed.
#
# What this project does with it: resight.io.completeness.require_webp leaves out the last zeros and decodes again; only
# where the picture is whole without them did they stand in place of something else.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check Pillow==13.0.0
"$folder/venv/bin/python" - <<'END'
import io
import random
import sys

from PIL import Image, features

random.seed(0)
noise = Image.frombytes("RGB", (60, 40), random.randbytes(60 * 40 * 3)).resize((300, 200), Image.Resampling.BICUBIC)
picture = Image.new("RGB", (900, 700))
picture.paste(noise)


def ending(form, **options):
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    data = stream.getvalue()
    return data, len(data) - len(data.rstrip(b"\0"))


webp, zeros = ending("WEBP", lossless=True, method=0, quality=0)
_, others = ending("AVIF", speed=10)
whole = Image.open(io.BytesIO(webp)).convert("RGB").tobytes() == picture.tobytes()
short = bytearray(webp[:-16])
short[4:8] = (len(short) - 8).to_bytes(4, "little")
short[16:20] = (int.from_bytes(webp[16:20], "little") - 16).to_bytes(4, "little")
try:
    Image.open(io.BytesIO(short)).load()
    needed = False
except (OSError, SyntaxError, ValueError):
    needed = True
print(f"libwebp {features.version('webp')}: {len(webp)} bytes end in {zeros} zeros, AVIF in {others}; whole: {whole}; needed: {needed}")
sys.exit(0 if zeros > 5_000 and others == 0 and whole and needed else 1)
END
