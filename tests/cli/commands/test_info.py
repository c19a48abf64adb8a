"""What resight says of itself, of the machine and of a gallery."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np

from resight.cli.commands.info import PACKAGES, version
from tests.cli.conftest import shape


def test_versions_and_machine(run: Any, golden: Any) -> None:
    told = run("info")
    assert (told.status, told.err) == (0, "")
    assert "versions\n" in told.out
    (facts,) = run("info", "--json").lines
    golden("info", shape(facts))
    assert facts["versions"].keys() == {"python", *PACKAGES}
    assert facts["versions"]["numpy"] == np.__version__
    assert facts["machine"]["processor"] == platform.machine()


def test_a_package_that_is_missing_is_told() -> None:
    assert version("surely-nobody-calls-a-package-so") == "not installed"


def test_a_gallery_is_described(run: Any, indexed: Path, golden: Any) -> None:
    told = run("info", indexed)
    assert (told.status, told.err) == (0, "")
    assert "instances 2" in [" ".join(line.split()) for line in told.out.splitlines()]
    (facts,) = run("info", indexed, "--json").lines
    golden("info, of a gallery", shape(facts["gallery"], 2))
    assert facts["gallery"]["photos"] == 4
