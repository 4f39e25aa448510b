"""Pictures from elsewhere in cleaned HTML: they were parked when the mail came in, and wait to be asked for."""

import re
from collections.abc import Callable, Iterator
from html import escape

from models.html_rules import PARKED
from models.html_tokens import TAG, attributes_of

TINY = frozenset({"0", "1"})  # pixels: nobody looks at such a picture, it looks at us


def remote_sources(html: str) -> Iterator[str]:
    """Where the pictures from elsewhere lie, in the order in which they stand in clean `html`."""
    return (attributes[PARKED] for attributes in parked_in(html))


def count_worth_seeing(html: str) -> int:
    """How many pictures from elsewhere a reader would see."""
    return sum(1 for attributes in parked_in(html) if not is_tiny(attributes)) if PARKED in html else 0


def with_sources(html: str, source: Callable[[int], str]) -> str:
    """Clean `html` with `source(place)` for each picture from elsewhere, counted from 0; the tiny ones are left out."""
    number = -1

    def placed(found: re.Match[str]) -> str:
        nonlocal number
        attributes = parked(found)
        if attributes is None:
            return found[0]
        number += 1
        if is_tiny(attributes):
            return ""
        del attributes[PARKED]
        attributes["src"] = source(number)
        return "<img" + "".join(f' {name}="{escape(value)}"' for name, value in attributes.items()) + ">"

    return TAG.sub(placed, html)


def parked_in(html: str) -> Iterator[dict[str, str]]:
    return (attributes for found in TAG.finditer(html) if (attributes := parked(found)) is not None)


def parked(found: re.Match[str]) -> dict[str, str] | None:
    """The attributes of a picture that was parked, None for every other tag."""
    if found[1] or found[2] != "img" or f" {PARKED}=" not in found[3]:
        return None
    attributes = attributes_of(found[3])
    return attributes if PARKED in attributes else None


def is_tiny(attributes: dict[str, str]) -> bool:
    return attributes.get("width") in TINY or attributes.get("height") in TINY
