from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recllm.catalog.delimited import LONGEST_FIELD
from recllm.catalog.rows import BadRow, Row
from recllm.catalog.sources import read_rows
from recllm.errors import SourceError


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(path: Path, **options: str) -> list[Row]:
    read = list(read_rows(path, **options))
    assert not [r for r in read if isinstance(r, BadRow)]
    return [r for r in read if isinstance(r, Row)]


def bad(path: Path) -> list[BadRow]:
    return [r for r in read_rows(path) if isinstance(r, BadRow)]


def test_jsonl(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"title": "Moon", "year": 2009}\n\n{"title": "Up"}\n')
    assert rows(path) == [Row(1, {"title": "Moon", "year": 2009}), Row(3, {"title": "Up"})]


def test_nested_objects_are_lifted_one_level(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"name": "A", "size": {"x": 1, "y": 2}}\n')
    assert rows(path)[0].values == {"name": "A", "size.x": 1, "size.y": 2}


def test_bad_json_lines_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"title": "A"}\n{"title": \n[1]\n3\n{"title": "B"}\n')
    read = list(read_rows(path))
    assert [r.line for r in read if isinstance(r, Row)] == [1, 5]
    assert [r.line for r in read if isinstance(r, BadRow)] == [2, 3, 4]
    assert "not valid JSON" in bad(path)[0].reason


def test_deeply_nested_json_is_a_bad_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", "[" * 100_000 + "\n" + '{"title": "A"}\n')
    assert [r.line for r in bad(path)] == [1]


@pytest.mark.parametrize(
    "content", ['[{"title": "A"}, {"title": "B"}]', '{"data": [{"title": "A"}, {"title": "B"}]}']
)
def test_json_documents(tmp_path: Path, content: str) -> None:
    assert [r.values["title"] for r in rows(write(tmp_path / "a.json", content))] == ["A", "B"]


def test_json_lines_under_the_name_of_json(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", '{"title": "A"}\n{"title": "B"}\n')
    assert [r.line for r in rows(path)] == [1, 2]


def test_broken_json_document(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not valid JSON"):
        rows(write(tmp_path / "a.json", '[{"title": "A"},'))


def test_csv_of_rfc_4180(tmp_path: Path) -> None:
    content = 'title,text\r\n"A ""quoted"" one","two\r\nlines, one cell"\r\nB,plain\r\n'
    read = rows(write(tmp_path / "a.csv", content))
    assert read[0] == Row(2, {"title": 'A "quoted" one', "text": "two\r\nlines, one cell"})
    assert read[1] == Row(4, {"title": "B", "text": "plain"})


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path: Path, sign: str) -> None:
    path = write(tmp_path / "a.csv", f"title{sign}year{sign}a\nMoon{sign}2009{sign}x\n")
    assert rows(path)[0].values == {"title": "Moon", "year": "2009", "a": "x"}


def test_tsv_keeps_commas(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", "title\tcast\nMoon\tRockwell, Spacey\n")
    assert rows(path)[0].values["cast"] == "Rockwell, Spacey"


def test_ragged_rows_and_nul_bytes_are_bad_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "title,year\nA,1,x\nB\nC,\0\nD,2\nE,3,\n")
    assert [(r.line, r.reason.split(",")[0]) for r in bad(path)] == [
        (2, "3 cells"),
        (3, "1 cells"),
        (4, "has a NUL byte"),
    ]


def test_header_names_are_made_unique(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "title,title,\nA,B,C\n")
    assert rows(path)[0].values == {"title": "A", "title 2": "B", "column 3": "C"}


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"title": ["A", "B"], "tags": [["x"], None]}), path)
    assert rows(path) == [
        Row(1, {"title": "A", "tags": ["x"]}),
        Row(2, {"title": "B", "tags": None}),
    ]


def test_what_is_no_parquet(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        rows(write(tmp_path / "a.parquet", "no"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.csv", "title\nAmélie\n".encode(encoding))
    assert rows(path)[0].values == {"title": "Amélie"}


@pytest.mark.parametrize(
    ("name", "start"), [("a.csv", "title\n"), ("a.jsonl", '{"title": "Up"}\n')]
)
def test_wrong_encoding_names_the_byte_and_the_remedy(
    tmp_path: Path, name: str, start: str
) -> None:
    path = write(tmp_path / name, (start + '"Amélie"\n').encode("cp1252"))
    with pytest.raises(SourceError, match=r"byte 0xe9 in line 2; .*--encoding cp1252"):
        list(read_rows(path))


def test_encoding_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "title\nAmélie\n".encode("cp1252"))
    assert rows(path, encoding="cp1252")[0].values == {"title": "Amélie"}
    with pytest.raises(SourceError, match="unknown encoding 'klingon'"):
        rows(path, encoding="klingon")


def test_a_binary_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not UTF-8 text"):
        rows(write(tmp_path / "a.csv", b"PK\3\4\0\0\0\0\0\0\0\0\0\0\0"))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_field_of_50_mb_is_a_bad_row(tmp_path: Path, name: str) -> None:
    huge = "x" * 50_000_000
    lines = {
        "a.csv": f"title,text\nA,a\nB,{huge}\nC,c\n",
        "a.jsonl": f'{{"title": "A"}}\n{{"title": "B", "text": "{huge}"}}\n{{"title": "C"}}\n',
    }
    read = list(read_rows(write(tmp_path / name, lines[name])))
    assert [r.values["title"] for r in read if isinstance(r, Row)] == ["A", "C"]
    refused = next(r for r in read if isinstance(r, BadRow))
    assert refused.line == (3 if name == "a.csv" else 2)
    assert "characters" in refused.reason


def test_a_field_over_the_limit_in_json(tmp_path: Path) -> None:
    row = json.dumps({"title": "A", "text": "x" * (LONGEST_FIELD + 1)})
    (refused,) = bad(write(tmp_path / "a.jsonl", row))
    assert "column 'text' has 1,000,001 characters" in refused.reason


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path / "films.csv", "title\nA\n")
    write(tmp_path / "empty.csv", "")
    write(tmp_path / "a.xlsx", "PK")
    for path, message in {
        tmp_path / "missing.csv": "no file .*missing.csv': check the path",
        tmp_path: "is a directory: name a file in it, such as 'empty.csv'",
        tmp_path / "empty.csv": "is empty",
        tmp_path / "a.xlsx": r"extension '.xlsx': name it with --format \(jsonl, json, csv",
    }.items():
        with pytest.raises(SourceError, match=message):
            list(read_rows(path))
    with pytest.raises(SourceError, match="unknown format 'xml'"):
        list(read_rows(tmp_path / "films.csv", format="xml"))


def test_a_file_of_blank_lines_has_no_header(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no header"):
        rows(write(tmp_path / "a.csv", "\n\n"))
