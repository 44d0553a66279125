from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from recllm.config import OPENAI_URL, Settings, load_settings
from recllm.errors import ConfigError


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and a home beside it."""
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    home.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("RECLLM_HOME", str(home))
    return tmp_path


def write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def test_defaults() -> None:
    settings = load_settings()
    assert (settings.llm, settings.slate_size, settings.catalog) == ("auto", 4, "films")
    assert not settings.uses_endpoint
    with pytest.raises(ValidationError):
        settings.seed = 3  # type: ignore[misc]


def test_the_stronger_source_wins(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        places / "home/recllm.toml", "seed = 1\nslate_size = 5\ncatalog = 'home'\nstyle = 'compact'"
    )
    write(places / "here/recllm.toml", "seed = 2\nslate_size = 6\ncatalog = 'here'")
    monkeypatch.setenv("RECLLM_SEED", "3")
    monkeypatch.setenv("RECLLM_SLATE_SIZE", "7")
    settings = load_settings(seed=4, slate_size=None)
    found = (settings.seed, settings.slate_size, settings.catalog, settings.style)
    assert found == (4, 7, "here", "compact")


def test_home_can_be_set_in_the_file_here_but_not_in_its_own(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECLLM_HOME")
    write(places / "here/recllm.toml", f"home = '{(places / 'home').as_posix()}'")
    write(places / "home/recllm.toml", "seed = 9")
    assert load_settings().seed == 9
    write(places / "home/recllm.toml", "home = 'elsewhere'")
    with pytest.raises(ConfigError, match="RECLLM_HOME"):
        load_settings()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"llm": "gpt"}, r"llm = 'gpt' \(flag --llm\).*'embedded'"),
        ({"slate_size": 11}, r"slate_size = 11 \(flag --slate-size\)"),
        ({"call_timeout": "nan"}, "call_timeout"),
        ({"call_timeout": 0}, "call_timeout"),
        ({"base_url": "localhost:11434"}, "whole address"),
        ({"modle": "x"}, "did you mean 'model'"),
        ({"zzz": "x"}, "known: home, llm"),
        ({"llm": "endpoint"}, "RECLLM_MODEL"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "no model is named"),
        ({"model": "gpt-5-mini"}, "OPENAI_API_KEY"),
        ({"llm": "none", "ranker": "listwise"}, "ranker is 'listwise'"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(flags: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_settings(**flags)


def test_where_a_wrong_value_came_from_is_said(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(places / "home/recllm.toml", "slate_size = 'many'")
    with pytest.raises(ConfigError, match=r"'many' \(in .*home.recllm\.toml\)"):
        load_settings()
    monkeypatch.setenv("RECLLM_SLATE_SIZE", "lots")
    with pytest.raises(ConfigError, match="environment variable RECLLM_SLATE_SIZE"):
        load_settings()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"modle = 'x'", r"Unknown setting 'modle' \(in .*did you mean 'model'"),
        (b"llm = ", "not valid TOML"),
        (b"\xff\xfe", "not valid TOML"),
    ],
)
def test_a_bad_file_is_named(places: Path, content: bytes, words: str) -> None:
    (places / "here/recllm.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        load_settings()
    assert "recllm.toml" in str(caught.value)


def test_a_folder_of_that_name_is_explained(places: Path) -> None:
    (places / "here/recllm.toml").mkdir()
    with pytest.raises(ConfigError, match=r"Cannot read .*recllm\.toml"):
        load_settings()


def test_openai_users_need_only_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-theirs")
    assert not load_settings().uses_endpoint, "a key alone sends nothing anywhere"
    settings = load_settings(model="gpt-5-mini")
    assert (settings.uses_endpoint, settings.address, settings.key) == (
        True,
        OPENAI_URL,
        "sk-theirs",
    )
    assert load_settings(model="m", base_url=OPENAI_URL).key == "sk-theirs"
    assert load_settings(model="m", api_key="sk-mine").key == "sk-mine"


def test_an_openai_key_goes_to_no_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-theirs")
    assert not load_settings(model="m", base_url="http://127.0.0.1:11434/v1").key


def test_the_address_of_the_openai_package_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1/")
    settings = load_settings(model="m")
    assert settings.address == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("url", ["http://a/v1", "http://a/v1/", "http://a/v1/chat/completions/"])
def test_addresses_are_tidied(url: str) -> None:
    assert load_settings(model="m", base_url=url).base_url == "http://a/v1"


def test_other_models_can_be_chosen_over_a_configured_endpoint() -> None:
    settings = load_settings(model="m", base_url="http://127.0.0.1:1/v1", llm="none")
    assert not settings.uses_endpoint


@given(st.from_regex(r"sk-[A-Za-z0-9]{12,40}", fullmatch=True))
def test_keys_are_in_no_message(key: str) -> None:
    settings = Settings(api_key=SecretStr(key), model="m", base_url="http://127.0.0.1:1/v1")
    assert key not in f"{settings!r} {settings.model_dump_json()}"
    assert settings.key == key
    for flags in ({"base_url": key}, {"api_key": key, "llm": "gpt"}, {"ranker": key}):
        with pytest.raises(ConfigError) as caught:
            load_settings(**flags)
        assert key not in str(caught.value)


def test_every_setting_is_in_the_docs_with_its_default() -> None:
    page = Path(__file__).resolve().parent.parent / "docs" / "models.md"
    rows = [line.split(" | ") for line in page.read_text("utf-8").splitlines()]
    told = {r[0].strip("| `"): (r[1].strip("` "), r[2].rstrip(" |")) for r in rows if len(r) == 3}
    for name, field in Settings.model_fields.items():
        assert told[name][1] == field.description
        if isinstance(field.default, str | int | float):
            assert told[name][0] == str(field.default)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("auto", "auto"),
        ("bm25", ("bm25",)),
        (" bm25, direct ,", ("bm25", "direct")),
        (["browse"], ("browse",)),
    ],
    ids=str,
)
def test_ways_are_a_list_with_commas(said: str | list[str], meant: str | tuple[str, ...]) -> None:
    assert load_settings(ways=said).ways == meant


def test_ways_come_from_the_environment_and_files(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(places / "here/recllm.toml", "ways = ['browse']\n[way_weights]\nbm25 = 2")
    settings = load_settings()
    assert (settings.ways, settings.way_weights) == (("browse",), {"bm25": 2.0})
    monkeypatch.setenv("RECLLM_WAYS", "bm25,direct")
    monkeypatch.setenv("RECLLM_WAY_WEIGHTS", "direct=0.5, bm25=0")
    settings = load_settings()
    assert settings.ways == ("bm25", "direct")
    assert settings.way_weights == {"direct": 0.5, "bm25": 0.0}


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ({"ways": "bm25,bm52"}, r"'bm52' is no way of retrieval.*bm25, dual-encoder, concepts"),
        ({"ways": ","}, "it names no way"),
        ({"way_weights": "bm52=1"}, "'bm52' is no way"),
        ({"way_weights": "bm25=-1"}, "bm25 = -1 is not between 0 and 100"),
        ({"way_weights": "bm25=nan"}, "bm25 = nan"),
        ({"way_weights": "bm25"}, "valid number"),
        ({"diversity": 2}, "diversity = 2"),
    ],
    ids=str,
)
def test_what_cannot_be_a_way_is_refused(flags: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load_settings(**flags)


def test_settings_survive_a_round_trip() -> None:
    settings = load_settings(model="m", base_url="http://127.0.0.1:1/v1", api_key="k", seed=3)
    assert load_settings(**settings.model_dump(exclude_unset=True)) == settings


def test_one_thing_makes_the_vectors() -> None:
    with pytest.raises(ConfigError, match=r"encoder is '/tuned' and embeddings_model is 'e'"):
        load_settings(encoder="/tuned", embeddings_model="e")
    assert load_settings(encoder="~/tuned").encoder == Path.home() / "tuned"
