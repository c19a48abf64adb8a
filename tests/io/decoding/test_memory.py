"""What decoding takes, and threads that wait until there is room for it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io import images
from resight.io.decoding import memory
from resight.io.decoding.memory import Budget, decoding, reading


def require_end(*work: Callable[[], object]) -> None:
    """That each ends, in a thread of its own: who waits for room that never comes waits for ever."""
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def take(budget: Budget, count: int) -> None:
    with budget.taking(count):
        pass


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


@pytest.mark.parametrize(
    ("mode", "form", "result", "wanted"),
    [
        ("RGB", "PNG", 600, 600 * (4 + 3)),  # the picture and what is made of it
        ("RGB", "TIFF", 150, 600 * 4 + 150 * 3),  # at half its size
        ("I;16", "TIFF", 600, 600 * (2 + 3)),
        ("L", "BMP", 600, 600 * (1 + 3)),
        ("F", "TIFF", 0, 600 * 4),
        ("RGB", "AVIF", 600, round(600 * 8.7) + 600 * 3),
        ("RGB", "HEIF", 150, 600 * 8 + 150 * 3),
    ],
)
def test_what_reading_takes(mode: str, form: str, result: int, wanted: int) -> None:
    picture = Image.new(mode, (30, 20))
    picture.format = form
    assert reading(picture, 0, result) == wanted
    assert reading(picture, 7_000, result) == wanted + 7_000


def test_coefficients_are_gone_before_the_pixels_are_made_and_a_second_picture_too() -> None:
    picture = Image.new("RGB", (30, 20))
    assert reading(picture, 0, 600, coefficients=600) == 600 * 7
    assert reading(picture, 0, 600, coefficients=6_000) == 600 * 14
    assert reading(picture, 0, 600, twice=True) == 600 * 8


@pytest.mark.parametrize("size", [(9_504, 6_336), (9_280, 6_944)])
def test_photos_of_cameras_without_compression_fit(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", (1, 1))
    picture._size = size
    pixels = size[0] * size[1]
    assert reading(picture, 3 * pixels, pixels // 16) < memory.MOST


def test_the_file_and_the_result_count(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (60, 50)).save(stream, "PNG")
    data = stream.getvalue()
    monkeypatch.setattr(memory, "MOST", len(data) + 3_000 * (4 + 3))
    assert images.read(data).size == (60, 50)
    monkeypatch.setattr(memory, "MOST", memory.MOST - 1)
    with pytest.raises(PhotoError, match="60 × 50 pixels as PNG, which take"):
        images.read(data)


def test_a_photo_that_takes_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 30_000)
    stream = io.BytesIO()
    Image.new("RGB", (60, 100)).save(stream, "AVIF", speed=10)
    with pytest.raises(PhotoError, match=r"found 60 × 100 pixels as AVIF, which take 0 MB to read; wanted at most"):
        images.read(stream.getvalue())
    assert images.read(images.encode(np.full((50, 60, 3), 7, np.uint8), ".png")).size == (60, 50)


def test_who_asks_for_more_than_is_left_waits() -> None:
    budget, order, taken, begun = Budget(10), list[str](), threading.Event(), threading.Event()

    def first() -> None:
        with budget.taking(6):
            taken.set()
            begun.wait()
            with budget.taking(4):  # as much as is left is given at once
                order.append("first")

    def second() -> None:
        taken.wait()
        begun.set()
        with budget.taking(6):
            order.append("second")

    require_end(first, second)
    assert order == ["first", "second"]
    require_end(lambda: take(budget, 10))  # all was given back


def test_more_than_there_is_at_all_is_given_alone() -> None:
    require_end(lambda: take(Budget(10), 25))


def test_a_second_photo_is_not_read_beside_the_pixels_of_one() -> None:
    budget = Budget(10)
    with budget.keeping():
        with budget.taking(8):
            budget.keep(8)
        with pytest.raises(RuntimeError, match="a second photo"):
            budget.hold(1)
        with pytest.raises(RuntimeError, match="a second photo"):
            take(budget, 1)
    require_end(lambda: take(budget, 10))


def test_a_file_is_a_part_of_what_its_photo_takes() -> None:
    budget = Budget(10, 6)

    def photo() -> None:
        with budget.keeping():
            budget.hold(4)
            with budget.keeping():
                take(budget, 10)  # or it would wait for itself

    require_end(photo)
    require_end(lambda: take(budget, 10))


def test_a_file_waits_before_it_is_read_and_leaves_room_for_a_photo() -> None:
    budget, order, held, begun = Budget(10, 6), list[str](), threading.Event(), threading.Event()

    def first() -> None:
        with budget.keeping():
            budget.hold(2)  # four may be files
            held.set()
            begun.wait()
            with budget.taking(8):
                order.append("first")

    def second() -> None:
        held.wait()
        begun.set()
        with budget.keeping():
            budget.hold(3)
            order.append("second")

    require_end(first, second)
    assert order == ["first", "second"]


def test_threads_that_hold_files_never_wait_for_each_other() -> None:
    """Each holds a file as it asks for more, and all of them at once more than there is."""
    budget, most, lock = Budget(100, 60), [0], threading.Lock()

    def photos(number: int) -> None:
        for turn in range(20):
            file = 1 + (7 * number + turn) % 29
            with budget.keeping():
                budget.hold(file)
                with budget.taking(file + (11 * number + 3 * turn) % (60 - file)):
                    with lock:
                        most[0] = max(most[0], budget._taken)
                    budget.keep(1)

    require_end(*(partial(photos, number) for number in range(8)))
    assert budget._taken == budget._files == 0
    assert most[0] <= 100 + 8  # one each that is kept beside what is given back at once


def test_a_file_is_held_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Any] = []
    path = tmp_path / "a.png"
    path.write_bytes(images.encode(np.zeros((4, 5, 3), np.uint8), ".png"))
    opened = open

    def noted(file: Any, *args: Any, **options: Any) -> Any:
        if file == path:
            events.append("opened")
        return opened(file, *args, **options)

    monkeypatch.setattr(Budget, "hold", lambda self, count: events.append(count))
    monkeypatch.setattr("builtins.open", noted)
    images.read(path)
    assert events == [path.stat().st_size, "opened"]


def test_what_nobody_keeps_is_not_counted() -> None:
    budget = Budget(10)
    budget.keep(1_000)
    require_end(lambda: take(budget, 10))


def test_an_error_gives_back() -> None:
    budget = Budget(10)
    with pytest.raises(ValueError, match="stop"), budget.taking(10):
        raise ValueError("stop")
    require_end(lambda: take(budget, 10))
