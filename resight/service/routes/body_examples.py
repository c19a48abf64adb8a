"""Examples of bodies, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any, Final

_MATCH: Final[dict[str, Any]] = {
    "photo": "/v1/photos/12/image?gallery=museum",
    "id": 12,
    "instance": "Mona Lisa",
    "instance_id": "2b1f0c6d5e4a3978",
    "score": 21.4,
    "probability": 0.981,
    "inliers": 131,
    "transform": [[1.02, 0.03, 11.0], [-0.02, 1.01, 8.5], [0.0, 0.0, 1.0]],
    "mirrored": False,
    "about": {"credit": "Musée du Louvre", "rights": "http://creativecommons.org/publicdomain/mark/1.0/"},
}

RECOGNITION: Final[dict[str, Any]] = {
    "gallery": "museum",
    "photo": "",
    "sentence": "Mona Lisa: 98.1 % sure",
    "instance": "Mona Lisa",
    "either": [],
    "probability": 0.981,
    "unknown_probability": 0.015,
    "runner_up": "La Belle Ferronnière",
    "margin": 0.977,
    "mirrored": False,
    "hint": None,
    "matches": [_MATCH],
    "corrected": None,
}

DETECTIONS: Final[dict[str, Any]] = {
    "gallery": "museum",
    "photo": "",
    "sentence": "1 known thing: Mona Lisa: 98.1 % sure",
    "size": [1600, 1200],
    "found": [{**_MATCH, "either": [], "outline": [[210, 90], [770, 95], [765, 930], [205, 925]], "way": "geometry"}],
    "hint": None,
}

VERIFICATION: Final[dict[str, Any]] = {
    "gallery": "museum",
    "first": {"width": 1600, "height": 1200, "jpeg": ""},
    "second": {"width": 1200, "height": 1600, "jpeg": ""},
    "sentence": "the same, 99.2 % sure",
    "same": True,
    "probability": 0.992,
    "likelihood_ratio": 124.0,
    "bounds": [0.001, 1000.0],
    "parts": {"local features and geometry": 4.82},
    "figures": {"votes": 88.0},
    "weights": {"votes": 0.05},
    "relation": "",
    "notes": [],
    "inliers": 88,
    "transform": _MATCH["transform"],
    "points": [[410.0, 220.5, 388.1, 240.0]],
    "explanation": None,
}

CHANGED: Final[dict[str, Any]] = {
    "gallery": "museum",
    "change": "5f0c9a4be1d27386",
    "instance": "Mona Lisa",
    "instance_id": "2b1f0c6d5e4a3978",
    "ids": [12],
    "added": 1,
    "removed": 0,
    "remark": "",
}

REFUSAL: Final[dict[str, Any]] = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "there is not one photo; found an empty body; wanted one; send it as the body",
    "what": "there is not one photo",
    "found": "an empty body",
    "wanted": "one",
    "remedy": "send it as the body",
}
