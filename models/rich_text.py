"""What an agent writes as rich text: cleaned by the gate that strangers' HTML goes through, narrowed to what a composer
makes, and told as plain text. Both halves of a mail are made from this one source.
"""

import re
from collections.abc import Iterator
from html import escape, unescape

from models.html_tokens import Element, read_elements
from models.markup import clean_composed

PLAIN_TAGS = frozenset({"", "div", "p", "br"})  # lines of text, which say no more than the text itself

_BLOCKS = frozenset("blockquote div h1 h2 h3 li ol p pre ul".split())
_SPACED = frozenset({"p", "h1", "h2", "h3"})  # an empty line stands before and after
_SPACE = re.compile(r"[ \t\r\n\f]+")
_WITHOUT_SOURCE = re.compile(r"<img(?![^>]*\ssrc=\"cid:)[^>]*>")
_CID = re.compile(r"<img\b[^>]*?\ssrc=\"cid:([^\"]*)\"", re.IGNORECASE)


def written_html(html: str) -> str:
    """`html` with only what a composer makes: no style, no picture but one of the message's own, no script.

    '' where it is nothing but lines: then the text says it all. What comes out is a fixpoint of `clean_html`.
    """
    cleaned = _shown(html)
    rich = any(element.tag not in PLAIN_TAGS for element in read_elements(cleaned).walk())
    return cleaned if rich else ""


def text_of_html(html: str) -> str:
    """`html`, as a composer makes it, as plain text: lists with their marks, quotes with '>', links with their address."""
    cleaned = _shown(html)
    lines = (line.replace("\u00a0", " ").rstrip() for line in _lines(cleaned, read_elements(cleaned)))
    return "\n".join(lines).strip("\n")


def html_of(text: str, html: str = "") -> str:
    """`html`, or where there is none the plain `text` as a composer shows it: a block for each line."""
    return html or "".join(f"<div>{escape(line, quote=False) or '<br>'}</div>" for line in text.split("\n"))


def _shown(html: str) -> str:
    """What is left of `html`; a picture without a source of its own is none."""
    return _WITHOUT_SOURCE.sub("", clean_composed(html))


def pictures_in(html: str) -> set[str]:
    """The Content-IDs of the pictures that clean `html` shows."""
    return {unescape(found) for found in _CID.findall(html)}


def _lines(html: str, element: Element) -> list[str]:
    """The lines of one block."""
    if element.tag == "pre":
        return _words(html, element, keep_space=True).strip("\n").split("\n")
    lines: list[str] = []
    current = ""
    for part in _parts(html, element):
        if isinstance(part, Element) and part.tag in _BLOCKS:
            if current.strip(" \n"):
                lines.append(current.strip(" \n"))
            current = ""
            _add_block(lines, html, part, element)
        elif isinstance(part, Element) and part.tag == "br":
            lines.append(current.strip(" \n"))
            current = ""
        else:
            current += _inline(html, part)
    return [*lines, current.strip(" \n")] if current.strip(" \n") else lines


def _add_block(lines: list[str], html: str, block: Element, parent: Element) -> None:
    inner = _lines(html, block) or [""]
    spaced = block.tag in _SPACED and parent.tag != "li"
    if spaced and lines and lines[-1]:
        lines.append("")
    lines.extend(_marked(inner, block, parent))
    if spaced:
        lines.append("")


def _marked(lines: list[str], block: Element, parent: Element) -> Iterator[str]:
    """The lines with what plain text puts before them."""
    if block.tag == "blockquote":
        yield from (f"> {line}".rstrip() for line in lines)
    elif block.tag == "li":
        mark = f"{_number(block, parent)}. " if parent.tag == "ol" else "- "
        yield mark + lines[0]
        yield from (" " * len(mark) + line for line in lines[1:])
    else:
        yield from lines


def _number(item: Element, parent: Element) -> int:
    start = parent.attributes.get("start", "1")
    items = [child for child in parent.children if child.tag == "li"]
    return (int(start) if start.isdecimal() and len(start) < 6 else 1) + items.index(item)


def _parts(html: str, element: Element) -> Iterator["Element | str"]:
    """Children and the text between them."""
    place = element.inner
    for child in element.children:
        if child.start > place:
            yield html[place : child.start]
        yield child
        place = child.end
    if element.inner_end > place:
        yield html[place : element.inner_end]


def _inline(html: str, part: "Element | str") -> str:
    if isinstance(part, str):
        return _SPACE.sub(" ", unescape(part))
    if part.tag == "img":
        return f"[{part.attributes.get('alt') or 'picture'}]"
    words = _words(html, part)
    if part.tag == "a":
        address = part.attributes.get("href", "").removeprefix("mailto:").removeprefix("tel:")
        said = words.strip().rstrip("/")
        return words if not address or said in (address, address.rstrip("/")) else f"{words} <{address}>"
    return words


def _words(html: str, element: Element, *, keep_space: bool = False) -> str:
    """The text inside an inline element."""
    words = ""
    for part in _parts(html, element):
        if isinstance(part, Element) and part.tag == "br":
            words += "\n"
        elif isinstance(part, str) and keep_space:
            words += unescape(part)
        elif isinstance(part, Element) and keep_space:
            words += _words(html, part, keep_space=True) + ("\n" if part.tag in _BLOCKS else "")
        else:
            words += _inline(html, part)
    return words
