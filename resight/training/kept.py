"""Results that are kept beside what they were made of, so that stopped work need not do them again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def kept(file: Path, made_of: Mapping[str, Any]) -> Any:
    """The result in a file, or None where there is none yet or it was made of something else."""
    if not file.exists():
        return None
    content = json.loads(file.read_text(encoding="utf-8"))
    return content["result"] if content["made_of"] == json.loads(json.dumps(made_of)) else None


def keep(file: Path, made_of: Mapping[str, Any], result: Any) -> None:
    """Write a result of plain text and numbers, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    writing = file.with_name(f"{file.name}.partial")
    writing.write_text(json.dumps({"made_of": made_of, "result": result}), encoding="utf-8")
    writing.replace(file)
