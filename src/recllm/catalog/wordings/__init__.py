"""English words for what catalogues hold, as data."""
