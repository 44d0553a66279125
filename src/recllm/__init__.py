"""A conversational recommender over your own catalogue.

>>> from recllm import open_recommender, Session

``open_recommender`` gives a :class:`Recommender`; its ``stream`` turns one message into events
and a stored :class:`Turn`. Names are loaded when they are first used, so that importing the
package costs nothing. All else is imported from the module that owns it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recllm.build import open_recommender
    from recllm.catalog.index import Catalog
    from recllm.config import Settings, load_settings
    from recllm.errors import RecLLMError
    from recllm.events import Deciding, Event, Searching, SlateReady, Text, TurnDone
    from recllm.recommender import Recommender, converse
    from recllm.types import Item, Recommendation, Session, Slate, Turn

    __version__: str

__all__ = [
    "Catalog",
    "Deciding",
    "Event",
    "Item",
    "RecLLMError",
    "Recommendation",
    "Recommender",
    "Searching",
    "Session",
    "Settings",
    "Slate",
    "SlateReady",
    "Text",
    "Turn",
    "TurnDone",
    "__version__",
    "converse",
    "load_settings",
    "open_recommender",
]

_OWNERS = {
    "Catalog": "recllm.catalog.index",
    "Deciding": "recllm.events",
    "Event": "recllm.events",
    "RecLLMError": "recllm.errors",
    "Recommender": "recllm.recommender",
    "Searching": "recllm.events",
    "Settings": "recllm.config",
    "SlateReady": "recllm.events",
    "Text": "recllm.events",
    "TurnDone": "recllm.events",
    "converse": "recllm.recommender",
    "load_settings": "recllm.config",
    "open_recommender": "recllm.build",
}
"""The module that owns a name; ``recllm.types`` where none is given."""


def __getattr__(name: str) -> object:
    """Load an exported name from the module that owns it (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'recllm' has no attribute {name!r}")
    if name == "__version__":
        from importlib.metadata import version

        return version("recllm")
    from importlib import import_module

    return getattr(import_module(_OWNERS.get(name, "recllm.types")), name)


def __dir__() -> list[str]:
    return __all__
