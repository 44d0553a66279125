"""From settings to a recommender: the one place that knows both."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from recllm.catalog.index import Catalog
from recllm.catalog.plan import Progress
from recllm.config import Settings, load_settings
from recllm.database import file_url
from recllm.dialogue.transcript import Style
from recllm.encoder import MiniLMEncoder
from recllm.errors import CatalogError, ConfigError, UnknownCatalogError
from recllm.profiles import foresight, query_likelihood
from recllm.profiles.extraction import RuleExtractor
from recllm.profiles.foresight import Foresight
from recllm.profiles.model_extraction import ModelExtractor
from recllm.profiles.precedents import read_precedents
from recllm.profiles.query_likelihood import QueryLikelihood
from recllm.profiles.reactions import ReactionExtractor
from recllm.profiles.remembering import Memory
from recllm.profiles.store import SQLProfileStore
from recllm.profiles.triggering import FactTrigger
from recllm.profiles.unread import Conversations, Unread
from recllm.protocols import LLM, Encoder, Extractor, Ranker, Retriever, Store
from recllm.ranking.code import CodeRanker
from recllm.ranking.grounding import Grounder
from recllm.ranking.model import ListwiseRanker, PointwiseRanker
from recllm.recommender import Limits, Recommender
from recllm.retrieval.fusion import FusionRetriever
from recllm.retrieval.learned import learned_scorer
from recllm.retrieval.reorder import Reordering
from recllm.retrieval.ways import Parts, make_ways
from recllm.services.live import AnyCatalog
from recllm.services.load import ENDING, find_service, list_services
from recllm.store import FILE_NAME, SessionStore
from recllm.trust import Trust, trust_level
from recllm.vector_cache import VectorCache


async def open_recommender(
    catalog: str | None = None,
    *,
    settings: Settings | None = None,
    store: Store | None = None,
    llm: LLM | str | None = None,
    encoder: Encoder | None = None,
    memory: Memory | None = None,
    **overrides: Any,
) -> Recommender:
    """Open a recommender over an indexed catalogue, or live over a search service.

    Args:
        catalog: its name, or that of a service or the path of its description; the configured
            one if None.
        settings: all settings; loaded from flags, environment and files if None.
        store: where sessions go; the configured database if None.
        llm: a model object, or one of the words that the setting ``llm`` takes.
        encoder: the encoder that the catalogue was indexed with; the configured one if None.
        memory: what people are remembered by. If None, profiles in the configured database;
            nothing where ``store`` is given, so that nothing is kept elsewhere unasked.
        **overrides: single settings by name, such as ``trust="none"``.

    Raises:
        ConfigError: a setting is wrong, or a key that a service needs is not set.
        CatalogError: there is no such catalogue, or it was indexed with another encoder.
    """
    if isinstance(llm, str):
        overrides["llm"] = llm
    if catalog is not None:
        overrides["catalog"] = catalog
    if settings is None or overrides:
        base = settings.model_dump(exclude_unset=True) if settings else {}
        settings = load_settings(**(base | overrides))
    encoder = encoder or await choose_encoder(settings)
    opened, retriever = await _open_catalog(settings, encoder)
    model = choose_llm(settings) if llm is None or isinstance(llm, str) else llm
    fallback = CodeRanker(opened, settings.seed)
    if store is None:
        store = own = SessionStore(database_url(settings))
        memory = memory or choose_memory(settings, encoder, model, own)
    return Recommender(
        opened,
        retriever,
        store,
        fallback,
        llm=model,
        ranker=_ranker(settings, opened, fallback),
        trust=choose_trust(settings, model),
        style=_style(settings, model),
        limits=Limits(
            settings.slate_size, settings.call_timeout, settings.turn_timeout, settings.seed
        ),
        memory=memory,
    )


def _retriever(settings: Settings, parts: Parts) -> Retriever:
    wanted = () if settings.ways == "auto" else settings.ways
    reordering = Reordering(
        parts.catalog,
        diversity=settings.diversity,
        popularity=settings.popularity,
        recency=settings.recency,
    )
    scorer = None
    if settings.fusion == "learned":
        scorer = learned_scorer(parts.catalog, parts.encoder)
        if scorer is None:
            raise ConfigError(
                f"fusion is 'learned', but nothing was learnt for the catalogue "
                f"{parts.catalog.name!r}: 'recllm evaluate retrieval --dataset own --learn' learns "
                "it from your labelled conversations; or set fusion to 'rrf'"
            )
    return FusionRetriever(
        make_ways(wanted, parts),
        scorer,
        weights=settings.way_weights,
        reorder=reordering if reordering.active else None,
    )


async def choose_encoder(settings: Settings) -> Encoder:
    """Return the configured encoder: a server's, that of a folder, or the shipped one.

    Raises:
        EncoderError: the server does not embed.
    """
    if settings.embeddings_model:
        from recllm.llm.embeddings import EndpointEncoder

        address, model = settings.address, settings.embeddings_model
        return await EndpointEncoder.connect(address, model, settings.key)
    return MiniLMEncoder(settings.encoder)


async def learn(
    directory: Path, name: str, encoder: Encoder, progress: Progress | None = None
) -> None:
    """Learn from the catalogue ``name`` what retrieval keeps beside it, unless that was done."""
    from recllm.retrieval.concept_learning import learn_concepts

    await learn_concepts(directory, name, encoder, progress)


async def _open_catalog(settings: Settings, encoder: Encoder) -> tuple[AnyCatalog, Retriever]:
    """Return the catalogue of that name and its ways, or the service of that name."""
    name = settings.catalog
    try:
        if name.endswith(ENDING):
            raise UnknownCatalogError(f"no description of a service {name!r}")
        opened = await Catalog.open(settings.home / "catalogs", name)
    except UnknownCatalogError as error:
        live = _open_service(settings, encoder)
        if live is None:
            known = ", ".join(s.name for s in list_services(services_folder(settings.home)))
            raise UnknownCatalogError(f"{error}; or search a service live ({known})") from None
        return live
    _same_encoder(opened, encoder)
    return opened, _retriever(settings, Parts(opened, encoder))


def _open_service(settings: Settings, encoder: Encoder) -> tuple[AnyCatalog, Retriever] | None:
    folder = services_folder(settings.home)
    description = find_service(settings.catalog, folder)
    if description is None:
        return None
    from recllm.retrieval.live import live

    return live(description, encoder, os.environ, folder / "answers" / description.name)


def services_folder(home: Path) -> Path:
    """Return where a person's own descriptions of services lie."""
    return home / "services"


