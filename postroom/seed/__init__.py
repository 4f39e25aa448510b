"""A synthetic desk of any size: believable, the same for the same seed, loaded by COPY."""

from postroom.seed.load import Seeded, Wanted, seed_desk

__all__ = ["Seeded", "Wanted", "seed_desk"]
