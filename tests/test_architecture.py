"""Imports only fall, in no circle, and each heavy package has its homes: docs/architecture.md, kept by a test."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "resight"

WORDS: Final = ("types", "errors", "names", "progress", "results")
"""What every room speaks."""

ROOMS: Final[dict[str, str]] = {
    "results": "io",
    "runtimes": "",
    "io": "runtimes",
    "metrics": "",
    "verification": "runtimes",
    "features": "io runtimes",
    "gallery": "io runtimes",
    "report": "io",
    "drawing": "verification io",
    "search": "features gallery verification io runtimes",
    "nn": "features metrics io",
    "calibration": "search features gallery verification metrics io runtimes",
    "explain": "calibration search features verification drawing nn io runtimes",
    "detection": "explain calibration search features verification io runtimes",
    "indexing": "calibration search features gallery io runtimes",
    "recognition": "detection explain calibration search features gallery verification drawing metrics io",
    "evaluation": "recognition indexing calibration search features metrics report io",
    "training": "evaluation recognition calibration search nn features verification report metrics io runtimes",
    "interpretation": "training explain nn report drawing metrics io runtimes",
    "service": "recognition indexing explain calibration search features gallery verification io runtimes",
}
"""What a room may import, besides the words; recipes, the command line and resight/__init__.py may import all."""

HOMES: Final = {
    **dict.fromkeys(("torch", "tensorboard"), ("nn", "explain.classifiers", "recipes")),
    "captum": ("explain.classifiers",),
    "safetensors": ("nn.networks.weights", "io.model_folder"),
    **dict.fromkeys(("openvino", "threadpoolctl"), ("runtimes",)),
    "PIL": ("io", "drawing", "recipes.digits"),
    "pillow_heif": ("io.decoding",),
    "cv2": (
        *("io.decoding.raster", "features", "verification", "calibration.simulated_views", "explain.hot_regions"),
        *("calibration.sister_products", "drawing.colour_map", "recipes.digits.pointing", "recipes.evidence"),
    ),
    "scipy": (
        *("metrics.interval", "metrics.likelihood_ratio", "metrics.bias_correction", "explain.rank_correlation"),
        *("calibration.tuning.scale_weights", "interpretation.thumbnail_layout"),
    ),
    "faiss": ("search", "features.coarse_quantiser"),
    "sqlite3": ("gallery.sqlite",),
    "filelock": ("io.lock",),
    "pyarrow": ("io.datasets.parquet",),
    **dict.fromkeys(("matplotlib", "jinja2"), ("report",)),
    "sklearn": ("features.sift_methods.fisher", "interpretation.embedding", "service.galleries.gallery_map"),
    **dict.fromkeys(("typer", "click", "rich"), ("cli",)),
    **dict.fromkeys(("fastapi", "starlette", "uvicorn", "pydantic", "prometheus_client"), ("service",)),
}
"""Where a heavy package is imported."""

PURE: Final = (
    "metrics",
    "nn.mining",
    *(f"features.{name}" for name in ("aggregate", "codebook", "head", "multiscale", "normalisation", "pullback")),
    *(f"features.{name}" for name in ("sift_methods.fisher", "whitening")),
    *(f"verification.{name}" for name in ("components", "consensus", "difference_map", "matching", "polygons")),
    *(f"verification.{name}" for name in ("similarity_measures", "suppression")),
    *(f"search.{name}" for name in ("exact", "feature_votes", "knn_vote", "mean_vote", "voting_rule")),
    *(f"search.{name}" for name in ("query_expansion", "similarity_matrix")),
    "calibration.conditional_logit",
    *(f"calibration.tuning.{name}" for name in ("choice", "matrix_reduction", "pairs", "scale_weights")),
    *(f"explain.{name}" for name in ("filter_importance", "heat", "hot_regions", "parts", "rank_correlation")),
    *(f"explain.{name}" for name in ("similarity_map",)),
    "detection.windows",
    "drawing.colour_map",
    *(f"interpretation.{name}" for name in ("consistency", "descriptors", "objects")),
    *(f"interpretation.{name}" for name in ("spots", "symbols", "thumbnail_layout")),
    *(f"training.{name}" for name in ("diagnosis",)),
    *(f"nn.loop.{name}" for name in ("schedules", "stable_decay")),
)
"""Modules, and all of a folder, that take arrays and give arrays."""

NUMERIC: Final = frozenset({"cv2", "scipy", "sklearn"})
"""Heavy packages that do the same."""

IMPURE_MODULES: Final = frozenset(
    {"logging", "os", "sys", "io", "pathlib", "shutil", "tempfile", "subprocess", "socket"}
    | {"time", "datetime", "random", "secrets", "uuid"}
)
IMPURE_CALLS: Final = frozenset({"print", "open", "input"})
"""What pure modules do without: files, printing, logging, the clock and global randomness."""

HALL: Final = 10
"""Modules at the package's root, at most."""

