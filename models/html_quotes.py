"""Where the quoted history and the signatures of a mail's clean HTML are: marks first, one rule a
function.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models import html_rules
from models.html_tokens import Element, read_elements, visible_text

_FORWARDED = re.compile(
    r"-{2,}\s*(?:original |ursprüngliche )?(?:forward|weiterg|transf|message transf|inoltrat"
    r"|mensaje reenv|reenv|encaminh|doorgest"
    r"|vidare|videre|przekaz|пересла|пересыл|転送|转发|轉寄|ilet)|begin forwarded message",
    re.I,
)
_OUTLOOK_RULE = re.compile(
    r"border(?:-top)?:\s*(?:none;\s*border-top:\s*)?(?:solid\s+(?:#?(?:e1e1e1|b5c4df|c9c9c9|cccccc)"
    r"|windowtext)\s+1(?:\.0)?pt"
    r"|1(?:\.0)?pt\s+solid\s+#?(?:e1e1e1|b5c4df))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Quote:
    """`html[start:end]`, whole elements only, of kind 'quote' or 'signature'."""

    start: int
    end: int
    kind: str


def find_quotes(html: str) -> list[Quote]:
    """Return the outermost quotes and signatures of clean `html`, sorted, never overlapping."""
    if "<" not in html:
        return []
    root = read_elements(html)
    found: list[Quote] = []
    place = 0
    for element in root.walk():
        if element.start < place or element is root:
            continue
        if element.tag != "blockquote" and not element.attributes.keys() & {"class", "style"}:
            continue
        for rule in RULES:
            if (end := rule(html, element)) is not None:
                kind = "signature" if rule is is_signature else "quote"
                if (
                    visible_text(html, 0, element.start).strip()
                    or kind == "signature"
                    or _text_after(html, end)
                ):
                    found.append(Quote(element.start, end, kind))
                    place = end
                break
    return found


def _text_after(html: str, end: int) -> bool:
    return bool(visible_text(html, end).strip())


def is_client_quote(html: str, element: Element) -> int | None:
    """A container that Gmail, Yahoo, Proton and others put around the history; forwards are content."""
    if not element.classes & (html_rules.QUOTE_CLASSES - {"moz-cite-prefix"}):
        return None
    if is_forwarded(html, element) or _answers_inside(html, element):
        return None
    return element.end


def is_cited_blockquote(html: str, element: Element) -> int | None:
    """A <blockquote type="cite"> (Thunderbird, Apple Mail) with the line of attribution before it."""
    if element.tag != "blockquote" or element.attributes.get("type", "").lower() != "cite":
        return None
    return None if is_forwarded(html, element) else element.end


def is_lone_blockquote(html: str, element: Element) -> int | None:
    """The only <blockquote> of a mail, without a mark: some web mailers put the history there."""
    if element.tag != "blockquote" or html.count("<blockquote") - html[element.start : element.end].count(
        "<blockquote"
    ):
        return None
    return None if is_forwarded(html, element) else element.end


def is_attribution(html: str, element: Element) -> int | None:
    """Thunderbird's 'On … wrote:' line directly before its blockquote."""
    return element.end if "moz-cite-prefix" in element.attributes.get("class", "") else None


def rest_is_quoted(html: str, element: Element) -> int | None:
    """Outlook's separators: all that follows on the same level is history."""
    marked = element.classes & html_rules.REST_IS_QUOTED_IDS
    ruled = element.tag == "div" and _OUTLOOK_RULE.search(element.attributes.get("style", ""))
    if not marked and not ruled:
        return None
    if is_forwarded(html, element):
        return None
    level = element
    while level.parent is not None and level.parent.tag and not _follows(html, level):
        level = level.parent
    return level.parent.inner_end if level.parent is not None and level is element else element.end


def _follows(html: str, element: Element) -> bool:
    end = element.parent.inner_end if element.parent is not None else len(html)
    return bool(visible_text(html, element.end, end).strip())


def is_signature(html: str, element: Element) -> int | None:
    """A signature the client marked as one."""
    if element.classes & (html_rules.SIGNATURE_CLASSES | html_rules.SIGNATURE_IDS):
        return element.end
    return None


def is_forwarded(html: str, element: Element) -> bool:
    """Whether the element opens with the words of a forward: then it is content, not history."""
    return bool(
        _FORWARDED.search(
            visible_text(html, element.inner, min(element.inner + 1_500, element.inner_end))[:200]
        )
    )


def _answers_inside(html: str, element: Element) -> bool:
    """Whether somebody wrote between the quoted lines: text after or between its blockquotes."""
    blocks = list(_level_of_blockquotes(element))
    return any(
        visible_text(html, before.end, after.start).strip()
        for before, after in zip(blocks, blocks[1:], strict=False)
    )


def _level_of_blockquotes(element: Element) -> Iterator[Element]:
    for child in element.children:
        if child.tag == "blockquote":
            yield child


Rule = Callable[[str, Element], int | None]
RULES: tuple[Rule, ...] = (
    is_client_quote,
    is_attribution,
    is_cited_blockquote,
    rest_is_quoted,
    is_signature,
    is_lone_blockquote,
)
