"""Biological neurons inside Keras networks."""

__version__ = "0.1.0"
