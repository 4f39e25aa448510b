"""The desk of the cast."""

from tests.cast import desk

__all__ = ["desk"]
