"""What a digest follows, and what it does not mind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from data.packs import REPOSITORY
from running.provenance import digest, machine, sources

TREE = {
    "main.py": "import near\nfrom pack.deep import fruit\nfrom pack import leaf\nimport numpy as np\n",
    "near.py": "VALUE = 1\n",
    "pack/__init__.py": "from pack.unused import nothing\n",
    "pack/deep.py": "from .sister import seed\nif TYPE_CHECKING:\n    import hidden\nelse:\n    import late\n",
    "pack/sister.py": "def seed():\n    import late\n    return 'table.json'\n",
    "pack/leaf.py": "import main\n",
    "pack/unused.py": "nothing = 0\n",
    "pack/table.json": "{}",
    "pack/other.json": "{}",
    "late.py": "",
    "hidden.py": "",
    "unrelated.py": "",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _digest(tree: Path, **options: Any) -> str:
    return digest([tree / "main.py"], places=[tree], **options)


def test_imports_are_followed_at_any_depth_and_in_circles(tree: Path) -> None:
    found = {path.relative_to(tree).as_posix() for path in sources([tree / "main.py"], places=[tree])}
    assert found == {"main.py", "near.py", "pack/deep.py", "pack/sister.py", "pack/leaf.py", "late.py"}


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("near.py", "VALUE = 2\n", True),
        ("near.py", "VALUE  =  1  # one\n", False),
        ("pack/sister.py", TREE["pack/sister.py"].replace("late", "unrelated"), True),
        ("pack/table.json", "[]", True),
        ("pack/other.json", "[]", False),
        ("unrelated.py", "VALUE = 2\n", False),
        ("hidden.py", "VALUE = 2\n", False),
    ],
)
def test_a_digest_changes_with_what_decides_a_result(tree: Path, name: str, text: str, changes: bool) -> None:
    before = _digest(tree)
    (tree / name).write_text(text, encoding="utf-8")
    assert (_digest(tree) != before) is changes


def test_a_digest_changes_with_the_data(tree: Path) -> None:
    data = tree / "photos.parquet"
    data.write_bytes(b"a")
    before = _digest(tree, data=[data])
    assert before != _digest(tree)
    data.write_bytes(b"b")
    assert before != _digest(tree, data=[data])


def test_a_digest_does_not_depend_on_where_the_tree_lies(tree: Path, tmp_path: Path) -> None:
    before = _digest(tree)
    moved = tmp_path / "elsewhere"
    for name in TREE:
        (moved / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).rename(moved / name)
    assert _digest(moved) == before


def test_the_system_and_its_peers_hang_on_what_they_use() -> None:
    systems = REPOSITORY / "benchmarks" / "systems"
    names = {
        entrance: {path.relative_to(REPOSITORY).as_posix() for path in sources([systems / f"{entrance}.py"])}
        for entrance in ("resight_default", "peers")
    }
    assert {
        "resight/calibration/calibration.py",
        "resight/verification/consensus.py",
        "benchmarks/data/packs.py",
    } <= names["resight_default"]
    assert {
        "resight/features/sift.py",
        "resight/nn/backbones/resnet_v2.py",
        "resight/verification/matching.py",
    } <= names["peers"]
    assert not {"resight/calibration/calibration.py", "resight/verification/consensus.py"} & names["peers"]
    assert not {name for name in names["resight_default"] if "/cli/" in name}


def test_the_machine_is_one_line_of_what_decides_speed() -> None:
    said = machine()
    assert "\n" not in said
    assert "numpy" in said
    assert "faiss-cpu" in said