def choose_memory(
    settings: Settings,
    encoder: Encoder | None = None,
    model: LLM | None = None,
    sessions: Conversations | None = None,
) -> Memory | None:
    """Return what people are remembered by, or None where they are not to be.

    A model reads facts beside the rules only where it is trusted with the state of the talk. In
    ``sessions`` are the turns that an earlier process may have left unread.
    """
    if not settings.profiles:
        return None
    profiles = SQLProfileStore(database_url(settings))
    model = model or choose_llm(settings)
    encoder = VectorCache(encoder or MiniLMEncoder())
    extractor: Extractor = RuleExtractor(encoder)
    if model is not None and choose_trust(settings, model).state:
        extractor = ModelExtractor(model, RuleExtractor(encoder), encoder, seed=settings.seed)
    return Memory(
        profiles,
        choose_trigger(settings, encoder, model),
        [ReactionExtractor(), extractor],
        unread=Unread(sessions, profiles) if sessions else None,
        encoder=encoder,
    )


def choose_trigger(
    settings: Settings, encoder: Encoder, model: LLM | None, seconds: float | None = None
) -> FactTrigger:
    """Return what chooses the facts of a turn.

    Args:
        settings: where the home and the seed are from.
        encoder: makes vectors of facts and requests.
        model: the language model, or None.
        seconds: how long a turn waits for it; None: as long as people should wait.
    """
    return FactTrigger(
        encoder,
        foresight=choose_foresight(settings, model, seconds or foresight.SECONDS),
        precedents=read_precedents(),
        likelihood=choose_likelihood(settings, model, seconds or query_likelihood.SECONDS),
    )


