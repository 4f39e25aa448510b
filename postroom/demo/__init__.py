"""The demo desk: a few believable tickets, so that a newcomer finds an inbox and not an empty room."""

from postroom.demo.fill import fill_desk
from postroom.demo.people import DEMO_PEOPLE

__all__ = ["DEMO_PEOPLE", "fill_desk"]
