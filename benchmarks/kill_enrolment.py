"""Kill a service again and again while photos are made known over HTTP, and count what is lost: nothing.

    python benchmarks/kill_enrolment.py PHOTOS --kills 50

PHOTOS is a folder of photos, each of which becomes a thing. The service is killed (SIGKILL) at a random moment while
photos are sent; then the gallery must open, be sound, and know each photo that was acknowledged. Where one is lost, the
exit status is 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from running.progress import note

from resight.client import Client
from resight.errors import ResightError
from resight.gallery.stores.opening import open_gallery
from resight.indexing.index import index


def main(arguments: argparse.Namespace) -> int:
    """How many acknowledged photos were lost."""
    photos = sorted(path for path in arguments.photos.rglob("*") if path.is_file())
    rng, lost = np.random.default_rng(arguments.seed), 0
    with tempfile.TemporaryDirectory(prefix="resight-") as folder:
        first = Path(folder, "photos", "first")
        first.mkdir(parents=True)
        (first / photos[0].name).write_bytes(photos[0].read_bytes())
        gallery = Path(folder, "killed.gallery")
        index(first.parent, gallery)
        known: set[str] = set()
        for kill in range(arguments.kills):
            told = _killed(gallery, photos[1:], kill, float(rng.uniform(0.0, arguments.seconds)), arguments.port)
            known |= told
            with open_gallery(gallery, write=True) as opened:
                opened.check()
                missing = known - set(opened.instances())
            lost += len(missing)
            note(f"kill {kill + 1}: {len(told)} acknowledged, {len(missing)} lost")
    print(f"{arguments.kills} kills, {len(known)} photos acknowledged, {lost} lost")
    return lost


def _killed(gallery: Path, photos: list[Path], kill: int, seconds: float, port: int) -> set[str]:
    """Things that a service acknowledged until it was killed, so many seconds after it was ready."""
    command = [sys.executable, "-m", "resight", "serve", str(gallery), "--port", str(port)]
    told: set[str] = set()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        with Client(f"http://127.0.0.1:{port}", patience=0) as client:
            while not client.is_ready():
                time.sleep(0.1)
            threading.Timer(seconds, process.kill).start()
            try:
                for number, photo in enumerate(photos):
                    name = f"{kill}-{number}"
                    client.add(_other(photo.read_bytes(), kill), name)
                    told.add(name)
            except ResightError:
                pass  # it was killed
        process.kill()
    return told


def _other(photo: bytes, kill: int) -> bytes:
    """A photo with one pixel of its own for each kill, so that none is known already."""
    from resight.io import images

    image = images.read(photo, long_side=640).image.copy()
    image[0, 0] = (kill % 256, kill // 256, 7)
    image[:16, :16] = np.random.default_rng(kill).integers(0, 256, (16, 16, 3), np.uint8)
    return images.encode(image, ".png")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photos", type=Path, metavar="PHOTOS")
    options.add_argument("--kills", type=int, default=50, metavar="N", help="how often it is killed (50)")
    options.add_argument("--seconds", type=float, default=4.0, metavar="S", help="longest life after it is ready (4)")
    options.add_argument("--seed", type=int, default=0, metavar="N")
    options.add_argument("--port", type=int, default=8767, metavar="N")
    raise SystemExit(main(options.parse_args()) > 0)
