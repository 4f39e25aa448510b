"""The reading of one mail as a list of verbs."""

from mailgate.folding.fold import fold
from mailgate.inbound import Address, Fold, Inbound
from mailgate.kinds.judge import judge
from mailgate.reading import caps
from mailgate.reading.addresses import read_addresses
from mailgate.reading.bodies import Block, joined_html, read_contents
from mailgate.reading.envelope import date_of
from mailgate.reading.headers import Headers, words
from mailgate.reading.html_text import html_to_text
from mailgate.reading.identifiers import in_reply_to, message_id, references
from mailgate.reading.senders import sender_problems
from mailgate.reading.structure import read_structure
from models.markup import clean_html
from models.text import clean_text

_DELIVERED = (
    "delivered-to",
    "x-forwarded-to",
    "x-original-to",
    "envelope-to",
    "resent-to",
    "x-delivered-to",
    "x-envelope-to",
    "x-gm-original-to",
)


def read_mail(raw: bytes, mail_from: str) -> Inbound:
    """Read `raw` into an `Inbound`; odd mail is read as far as it goes."""
    structure = read_structure(raw)
    headers = structure.root.headers
    hint = structure.charset_hint()
    contents = read_contents(structure)
    text, marked = shown_text(contents.blocks)
    text = clean_text(text, caps.TEXT)
    senders = [address for raw in headers.all_raw("from") for address in read_addresses(raw, hint)]
    kinds = judge(structure, contents, text, mail_from)
    forwarded = kinds.forward if kinds.forward and kinds.forward.by == "person" else None
    folded = fold(text, marked, forwarded.start if forwarded else None)
    reply_to = read_addresses(b", ".join(headers.all_raw("reply-to")), hint)
    if elsewhere := answers_wanted_elsewhere(senders, reply_to):
        structure.remark(elsewhere)
    return Inbound(
        message_id=clean_text(message_id(headers), 998),
        in_reply_to=in_reply_to(headers),
        references=references(headers),
        sender=senders[0] if senders else None,
        sender_problems=sender_problems(
            headers, raw[: len(raw) - len(structure.root.body)][: caps.HEADER_BLOCK]
        ),
        reply_to=reply_to,
        to=read_addresses(b", ".join(headers.all_raw("to")), hint),
        cc=read_addresses(b", ".join(headers.all_raw("cc")), hint),
        delivered_to=delivered_to(headers),
        subject=clean_text(headers.text("subject", hint), caps.SUBJECT),
        date=date_of(headers.text("date")),
        text=text,
        html=clean_text(joined_html(contents.blocks), caps.HTML),
        reply_text=folded.reply_text,
        folds=folded.folds,
        files=tuple(contents.files),
        automatic=kinds.automatic,
        may_be_answered=kinds.may_be_answered,
        automatic_evidence=tuple(kinds.evidence),
        auto_reply=kinds.auto_reply,
        list_id=kinds.list_id,
        bounce=kinds.bounce,
        complaint=kinds.complaint,
        receipt=kinds.receipt,
        forward=kinds.forward,
        signup_code=kinds.signup_code,
        remarks=tuple(structure.remarks),
        headers=decoded_headers(headers, hint),
    )


def answers_wanted_elsewhere(senders: list[Address], reply_to: tuple[Address, ...]) -> str:
    """A remark where Reply-To names somebody else: it is shown, and it changes nothing (mail-safety 2.6, H-058)."""
    known = {sender.email.lower() for sender in senders}
    others = [address.email for address in reply_to if address.email.lower() not in known]
    if not others or not senders:
        return ""
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return f"The mail wants its answers sent to {others[0]}{more}; they go to {senders[0].email}."


def shown_text(blocks: list[Block]) -> tuple[str, tuple[Fold, ...]]:
    """The text of all blocks in order, and the folds known from the marks in HTML that had no plain form."""
    texts: list[str] = []
    folds: list[Fold] = []
    length = 0
    for block in blocks:
        text, marked = block_text(block)
        if not text.strip():
            continue
        text += "\n\n"
        folds.extend(Fold(length + fold.start, length + fold.end, fold.kind) for fold in marked)
        texts.append(text)
        length += len(text)
    whole = "".join(texts).rstrip()
    return whole, tuple(Fold(f.start, min(f.end, len(whole)), f.kind) for f in folds if f.start < len(whole))


def block_text(block: Block) -> tuple[str, tuple[Fold, ...]]:
    """The plain form of a block, or its HTML made plain."""
    if block.plain is not None and (block.plain.strip() or not block.html):
        return block.plain, ()
    return html_to_text(clean_html(block.html or "").html)


def delivered_to(headers: Headers) -> tuple[str, ...]:
    """The addresses this mail was delivered to on its way, in order, without doubles."""
    found = [
        address.email
        for name in _DELIVERED
        for raw in headers.all_raw(name)
        for address in read_addresses(raw)
    ]
    return tuple(dict.fromkeys(found))


def decoded_headers(headers: Headers, hint: str) -> tuple[tuple[str, str], ...]:
    """All headers as written, decoded and washed."""
    return tuple(
        (name.decode("ascii", "replace"), words(value, hint))
        for name, (_, value) in zip(headers.names, headers.fields, strict=True)
    )