CROWD: Final = 20
"""Modules in a folder, at most."""

ARROWS: Final = 200
"""Pairs of rooms of which one imports the other, at most; the words, which every room speaks, are not counted."""


def breaches(package: Path) -> list[str]:
    """Every import, call, circle and crowd in a package folder that the plan of the house forbids, as sentences."""
    files = {_dotted(path, package): path for path in sorted(package.rglob("*.py"))}
    graph: dict[str, set[str]] = {}
    found = list(_crowds(package))
    for module, path in files.items():
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        names = set(_imports(tree, module, is_package=path.name == "__init__.py"))
        graph[module] = {owner for name in names if (owner := _owner(name, files))} - {module}
        found += [message for target in sorted(graph[module]) for message in _fall(module, target)]
        found += [message for name in sorted(names) for message in _home(module, name)]
        found += sorted(_impure(tree, module, names)) if _is_pure(module) else []
    arrows = _between(graph)
    count = sum(len(targets - {*WORDS}) for targets in arrows.values())
    if count > ARROWS:
        found.append(f"{count} imports between rooms; wanted at most {ARROWS}")
    return [*found, *_circle(graph, "modules"), *_circle(arrows, "rooms"), *_circle(_folders(graph), "folders")]


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


def _owner(name: str, files: Mapping[str, Path]) -> str | None:
    """The module of the package that an imported name is or lies in; None for other packages."""
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name or None


def _room(module: str) -> str:
    """The folder or file at the package's root that a module lies in; each recipe is a room of its own."""
    parts = module.split(".")[1:]
    return ".".join(parts[: 2 if parts[:1] == ["recipes"] else 1])


def _folder(module: str, folders: frozenset[str]) -> str:
    """The innermost folder that a module lies in; a file at the root stands for itself."""
    above = module.rpartition(".")[0]
    return module if module in folders or "." not in above else above


def _fall(module: str, target: str) -> Iterator[str]:
    here, there = _room(module), _room(target)
    if here == there or there in WORDS:
        return
    if here in WORDS and here not in ROOMS:
        yield f"{module} imports {target}: words import only words"
    elif here in ROOMS and there not in ROOMS[here].split():
        yield f"{module} imports {target}: {here} may import {ROOMS[here].replace(' ', ', ') or 'nothing'}"
    elif here.startswith("recipes.") and there.startswith(("recipes.", "cli")):
        yield f"{module} imports {target}: a recipe stands alone"


def _home(module: str, name: str) -> Iterator[str]:
    package, place = name.split(".")[0], module.partition(".")[2]
    homes = HOMES.get(package, (place,))
    if not any(f"{place}.".startswith(f"{home}.") for home in homes):
        yield f"{module} imports {package}, whose home is {' or '.join(homes)}"


def _is_pure(module: str) -> bool:
    place = module.partition(".")[2]
    return any(f"{place}.".startswith(f"{pure}.") for pure in PURE)


def _impure(tree: ast.AST, module: str, names: set[str]) -> Iterator[str]:
    for package in {name.split(".")[0] for name in names} & (IMPURE_MODULES | HOMES.keys() - NUMERIC):
        yield f"{module} imports {package}: it is to take arrays and give arrays"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield f"{module} calls {node.func.id}(): it is to take arrays and give arrays"


def _crowds(package: Path) -> Iterator[str]:
    modules = [path for path in package.rglob("*.py") if not path.name.startswith("__")]
    for folder, count in sorted(Counter(path.parent for path in modules).items()):
        most = HALL if folder == package else CROWD
        if count > most:
            yield f"{folder.relative_to(package.parent).as_posix()} has {count} modules; wanted at most {most}"


