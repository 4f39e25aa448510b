"""A stranger's HTML made safe to show and quiet to load, and its quoted history folded away."""

import re
from dataclasses import dataclass
from html import escape

import nh3

from models import html_rules
from models.html_quotes import find_quotes
from models.html_tokens import TAG, attributes_of, read_elements, visible_text

HTML_LIMIT = 1024 * 1024
DEPTH_LIMIT = 256
ENTITY_LIMIT = 20_000
ATTRIBUTE_LIMIT = 64

_PASSES = 6
_OPEN_OR_CLOSE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)|&|(?<=[\s\"'])[\w:-]+\s*=")
_CLOSES_ITSELF = frozenset(
    "br hr img input meta link col wbr area base embed source track param p li dt dd tr td th tbody thead"
    " tfoot option colgroup o".split()
)
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
_NUL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_CLEANER = nh3.Cleaner(
    tags=set(html_rules.TAGS),
    clean_content_tags=set(html_rules.DROPPED_WITH_CONTENT),
    attributes=html_rules.ATTRIBUTES,
    attribute_filter=html_rules.allowed,
    url_schemes=html_rules.SCHEMES,
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}, "details": {"class": "quoted"}},
)
_COMPOSED = nh3.Cleaner(
    tags=set(html_rules.COMPOSED_TAGS),
    clean_content_tags=set(html_rules.DROPPED_WITH_CONTENT),
    attributes=html_rules.COMPOSED_ATTRIBUTES,
    attribute_filter=html_rules.composed,
    url_schemes=html_rules.SCHEMES,
    link_rel=None,
)
_FOLD_OPENS = '<details class="quoted"><summary>…</summary>'
_FOLD_CLOSES = "</details>"


CLEANER_VERSION = 2  # stored with what was cleaned, so that a stricter cleaner knows what to clean again


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """HTML fit for the sandboxed frame, and what was kept from it."""

    html: str
    blocked_images: int = 0
    hidden_characters: int = 0
    shortened: bool = False


def clean_html(html: str) -> CleanHtml:
    """Return `html` with only what mail-safety §3.F allows; never raises.

    Remote images move from `src` to `data-remote-src`, hidden text goes and is counted, links open outside.
    What comes out is a fixpoint: cleaning it again changes nothing.
    """
    cut = html[: limit_of(html)]
    cleaned, hidden = _washed(cut)
    for _ in range(_PASSES):
        again, more = _washed(cleaned)
        hidden += more
        if again == cleaned:
            break
        cleaned = again
    else:  # no stable reading: two parsers would see two mails, so it is shown as text (H-097)
        cleaned = f"<pre>{escape(visible_text(cleaned), quote=False)}</pre>"
    return CleanHtml(cleaned, cleaned.count(f" {html_rules.PARKED}="), hidden, len(cut) < len(html))


def clean_composed(html: str) -> str:
    """What an agent wrote: first only what a composer makes, then as `clean_html`, of which it is a fixpoint."""
    return clean_html(_COMPOSED.clean(html[: limit_of(html)])).html


def fold_quotes(html: str, forwarded: bool = False) -> str:
    """Wrap the quoted history and signatures of clean `html` in <details class="quoted">; nothing is removed.

    In a mail somebody `forwarded` only signatures are folded: what he handed on is what he wants to show.
    """
    out: list[str] = []
    place = 0
    for quote in find_quotes(html):
        if forwarded and quote.kind == "quote":
            continue
        out += (html[place : quote.start], _FOLD_OPENS, html[quote.start : quote.end], _FOLD_CLOSES)
        place = quote.end
    out.append(html[place:])
    return "".join(out)


def limit_of(html: str) -> int:
    """How many characters of `html` can be parsed without harm (mail-safety F18: depth, entities,
    attributes).
    """
    depth = entities = attributes = 0
    for match in _OPEN_OR_CLOSE.finditer(html, 0, HTML_LIMIT):
        if match[2] is None:
            if match[0] == "&":
                entities += 1
            else:
                attributes += 1
        elif match[1]:
            depth = max(0, depth - 1) if match[2].lower() not in _CLOSES_ITSELF else depth
        else:
            attributes = 0
            depth += match[2].lower() not in _CLOSES_ITSELF
        if depth > DEPTH_LIMIT or entities > ENTITY_LIMIT or attributes > ATTRIBUTE_LIMIT:
            return match.start()
    return min(len(html), HTML_LIMIT)


def _washed(html: str) -> tuple[str, int]:
    """One pass: nh3, then the hidden text out, images parked, known ids turned into classes."""
    text = _UNSEEN.sub("", _NUL.sub("", html))
    hidden = len(html) - len(_UNSEEN.sub("", html))
    cleaned, more = _without_hidden(_CLEANER.clean(text))
    return TAG.sub(_parked, cleaned), hidden + more


def _without_hidden(html: str) -> tuple[str, int]:
    if html_rules.HIDDEN not in html and " hidden" not in html:
        return html, 0
    out: list[str] = []
    place = count = 0
    for element in read_elements(html).walk():
        if element.start < place or not _is_hidden(element.attributes):
            continue
        out.append(html[place : element.start])
        count += len("".join(visible_text(html, element.inner, element.inner_end).split()))
        place = element.end
    out.append(html[place:])
    return "".join(out), count


def _is_hidden(attributes: dict[str, str]) -> bool:
    return "hidden" in attributes or attributes.get("style") == html_rules.HIDDEN


def _parked(match: re.Match[str]) -> str:
    """Rewrite one tag: a remote image's src becomes data-remote-src, a known id becomes a class."""
    tag, rest = match[2], match[3]
    if match[1] or (" src=" not in rest and " id=" not in rest):
        return match[0]
    attributes = attributes_of(rest)
    source = attributes.get("src", "")
    if tag == "img" and source and not source.lower().startswith("cid:"):
        attributes[html_rules.PARKED] = attributes.pop("src")
    if known := attributes.pop("id", ""):
        attributes["class"] = " ".join(sorted({*attributes.get("class", "").split(), known}))
    return f"<{tag}" + "".join(f' {name}="{_quoted(value)}"' for name, value in attributes.items()) + ">"


def _quoted(value: str) -> str:
    """An attribute value as nh3 writes it, so that the next pass finds nothing to change."""
    return escape(value, quote=False).replace('"', "&quot;").replace("\u00a0", "&nbsp;")
