"""A gallery that is served: opened, followed wherever its file goes, and told of without a word on this machine."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Final, final

from resight.errors import GalleryError, ResightError
from resight.io.files import beside
from resight.recognition.recogniser import Recogniser
from resight.recognition.stored_fusion import stored_fusion
from resight.recognition.verifier import Verifier, shipped_model
from resight.service.terms.problem import Problem

FOLDER: Final = "service"
"""End of the name of the folder beside a gallery where its service keeps what the gallery's file has no room for."""

_File = tuple[int, int]


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
        self._opened: tuple[_File, Recogniser] | None = None
        self._fault = ""
        self._verifier: tuple[tuple[str, dict[str, int]], Verifier] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it answers."""
        return self._opened is not None and not self._fault

    @property
    def fault(self) -> str:
        """Why it does not answer; "" while nothing is known against it."""
        return self._fault

    def load(self) -> None:
        """Open it, unless that is done; who started the service is told why it cannot be."""
        try:
            self.recogniser()
        except Problem as problem:
            self._fault = problem.what
            why = f": {problem.found}" if problem.found else ""
            logging.getLogger(__name__).warning("%s%s; %s", problem.what, why, problem.remedy)

    def recogniser(self) -> Recogniser:
        """The recogniser of the file that is there now; raises Problem where there is none, or it is damaged."""
        try:
            status = os.stat(self.path)
        except OSError as error:
            self._fault = f"the file of the gallery {self.name!r} is gone"
            raise Problem(503, self._fault, remedy="its owner has to put it back", retry_after=30) from error
        file = status.st_dev, status.st_ino
        opened = self._opened
        if opened is None or opened[0] != file:
            opened = self._reopened(file)
        self._fault = ""
        return opened[1]

    def verifier(self, recogniser: Recogniser) -> Verifier:
        """Its verifier, which sees photos as the recogniser does, and weighs by what was fitted to it."""
        whitenings = dict(recogniser.index.whitenings)
        key = (recogniser.gallery.identity, whitenings)
        if self._verifier is None or self._verifier[0] != key:
            fitted = stored_fusion(self.path, recogniser.gallery.identity)
            model = None if fitted is None else replace(shipped_model(), fusion=fitted)
            heads = {name: each.settings for name, each in recogniser.index.descriptors.items()}
            self._verifier = key, Verifier(recogniser.encoders, heads, model)
        return self._verifier[1]

    def spoken(self, error: Exception) -> str:
        """The message of an error without the places on this machine that it names."""
        text = str(error).replace(str(self.path.absolute()), self.name).replace(str(self.path), self.name)
        return text.replace(str(self.path.absolute().parent), "…")

    def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            self._opened[1].close()

    def _reopened(self, file: _File) -> tuple[_File, Recogniser]:
        """The recogniser of the file as it is now; who still asks the one of before gets an answer from it."""
        with self._lock:
            if self._opened is None or self._opened[0] != file:
                try:
                    self._opened = file, Recogniser.open(self.path)
                except (ResightError, OSError) as error:
                    self._fault = f"the gallery {self.name!r} cannot be opened"
                    found = self.spoken(error)
                    remedy = "`resight gallery check` tells its owner more"
                    raise Problem(503, self._fault, found=found, remedy=remedy, retry_after=30) from error
            return self._opened


def require_name(name: str) -> None:
    """Raise GalleryError for a name that no address can hold."""
    if not name or not all(char.isalnum() or char in "-_. " for char in name):
        raise GalleryError(f"a gallery cannot be served as {name!r}; wanted letters, digits, blanks, '-', '_' and '.'")
