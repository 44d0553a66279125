"""Loaded by every Python process that starts with this folder on ``PYTHONPATH``."""

import loopback_only

loopback_only.forbid()
