"""What decoding takes, and threads that wait until there is room for it."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io import images, memory
from resight.io.memory import Budget, decoding


@pytest.mark.parametrize(
    ("mode", "form", "each"),
    [
        ("L", "PNG", 1),
        ("I;16", "TIFF", 2),
        ("RGB", "PNG", 4),
        ("RGBA", "WEBP", 16),
        ("F", "TIFF", 4),
        ("RGB", "JPEG", 4),
    ],
)
def test_what_a_picture_takes(mode: str, form: str, each: int) -> None:
    picture = Image.new(mode, (30, 20))
    picture.format = form
    assert decoding(picture) == 600 * each
    assert decoding(picture, 5000) == 600 * each + 5000


def test_a_photo_that_takes_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 30_000)
    stream = io.BytesIO()
    Image.new("RGB", (60, 100)).save(stream, "AVIF", speed=10)
    with pytest.raises(PhotoError, match=r"found 60 × 100 pixels as AVIF, which take 0 MB to decode; wanted at most"):
        images.read(stream.getvalue())
    assert images.read(images.encode(np.full((50, 60, 3), 7, np.uint8), ".png")).size == (60, 50)


def test_who_asks_for_more_than_is_left_waits() -> None:
    budget, order, begun = Budget(10), [], threading.Event()

    def second() -> None:
        begun.set()
        with budget.taking(6):
            order.append("second")

    thread = threading.Thread(target=second)
    with budget.taking(6):
        thread.start()
        begun.wait()
        with budget.taking(4):  # as much as is left is given at once
            order.append("first")
    thread.join()
    assert order == ["first", "second"]
    with budget.taking(10):  # all was given back
        pass


def test_more_than_there_is_at_all_is_given_alone() -> None:
    with Budget(10).taking(25):
        pass


def test_who_keeps_something_does_not_wait_for_itself() -> None:
    budget = Budget(10)
    with budget.keeping():
        with budget.taking(8):
            pass
        budget.keep(8)
        with budget.taking(8):
            pass
    with budget.taking(10):
        pass


def test_what_nobody_keeps_is_not_counted() -> None:
    budget = Budget(10)
    budget.keep(1_000)
    with budget.taking(10):
        pass


def test_an_error_gives_back() -> None:
    budget = Budget(10)
    with pytest.raises(ValueError, match="stop"), budget.taking(10):
        raise ValueError("stop")
    with budget.taking(10):
        pass
