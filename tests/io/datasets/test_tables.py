"""Tables as programs, Excel and LibreOffice write them: rows with their lines, and what is wrong with one row alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resight.errors import DatasetError
from resight.io.datasets.tables import NAMES, Sheet, read

ROWS = [("1.jpg", "Ærø; so"), ("2.jpg", 'said "so"'), ("3.jpg", "1,5")]


def _csv(folder: Path, data: str | bytes) -> Sheet:
    path = folder / "metadata.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read(path)


def _told(sheet: Sheet) -> list[tuple[Any, ...]]:
    return [(row.where, row.cells.get("file_name"), row.cells.get("label")) for row in sheet.rows if not row.problem]


def _problems(sheet: Sheet) -> list[tuple[str, str]]:
    return [(row.where, row.problem) for row in sheet.rows if row.problem]


@pytest.mark.parametrize(
    "data",
    [
        b'file_name,label\n1.jpg,"\xc3\x86r\xc3\xb8; so"\n2.jpg,"said ""so"""\n3.jpg,"1,5"\n',
        b'\xef\xbb\xbffile_name,label\r\n1.jpg,\xc3\x86r\xc3\xb8; so\r\n2.jpg,"said ""so"""\r\n3.jpg,"1,5"\r\n',
        b'\xef\xbb\xbffile_name;label\r\n1.jpg;"\xc3\x86r\xc3\xb8; so"\r\n2.jpg;"said ""so"""\r\n3.jpg;1,5\r\n',
        'file_name\tlabel\r\n1.jpg\tÆrø; so\r\n2.jpg\t"said ""so"""\r\n3.jpg\t"1,5"\r\n'.encode("utf-16"),
        b'File Name,LABEL\r1.jpg,\xc3\x86r\xc3\xb8; so\r2.jpg,"said ""so"""\r3.jpg,"1,5"',
        'file_name\tlabel\n1.jpg\tÆrø; so\n2.jpg\t"said ""so"""\n3.jpg\t1,5\n'.encode("utf-16-le"),
        b'"filename","Label"\n"1.jpg","\xc3\x86r\xc3\xb8; so"\n"2.jpg","said ""so"""\n"3.jpg","1,5"\n',
    ],
    ids=[
        "python",
        "excel utf-8",
        "excel semicolons",
        "excel unicode text",
        "old mac",
        "no mark",
        "libreoffice, all quoted",
    ],
)
def test_one_table_however_it_was_saved(tmp_path: Path, data: bytes) -> None:
    sheet = _csv(tmp_path, data)
    assert _told(sheet) == [(f"line {line}", *row) for line, row in enumerate(ROWS, 2)]
    assert sheet.columns == {"file_name", "label"}


def test_excel_may_say_what_separates(tmp_path: Path) -> None:
    assert _told(_csv(tmp_path, "sep=;\r\nfile_name;label\r\n1.jpg;a\r\n")) == [("line 3", "1.jpg", "a")]


def test_rows_without_text_may_stand_above(tmp_path: Path) -> None:
    assert _told(_csv(tmp_path, ";;\n\nfile_name;label;\n1.jpg;a;\n")) == [("line 4", "1.jpg", "a")]


def test_rows_without_text_are_none(tmp_path: Path) -> None:
    sheet = _csv(tmp_path, "file_name;label;\n;;\n1.jpg;a;;;\n\n  ;;\n;;;;;\n2.jpg;b\n")
    assert _told(sheet) == [("line 3", "1.jpg", "a"), ("line 7", "2.jpg", "b")]
    assert _problems(sheet) == []


def test_a_cell_may_have_several_lines(tmp_path: Path) -> None:
    sheet = _csv(tmp_path, 'file_name,label\n1.jpg,"two\nlines"\n2.jpg,b\n')
    assert _told(sheet) == [("line 2", "1.jpg", "two\nlines"), ("line 4", "2.jpg", "b")]


@pytest.mark.parametrize(
    ("rows", "wrong", "kept"),
    [
        (['1.jpg,"a', "2.jpg,b", "3.jpg,c"], [2], ["2.jpg", "3.jpg"]),
        (["1.jpg,a", "2.jpg,b", '3.jpg,"c'], [4], ["1.jpg", "2.jpg"]),
        (['1.jpg,"a" or b', "2.jpg,b"], [2], ["2.jpg"]),
        (['1.jpg,"a', "2.jpg,b", '3.jpg,"c', "4.jpg,d"], [2, 4], ["2.jpg", "4.jpg"]),
        (['1.jpg,an inch: 1"', '2.jpg,"b"'], [], ["1.jpg", "2.jpg"]),
        (["1.jpg,a,b", "2.jpg,b"], [2], ["2.jpg"]),
        (["1.jpg,caf\udce9", "2.jpg,b"], [2], ["2.jpg"]),
    ],
)
def test_a_wrong_row_is_alone_wrong(tmp_path: Path, rows: list[str], wrong: list[int], kept: list[str]) -> None:
    sheet = _csv(tmp_path, "\n".join(["file_name,label", *rows, ""]).encode("utf-8", "surrogateescape"))
    assert [where for where, _ in _problems(sheet)] == [f"line {line}" for line in wrong]
    assert [name for _, name, _ in _told(sheet)] == kept


