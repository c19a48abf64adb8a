"""Splits: the parts of a data set, by the words that people use for them."""

from __future__ import annotations

import re
from collections import Counter
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
    "indexed": "reference",
    "base": "reference",
    "images": "reference",
    "known": "reference",
    "enrol": "reference",
    "enroll": "reference",
    "enrolled": "reference",
    "enrolment": "reference",
    "enrollment": "reference",
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
    "bounding_box_train": "train",  # of Market-1501 and the person sets after it, which ask about the rest of a test
    "bounding_box_test": "reference",
    "unknown": "distractor",
    "unknowns": "distractor",
}
"""Words for a split, in lower case, and the split; some may name a thing as well, such as a train."""

_KNOWN: Final = ("reference", "train")  # the splits whose photos may be made known


def split_of(word: str) -> str:
    """The split that a table means by a word, which is the word itself where nobody knows.

    Raises ValueError, with what may be meant, for a word that is all but one of ours.
    """
    lower = _folded(word)
    if lower in WORDS:
        return WORDS[lower]
    if near := _nearest(lower):
        raise ValueError(f"the split {word!r} is none of {', '.join(SPLITS)}; did you mean {near!r}?")
    return word.strip()


def folder_splits(heads: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The splits that the folders on the first level are, or nothing where they are labels.

    ``heads`` are these folders and the names of the folders of photos in each, "" for photos that lie directly in it.
    Words that may name things as well are splits where all folders are such words, and some are for photos to know and
    some for photos to ask about. Raises ValueError, in words, where that is doubtful.
    """
    splits = {head: WORDS[_folded(head)] for head in heads if is_word(head)}
    labels = sorted(set(heads).difference(splits))
    certain = any(_folded(head) in STRICT for head in heads)
    both = any(split in _KNOWN for split in splits.values()) and any(split not in _KNOWN for split in splits.values())
    if labels and (certain or both):
        shown = [head for head in splits if both or _folded(head) in STRICT]
        raise ValueError(
            f"holds {_some(sorted(shown))} beside {_some(labels)}: wanted only splits ({', '.join(SPLITS)}) or only "
            f"labels on the first level; {_meant(labels)}move one of them, or write a metadata.csv"
        )
    if certain or both:
        return splits
    inside = {head: set(names) for head, names in heads.items()}
    if len(heads) > 1 and (likely := _likely(inside)):
        raise ValueError(
            f"holds {len(heads)} folders with folders of photos in them, {_some(likely)} among them, that may be "
            f"splits or things: wanted only splits ({', '.join(SPLITS)}) or only labels on the first level; "
            f"{_meant(labels)}call them so, or write a metadata.csv"
        )
    if len(heads) == 1:
        [(head, names)] = inside.items()
        if len(below := sorted(names - {""})) > 1 and (splits or is_split_layout(below)):
            raise ValueError(
                f"holds one folder, {head!r}, with {len(below)} folders of photos in it, such as {below[0]!r}: wanted "
                f"a folder for each thing; did you mean {head!r} itself? Name that, or call it reference"
            )
    return {}


def is_split_layout(names: Iterable[str]) -> bool:
    """Whether folders of these names are splits, or some of them for sure."""
    try:
        return bool(folder_splits(dict.fromkeys(names, ())))
    except ValueError:
        return True


def is_word(name: str) -> bool:
    """Whether a split may be meant by a name."""
    return _folded(name) in WORDS


def _likely(inside: Mapping[str, set[str]]) -> list[str]:
    """The folders that look like splits by their names, where what lies in all of them looks so as well.

    What is only nearly a word, or has one as a part, counts where that names no thing, or where some are to know and
    some to ask about.
    """
    labelled = [names for head, names in inside.items() if WORDS.get(_folded(head)) != "distractor"]
    deep = bool(labelled) and all(names and "" not in names for names in labelled)
    below = Counter(name for names in inside.values() for name in names if name)
    if not deep and all(count == 1 for count in below.values()):
        return []
    words = {head: word for head in inside if (word := _folded(head) if is_word(head) else _hint(head))}
    splits = {WORDS[word] for word in words.values()}
    both = splits.intersection(_KNOWN) and splits.difference(_KNOWN)
    if both or any(map(is_word, inside)) or not STRICT.keys().isdisjoint(words.values()):
        return sorted(words)
    return []


def _hint(name: str) -> str | None:
    """The word for a split that a name is nearly, as ``refrence``, or has as a part, as ``query_images``."""
    parts = [part for part in re.split(r"[\W\d_]+", _folded(name)) if part in WORDS]
    return min(parts, key=lambda part: part not in STRICT, default=None) or _nearest(_folded(name))


def _meant(labels: Iterable[str]) -> str:
    """Words on the split that was meant by a folder, where one is nearly called so."""
    return next((f"did you mean {word!r} by {label!r}? Else " for label in labels if (word := _hint(label))), "")


def _nearest(lower: str) -> str | None:
    """The word that another is all but, from its first letter on; nothing where it has signs or digits."""
    words = [word for word in WORDS if word[:1] == lower[:1]] if lower.isalpha() else []
    return next(iter(get_close_matches(lower, words, n=1, cutoff=0.8)), None)


def _folded(word: str) -> str:
    return canonical(word).casefold()


def _some(items: list[str]) -> str:
    more = f" and {len(items) - 5} more" if len(items) > 5 else ""
    return ", ".join(map(repr, items[:5])) + more