def choose_foresight(
    settings: Settings, model: LLM | None, seconds: float = foresight.SECONDS
) -> Foresight | None:
    """Return what asks ``model`` what would be offered, for the choice of facts.

    None without a model, and with the embedded one, which cannot tell.

    Args:
        settings: where the seed is from.
        model: the language model, or None.
        seconds: how long a turn waits for it.
    """
    if model is None or _is_embedded(model):
        return None
    return Foresight(model, seconds=seconds, seed=settings.seed)


def choose_likelihood(
    settings: Settings, model: LLM | None, seconds: float = query_likelihood.SECONDS
) -> QueryLikelihood | None:
    """Return what tells how well a request goes with a fact; None without the embedded model.

    Args:
        settings: where the home is from.
        model: the language model, or None.
        seconds: how long a turn waits for it.
    """
    if model is None or not _is_embedded(model):
        return None
    from recllm.llm.embedded import installed
    from recllm.llm.likelihood import LikelihoodModel

    weights = installed(settings.home)
    return QueryLikelihood(LikelihoodModel(weights), seconds) if weights else None


def database_url(settings: Settings) -> str:
    """Return the address of the database of sessions and profiles."""
    return settings.database.get_secret_value() or file_url(sessions_file(settings.home))


def choose_llm(settings: Settings) -> LLM | None:
    """Return the configured model, the embedded one, or None; nothing is started yet."""
    if settings.llm == "none":
        return None
    if settings.uses_endpoint:
        from recllm.llm.endpoint import Endpoint

        return Endpoint(settings.address, settings.model, settings.key)
    from recllm.llm.embedded import EmbeddedLLM, installed

    if settings.llm == "auto" and installed(settings.home) is None:
        return None
    return EmbeddedLLM(home=settings.home)


def choose_trust(settings: Settings, llm: LLM | None) -> Trust:
    """Return the set trust, or the one that suits the kind of model."""
    if settings.trust != "auto":
        return trust_level(settings.trust)
    if llm is None:
        return trust_level("none")
    return trust_level("embedded" if _is_embedded(llm) else "general")


def _is_embedded(llm: LLM) -> bool:
    return type(llm).__name__ == "EmbeddedLLM"


def _style(settings: Settings, llm: LLM | None) -> Style:
    if settings.style == "auto":
        return "compact" if llm is not None and _is_embedded(llm) else "instruct"
    return "compact" if settings.style == "compact" else "instruct"


def _ranker(settings: Settings, catalog: AnyCatalog, fallback: CodeRanker) -> Any:
    if settings.ranker == "code":
        return None
    kind = PointwiseRanker if settings.ranker == "pointwise" else ListwiseRanker

    def make(llm: LLM) -> Ranker:
        # Made for each turn: the catalogue may have been indexed again.
        grounder = Grounder(catalog.schema, catalog.vocabulary)
        return kind(llm, fallback, grounder, catalog.schema, settings.seed, settings.call_timeout)

    return make


def _same_encoder(catalog: Catalog, encoder: Encoder) -> None:
    if catalog.encoder_name != encoder.name:
        raise CatalogError(
            f"catalogue {catalog.name!r} was indexed with the encoder {catalog.encoder_name!r}, "
            f"not with {encoder.name!r}; index it again with 'recllm index'"
        )


def sessions_file(home: Path) -> Path:
    """Return where sessions are kept by default."""
    return home / FILE_NAME