def test_a_row_that_a_stray_quote_takes_in_is_told(tmp_path: Path) -> None:
    """Two stray quotes make one cell of the rows between them, which is no error of CSV."""
    sheet = _csv(tmp_path, 'file_name,label\n1.jpg,"a\n2.jpg,b\n3.jpg,c"\n4.jpg,d\n')
    assert [(where, "a quote" in problem) for where, problem in _problems(sheet)] == [("line 2", True)]
    assert [name for _, name, _ in _told(sheet)] == ["2.jpg", "3.jpg", "4.jpg"]


def test_a_table_of_strays_is_refused_in_the_end(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="more than 100 lines with a quote too many or too few"):
        _csv(tmp_path, "file_name,label\n" + '1.jpg,"a" b\n' * 200)


@pytest.mark.parametrize(
    ("header", "meant"),
    [("path,label", "path"), ("Image,label", "Image"), ("file_nam,label", "file_nam"), ("photo;label", None)],
)
def test_a_table_without_file_name_is_refused_with_what_may_be_meant(
    tmp_path: Path, header: str, meant: str | None
) -> None:
    with pytest.raises(DatasetError, match="wanted a line of column names, file_name among them") as refused:
        _csv(tmp_path, f"{header}\n1.jpg,a\n")
    assert (f"did you mean '{meant}'" in str(refused.value)) == bool(meant)
    assert ("call that column file_name" if meant else "; add it") in str(refused.value)


@pytest.mark.parametrize(
    ("name", "meant"), [("class", "; did you mean 'class'?"), ("lable", "; did you mean 'lable'?"), ("x", "")]
)
def test_a_table_without_labels_says_so(tmp_path: Path, name: str, meant: str) -> None:
    sheet = _csv(tmp_path, f"file_name,{name}\n1.jpg,a\n")
    assert not sheet.has_labels
    assert sheet.without("label") == f"no column label, only 'file_name', '{name}'{meant}"


def test_a_stray_quote_among_the_column_names_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"line 2: the column names have a quote too many or too few"):
        _csv(tmp_path, '\nfile_name,"label\n1.jpg,a\n')


def test_a_cell_too_long_to_be_read_is_called_so(tmp_path: Path) -> None:
    sheet = _csv(tmp_path, f"file_name,caption\n1.jpg,{'a' * 140_000}\n2.jpg,b\n")
    assert _problems(sheet) == [
        ("line 2", "a cell of more than 131,072 characters, or a quote without an end; shorten or end it")
    ]
    assert [name for _, name, _ in _told(sheet)] == ["2.jpg"]


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        json.dumps({"file_name": "1.jpg", "label": "a", "size": [1, 2]}),
        "",
        "{broken",
        json.dumps(["2.jpg", "b"]),
        json.dumps({"File_Name": "3.jpg", "labels": ["c", "d"]}),
        "[" * 100_000,
    ]
    path = tmp_path / "metadata.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    sheet = read(path)
    assert _told(sheet) == [("line 1", "1.jpg", "a"), ("line 5", "3.jpg", None)]
    assert sheet.rows[3].cells["labels"] == ["c", "d"]
    assert [(where, problem.split(" (")[0]) for where, problem in _problems(sheet)] == [
        ("line 3", "is no JSON"),
        ("line 4", "is no JSON object"),
        ("line 6", "is no JSON"),
    ]


def test_json_lines_without_file_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "metadata.jsonl"
    path.write_text('{"image": "1.jpg", "label": "a"}\n', encoding="utf-8")
    with pytest.raises(DatasetError, match=r"no column file_name, only 'image', 'label'; did you mean 'image'"):
        read(path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(DatasetError, match="no row, for line 1 says nothing: wanted a JSON object a line"):
        read(path)
    path.write_text('[{"file_name": "1.jpg"}]', encoding="utf-8")
    with pytest.raises(DatasetError, match="no row, for line 1 is no JSON object: wanted a JSON object a line"):
        read(path)


def test_a_json_line_that_has_a_column_twice_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "metadata.jsonl"
    path.write_text('{"file_name": "1.jpg", "label": "a", "Label": "b"}\n{"file_name": "2.jpg"}\n', encoding="utf-8")
    assert _problems(read(path)) == [("line 1", "has two columns label; take one out")]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "metadata.parquet"
    pq.write_table(pa.table({"file_name": ["1.jpg", "2.jpg"], "Label": ["a", "b"], "size": [1, 2]}), path)
    sheet = read(path)
    assert _told(sheet) == [("row 0", "1.jpg", "a"), ("row 1", "2.jpg", "b")]
    assert (sheet.columns, sheet.header) == ({"file_name", "label"}, ("file_name", "Label", "size"))


def test_a_parquet_table_without_file_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "metadata.parquet"
    pq.write_table(pa.table({"path": ["1.jpg"], "label": ["a"]}), path)
    with pytest.raises(DatasetError, match=r"only 'path', 'label'; did you mean 'path'.*; call that column file_name"):
        read(path)


def test_names_are_of_the_image_folder_form() -> None:
    assert NAMES == ("metadata.csv", "metadata.jsonl", "metadata.parquet")
