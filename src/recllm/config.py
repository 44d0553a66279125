"""Settings: flags over environment over ``recllm.toml`` here over the one at home over defaults."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_data_dir
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from recllm.errors import ConfigError

FILE_NAME = "recllm.toml"
OPENAI_URL = "https://api.openai.com/v1"
WAY_NAMES = (
    "bm25",
    "dual-encoder",
    "concepts",
    "direct",
    "co-engagement",
    "associations",
    "tuned-encoder",
    "search-api",
    "browse",
)
"""The ways of retrieval that the setting ``ways`` can name (docs/retrieval.md)."""
_LOOKS_SECRET = re.compile(r"\b(?:sk|gsk|key|pk|hf)[-_][\w-]{6,}")


def default_home() -> Path:
    """The directory of catalogues, models and sessions when nothing else is configured."""
    return Path(user_data_dir("recllm"))


class Settings(BaseSettings):
    """All that can be configured. Make it with :func:`load_settings`, which explains errors."""

    model_config = SettingsConfigDict(
        env_prefix="RECLLM_",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    home: Path = Field(
        default_factory=default_home,
        description="where catalogues, models and sessions are kept",
    )
    llm: Literal["auto", "none", "embedded", "endpoint"] = Field(
        "auto",
        description="which language model: an endpoint where one is configured, else the embedded "
        "one where its weights are installed, else none (auto); or one of them by name",
    )
    base_url: str = Field("", description="address of an OpenAI-compatible server, up to /v1")
    model: str = Field("", description="the model's name at that server")
    api_key: SecretStr = Field(SecretStr(""), description="the key for that server")
    style: Literal["auto", "instruct", "compact"] = Field(
        "auto", description="how the transcript is put to the model: with instructions or without"
    )
    trust: Literal["auto", "none", "embedded", "general"] = Field(
        "auto", description="how much of a turn is left to the model's word"
    )
    ranker: Literal["auto", "code", "listwise", "pointwise"] = Field(
        "auto", description="who ranks: code, or the model over all candidates or one by one"
    )
    encoder: Path | None = Field(
        None, description="a folder with a tuned encoder (model.onnx, tokenizer.json)"
    )
    embeddings_model: str = Field(
        "", description="embed with this model of the server at base_url instead of the encoder"
    )
    slate_size: int = Field(4, ge=3, le=10, description="how many items are shown at once")
    call_timeout: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="seconds for one call of the model"
    )
    turn_timeout: float = Field(
        60.0, gt=0, allow_inf_nan=False, description="seconds for a whole turn"
    )
    database: SecretStr = Field(
        SecretStr(""),
        description="address of the database of sessions and profiles, such as "
        "postgresql://user:password@host/name; a SQLite file in the home if empty",
    )
    profiles: bool = Field(True, description="whether people are remembered between conversations")
    catalog: str = Field("films", min_length=1, description="the catalogue to talk about")
    ways: Annotated[Literal["auto"] | tuple[str, ...], NoDecode] = Field(
        "auto",
        description="which ways of retrieval: all that the catalogue can serve (auto), or some of "
        + ", ".join(WAY_NAMES),
    )
    way_weights: Annotated[dict[str, float], NoDecode] = Field(
        {}, description="how much a way counts in the fusion: 1 if not named, 0 to leave it out"
    )
    fusion: Literal["rrf", "learned"] = Field(
        "rrf",
        description="how what the ways find is put together: by reciprocal ranks, or as it was "
        "learnt from labelled conversations over this catalogue",
    )
    diversity: float = Field(
        0.0, ge=0, le=1, allow_inf_nan=False, description="how unlike the candidates are to be"
    )
    popularity: float = Field(
        0.0, ge=0, le=10, allow_inf_nan=False, description="how much popular items come first"
    )
    recency: float = Field(
        0.0, ge=0, le=10, allow_inf_nan=False, description="how much new items come first"
    )
    seed: int = Field(0, description="fixes every choice that would else be random")

    @field_validator("home", "encoder")
    @classmethod
    def _expand(cls, path: Path | None) -> Path | None:
        return path and path.expanduser()

    @field_validator("base_url")
    @classmethod
    def _address(cls, url: str) -> str:
        url = url.strip().rstrip("/").removesuffix("/chat/completions")
        if url and not re.match(r"https?://[^\s/]+", url):
            raise ValueError("give a whole address such as http://localhost:11434/v1")
        return url

    @field_validator("ways", mode="before")
    @classmethod
    def _listed(cls, said: Any) -> Any:
        """Read "bm25,direct" as a list: so a flag and an environment variable say it."""
        if isinstance(said, str):
            said = [name.strip() for name in said.split(",") if name.strip()]
        return "auto" if said == ["auto"] else said

    @field_validator("ways")
    @classmethod
    def _known_ways(
        cls, ways: Literal["auto"] | tuple[str, ...]
    ) -> Literal["auto"] | tuple[str, ...]:
        if ways != "auto":
            _check_ways(ways)
        return ways

    @field_validator("way_weights", mode="before")
    @classmethod
    def _pairs(cls, said: Any) -> Any:
        """Read "bm25=2,direct=0.5" as pairs."""
        if not isinstance(said, str):
            return said
        pairs = [one.partition("=") for one in said.split(",") if one.strip()]
        return {name.strip(): weight.strip() for name, _, weight in pairs}

    @field_validator("way_weights")
    @classmethod
    def _known_weights(cls, weights: dict[str, float]) -> dict[str, float]:
        _check_ways(weights or WAY_NAMES)
        wrong = [f"{name} = {w:g}" for name, w in weights.items() if not 0 <= w <= 100]
        if wrong:
            raise ValueError(f"{wrong[0]} is not between 0 and 100")
        return weights

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.uses_endpoint and not self.model:
            cause = "llm is 'endpoint'" if self.llm == "endpoint" else "base_url is set"
            raise ConfigError(
                f"{cause}, but no model is named: set RECLLM_MODEL, `model` in {FILE_NAME}, "
                "or --model."
            )
        if self.uses_endpoint and self._is_openai and not self.key:
            raise ConfigError(
                f"The model {self.model!r} is asked of {self.address}, but there is no key: set "
                "RECLLM_API_KEY or OPENAI_API_KEY, or base_url for another server."
            )
        if self.encoder and self.embeddings_model:
            raise ConfigError(
                f"encoder is {str(self.encoder)!r} and embeddings_model is "
                f"{self.embeddings_model!r}, but only one can make the vectors: leave one out."
            )
        if self.llm == "none" and self.ranker in ("listwise", "pointwise"):
            raise ConfigError(
                f"ranker is {self.ranker!r}, which asks a model, but llm is 'none': set ranker to "
                "'auto' or 'code', or llm to another value."
            )
        return self

    @property
    def uses_endpoint(self) -> bool:
        """Whether the settings ask for an OpenAI-compatible server."""
        chosen = self.llm == "auto" and bool(self.base_url or self.model)
        return chosen or self.llm == "endpoint"

    @property
    def address(self) -> str:
        """The server's address, as the ``openai`` package would choose it."""
        return self.base_url or os.environ.get("OPENAI_BASE_URL", "").rstrip("/") or OPENAI_URL

    @property
    def key(self) -> str:
        """The key to send: ours, or OPENAI_API_KEY where the address is OpenAI's own choice.

        A key of OpenAI's is never sent to a server that the user named for RecLLM only.
        """
        own = self.api_key.get_secret_value()
        if own or (self.base_url and not self._is_openai):
            return own
        return os.environ.get("OPENAI_API_KEY", "")

    @property
    def _is_openai(self) -> bool:
        return urlsplit(self.address).hostname == urlsplit(OPENAI_URL).hostname

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, the file here, the file at home: the first that speaks wins."""
        here = read_file(Path.cwd() / FILE_NAME)
        home = _home({**here, **env_settings(), **init_settings()})
        files = (here, _read_home_file(home))
        return init_settings, env_settings, *(InitSettingsSource(settings_cls, f) for f in files)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; ``overrides`` are flags, of which None means "not given".

    Raises:
        ConfigError: A setting is misspelt, has an impossible value or contradicts another; the
            message names it, its value, where it was said and what to do.
    """
    flags = {k: v for k, v in overrides.items() if v is not None}
    try:
        return Settings(**flags)
    except ValidationError as error:
        message = _explain(error, flags)
    raise ConfigError(message)


