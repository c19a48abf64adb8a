"""Surveys: groups of names, several surveys as one, and their JSON."""

from __future__ import annotations

from resight.io.datasets.survey import NOTHING, SHOWN, Group, RefusedPlace, Survey, groups, merge_surveys


def test_groups_are_of_a_kind_the_largest_first() -> None:
    names = [f"{number}.txt" for number in range(9)]
    assert groups({".md": ["a.md"], ".txt": names, ".doc": []}) == (
        Group(".txt", 9, tuple(names[:SHOWN])),
        Group(".md", 1, ("a.md",)),
    )


def test_surveys_are_joined_in_order() -> None:
    one = Survey((RefusedPlace("a", "closed"),), groups({".txt": list("abcd")}), ("x",), (), ("l",), ("n",))
    other = Survey((RefusedPlace("b", "closed"),), groups({".txt": list("efg"), ".md": ["h"]}))
    joined = merge_surveys((one, NOTHING, other))
    assert [refused.place for refused in joined.refused] == ["a", "b"]
    assert joined.passed_over == (Group(".txt", 7, tuple("abcde")), Group(".md", 1, ("h",)))
    assert (joined.without_photos, joined.left_out, joined.nested) == (("x",), ("l",), ("n",))


def test_nothing_is_nothing() -> None:
    assert merge_surveys(()) == NOTHING
    assert not any(NOTHING.to_dict().values())


def test_json_is_plain() -> None:
    survey = Survey((RefusedPlace("a", "closed"),), groups({".txt": ["a"]}))
    assert survey.to_dict() == NOTHING.to_dict() | {
        "refused": [{"place": "a", "reason": "closed"}],
        "passed_over": [{"kind": ".txt", "count": 1, "such_as": ["a"]}],
    }
