"""Imports only fall, in no circle, and each heavy package has one home: docs/architecture.md, kept by a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "resight"
FLOORS = ("words", "numbers", "engines", "assembly", "recipes", "faces")
ROOMS = {
    **dict.fromkeys(("types", "answer", "errors", "names"), "words"),
    **dict.fromkeys(("core", "metrics"), "numbers"),
    **dict.fromkeys(("io", "local", "indexes", "runtimes", "stores", "nn"), "engines"),
    "recipes": "recipes",
    **dict.fromkeys(
        ("", "__main__", "cli", "service", "web"), "faces"
    ),  # "" is resight/__init__.py, the face of it all
}
"""What lies below ``resight`` and its floor; what is not named here is assembly."""
HOMES = {
    **dict.fromkeys(("torch", "tensorboard", "captum"), ("nn",)),
    "safetensors": ("nn", "io.models"),
    **dict.fromkeys(("openvino", "threadpoolctl"), ("runtimes",)),
    **dict.fromkeys(("PIL", "pillow_heif"), ("io",)),
    "cv2": ("local", "io.raster"),
    "faiss": ("indexes",),
    "sqlite3": ("stores",),
    "pyarrow": ("io.parquet",),
    **dict.fromkeys(("fastapi", "starlette", "uvicorn"), ("service",)),
    **dict.fromkeys(("matplotlib", "sklearn"), ("report",)),
    **dict.fromkeys(("typer", "click", "rich"), ("cli",)),
}
IMPURE_MODULES = {"logging", "os", "sys", "io", "pathlib", "shutil", "tempfile", "subprocess", "socket"}
IMPURE_MODULES |= {"time", "datetime", "random", "secrets", "uuid"}
IMPURE_CALLS = {"print", "open", "input"}
"""What numbers do without: files, printing, logging, the clock and global randomness."""


def breaches(package: Path) -> list[str]:
    """Every import, call and circle in a package folder that the plan of the house forbids, as sentences."""
    files = {_dotted(path, package): path for path in sorted(package.rglob("*.py"))}
    graph: dict[str, set[str]] = {}
    found: list[str] = []
    for module, path in files.items():
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        names = set(_imports(tree, module, is_package=path.name == "__init__.py"))
        graph[module] = {owner for name in names if (owner := _owner(name, files))} - {module}
        found += [message for target in sorted(graph[module]) for message in _fall(module, target)]
        found += [message for name in sorted(names) for message in _home(module, name)]
        found += [] if _floor(module) != "numbers" else sorted(_impure(tree, module, names))
    return found + list(_circle(graph))


def _dotted(path: Path, package: Path) -> str:
    """``resight/io/images.py`` -> ``resight.io.images``; a package's ``__init__.py`` is the package."""
    return ".".join((package.name, *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__")


def _imports(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    """Absolute dotted names of all imports, those inside functions and by ``import_module("...")`` included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            climbed = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
            base = ".".join((*climbed, *filter(None, [node.module])))
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield from (
                arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            )


def _owner(name: str, files: dict[str, Path]) -> str | None:
    """The module of the package that an imported name is or lies in; None for other packages."""
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name or None


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _floor(module: str) -> str:
    return ROOMS.get(_room(module), "assembly")


def _fall(module: str, target: str) -> Iterator[str]:
    here, there = _floor(module), _floor(target)
    if FLOORS.index(there) > FLOORS.index(here):
        yield f"{module} ({here}) imports {target} ({there}): imports only fall"
    if here == there == "engines" and _room(target) not in (_room(module), "io"):
        yield f"{module} imports {target}: an engine stands alone, only io serves the others"


def _home(module: str, name: str) -> Iterator[str]:
    package, place = name.split(".")[0], module.partition(".")[2]
    homes = HOMES.get(package, (place,))
    if not any(f"{place}.".startswith(f"{home}.") for home in homes):
        yield f"{module} imports {package}, whose home is {' or '.join(homes)}"


def _impure(tree: ast.AST, module: str, names: set[str]) -> Iterator[str]:
    for package in {name.split(".")[0] for name in names} & IMPURE_MODULES:
        yield f"{module} imports {package}: numbers take arrays and give arrays"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield f"{module} calls {node.func.id}(): numbers take arrays and give arrays"


def _circle(graph: dict[str, set[str]]) -> Iterator[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield f"circle: {' <- '.join(error.args[1])}"


def test_the_package_keeps_its_floors() -> None:
    assert breaches(PACKAGE) == []


def test_every_room_that_has_a_rule_is_spelled_as_on_disk() -> None:
    """A renamed folder would otherwise lose its rule without a sound."""
    built = {path.stem for path in PACKAGE.iterdir()}
    assert {
        "types",
        "answer",
        "errors",
        "core",
        "metrics",
        "io",
        "local",
        "indexes",
        "runtimes",
        "stores",
        "nn",
    } <= built


SOUND = {
    "__init__.py": "def __getattr__(name): from .recogniser import Recogniser",
    "types.py": "import numpy as np",
    "core/vote.py": "from ..types import Votes",
    "io/__init__.py": "from .images import read",
    "io/images.py": "from PIL import Image\nimport os",
    "local/sift.py": "import cv2\nfrom ..io import images",
    "nn/encoder.py": "import torch\nfrom ..core.vote import vote",
    "stores/gallery.py": "import sqlite3",
    "recogniser.py": "from . import local\nfrom .local import sift\nfrom resight.nn.encoder import encode",
    "recipes/museum.py": "from ..recogniser import Recogniser",
    "cli/main.py": "import typer\nfrom ..recipes import museum",
}


def _planted(folder: Path, **changes: str) -> list[str]:
    """Breaches of the sound tree where some files (``core/vote`` for ``core/vote.py``) have another text."""
    package = folder / "resight"
    for name, text in {**SOUND, **{f"{name}.py": text for name, text in changes.items()}}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text, encoding="utf-8")
    return breaches(package)


def test_a_sound_tree_has_no_breach(tmp_path: Path) -> None:
    assert _planted(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "text", "breach"),
    [
        ("errors", "from .core import vote", "resight.errors (words) imports resight.core.vote (numbers)"),
        (
            "core/fit",
            "def f():\n    from .. import recogniser",
            "resight.core.fit (numbers) imports resight.recogniser",
        ),
        ("core/fit", "import resight.io.images", "resight.core.fit (numbers) imports resight.io.images (engines)"),
        ("core/fit", "from .. import __version__", "resight.core.fit (numbers) imports resight (faces)"),
        (
            "gallery",
            "from .recipes import museum",
            "resight.gallery (assembly) imports resight.recipes.museum (recipes)",
        ),
        ("stores/rows", "from ..local.sift import f", "resight.stores.rows imports resight.local.sift: an engine"),
        ("io/models", "from ..stores import gallery", "resight.io.models imports resight.stores.gallery: an engine"),
        ("core/heat", "import torch.nn as nn", "resight.core.heat imports torch, whose home is nn"),
        ("io/manifest", "import safetensors", "resight.io.manifest imports safetensors, whose home is nn or io.models"),
        ("iota", "import PIL.Image", "resight.iota imports PIL, whose home is io"),
        ("report", "from importlib import import_module\nimport_module('faiss')", "resight.report imports faiss"),
        ("metrics/ap", "def f():\n    print(1)", "resight.metrics.ap calls print()"),
        ("metrics/ap", "from time import monotonic", "resight.metrics.ap imports time"),
    ],
)
def test_a_planted_breach_is_found(tmp_path: Path, name: str, text: str, breach: str) -> None:
    (found,) = _planted(tmp_path, **{name: text})
    assert found.startswith(breach)


@pytest.mark.parametrize("back", ["from . import a", "def f():\n    from .a import g"])
def test_a_circle_within_a_floor_is_found_at_any_depth(tmp_path: Path, back: str) -> None:
    (found,) = _planted(tmp_path, **{"core/a": "from .b import f", "core/b": back})
    assert found.startswith("circle: ")
    assert set(found.removeprefix("circle: ").split(" <- ")) == {"resight.core.a", "resight.core.b"}
