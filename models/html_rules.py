"""What HTML of a stranger may hold: tags, attributes, styles and links, as tables and small questions.

The frame that shows it is sandboxed as well (mail-safety §3.F); these rules keep it readable and quiet.
"""

import re
from functools import lru_cache

TAGS = frozenset(
    "a abbr address article aside b bdi bdo blockquote br caption center cite code col colgroup dd del"
    " details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd"
    " li main mark nav ol p pre q rp rt ruby s samp section small span strike strong sub"
    " summary sup table tbody td tfoot th thead tr tt u ul var wbr".split()
)
DROPPED_WITH_CONTENT = frozenset(
    "script style title template noscript noembed noframes iframe object embed applet svg math textarea"
    " select option audio video canvas xmp".split()
)

PARKED = "data-remote-src"  # where the address of a picture from elsewhere waits until somebody asks for it

_EVERYWHERE = {"style", "dir", "lang", "align", "valign", "class", "id", "hidden", "title"}
ATTRIBUTES: dict[str, set[str]] = {
    "*": _EVERYWHERE,
    "a": {"href"},
    "img": {"src", PARKED, "alt", "width", "height", "border"},
    "table": {"width", "height", "border", "cellpadding", "cellspacing", "bgcolor"},
    "td": {"width", "height", "colspan", "rowspan", "bgcolor", "nowrap"},
    "th": {"width", "height", "colspan", "rowspan", "bgcolor", "nowrap"},
    "tr": {"height", "bgcolor"},
    "col": {"width", "span"},
    "colgroup": {"width", "span"},
    "font": {"color", "size", "face"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "blockquote": {"type"},
    "hr": {"width", "size", "color", "noshade"},
    "br": {"clear"},
}

# What a composer of ours makes; agents' HTML is narrowed to this before it goes the way of everybody's.
COMPOSED_TAGS = frozenset("a b blockquote br code div em h1 h2 h3 i img li ol p pre s strong u ul".split())
COMPOSED_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel", "cid"}

# Marks that mail clients put on quoted history and signatures; all other classes and ids go (H-102).
QUOTE_CLASSES = frozenset(
    "gmail_quote gmail_quote_container gmail_extra yahoo_quoted protonmail_quote zmail_extra moz-cite-prefix"
    " yahooQuoted tutanota_quote mailspring-quote front-blockquote quoted hey-quote".split()
)
SIGNATURE_CLASSES = frozenset(
    "gmail_signature gmail_signature_prefix moz-signature protonmail_signature_block"
    " mailspring-signature yahoo-signature".split()
)
KEPT_CLASSES = QUOTE_CLASSES | SIGNATURE_CLASSES | {"gmail_attr", "gmail_sendername"}
REST_IS_QUOTED_IDS = frozenset(
    "appendonsend divRplyFwdMsg OLK_SRC_BODY_SECTION mail-editor-reference-message-container"
    " ms-outlook-mobile-body-separator-line reply-intro".split()
)
SIGNATURE_IDS = frozenset({"Signature", "ms-outlook-mobile-signature", "AppleMailSignature"})
KEPT_IDS = REST_IS_QUOTED_IDS | SIGNATURE_IDS

_STYLES = frozenset(
    "background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width"
    " border-collapse border-color border-left border-left-color border-left-style border-left-width"
    " border-radius border-right border-right-color border-right-style border-right-width border-spacing"
    " border-style border-top border-top-color border-top-style border-top-width border-width color"
    " direction font font-family font-size font-style font-variant font-weight height letter-spacing"
    " line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-width"
    " min-width padding padding-bottom padding-left padding-right padding-top table-layout text-align"
    " text-decoration text-indent text-transform vertical-align white-space width word-break"
    " word-spacing word-wrap overflow-wrap".split()
)
_VALUE = re.compile(r"[\w\s#%.,+'\"!-]*(?:(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]*\)[\w\s#%.,+'\"!-]*)*\Z")
_NEGATIVE = re.compile(r"(?:^|\s)-\s*[\d.]")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
_LINK = re.compile(r"(?:https?://[^\s/]|mailto:[^\s]|tel:[+\d])", re.I)
_NAMES_ANOTHER = re.compile(r"https?:/*[^/?#\\]*@", re.I)  # `https://bank@evil`: what a reader takes for the host is a user name
_REMOTE = re.compile(r"https?://[^\s/]", re.I)
_BLANK = re.compile("[\x00-\x20]")
_ZERO = re.compile(r"0(?:\.0*)?(?:px|pt|em|rem|%|cm|mm|in)?\Z")

HIDDEN = "display:none"


def allowed(tag: str, name: str, value: str) -> str | None:
    """The value attribute `name` of `tag` may keep, or None when it must go."""
    match name:
        case "style":
            return clean_style(value)
        case "href":
            value = value.strip()
            return value if _LINK.match(value) and not _BLANK.search(value) and not _NAMES_ANOTHER.match(value) else None
        case "src":
            value = value.strip()
            return value if value.lower().startswith("cid:") or _REMOTE.match(value) else None
        case "data-remote-src":  # PARKED
            return value if _REMOTE.match(value) else None
        case "class":
            kept = sorted(set(value.split()) & (KEPT_CLASSES | KEPT_IDS))
            return " ".join(kept) or None
        case "id":
            value = value.removeprefix("x_").removeprefix("m_")
            return value if value in KEPT_IDS else None
        case "hidden":
            return ""
        case "type":
            return value if tag != "blockquote" or value.lower() == "cite" else None
        case _:
            return value[:500]


def composed(tag: str, name: str, value: str) -> str | None:
    """As `allowed`, for what an agent writes: pictures of the message itself alone."""
    return value if name != "src" or value.startswith("cid:") else None


@lru_cache(maxsize=4_096)
def clean_style(value: str) -> str | None:
    """Keep allow-listed declarations without functions that fetch or move; HIDDEN when it hides the text."""
    kept = []
    declarations = [part.partition(":") for part in _COMMENT.sub("", value[:4_000]).split(";")]
    styles = {name.strip().lower(): text.strip() for name, _, text in declarations}
    if hides(styles):
        return HIDDEN
    for name, text in styles.items():
        if name in _STYLES and _VALUE.match(text) and len(text) < 200 and not _NEGATIVE.search(text):
            kept.append(f"{name}:{text}")
    return ";".join(kept) or None


def hides(styles: dict[str, str]) -> bool:
    """Whether these declarations hide the text they apply to (H-104)."""

    def is_zero(name: str) -> bool:
        return bool(_ZERO.match(styles.get(name, "").lower().replace("!important", "").strip()))

    def says(name: str, word: str) -> bool:
        return styles.get(name, "").lower().replace("!important", "").strip() == word

    color = styles.get("color", "").lower().replace(" ", "")
    ground = styles.get("background-color", styles.get("background", "")).lower().replace(" ", "")
    return (
        says("display", "none")
        or says("visibility", "hidden")
        or says("mso-hide", "all")
        or is_zero("font-size")
        or is_zero("opacity")
        or (is_zero("max-height") and says("overflow", "hidden"))
        or (is_zero("height") and says("overflow", "hidden"))
        or (bool(color) and color == ground)
    )
