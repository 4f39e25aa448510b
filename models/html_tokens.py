"""The serialised HTML nh3 writes, seen as elements with their spans: linear, and true only for such HTML.

nh3 always closes what it opens, quotes every attribute and escapes '<' in text; nothing here may be used
on HTML as it comes from outside.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:\s[^\s=\"<>/]+(?:=\"[^\"]*\")?)*)\s*/?>")
_ATTRIBUTE = re.compile(r"\s([^\s=\"<>/]+)(?:=\"([^\"]*)\")?")
_VOID = frozenset({"br", "hr", "img", "wbr", "col"})


@dataclass(slots=True)
class Element:
    """One element: `html[start:end]` with its tags, `html[inner:inner_end]` without; children in order."""

    tag: str
    attributes: dict[str, str]
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    parent: "Element | None" = None
    children: list["Element"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        """This element and all below it, in document order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))

    @property
    def classes(self) -> set[str]:
        return set(self.attributes["class"].split()) if "class" in self.attributes else set()


def attributes_of(text: str) -> dict[str, str]:
    """The attributes in the inside of a tag, unescaped."""
    return {name: unescape(value or "") for name, value in _ATTRIBUTE.findall(text)}


def read_elements(html: str) -> Element:
    """Return the root (tag '') of the elements of clean `html`."""
    root = Element("", {}, 0, 0, len(html), len(html))
    current = root
    for match in TAG.finditer(html):
        closing, tag, rest = match.groups()
        if closing:
            if current.parent is not None and current.tag == tag:
                current.inner_end, current.end = match.start(), match.end()
                current = current.parent
            continue
        element = Element(
            tag, attributes_of(rest) if rest else {}, match.start(), match.end(), parent=current
        )
        current.children.append(element)
        if tag in _VOID:
            element.inner_end = element.end = match.end()
        else:
            current = element
    while current.parent is not None:  # never with nh3's own output
        current.inner_end = current.end = len(html)
        current = current.parent
    return root


def visible_text(html: str, start: int = 0, end: int | None = None) -> str:
    """The text of clean `html[start:end]` without its tags, entities undone."""
    return unescape(TAG.sub(" ", html[start:end])).replace("\u00a0", " ")
