"""The desk under fire, for every fault test."""

from tests.faults.rig import rig

__all__ = ["rig"]
