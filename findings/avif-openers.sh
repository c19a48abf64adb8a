#!/usr/bin/env bash
# Registering pillow-heif's opener takes AVIF files away from Pillow, and Pillow turns AVIF files by their XMP.
#
# Pillow 13.0.0 (libavif 1.4), pillow-heif 1.8.1 (libheif 1.23.6, without an AV1 decoder):
#   an AVIF of the major brand mif1 (valid: avif is among the compatible ones) is read by Pillow alone. Where
#   register_heif_opener() was called before the first Image.open of a rare format, or before Image.init(), Image.open gives it
#   to pillow-heif, whose test of the first bytes knows mif1 and not how the items are coded: it opens, with size and mode, and
#   only load() raises RuntimeError ("Support for this compression format has not been built in: AV1"). Where it was called
#   afterwards, Pillow's own plugin comes first, and the same file is read;
#   an AVIF with tiff:Orientation="6" in XMP and neither irot nor Exif is turned by ImageOps.exif_transpose, since
#   Image.getexif falls back on XMP in every format; in AVIF only irot and imir turn (AV1 Image File Format 1.1, MIAF), and
#   browsers do not turn it. pillow-heif takes tiff:Orientation out of a HEIC's XMP and does not turn it.
# Seen: "as described". Ends with 1 where that has changed.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check Pillow==13.0.0 pillow-heif==1.8.1

cat > "$folder/write.py" <<'PY'
import io
import sys

from PIL import Image

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
file = io.BytesIO()
Image.new("RGB", (64, 48)).save(file, "AVIF", xmp=XMP)
data = file.getvalue()
with open(sys.argv[1], "wb") as out:
    out.write(data[:8] + b"mif1" + data[12:])
PY

cat > "$folder/read.py" <<'PY'
import sys

from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

if sys.argv[2] == "late":
    Image.init()
register_heif_opener()
with Image.open(sys.argv[1]) as picture:
    try:
        print(sys.argv[2], picture.format, ImageOps.exif_transpose(picture).size)
    except RuntimeError as error:
        print(sys.argv[2], picture.format, "AV1" in str(error))
PY

"$folder/venv/bin/python" "$folder/write.py" "$folder/mif1.avif"
found=$(for when in early late; do "$folder/venv/bin/python" "$folder/read.py" "$folder/mif1.avif" $when; done)
wanted="early HEIF True
late AVIF (48, 64)"
[ "$found" = "$wanted" ] && echo "as described" || { echo "changed: $found"; exit 1; }
