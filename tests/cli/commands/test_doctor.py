"""``resight doctor``."""

from __future__ import annotations

import json
from typing import Any


def test_a_gallery_is_told_to_be_healthy(run: Any, mixed: Any) -> None:
    told = run("doctor", mixed.gallery.location)
    assert (told.status, told.err) == (0, "")
    assert "5 photos of 5 things" in told.out
    assert "named rightly: " in told.out
    data = json.loads(run("doctor", mixed.gallery.location, "--json").out)
    assert data["photos"] == data["instances"] == 5
    assert {"accuracy", "confusable", "near_duplicates", "harmful", "advice", "wanted", "lesson"} <= data.keys()
