"""``recllm profile``, ``/profile`` and ``--incognito``: a profile in its person's own hands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def profile(run: Run, *arguments: str, input: str | None = None) -> str:
    result = run("profile", *arguments, "--user", "ann", input=input)
    assert result.exit_code == 0, result.output
    return result.stdout


def data(run: Run, *arguments: str) -> dict[str, Any]:
    return dict(json.loads(profile(run, *arguments, "--json")))


def texts(run: Run) -> list[str]:
    return [f["text"] for f in data(run, "show")["facts"]]


def chat(run: Run, *lines: str, flags: tuple[str, ...] = ()) -> str:
    result = run("chat", "--user", "ann", *flags, input="".join(f"{line}\n" for line in lines))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_adding_showing_editing_and_forgetting(real: Run) -> None:
    assert profile(real, "show") == "Nothing is remembered of 'ann'.\n"
    assert profile(real, "add", "I'm allergic to nuts") == "Remembered: Is allergic to nuts.\n"
    profile(real, "add", "likes dinosaurs", "--about", "my nephew", "--until", "2999-12-24")
    assert profile(real, "show") == (
        "1. Is allergic to nuts. (constraint, written by you)\n"
        "2. Likes dinosaurs. (like, about my nephew, until 2999-12-24, written by you)\n"
    )
    assert profile(real, "edit", "1", "Is allergic to peanuts") == (
        "Changed to: Is allergic to peanuts.\n"
    )
    history = profile(real, "show", "--history")
    assert (
        "Is allergic to nuts. (constraint, written by you, superseded: edited by hand)" in history
    )
    assert profile(real, "forget", "1", "--yes") == "Forgot 1 fact.\n"
    assert texts(real) == ["Is allergic to peanuts."]
    profile(real, "forget", data(real, "show")["facts"][0]["id"], "--yes")
    assert profile(real, "show", "--history").count("\n") == 1


def test_json_is_what_a_program_reads(real: Run) -> None:
    fact = data(real, "add", "can't stand horror")
    assert (fact["text"], fact["kind"], fact["origin"]) == (
        "Can't stand horror.", "dislike", "edited",
    )  # fmt: skip
    assert data(real, "add", "Moon", "--kind", "goal")["kind"] == "goal"
    assert data(real, "edit", "2", "Sun")["text"] == "Sun."
    forgotten = data(real, "forget", "1", "--yes")["forgotten"]
    assert [f["text"] for f in forgotten] == ["Can't stand horror."]


def test_forgetting_and_erasing_ask_first(real: Run) -> None:
    profile(real, "add", "likes tea")
    for command in (("forget", "1"), ("erase",)):
        result = real("profile", *command, "--user", "ann", input="n\n")
        assert result.exit_code == 1
        assert "ann" in result.stdout
    assert texts(real) == ["Likes tea."]
    assert "  Likes tea." in real("profile", "forget", "1", "--user", "ann", input="y\n").stdout
    assert texts(real) == []


def test_a_long_profile_is_tidied(real: Run, tmp_path: Path) -> None:
    facts = [
        {
            "text": f"Liked Film {n}.", "kind": "like", "origin": "reaction", "items": [str(n)],
            "catalog": "films", "concepts": [{"text": "Western", "attribute": "genres"}],
        }
        for n in range(8)
    ]  # fmt: skip
    exported = {"user": "ann", "exported": "2026-01-01T00:00:00Z", "facts": facts}
    (tmp_path / "ann.json").write_text(json.dumps(exported), "utf-8")
    profile(real, "import", str(tmp_path / "ann.json"))
    profile(real, "add", "I like Film 3")
    told = data(real, "tidy", "--dry-run")
    assert (told["before"], told["after"], len(texts(real))) == (9, 2, 9)
    assert profile(real, "tidy") == (
        "  Liked 8 items with Western, such as “Film 7”, “Film 6” and “Film 5”.\n"
        "2 facts now stand for 9 facts, 1 of them in place of 8.\n"
    )
    assert texts(real)[0] == "Likes Film 3."
    assert "merged: 8 reactions told together" in profile(real, "show", "--history")
    assert profile(real, "tidy") == "Nothing to tidy in 2 facts of 'ann'.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("forget", "7", "--yes"), "There is no fact '7' of user 'ann': the profile has"),
        (("edit", "0", "x"), "There is no fact '0'"),
        (("add", "  "), "A fact needs a sentence"),
        (("add", "x" * 400), "The fact has 401 characters: say it in at most 300"),
        (("add", "likes TEA"), "'Likes TEA.' was not added: it is known already"),
        (("add", "x", "--until", "1999-01-01"), "its time is over"),
        (("import", "nowhere.json"), "There is no file 'nowhere.json'"),
        (("import", "nowhere.csv"), "no file 'nowhere.csv'"),
    ],
)
def test_what_cannot_be_done_is_said(real: Run, arguments: tuple[str, ...], message: str) -> None:
    profile(real, "add", "likes tea")
    with pytest.raises(Exception, match=message.replace("(", r"\(")):
        real("profile", *arguments, "--user", "ann")
    assert texts(real) == ["Likes tea."]


def test_an_export_can_be_imported_whole(real: Run, tmp_path: Path) -> None:
    profile(real, "add", "likes tea")
    profile(real, "edit", "1", "likes green tea")
    file = tmp_path / "ann.json"
    assert profile(real, "export", "--output", str(file)) == f"Wrote 2 facts to {file}.\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(profile(real, "export"))["facts"] == json.loads(file.read_text())["facts"]
    before = data(real, "show", "--history")
    profile(real, "erase", "--yes")
    assert profile(real, "import", str(file)) == "Added 2 facts to the profile of 'ann'.\n"
    assert data(real, "show", "--history") == before
    assert data(real, "import", str(file)) == {"user": "ann", "added": 0}


@pytest.mark.parametrize(
    "text",
    ['{"facts": 3}', '{"facts": [{"text": 1}], "user": "a", "exported": "2026-01-01T00:00:00Z"}'],
)
def test_a_damaged_export_changes_nothing(real: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(Exception, match="This is not an exported profile"):
        real("profile", "import", str(tmp_path / "x.json"), "--user", "ann")
    assert texts(real) == []


def test_a_list_of_ratings_becomes_a_profile(real: Run, tmp_path: Path) -> None:
    (tmp_path / "rated.csv").write_text("title,rating\nThe Bakery,5\nNight Bus,1\nNo Such,3\n")
    told = profile(real, "import", str(tmp_path / "rated.csv"))
    assert told.startswith("Read 2 rated films; added 3 facts to 'ann'. Not in the catalogue: 1")
    assert texts(real) == [
        "Knows 2 items of an imported list.", "Liked The Bakery.", "Did not like Night Bus.",
    ]  # fmt: skip
    asked = real("ask", "surprise me", "--user", "ann", "--json").stdout
    assert not {"The Bakery", "Night Bus"} & {i["title"] for i in json.loads(asked)["slate"]}


def test_erasing_leaves_nothing_in_any_file(real: Run, cli_home: Path) -> None:
    profile(real, "add", "likes the quinquereme of Nineveh")
    chat(real, "a drama about a quinquereme", "seen the first one, loved it")
    (cli_home / "history").write_text("+a drama about a quinquereme\n")
    result = real("profile", "erase", "--user", "bob", "--yes", "--json")
    assert json.loads(result.stdout) == {"user": "bob", "facts": 0, "sessions": 0}
    assert len(texts(real)) > 1
    told = profile(real, "erase", "--yes")
    assert told.startswith("Erased ")
    assert "1 conversation of 'ann'" in told
    files = [p for p in cli_home.rglob("*") if p.is_file() and "catalogs" not in p.parts]
    assert files
    for path in files:
        assert b"quinquereme" not in path.read_bytes()
    assert texts(real) == []


# ── In the chat ──────────────────────────────────────────────────────────────────────────────


def test_the_profile_in_the_chat(real: Run) -> None:
    told = chat(
        real,
        "a comedy",
        "seen the first one, loved it",
        "/profile",
        "/profile add I am learning the cello",
        "/profile edit 1 Loves village comedies",
        "/profile forget 1",
        "/profile",
        "/profile forget 99",
        "/profile dance",
    )
    assert "Remembered of you for later:" in told
    assert "(like, reaction) “seen the first one, loved it”" in told
    assert "Remembered: Is learning the cello." in told
    assert "Changed to: Loves village comedies." in told
    assert "Forgotten: " in told
    assert "There is no fact '99'" in told
    assert "Say /profile, /profile add SENTENCE" in told
    assert "Is learning the cello." in texts(real)


def test_an_incognito_chat_leaves_no_trace(real: Run, cli_home: Path) -> None:
    profile(real, "add", "likes comedies")
    told = chat(real, "a drama", "seen the first one, loved it", "/profile", flags=("--incognito",))
    assert "This conversation is incognito" in told
    assert "Likes comedies" not in told
    assert texts(real) == ["Likes comedies."]
    answer = real("ask", "surprise me", "--incognito", "--user", "ann", "--json", "--trace")
    assert json.loads(answer.stdout)["trace"]["facts"] == []
    resumed = chat(real, "a drama", flags=("--resume",))
    assert "There is no earlier session to resume" in resumed
    assert not (cli_home / "history").exists()


@pytest.mark.parametrize("flags", [("--resume",), ("--session", "s")])
def test_an_incognito_conversation_continues_none(real: Run, flags: tuple[str, ...]) -> None:
    result = real("ask", "a drama", "--incognito", *flags)
    assert result.exit_code == 2
    assert "continues none" in result.output


def test_the_trace_shows_what_was_remembered(real: Run) -> None:
    profile(real, "add", "likes comedies")
    told = chat(real, "surprise me", "/trace")
    assert "Remembered of the user" in told
    assert "because you like comedies" in told
