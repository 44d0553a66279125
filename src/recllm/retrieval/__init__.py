"""The ways from the conversation to candidates, and their fusion."""
