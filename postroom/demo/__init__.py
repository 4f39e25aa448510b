"""The demo desk: two hundred believable tickets, so that a newcomer finds an inbox and not an empty room."""

from postroom.demo.fill import fill_desk, tell_the_rest
from postroom.demo.people import DEMO_PEOPLE

__all__ = ["DEMO_PEOPLE", "fill_desk", "tell_the_rest"]
