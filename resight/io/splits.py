"""Splits: the parts of a data set, by the words that people use for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from resight.names import canonical

SPLITS: Final = ("reference", "query", "distractor")
"""The splits that are made known, asked about, and asked about with "none of these" as the right answer."""

STRICT: Final = {
    "reference": "reference",
    "references": "reference",
    "query": "query",
    "queries": "query",
    "distractor": "distractor",
    "distractors": "distractor",
}
"""Words for a split that name no thing, in lower case, and the split."""

WORDS: Final = {
    **STRICT,
    "ref": "reference",
    "refs": "reference",
    "database": "reference",
    "db": "reference",
    "gallery": "reference",
    "index": "reference",
    "probe": "query",
    "probes": "query",
    "test": "query",
    "testing": "query",
    "eval": "query",
    "evaluation": "query",
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "unknown": "distractor",
    "unknowns": "distractor",
}
"""All words for a split, in lower case, and the split; some may name a thing as well, such as a train."""

_KNOWN: Final = ("reference", "train")  # the splits whose photos may be made known


def split_of(word: str) -> str:
    """The split that a table means by a word, which is the word itself where nobody knows.

    Raises ValueError, with what may be meant, for a word that is all but one of ours.
    """
    lower = _folded(word)
    if lower in WORDS:
        return WORDS[lower]
    near = get_close_matches(lower, WORDS, n=1, cutoff=0.8) if lower.isalpha() else []
    if near:
        raise ValueError(f"the split {word!r} is none of {', '.join(SPLITS)}; did you mean {near[0]!r}?")
    return word.strip()


def folder_splits(heads: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The splits that the folders on the first level are, or nothing where they are labels.

    ``heads`` are these folders and the names of the folders of photos in each. Words that may name things as well are
    splits where all folders are such words, and some are for photos to know and some for photos to ask about. Raises
    ValueError, in words, where that is doubtful.
    """
    splits = {head: WORDS[_folded(head)] for head in heads if _folded(head) in WORDS}
    labels = sorted(set(heads).difference(splits))
    certain = any(_folded(head) in STRICT for head in heads)
    both = any(split in _KNOWN for split in splits.values()) and any(split not in _KNOWN for split in splits.values())
    if labels and (certain or both):
        shown = [head for head in splits if both or _folded(head) in STRICT]
        raise ValueError(
            f"holds {_some(sorted(shown))} beside {_some(labels)}: wanted only splits ({', '.join(SPLITS)}) or only "
            "labels on the first level; move one of them, or write a metadata.csv"
        )
    if certain or both:
        return splits
    if len(heads) == 1:
        [(head, inside)] = heads.items()
        if len(below := sorted(inside)) > 1 and (splits or is_split_layout(below)):
            raise ValueError(
                f"holds one folder, {head!r}, with {len(below)} folders of photos in it, such as {below[0]!r}: wanted "
                f"a folder for each thing; did you mean {head!r} itself? Name that, or call it reference"
            )
    return {}


def is_split_layout(names: Iterable[str]) -> bool:
    """Whether folders of these names are splits for sure."""
    try:
        return bool(folder_splits(dict.fromkeys(names, ())))
    except ValueError:
        return False


def is_word(name: str) -> bool:
    """Whether a split may be meant by a name."""
    return _folded(name) in WORDS


def _folded(word: str) -> str:
    return canonical(word).casefold()


def _some(items: list[str]) -> str:
    more = f" and {len(items) - 5} more" if len(items) > 5 else ""
    return ", ".join(map(repr, items[:5])) + more
