"""Pillow's warnings are unheard where a photo is read, and nowhere else."""

from __future__ import annotations

import io
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from resight.io.decoding.complaints import unheard
from resight.io.images import read

ORIENTATION, PROGRAM = 274, 305


def _turned() -> bytes:
    """A JPEG of 30 × 20 pixels whose EXIF says that it is turned, and has a name that lies outside of it."""
    picture = Image.fromarray(np.zeros((20, 30, 3), np.uint8))
    exif = Image.Exif()
    exif[ORIENTATION], exif[PROGRAM] = 6, "a program of some name"
    whole = exif.tobytes()
    at = whole.index(PROGRAM.to_bytes(2, "big"))
    far = whole[: at + 8] + (60_000).to_bytes(4, "big") + whole[at + 12 :]
    picture.save(file := io.BytesIO(), "JPEG", exif=far)
    return file.getvalue()


def _complain() -> None:
    """Have Pillow itself warn, of data that ends too early."""
    TiffImagePlugin.ImageFileDirectory_v2().load(io.BytesIO(b"\x01"))


def test_pillow_itself_complains_of_the_photo() -> None:
    with pytest.warns(UserWarning, match="Truncated File Read"):
        Image.open(io.BytesIO(_turned())).getexif().get(ORIENTATION)


@pytest.mark.parametrize("action", ["error", "always"])
def test_a_damaged_entry_neither_warns_nor_loses_the_orientation(action: str) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter(action)  # type: ignore[arg-type]
        assert read(_turned()).image.shape == (30, 20, 3)
    assert heard == []


def test_other_threads_and_other_modules_are_heard() -> None:
    inside, heard = threading.Event(), threading.Event()

    def reading() -> None:
        with unheard():
            inside.set()
            assert heard.wait(60)
            _complain()

    with ThreadPoolExecutor(1) as thread, warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        ended = thread.submit(reading)
        assert inside.wait(60)
        _complain()
        heard.set()
        ended.result()
        with unheard():
            warnings.warn("of the caller", UserWarning, stacklevel=1)
            _complain()
        _complain()
    assert [str(each.message) == "of the caller" for each in found] == [False, True, False]


def test_many_readings_leave_one_filter() -> None:
    with warnings.catch_warnings():
        for _ in range(3):
            with unheard(), unheard():
                pass
        assert len({id(each) for each in warnings.filters}) == len(warnings.filters)


def test_filters_that_are_copied_as_text_fit_nothing() -> None:
    """As scikit-learn copies them for each of its jobs: it takes what stands for a module as a compiled pattern."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        with unheard():
            [copied] = [each for each in warnings.filters if each[3] is not None and each[4] == 0][:1]
        warnings.filterwarnings(copied[0], category=copied[2], module=copied[3].pattern)
        warnings.warn("heard", UserWarning, stacklevel=1)
    assert [str(each.message) for each in found] == ["heard"]
