"""Recognise real photographs, start to end, with the commands that a user would type: `make demo`.

The photographs lie inside scikit-image's wheel, so nothing is downloaded. Twelve become known things, one reference
photo each. The queries are hard views of them (slanted, cropped, blurred, in lamplight, as a small JPEG) and, for the
motorcycle, a true second photo taken from elsewhere. Five more photographs are left out: they are "none of these".
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

REPOSITORY = Path(__file__).resolve().parent.parent
KNOWN = {
    "astronaut": "astronaut.png",
    "camera": "camera.png",
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "coins": "coins.png",
    "hubble": "hubble_deep_field.jpg",
    "ihc": "ihc.png",
    "motorcycle": "motorcycle_left.png",
    "page": "page.png",
    "retina": "retina.jpg",
    "rocket": "rocket.jpg",
    "text": "text.png",
}
UNKNOWN = {
    "brick": "brick.png",
    "clock": "clock_motion.png",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "moon": "moon.png",
}
GREY = (128, 128, 128)
"""What shows beside a slanted photo."""


def perspective(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The photo seen from the side: each corner moves inwards by up to 22 % of the width and height."""
    size = np.array(photo.size)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size
    inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    seen = corners + inwards * rng.uniform(0.02, 0.22, (4, 2)) * size
    slant = projection(seen, corners)
    return photo.transform(photo.size, Image.Transform.PERSPECTIVE, slant, Image.Resampling.BICUBIC, fillcolor=GREY)


def projection(points: np.ndarray, images: np.ndarray) -> list[float]:
    """Pillow's eight numbers a … h: x' = (ax + by + c) / (gx + hy + 1) and y' = (dx + ey + f) / (gx + hy + 1).

    ``points (4, 2)`` are ``(x, y)``, ``images (4, 2)`` the ``(x', y')`` that they go to.
    """
    rows = []
    for (x, y), (u, v) in zip(points, images, strict=True):
        rows += [(x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y)]
    return [float(number) for number in np.linalg.solve(np.array(rows, dtype=float), images.ravel())]


def crop(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A part with 60 % of the width and of the height, anywhere."""
    width, height = (round(0.6 * side) for side in photo.size)
    left, top = (int(rng.integers(side - part + 1)) for side, part in zip(photo.size, (width, height), strict=True))
    return photo.crop((left, top, left + width, top + height))


def blur(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Out of focus by a few thousandths of the longer side."""
    return photo.filter(ImageFilter.GaussianBlur(rng.uniform(0.003, 0.005) * max(photo.size)))


def light(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Under a lamp at one side: dim, warm, and darker with the distance."""
    values = np.asarray(photo) / 255
    fall = np.linspace(rng.uniform(0.8, 0.9), rng.uniform(0.3, 0.4), photo.width)
    warm = np.array([1.0, 0.85, 0.6])
    return Image.fromarray(np.round(255 * values**1.2 * fall[:, None] * warm).astype(np.uint8))


def jpeg(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """As a messenger would send it: half the size, JPEG quality 20 to 30."""
    buffer = io.BytesIO()
    photo.reduce(2).save(buffer, "JPEG", quality=int(rng.integers(20, 31)))
    with Image.open(buffer) as small:
        return small.convert("RGB")


VIEWS: dict[str, Callable[[Image.Image, np.random.Generator], Image.Image]] = {
    "perspective": perspective,
    "crop": crop,
    "blur": blur,
    "light": light,
    "jpeg": jpeg,
}


def read_photo(file_name: str) -> Image.Image:
    """A photograph of scikit-image's wheel as RGB; found without importing it, which would take a second."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        raise SystemExit('the demo needs the photographs inside scikit-image: pip install "resight[demo]"')
    with Image.open(Path(package.origin).parent / "data" / file_name) as photo:
        return photo.convert("RGB")


def write_photos(folder: Path, *, seed: int = 0) -> list[Path]:
    """Write FOLDER/SPLIT/LABEL/FILE with the splits reference, query and distractor; the same seed, the same files."""
    rng = np.random.default_rng(seed)
    written = []
    for name, file_name in KNOWN.items():
        photo = read_photo(file_name)
        written.append(save(photo, folder / "reference" / name / f"{name}.jpg"))
        if name != "motorcycle":
            written += write_views(photo, folder / "query" / name, rng)
    written.append(save(read_photo("motorcycle_right.png"), folder / "query" / "motorcycle" / "motorcycle-right.jpg"))
    for name, file_name in UNKNOWN.items():
        written += write_views(read_photo(file_name), folder / "distractor" / name, rng)
    return written


def write_views(photo: Image.Image, folder: Path, rng: np.random.Generator) -> list[Path]:
    return [save(view(photo, rng), folder / f"{folder.name}-{name}.jpg") for name, view in VIEWS.items()]


def save(photo: Image.Image, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    photo.save(path, quality=92)
    return path


def resight(*arguments: str) -> None:
    """Run the command as a user would, from the repository, and echo it."""
    command = shutil.which("resight", path=str(Path(sys.executable).parent))
    if command is None:
        raise SystemExit(f"no `resight` command beside {sys.executable}: run `make demo`, which installs it")
    print(f"\n$ resight {' '.join(arguments)}", flush=True)
    if status := subprocess.run([command, *arguments], cwd=REPOSITORY, check=False).returncode:
        raise SystemExit(status)


def main() -> None:
    demo = REPOSITORY / "demo"
    shutil.rmtree(demo, ignore_errors=True)
    print(f"{len(write_photos(demo / 'photos'))} photos of {len(KNOWN)} known and {len(UNKNOWN)} unknown things")
    known = ("--gallery", "demo/known.gallery", "--save", "demo/evidence")
    resight("index", "demo/photos", "-g", "demo/known.gallery")
    resight("recognise", "demo/photos/query/motorcycle/motorcycle-right.jpg", *known)
    resight("recognise", "demo/photos/query/coffee/coffee-perspective.jpg", *known)
    resight("recognise", "demo/photos/distractor/gravel/gravel-perspective.jpg", *known)
    print("\nBlurred and recompressed copies of known photos are near duplicates; the audit calls them leaks.")
    resight("evaluate", "demo/photos")
    print("\nWhat was matched, drawn on both photos: demo/evidence")
    print("To ask it yourself, on a page: .venv/bin/resight serve demo/known.gallery --open")


if __name__ == "__main__":
    main()
