"""The parts of ``scripts/tune_preferences.py``."""
