"""How the embedded model is tuned to tell how likely a request is, and made into a graph."""
