"""A service of a tiny gallery, asked in this process; its calibration is left alone, which takes a second each time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.testclient import TestClient

from resight.service.galleries.editor import Editor
from tests.galleries import Photos, seen_again, some, write
from tests.services import Serve, serving, wired


@pytest.fixture(scope="session")
def views(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of views of what is known, "coffee" and "chelsea", and of what is not, "moon" and "gravel"."""
    folder = tmp_path_factory.mktemp("views")
    names = ("coffee", "chelsea", "moon", "gravel")
    write(folder, {name: seen_again(photo, 1) for name, photo in some(known_photos, *names).items()})
    return {name: (folder / name / "whole.png").read_bytes() for name in names}


@pytest.fixture(scope="module")
def serve(mixed: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """``serve(**settings)``: a client of a service of a fresh copy of the gallery, that ends with the module."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Editor, "calibrate", lambda self: None)

        def begun(**settings: Any) -> TestClient:
            path = tmp_path_factory.mktemp("served") / "things.gallery"
            shutil.copy(mixed.gallery.location, path)
            return stack.enter_context(serving(path, **settings))

        yield begun


@pytest.fixture(scope="module")
def client(serve: Serve) -> TestClient:
    """The client of a service that the tests of a module share."""
    return serve()


@pytest.fixture(scope="module")
def address(mixed: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service in a thread, over the wire."""
    with wired(mixed, tmp_path_factory.mktemp("wired")) as address:
        yield address
