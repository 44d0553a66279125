"""Descriptions: the shipped one, a person's own, and what is wrong with bad ones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recllm.errors import CatalogError, ConfigError, RecLLMError
from recllm.services.description import variables_of
from recllm.services.load import find_service, list_services, read_service
from recllm.services.requests import Requests
from recllm.services.templates import with_fields, with_quoted, with_variables

GOOD = """
noun = "talk"
[search]
url = "https://talks.example/find?q={query}"
items = "hits"
[item]
id = "id"
title = "title"
"""

BAD = {
    "not TOML": ("[search", "not valid TOML"),
    "no search": ("[item]\nid = 'id'\ntitle = 't'", "search: Field required"),
    "unknown key": (GOOD.replace("items", "itmes"), "search.itmes: Extra inputs"),
    "bad path": (GOOD.replace('"hits"', '"a..b"'), "search.items: 'a..b' is no path"),
    "placeholder": (GOOD.replace("{query}", "{question}"), "no placeholder {question}"),
    "variable": (GOOD.replace("{query}", "${key}"), "environment variables are written"),
    "address": (GOOD.replace("https://", "ftp://"), "does not begin with https://"),
    "body of a GET": (
        GOOD.replace("[item]", "body = {a = 1}\n[item]"),
        "a GET request has no body",
    ),
    "paging": (GOOD + '[paging]\nkind = "token"', "paging by token needs next"),
    "option": (GOOD + '[[options]]\nattribute = "x"', "which is no attribute"),
    "item's url": (GOOD + 'url = "a..b"', "item.url: 'a..b' is no path"),
    "item's address": (GOOD + 'url = "https://x/{key}"', "no placeholder {key}"),
    "twice": (
        GOOD + 2 * '[[item.attributes]]\nname = "a"\nkind = "text"\npath = "a"\n',
        "attributes that stand twice: a",
    ),
    "name": ('name = "No Name"\n' + GOOD, "name: String should match"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_service("talks", text, "talks.toml")
    assert said in str(raised.value)
    assert "talks.toml" in str(raised.value)


@given(st.text())
def test_any_text_is_a_description_or_an_error(text: str) -> None:
    with pytest.raises(RecLLMError):
        read_service("x", text, "x.toml")


def test_own_descriptions_are_found_by_name_and_by_path(tmp_path: Path) -> None:
    (tmp_path / "talks.toml").write_text(GOOD)
    (tmp_path / "broken.toml").write_text("[")
    by_name, by_path = (
        find_service("talks", tmp_path),
        find_service(f"{tmp_path}/talks.toml", Path()),
    )
    assert by_name is not None
    assert by_name == by_path
    assert (by_name.name, by_name.title, by_name.noun) == ("talks", "talks", "talk")
    assert [s.name for s in list_services(tmp_path)] == ["talks", "youtube"]
    assert find_service("nothing", tmp_path) is None
    assert find_service("../talks", tmp_path / "x") is None
    with pytest.raises(CatalogError, match="cannot be read"):
        find_service(str(tmp_path / "gone.toml"), tmp_path)


def test_an_own_description_goes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "youtube.toml").write_text(GOOD)
    found = find_service("youtube", tmp_path)
    assert found is not None
    assert found.noun == "talk"


def test_youtube_needs_its_key_and_says_how_to_get_one() -> None:
    youtube = find_service("youtube", Path("nowhere"))
    assert youtube is not None
    assert variables_of(youtube) == {"YOUTUBE_API_KEY"}
    with pytest.raises(ConfigError) as raised:
        Requests(youtube, {"YOUTUBE_API_KEY": " "})
    assert "YOUTUBE_API_KEY, which is not set" in str(raised.value)
    assert "console.cloud.google.com" in str(raised.value)


def test_a_key_is_not_sent_without_encryption() -> None:
    youtube = find_service("youtube", Path("nowhere"))
    assert youtube is not None
    plain = {"YOUTUBE_API_KEY": "secret", "YOUTUBE_API_URL": "http://example.org/v3"}
    with pytest.raises(ConfigError, match=r"without encryption to example\.org") as raised:
        Requests(youtube, plain)
    assert "secret" not in str(raised.value)
    Requests(youtube, plain | {"YOUTUBE_API_URL": "http://127.0.0.1:1/v3"})


@pytest.mark.parametrize("key", ["ключ-ключ", "two\nlines"])
def test_a_key_that_no_header_can_hold(key: str) -> None:
    youtube = find_service("youtube", Path("nowhere"))
    assert youtube is not None
    with pytest.raises(ConfigError, match="plain ASCII") as raised:
        Requests(youtube, {"YOUTUBE_API_KEY": key})
    assert key not in str(raised.value)


def test_placeholders_are_filled_and_escaped() -> None:
    fields: dict[str, str | int] = {"query": "a&b=c/ü {limit} ${HOME}", "limit": 5}
    assert with_quoted("https://x/{query}", fields) == (
        "https://x/a%26b%3Dc%2F%C3%BC%20%7Blimit%7D%20%24%7BHOME%7D"
    )
    body = {"q": "{query}", "n": "{limit}", "deep": ["n is {limit}", 1, None]}
    assert with_fields(body, fields) == {
        "q": fields["query"], "n": 5, "deep": ["n is 5", 1, None],
    }  # fmt: skip
    assert with_variables("${A:-x} ${B} ${A}", {"B": "b"}) == "x b "


def test_a_query_cannot_name_a_variable() -> None:
    description = read_service("talks", GOOD.replace("?q={query}", ""), "t")
    search = description.search.model_copy(update={"parameters": {"q": "{query}"}})
    requests = Requests(description, dict(os.environ))
    sent = requests.prepare(search, {"query": "${HOME} {limit}"})
    assert sent.parameters == {"q": "${HOME} {limit}"}


def test_a_prepared_request_does_not_show_itself() -> None:
    text = GOOD.replace("{query}", "{query}&key=${TALKS_KEY}")
    description = read_service("talks", text, "t")
    requests = Requests(description, {"TALKS_KEY": "s3cr3t/x"})
    sent: Any = requests.prepare(description.search, {"query": "sea"})
    assert "s3cr3t" in sent.url
    assert "s3cr3t" not in repr(sent)
    assert "s3cr3t" not in str(sent.identity)
    assert requests.without_secrets("a s3cr3t/x b s3cr3t%2Fx") == "a *** b ***"
