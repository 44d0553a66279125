"""How well retrieval finds what people took to: public conversations, metrics and baselines."""
