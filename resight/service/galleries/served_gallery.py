"""A gallery that is served: opened, followed wherever its file goes, and told of without a word on this machine."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, final

from resight.errors import ResightError
from resight.io.files import beside
from resight.recognition.recogniser import Recogniser
from resight.recognition.verifier import Verifier
from resight.service.terms.problem import Problem

FOLDER: Final = "service"
"""End of the name of the folder beside a gallery where its service keeps what the gallery's file has no room for."""

AGAIN: Final = 10.0
"""Seconds after which a file that cannot be opened is tried again."""

_File = tuple[int, int, int, int]
"""A file as it is now: device and number, which stay while it is written, and its time and size, which do not."""


@dataclass(frozen=True, slots=True)
class _Refused:
    file: _File
    until: float
    problem: Problem


def instance_id(name: str) -> str:
    """The id of an instance in addresses: 16 hexadecimal digits of its name, which may hold what no address may."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@final
class ServedGallery:
    """A gallery under the name that clients know it by.

    Attributes
    ----------
    name : of the gallery.
    path : of its file.
    folder : beside it, for what the service keeps.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.folder = beside(path.absolute(), FOLDER)
        self._lock = threading.Lock()
        self._opened: tuple[tuple[int, int], Recogniser] | None = None
        self._refused: _Refused | None = None
        self._loading: threading.Thread | None = None
        self._fault = ""
        self._verifier: tuple[tuple[str, dict[str, int]], Verifier] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it answers; where it does not, it is looked at again."""
        try:
            self.recogniser()
        except Problem:
            return False
        return True

    @property
    def fault(self) -> str:
        """Why it does not answer; "" while nothing is known against it."""
        return self._fault

    def recogniser(self) -> Recogniser:
        """The recogniser of the file that is there now, without waiting for it.

        Raises Problem where there is none, while it is opened, which is begun then, and where it cannot be: a file that
        could not be opened is tried again when it has changed, or after a while.
        """
        file = self._file()
        opened = self._opened
        if opened is not None and opened[0] == file[:2]:
            self._fault = ""
            return opened[1]
        if self._refused is not None and self._refused.file == file and time.monotonic() < self._refused.until:
            raise self._refused.problem.with_traceback(None)  # which would grow by each that raises it
        if self._loading is None or not self._loading.is_alive():
            self._loading = threading.Thread(target=self.load, name=f"loading {self.name}", daemon=True)
            self._loading.start()
        what = f"the gallery {self.name!r} is being loaded"
        raise Problem(503, what, remedy="ask again after Retry-After seconds", retry_after=2)

    def load(self) -> None:
        """Open it, unless that is done; who started the service is told why it cannot be."""
        with self._lock:
            try:
                file = self._file()
                if self._opened is None or self._opened[0] != file[:2]:
                    self._opened = file[:2], self._recogniser_of(file)
                self._fault, self._refused = "", None
            except Problem as problem:
                why = f": {problem.found}" if problem.found else ""
                logging.getLogger(__name__).warning("%s%s; %s", problem.what, why, problem.remedy)

    def _file(self) -> _File:
        """The file that is there now; raises Problem for none."""
        try:
            status = os.stat(self.path)
        except OSError as error:
            self._fault = f"the file of the gallery {self.name!r} is gone"
            raise Problem(503, self._fault, remedy="its owner has to put it back", retry_after=AGAIN) from error
        return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size

    def _recogniser_of(self, file: _File) -> Recogniser:
        """The recogniser of the file as it is now; who still asks the one of before gets an answer from it."""
        try:
            return Recogniser.open(self.path)
        except (ResightError, OSError) as error:
            self._fault = f"the gallery {self.name!r} cannot be opened"
            found = self.spoken(error)
            remedy = "`resight gallery check` tells its owner more"
            problem = Problem(503, self._fault, found=found, remedy=remedy, retry_after=AGAIN)
            self._refused = _Refused(file, time.monotonic() + AGAIN, problem)
            raise problem from error

    def verifier(self, recogniser: Recogniser) -> Verifier:
        """Verifier of the gallery, which sees photos as the recogniser does, and weighs by what was fitted to it."""
        whitenings = dict(recogniser.index.whitenings)
        key = (recogniser.gallery.identity, whitenings)
        if self._verifier is None or self._verifier[0] != key:
            self._verifier = key, Verifier.of(recogniser)
        return self._verifier[1]

    def spoken(self, error: Exception) -> str:
        """The message of an error without the places on this machine that it names."""
        text = str(error).replace(str(self.path.absolute()), self.name).replace(str(self.path), self.name)
        return text.replace(str(self.path.absolute().parent), "…")

    def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            self._opened[1].close()
