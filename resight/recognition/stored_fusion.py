"""A fusion fitted to a gallery, kept in a file beside it, with what is known of how much it helps there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from resight.errors import GalleryError, ModelError
from resight.io.files import beside, write_whole
from resight.verification.fusion import Fusion

END: Final = "verifier"
"""End of the name of that file: NAME.gallery-verifier."""


def store_fusion(gallery: Path, identity: str, fusion: Fusion, report: Mapping[str, Any]) -> Path:
    """Keep a fusion beside the gallery of that identity, and the ``report`` on it; ``report["used"]`` decides whether
    it is weighed by. Raises GalleryError where the file cannot be written.
    """
    file = beside(gallery, END)
    content = json.dumps({"identity": identity, "fusion": fusion.to_dict(), "report": dict(report)}, indent=1)
    try:
        write_whole(file, lambda unfinished: unfinished.write_text(content, encoding="utf-8"))
    except OSError as error:
        raise GalleryError(
            f"{str(file)!r} cannot be written ({error.strerror}): make room, or open the folder"
        ) from error
    return file


def stored_fusion(gallery: Path, identity: str) -> Fusion | None:
    """The fusion that is kept beside a gallery and helps there; None where there is none, or it is another gallery's.

    Raises ModelError for a damaged file.
    """
    file = beside(gallery, END)
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        if said["identity"] != identity or not said["report"]["used"]:
            return None
        return Fusion.from_dict(said["fusion"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ModelError) as error:
        raise ModelError(
            f"{str(file)!r} is no whole fusion ({error}): remove it, or run `resight train-verifier` again"
        ) from error
