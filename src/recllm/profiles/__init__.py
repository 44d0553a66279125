"""What is remembered of a person, in plain sentences (RecLLM section 4)."""
