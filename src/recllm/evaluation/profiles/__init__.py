"""How well profiles are extracted, changed and triggered (docs/profile-evaluation.md)."""