def _between(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Rooms by the rooms that import them, turned round: whom each imports."""
    arrows: dict[str, set[str]] = {}
    for module, targets in graph.items():
        arrows.setdefault(_room(module), set()).update(_room(target) for target in targets)
    return {room: targets - {room} for room, targets in arrows.items()}


def _folders(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The same of the innermost folders."""
    folders = frozenset(module for module in graph if any(other.startswith(f"{module}.") for other in graph))
    arrows: dict[str, set[str]] = {}
    for module, targets in graph.items():
        here = _folder(module, folders)
        arrows.setdefault(here, set()).update({_folder(target, folders) for target in targets} - {here})
    return arrows


def _circle(graph: Mapping[str, set[str]], what: str) -> Iterator[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield f"circle of {what}: {' <- '.join(error.args[1])}"


def test_the_package_keeps_its_plan() -> None:
    assert breaches(PACKAGE) == []


def test_tests_lie_where_what_they_test_lies() -> None:
    """``resight/search/exact.py`` is tested by ``tests/search/test_exact.py``; a few are of more than a module."""
    tests = REPOSITORY / "tests"
    found = [path.relative_to(tests) for path in tests.rglob("test_*.py")]
    assert len(found) > 300
    tested = [path.with_name(path.name.removeprefix("test_")) for path in found]
    lost = {
        path.as_posix()
        for path in tested
        if not (PACKAGE / path).is_file() and not (REPOSITORY / path).is_file() and len(path.parts) > 1
    }
    assert {path for path in lost if not path.startswith("gallery/contract/")} == {
        "cli/main.py",
        "gallery/sqlite/damage.py",
        "gallery/sqlite/interruption.py",
        "nn/backbones.py",
        "nn/losses/losses.py",
        "service/page.py",
    }


def test_every_room_and_every_rule_is_spelled_as_on_disk() -> None:
    """A renamed folder would otherwise lose its rule without a sound."""
    built = {_dotted(path, PACKAGE).partition(".")[2] for path in PACKAGE.rglob("*.py")}
    assert {*WORDS, *ROOMS, *PURE} <= built
    assert {home for homes in HOMES.values() for home in homes} <= built


def test_the_documents_draw_the_rooms_as_they_are() -> None:
    lines = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip(" `/") for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]
    drawn = {row[0].removesuffix(".py"): row[2] for row in rows if len(row) == 3}
    assert {room: drawn.get(room) for room in ROOMS} == {room: may or "–" for room, may in ROOMS.items()}


def test_every_file_that_the_documents_name_is_there() -> None:
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = [name for name in re.findall(r"`([a-z_0-9/]+\.py)`", text) if "/" in name]
    assert len(named) > 60
    roots = (REPOSITORY, PACKAGE, PACKAGE / "io")
    assert [name for name in named if not any((root / name).is_file() for root in roots)] == []


def test_every_path_in_the_pages_and_docstrings_leads_somewhere() -> None:
    """Paths with a folder: `io/images.py`, docs/papers.md, benchmarks/find.py."""
    pages = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")]
    modules = [*PACKAGE.rglob("*.py"), *(REPOSITORY / "benchmarks").rglob("*.py")]
    roots = (REPOSITORY, PACKAGE, PACKAGE / "io", REPOSITORY / "tests" / "service")
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    texts |= {path: "\n".join(_prose(ast.parse(path.read_text(encoding="utf-8")))) for path in modules}
    lost = [
        f"{path.relative_to(REPOSITORY)}: {name}"
        for path, text in texts.items()
        for name in set(re.findall(r"\b[a-z_0-9]+(?:/[a-z_0-9]+)+\.(?:py|md|sh)\b", text))
        if not any((root / name).is_file() for root in roots)
    ]
    assert lost == []


def _prose(tree: ast.AST) -> Iterator[str]:
    """Docstrings of modules, classes, functions and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


def test_every_name_in_a_docstring_is_a_name_of_its_module() -> None:
    """`ranking.micro_ap`, :func:`resight.search.exact.nearest`: a module of the package, and what it holds."""
    held = {_dotted(path, PACKAGE): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    lost = []
    for path in PACKAGE.rglob("*.py"):
        for prose in _prose(ast.parse(path.read_text(encoding="utf-8"))):
            for module, name in re.findall(r"`{1,2}([a-z_]+(?:\.[a-z_]+)*)\.([A-Za-z_]+)`", prose):
                homes = [dotted for dotted in held if f".{dotted}".endswith(f".{module}")]
                if (
                    homes
                    and name not in ("csv", "json", "py")
                    and not any(f"{home}.{name}" in held or re.search(rf"\b{name}\b", held[home]) for home in homes)
                ):
                    lost.append(f"{path.relative_to(PACKAGE)}: {module}.{name}")
    assert lost == []


def test_what_nothing_in_the_package_calls_is_told_as_library() -> None:
    files = {_dotted(path, PACKAGE): path for path in PACKAGE.rglob("*.py")}
    used = {
        owner
        for module, path in files.items()
        for name in _imports(ast.parse(path.read_text(encoding="utf-8")), module, is_package="__init__" in path.name)
        if (owner := _owner(name, files)) != module
    }
    own = ("resight.client", "resight.service.safety.decoding_process")
    unused = {
        path.relative_to(PACKAGE).as_posix()
        for module, path in files.items()
        if module not in used and not path.name.startswith("__") and not module.startswith(own)
    }
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    library = set(re.findall(r"^\| `([a-z_0-9/]+\.py)` \|", text.split("**Library.**")[1].split("Where do I")[0], re.M))
    assert unused <= library


SOUND: Final = {
    "__init__.py": "def __getattr__(name): from .recognition.recogniser import Recogniser",
    "types.py": "import numpy as np",
    "search/knn_vote.py": "from ..types import Votes",
    "io/__init__.py": "from .images import read",
    "io/images.py": "from PIL import Image\nimport os",
    "features/sift.py": "import cv2\nfrom ..io import images",
    "nn/loop/step.py": "import torch\nfrom ...features.aggregate import gem",
    "features/aggregate.py": "from ..types import Array",
    "gallery/sqlite/rows.py": "import sqlite3",
    "recognition/recogniser.py": "from .. import features\nfrom ..features import sift\nimport resight.search.knn_vote",
    "recipes/museum/recipe.py": "from ...recognition.recogniser import Recogniser",
    "cli/main.py": "import typer\nfrom ..recipes.museum import recipe",
}


def _planted(folder: Path, **changes: str) -> list[str]:
    """Breaches of the sound tree where some files (``search/exact`` for ``search/exact.py``) have another text."""
    package = folder / "resight"
    for name, text in {**SOUND, **{f"{name}.py": text for name, text in changes.items()}}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for above in path.relative_to(package).parents:
            (package / above / "__init__.py").touch()
        path.write_text(text, encoding="utf-8")
    return breaches(package)


def test_a_sound_tree_has_no_breach(tmp_path: Path) -> None:
    assert _planted(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "text", "breach"),
    [
        ("errors", "from .search import knn_vote", "resight.errors imports resight.search.knn_vote: words import only"),
        ("search/exact", "def f():\n    from .. import recognition", "resight.search.exact imports resight.recogn"),
        ("search/exact", "from .. import __version__", "resight.search.exact imports resight: search may import"),
        ("metrics/ap", "import resight.io.images", "resight.metrics.ap imports resight.io.images: metrics may import"),
        ("gallery/files", "from ..features.sift import f", "resight.gallery.files imports resight.features.sift"),
        (
            "recipes/digits/recipe",
            "from ..museum.recipe import run",
            "resight.recipes.digits.recipe imports resight.recipes.museum.recipe: a recipe stands alone",
        ),
        ("verification/heat", "import torch.nn as nn", "resight.verification.heat imports torch, whose home is nn or"),
        ("report/page", "import PIL.Image", "resight.report.page imports PIL, whose home is io or"),
        (
            "report/page",
            "from importlib import import_module\nimport_module('faiss')",
            "resight.report.page imports faiss",
        ),
        ("metrics/ap", "def f():\n    print(1)", "resight.metrics.ap calls print()"),
        ("search/exact", "from time import monotonic", "resight.search.exact imports time"),
    ],
)
def test_a_planted_breach_is_found(tmp_path: Path, name: str, text: str, breach: str) -> None:
    assert [one for one in _planted(tmp_path, **{name: text}) if one.startswith(breach)]


@pytest.mark.parametrize("back", ["from . import a", "def f():\n    from .a import g"])
def test_a_circle_of_modules_is_found_at_any_depth(tmp_path: Path, back: str) -> None:
    (found,) = _planted(tmp_path, **{"metrics/a": "from .b import f", "metrics/b": back})
    assert found.startswith("circle of modules: ")
    assert set(found.removeprefix("circle of modules: ").split(" <- ")) == {"resight.metrics.a", "resight.metrics.b"}


def test_folders_that_import_each_other_are_found_where_no_module_does(tmp_path: Path) -> None:
    (found,) = _planted(
        tmp_path,
        **{"nn/loop/a": "from ..tasks.b import f", "nn/tasks/b": "", "nn/tasks/c": "from ..loop.d import g"},
        **{"nn/loop/d": ""},
    )
    assert found.startswith("circle of folders: ")


def test_a_crowd_is_found(tmp_path: Path) -> None:
    (found,) = _planted(tmp_path, **{f"metrics/m{number}": "" for number in range(21)})
    assert found == "resight/metrics has 21 modules; wanted at most 20"
