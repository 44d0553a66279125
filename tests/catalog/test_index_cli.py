from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from recllm.catalog.manifest import lock
from recllm.cli import index as index_module
from recllm.cli.catalog import app as catalog_app
from recllm.cli.index import index_command
from recllm.encoder import HashEncoder
from recllm.errors import BusyCatalogError, SourceError, UnknownCatalogError

app = typer.Typer()
app.command("index")(index_command)
app.add_typer(catalog_app, name="catalog")

FILMS = """title,year,directors,price tag,overview
Moon,2009,Duncan Jones,5,"A lone miner, far away."
Up,2009,"Pete Docter, Bob Peterson",7,A house flies.
,2010,Nobody,7,No title here.
"""


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECLLM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(index_module, "make_encoder", HashEncoder)
    return tmp_path


@pytest.fixture
def films(tmp_path: Path) -> str:
    path = tmp_path / "films.csv"
    path.write_text(FILMS, "utf-8")
    return str(path)


def run(*arguments: str, input: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=input)


def done(*arguments: str, input: str = "") -> str:
    result = run(*arguments, input=input)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_mapping_then_the_report(films: str) -> None:
    out = done("index", films)
    assert "Catalogue 'films': each row is a film" in out
    assert "list, creator, cut" in out
    assert "made of title, year" in out
    assert "films: 2 items (2 added, 0 updated, 0 removed, 0 unchanged)" in out
    assert "1 bad rows were left out:" in out
    assert "line 4: no title: column 'title' is empty" in out
    assert "recllm chat --catalog films" in out
    assert "0 added, 0 updated, 0 removed, 2 unchanged" in done("index", films)


def test_progress_goes_to_standard_error(films: str) -> None:
    result = run("index", films, "--json")
    assert "Encoding" in result.stderr
    report = json.loads(result.stdout)
    assert (report["added"], report["bad"], report["bad_rows"][0]["line"]) == (2, 1, 4)


def test_dry_run_writes_nothing(films: str, settings: Path) -> None:
    assert "each row is a film" in done("index", films, "--dry-run")
    mapping = json.loads(done("index", films, "--dry-run", "--json"))
    assert mapping["text"] == ["overview"]
    liked = settings / "liked.csv"
    liked.write_text("user,film,stars\nann,Moon,5\n", "utf-8")
    asked = ("index", films, "--dry-run", "--interactions", str(liked))
    assert "Interactions: user 'user', item 'film', rating 'stars'" in done(*asked)
    columns = json.loads(done(*asked, "--json"))["interactions"]
    assert columns == {"user": "user", "item": "film", "rating": "stars", "time": ""}
    assert not (settings / "home" / "catalogs").exists()


def test_flags_override_what_is_recognised(films: str) -> None:
    mapping = json.loads(
        done(
            "index", films, "--dry-run", "--json", "--title", "overview", "--id", "title",
            "--text", "directors", "--type", "price tag=category", "--role", "price tag=TAG",
            "--skip", "year", "--noun", "gem",
        )
    )  # fmt: skip
    assert (mapping["title"], mapping["id"], mapping["noun"]) == ("overview", "title", "gem")
    (column,) = mapping["columns"]
    assert column["attribute"] == {
        "name": "price_tag", "kind": "category", "role": "tag", "unit": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--type", "year"), "--type 'year' is not COLUMN=VALUE with one of number, date"),
        (("--role", "year=boss"), "--role 'year=boss' is not COLUMN=VALUE with one of year"),
        (("--title", "name"), "there is no column 'name'"),
        (("--encoding", "x"), "unknown encoding 'x'"),
        (("--format", "xml"), "unknown format 'xml'"),
        (("--strict",), "1 bad rows; line 4: no title"),
    ],
)
def test_flags_that_make_no_sense(films: str, arguments: tuple[str, ...], message: str) -> None:
    result = run("index", films, *arguments)
    assert isinstance(result.exception, SourceError)
    assert message in str(result.exception)


def test_files_that_cannot_be_indexed(tmp_path: Path) -> None:
    assert isinstance(run("index", str(tmp_path / "none.csv")).exception, SourceError)
    (tmp_path / "untitled.csv").write_text("a,b\n1,2\n", "utf-8")
    error = run("index", str(tmp_path / "untitled.csv")).exception
    assert "--title COLUMN (columns: a, b)" in str(error)


def test_a_busy_catalogue(films: str, settings: Path) -> None:
    with lock(settings / "home" / "catalogs", "films"):
        assert isinstance(run("index", films).exception, BusyCatalogError)


def test_catalogues_are_listed_shown_and_removed(films: str) -> None:
    assert "recllm index SOURCE" in done("catalog", "list")
    assert json.loads(done("catalog", "list", "--json")) == []
    done("index", films, "--catalog", "small")
    assert "small" in done("catalog", "list")
    (listed,) = json.loads(done("catalog", "list", "--json"))
    assert (listed["name"], listed["items"], listed["noun"]) == ("small", 2, "film")
    assert listed["source"] == films
    out = done("catalog", "show", "small")
    assert "Duncan" in out
    assert "Moon: A lone miner, far away." in out
    shown = json.loads(done("catalog", "show", "small", "--json"))
    assert {e["title"] for e in shown["examples"]} == {"Moon", "Up"}
    assert run("catalog", "remove", "small", input="n\n").exit_code == 1
    assert "Removed" in done("catalog", "remove", "small", input="y\n")
    done("index", films, "--catalog", "small")
    done("catalog", "remove", "small", "--yes")
    assert isinstance(run("catalog", "show", "small").exception, UnknownCatalogError)
    assert isinstance(run("catalog", "remove", "small").exception, UnknownCatalogError)


def test_every_command_has_help() -> None:
    for command in (["index"], ["catalog"], ["catalog", "list"], ["catalog", "show"]):
        assert "Usage" in done(*command, "--help")


LIKED = """user,item,rating
ann,moon-2009,5
ann,up-2009,5
bob,moon-2009,1
bob,up-2009,5
eve,up-2009,
eve,nothing,5
"""


def test_interactions_are_read_and_told(films: str, tmp_path: Path) -> None:
    file = tmp_path / "liked.csv"
    file.write_text(LIKED, "utf-8")
    out = done("index", films, "--interactions", str(file))
    assert "Interactions: user 'user', item 'item', rating 'rating'" in out
    assert "5 rows of 3 users; 2 of 3 items are known by id; 3 rows count as liked" in out
    assert "1 rows of 1 unknown items were left out: nothing" in out
    assert "line 6: 'rating': is empty" in out
    assert "nothing was learnt anew" in done("index", films, "--interactions", str(file))
    flags = ["--interaction-column", "item=item", "--like-from", "1", "--json"]
    report = json.loads(done("index", films, "--interactions", str(file), *flags))
    assert report["interactions"]["liked"] == 4


def test_flags_of_interactions_need_a_file(films: str) -> None:
    for flags in (["--like-from", "4"], ["--interaction-column", "user=u"]):
        assert isinstance(run("index", films, *flags).exception, SourceError)
    wrong = run("index", films, "--interactions", films, "--interaction-column", "user")
    assert "is not PART=COLUMN" in str(wrong.exception)
