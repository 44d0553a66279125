"""The pieces of ``benchmarks/turn.py``: settings, what is measured, and what it is held against."""
