"""How likely the embedded model, tuned for it, holds a text after another."""

from recllm.llm.likelihood.model import LikelihoodModel

__all__ = ["LikelihoodModel"]
