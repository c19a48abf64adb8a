"""What cannot be enrolled is refused before it meets a gallery."""

from __future__ import annotations

from typing import Any

import pytest

from resight.errors import GalleryError
from tests.gallery.conftest import Make


@pytest.mark.parametrize(
    "fields", [{"photo": ""}, {"instance": ""}, {"digest": b""}, {"width": 0}, {"height": -1}, {"file_bytes": 0}]
)
def test_a_photo_that_is_nothing_is_refused(make: Make, fields: dict[str, Any]) -> None:
    with pytest.raises(GalleryError, match=r"photo.*(empty|wanted at least 1)"):
        make(0, **fields)