def config_files(home: Path) -> tuple[Path, Path]:
    """The two files that are read, the stronger first."""
    return Path.cwd() / FILE_NAME, home / FILE_NAME


def read_file(path: Path) -> dict[str, Any]:
    """Read one ``recllm.toml``; a file that is not there is an empty one.

    Raises:
        ConfigError: The file cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"Cannot read {path}: {error.strerror}. Make it readable.") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}. Correct that line.") from None


def _read_home_file(home: Path) -> dict[str, Any]:
    said = read_file(home / FILE_NAME)
    if "home" in said:
        raise ConfigError(
            f"{home / FILE_NAME} sets home, but is itself found in it: set RECLLM_HOME instead."
        )
    return said


def _home(said: dict[str, Any]) -> Path:
    return Path(str(said.get("home") or default_home())).expanduser()


def closest(name: str) -> str:
    """The setting that ``name`` is probably a misspelling of, or an empty string."""
    found = difflib.get_close_matches(name.casefold(), Settings.model_fields, n=1, cutoff=0.6)
    return found[0] if found else ""


def _check_ways(names: Collection[str]) -> None:
    unknown = next((name for name in names if name not in WAY_NAMES), None)
    if unknown is not None or not names:
        said = f"{unknown!r} is no way of retrieval" if unknown else "it names no way"
        raise ValueError(f"{said}: say 'auto', or choose from {', '.join(WAY_NAMES)}")


def _explain(error: ValidationError, flags: dict[str, Any]) -> str:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    value, origin = _said(name, flags)
    if first["type"] == "extra_forbidden":
        guess = closest(name)
        hint = f"did you mean {guess!r}?" if guess else f"known: {', '.join(Settings.model_fields)}"
        return f"Unknown setting {name!r} ({origin}): {hint}"
    reason = first["msg"].removeprefix("Value error, ")
    return f"The setting {name} = {_masked(name, value)} ({origin}) cannot be used: {reason}."


def _said(name: str, flags: dict[str, Any]) -> tuple[Any, str]:
    """The value of a setting and where it comes from, strongest source first."""
    variable = f"RECLLM_{name.upper()}"
    if name in flags:
        return flags[name], f"flag --{name.replace('_', '-')}"
    if os.environ.get(variable):
        return os.environ[variable], f"environment variable {variable}"
    here = read_file(Path.cwd() / FILE_NAME)
    home = _home({"home": flags.get("home") or os.environ.get("RECLLM_HOME") or here.get("home")})
    for path in config_files(home):
        if name in (said := read_file(path)):
            return said[name], f"in {path}"
    return None, "default"


def _masked(name: str, value: Any) -> str:
    """The value as it can be shown: a key pasted into the wrong setting is hidden too."""
    return (
        "'***'" if name in ("api_key", "database") else _LOOKS_SECRET.sub("***", repr(value))[:120]
    )
