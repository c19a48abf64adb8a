"""Services of tests: in this process, or in a thread and over the wire."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from resight.service.app import create_app
from resight.service.galleries.editor import Editor
from resight.service.terms.settings import Settings
from tests.galleries import quick

Serve = Callable[..., TestClient]


@contextmanager
def serving(gallery: Path, **settings: Any) -> Iterator[TestClient]:
    """A client of a service whose galleries are loaded."""
    app = create_app(Settings({"things": gallery}, **{"workers": 1, "waiting": 4, **settings}))
    with quick(), TestClient(app, base_url="http://127.0.0.1:8000") as client:
        for place in app.state.service.places.values():
            place.gallery.load()
        yield client


@contextmanager
def wired(known: Any, folder: Path) -> Iterator[str]:
    """The address of a service of a copy of a recogniser's gallery, which is not calibrated after changes."""
    import uvicorn

    from resight.service.server import listening

    path = folder / "things.gallery"
    shutil.copy(known.gallery.location, path)
    app = create_app(Settings({"things": path}, workers=1))
    with quick(), pytest.MonkeyPatch.context() as patch, listening("127.0.0.1", 0) as bound:
        patch.setattr(Editor, "calibrate", lambda self: None)
        app.state.service.places["things"].gallery.load()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"
        server.should_exit = True
        thread.join()
