"""The parts of ``scripts/export_encoder.py``."""
