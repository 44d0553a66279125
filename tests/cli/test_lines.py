"""Lines from pipes and files, however they come."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from pathlib import Path

import pytest

from recllm.cli.lines import GivenLines, PlainLines, open_lines


async def all_lines(lines: PlainLines) -> list[str]:
    found: list[str] = []
    while (line := await lines.read()) is not None:
        found.append(line)
    return found


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\n\r\ntwo", ["one", "", "two"]),
        (b"\xef\xbb\xbfone\n", ["one"]),
        ("émile 🎬\n".encode(), ["émile 🎬"]),
        (b"caf\xe9\nnext\n", ["caf�", "next"]),
        (b"x" * 200_000 + b"\ny", ["x" * 200_000, "y"]),
        (b"cut \xf0\x9f", ["cut �"]),
    ],
)
async def test_lines_of_a_file(tmp_path: Path, raw: bytes, expected: list[str]) -> None:
    (tmp_path / "said").write_bytes(raw)
    descriptor = os.open(tmp_path / "said", os.O_RDONLY)
    assert await all_lines(PlainLines(descriptor)) == expected
    os.close(descriptor)


async def test_a_line_is_there_before_the_next_is_written() -> None:
    out, into = os.pipe()
    lines = PlainLines(out)
    for piece, line in ((b"one\ntw", "one"), (b"o\n", "two"), (b"\xc3", None), (b"\xa9\n", "é")):
        os.write(into, piece)
        if line is not None:
            assert await asyncio.wait_for(lines.read(), 20) == line
    os.close(into)
    assert await asyncio.wait_for(lines.read(), 20) is None
    os.close(out)


async def test_a_prompt_is_written_before_each_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "said").write_text("one\n")
    descriptor = os.open(tmp_path / "said", os.O_RDONLY)
    await all_lines(PlainLines(descriptor, "> "))
    os.close(descriptor)
    assert capsys.readouterr().out == "> > "


async def test_a_closed_input_has_no_lines(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)  # a directory cannot be read
    assert await all_lines(PlainLines(descriptor)) == []
    os.close(descriptor)


async def test_an_input_that_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"one\r\nt\xe9")))
    lines = open_lines(tmp_path / "history", ())
    assert isinstance(lines, GivenLines)
    assert [await lines.read() for _ in range(3)] == ["one", "t�", None]
