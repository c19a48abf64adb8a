"""What is cited can be looked up: papers by author and year, modules by paths that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDERS = ("resight", "tests", "benchmarks", "docs")
PAPERS = ("Ghosh et al. 2017", "*Image similarity network* 2020", "Bouček 2020", "Shi 2018", "Kohl 2017")
PRIVATE = re.compile(
    r"\breadings? \d|\bdocuments? 00\d|\bdocument_00\d|\brecogniser trial\b|readings\.md", re.IGNORECASE
)
"""Numbers of notes and of files that nobody else has."""


def sources() -> dict[str, str]:
    """All that is written in the project, by path; but for this file, whose pattern has the words that it looks for."""
    files = [
        *REPOSITORY.glob("*.md"),
        *(file for folder in FOLDERS for end in ("py", "md") for file in (REPOSITORY / folder).rglob(f"*.{end}")),
    ]
    return {
        str(file.relative_to(REPOSITORY)): file.read_text(encoding="utf-8") for file in files if file != Path(__file__)
    }


def test_nothing_is_cited_by_numbers_of_our_own() -> None:
    private = [(path, found[0]) for path, text in sources().items() for found in PRIVATE.finditer(text)]
    assert not private, "cite author, year, and equation or section, and say in docs/papers.md how it is read"


@pytest.mark.parametrize("cited", PAPERS)
def test_each_of_the_papers_is_cited_and_listed(cited: str) -> None:
    listed = (REPOSITORY / "docs" / "papers.md").read_text(encoding="utf-8")
    assert f"| [{cited}](#" in listed
    assert f"## {cited.replace('*', '')}\n" in listed
    assert any(cited in text for path, text in sources().items() if path.startswith("resight"))


def test_the_modules_that_the_page_names_exist() -> None:
    named = re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", (REPOSITORY / "docs" / "papers.md").read_text(encoding="utf-8"))
    assert len(named) > 10
    assert [path for path in named if not (REPOSITORY / "resight" / path).exists()] == []
