"""Every error that RecLLM raises on purpose, as one tree.

    RecLLMError
    ├── ConfigError            a setting is missing, misspelt or contradicts another
    ├── CatalogError           a catalogue cannot be used
    │   ├── UnknownCatalogError    no catalogue of that name
    │   ├── BusyCatalogError       another process is writing it
    │   └── SourceError            the file to index cannot be read or understood
    ├── LLMError               a language model did not answer
    │   ├── LLMTimeoutError        it did not answer in time
    │   ├── LLMRateLimitError      it refused because of load or quota
    │   ├── LLMAuthError           it refused the key
    │   └── LLMUnavailableError    nothing answers at that address, or the answer is broken
    ├── ServiceError           a search service did not answer
    │   ├── ServiceQuotaError      it refused because a quota is used up
    │   ├── ServiceKeyError        it refused the key
    │   ├── ServiceTimeoutError    it did not answer in time
    │   └── ServiceAnswerError     what it answered cannot be read
    ├── EncoderError           the text encoder cannot be loaded or run
    ├── ParseError             a text of the transcript protocol has no valid action
    ├── StoreError             sessions or profiles cannot be read or written
    └── EvaluationError        an evaluation's data or set-up is missing or wrong

Each message names the value and the remedy, so that it can be shown to a person as it is.
"""

from __future__ import annotations


class RecLLMError(Exception):
    """Root of the tree: catch this to catch all that RecLLM raises on purpose."""


class ConfigError(RecLLMError):
    """A setting is missing, misspelt or contradicts another."""


class CatalogError(RecLLMError):
    """A catalogue cannot be used."""


class UnknownCatalogError(CatalogError):
    """There is no catalogue of that name."""


class BusyCatalogError(CatalogError):
    """Another process is writing the catalogue."""


class SourceError(CatalogError):
    """The file to index cannot be read or understood."""


class LLMError(RecLLMError):
    """A language model did not answer."""


class LLMTimeoutError(LLMError):
    """The model did not answer in time."""


class LLMRateLimitError(LLMError):
    """The model's server refused because of load or quota."""


class LLMAuthError(LLMError):
    """The model's server refused the key."""


class LLMUnavailableError(LLMError):
    """Nothing answers at that address, or the answer is broken."""


class ServiceError(RecLLMError):
    """A search service did not answer."""


class ServiceQuotaError(ServiceError):
    """The service refused because a quota is used up."""


class ServiceKeyError(ServiceError):
    """The service refused the key."""


class ServiceTimeoutError(ServiceError):
    """The service did not answer in time."""


class ServiceAnswerError(ServiceError):
    """What the service answered cannot be read."""


class EncoderError(RecLLMError):
    """The text encoder cannot be loaded or run."""


class ParseError(RecLLMError):
    """A text of the transcript protocol has no valid action."""


class StoreError(RecLLMError):
    """Sessions or profiles cannot be read or written, or not as asked."""


class EvaluationError(RecLLMError):
    """An evaluation's data or set-up is missing or wrong."""
