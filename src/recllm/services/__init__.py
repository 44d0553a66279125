"""Search services: an HTTP API that finds items, described by a file; see docs/search-api.md."""
