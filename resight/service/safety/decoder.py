"""Decoding of what strangers send: by a process of its own, which may die of a photo without harm."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from typing import IO, Any, Final, final

import numpy as np

from resight.io.images import Photo
from resight.service.terms.problem import Problem
from resight.service.terms.settings import Settings

_MODULE: Final = "resight.service.safety.decoding_process"
_STEP: Final = 1 << 20


@final
class Decoder:
    """A process that decodes one photo at a time, started when it is first needed and again when it has died.

    One thread may use it.

    Attributes
    ----------
    starts : how often a process was started.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def decode(self, data: bytes, *, long_side: int | None) -> Photo:
        """The photo in the bytes of a file, upright; raises Problem for one that is refused, or kills the process."""
        asked = {
            "bytes": len(data),
            "long_side": long_side,
            "max_pixels": self._settings.max_pixels,
            "max_frames": self._settings.max_frames,
        }
        deadline = time.monotonic() + self._settings.decoding_seconds
        try:
            header, pixels = self._exchanged(json.dumps(asked).encode() + b"\n" + data, deadline)
        except (OSError, EOFError, ValueError) as error:
            self.close()
            seconds = self._settings.decoding_seconds
            took = f"more than {seconds:g} s" if isinstance(error, TimeoutError) else "more memory than one photo may"
            raise Problem(
                422, "cannot read the photo", found=f"a photo whose decoding takes {took}", remedy="save it smaller"
            ) from error
        if "refused" in header:
            raise Problem.of_photo(header["refused"], status=header["status"])
        image = np.frombuffer(pixels, np.uint8).reshape(header["shape"])
        width, height = header["size"]
        return Photo(image, (width, height), bytes.fromhex(header["digest"]))

    def start(self) -> subprocess.Popen[bytes]:
        """The process, started if need be."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            command = [sys.executable, "-m", _MODULE, str(self._settings.decoding_bytes)]
            threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, bufsize=0, env={**os.environ, **threads}
            )
            self.starts += 1
        return self._process

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            process.wait()

    def _exchanged(self, asked: bytes, deadline: float) -> tuple[dict[str, Any], bytearray]:
        process = self.start()
        assert process.stdin is not None
        assert process.stdout is not None
        _send(process.stdin, asked, deadline)
        return _received(process.stdout, deadline)


def _send(pipe: IO[bytes], data: bytes, deadline: float) -> None:
    left, number = memoryview(data), pipe.fileno()
    os.set_blocking(number, False)
    while left:
        _wait(number, select.POLLOUT, deadline)
        left = left[os.write(number, left[:_STEP]) :]


def _received(pipe: IO[bytes], deadline: float) -> tuple[dict[str, Any], bytearray]:
    """The header of an answer and its bytes."""
    number, data, length = pipe.fileno(), bytearray(), 0
    header: dict[str, Any] = {}
    while not header or len(data) < length:
        _wait(number, select.POLLIN, deadline)
        if not (chunk := os.read(number, _STEP)):
            raise EOFError("the process that decodes has ended")
        data += chunk
        if not header and (end := data.find(b"\n")) >= 0:
            header = json.loads(data[:end])
            length = header["bytes"]
            del data[: end + 1]
    return header, data


def _wait(number: int, event: int, deadline: float) -> None:
    """Wait until a pipe can be written or read."""
    poll = select.poll()  # and not select, which knows no number above 1023
    poll.register(number, event)
    if not poll.poll(1000 * max(0.0, deadline - time.monotonic())):
        raise TimeoutError("the process that decodes takes too long")
