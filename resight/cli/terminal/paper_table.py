"""A paper's table as it was run here, with the paper's own figures beside it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from resight.results import percent

from .meter import note
from .output import count, put, put_table

HEADER: Final = ("row", "P@1", "95 % interval", "MAP", "µAP", "only this", "only that", "p", "verdict")


def tell_table(report: Mapping[str, Any]) -> None:
    """The rows that were run; then those that were not, by reason; what the photos were goes to standard error."""
    sets = _sets(report)
    rows = [(*_ran(row), *_paper(row, sets)) for row in report["rows"]]
    rows += [(row["row"], "not run", *[""] * (len(HEADER) - 2), *_paper(row, sets)) for row in report["not_run"]]
    put_table((*HEADER, "paper's network", *sets), rows, right=range(1, len(HEADER) - 1))
    if report["baseline"] is not None and len(report["rows"]) > 1:
        put(f"only this, only that: queries that the row or {report['baseline']} alone answers rightly; p by McNemar")
    for reason, group in groupby(report["not_run"], key=lambda row: row["reason"]):
        put(f"not run: {', '.join(row['row'] for row in group)}: {reason}")
    for row in report["rows"]:
        for verdict in row["verdicts"]:
            note(f"note: {row['row']}: {verdict['name']}: {verdict['meaning']}; try: {'; '.join(verdict['advice'])}")
    if blind := [row["row"] for row in report["rows"] if row.get("validated_on") == 0]:
        note(f"note: CBT is not judged, as no instance has three photos, one of them to judge by: {', '.join(blind)}")
    for row in report["rows"]:
        if leaks := row.get("held_out_leaks"):
            note(f"note: {row['row']}: photos that would judge CBT and are learned, too, do not: {len(leaks)}")
    if report["rows"]:
        note("note: MAP is of standard average precision; --json has Oxford's, too, and that of equation 2 as printed")
    if report["photos"] is not None:
        _tell_photos(report["photos"])
        how = sorted({normalised(row["normalisation"]) for row in report["rows"]})
        note(f"note: photos are stretched to squares; their normalisation is: {'; '.join(how)}")
    if waited := [
        f"{row['row']} {percent(row['waiting'])}" for row in report["rows"] if row.get("waiting") is not None
    ]:
        note(f"note: share of the learning's time that was spent waiting for photos: {', '.join(waited)}")


def normalised(how: Mapping[str, Any]) -> str:
    """Numbers that photos were normalised by where it is not each photo's own."""
    if how["mean"] is None:
        return f"{how['name']}, by each photo's own mean and deviation"
    mean, std = (" ".join(f"{number:.3f}" for number in how[key]) for key in ("mean", "std"))
    return f"{how['name']}, mean {mean}, deviation {std}"


def _sets(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the paper's data sets."""
    every = [*report["rows"], *report["not_run"]]
    return tuple(name for name in every[0]["paper"] if name != "network") if every else ()


def _paper(row: Mapping[str, Any], sets: tuple[str, ...]) -> tuple[str, ...]:
    return row["paper"]["network"], *(row["paper"][name] for name in sets)


def _ran(row: Mapping[str, Any]) -> tuple[str, ...]:
    first, against = row["p_at_1"], row.get("against")
    value, low, high = (f"{100 * first[key]:.2f}" for key in ("value", "low", "high"))
    means = (f"{100 * row[key]['value']:.2f}" for key in ("map", "micro_ap"))
    compared = ("", "", "")
    if against is not None:
        compared = (str(against["only_this"]), str(against["only_that"]), f"{against['p']:.2g}")
    return row["row"], value, f"{low} to {high}", *means, *compared, ", ".join(each["name"] for each in row["verdicts"])


def _tell_photos(photos: Mapping[str, Any]) -> None:
    """Prints what one should know of the photos before one believes a figure."""
    note(f"note: {count(photos['references'], 'reference')} of {count(photos['instances'], 'instance')}")
    if alone := photos["instances_with_one_photo"]:
        note(f"note: {count(alone, 'instance')} with one photo: where pairs are learned, their positives are its views")
    excluded, asked = photos["excluded_queries"], photos["queries"]
    note(
        f"note: {excluded:,} of {asked:,} queries show nothing that is known: P@1 and MAP leave them out, µAP does not"
    )
    if leaks := photos["leaks"]:
        note(f"note: queries that are photos of a reference, too: {len(leaks)}; they count, and --json names them")
