"""``resight info``: versions, the machine, and a gallery."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import put_facts, put_json

EXAMPLES: Final = examples("resight info", "resight info museum.gallery", "resight info --json")

PACKAGES: Final = (
    "resight",
    "numpy",
    "Pillow",
    "pillow-heif",
    "opencv-python-headless",
    "faiss-cpu",
    "openvino",
    "torch",
)
"""Packages that answers depend on, under the names that pip knows."""


def info(
    gallery: Annotated[
        Path | None,
        typer.Argument(
            readable=False,
            metavar="GALLERY",
            show_default=False,
            help="A gallery to tell of; without it, none is told of.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show versions, the machine and the contents of a gallery."""
    facts: dict[str, Any] = {"versions": _versions(), "machine": _machine()}
    if gallery is not None:
        from resight.recognition.recogniser import Recogniser

        with Recogniser.open(gallery) as recogniser:
            facts["gallery"] = recogniser.info()
    if json:
        put_json(facts)
    else:
        put_facts(facts)


def version(package: str) -> str:
    """The installed version of a package, found without importing it."""
    from importlib import metadata  # a hundredth of a second that help need not wait

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}}


def _machine() -> dict[str, Any]:
    from resight.runtimes import processors

    return {"system": platform.platform(), "processor": platform.machine(), "processors": processors.available()}
