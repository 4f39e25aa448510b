"""What a model has written, made fit for an agent's eyes: plain text, no foreign address, every doubtful fact marked.

This holds whatever the model does, also one that obeys the writer of the mail (mail-safety H-155, H-157, H-163).
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from jobs.facts import facts_in
from jobs.links import allowing, without_links
from jobs.manuscript import RawSentence
from jobs.prompt import Prompt
from models.queries.matters import Matter
from models.text import clean_text
from models.visible import seen_text

LINK_REMOVED = "[link removed]"
LONGEST = 4_000

COMMENT = re.compile(r"<!--.*?(?:-->|$)|<(script|style|title|iframe|object|svg)\b.*?(?:</\1\s*>|$)", re.S | re.I)
TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>?")
MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\s?(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\)|\[[^\[\]]*\])")
DEFINITION = re.compile(r"^[ \t]{0,3}\[[^\]\n]{1,200}\]:[ \t]{0,8}", re.M)
EMPHASIS = re.compile(r"(\*\*|__|```|~~)")
HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]{1,8}", re.M)
SPACES = re.compile(r"[ \t\u00a0]{2,}")


class Checker:
    """Looks at one draft's sentences. `removed` counts what was taken out, by kind."""

    def __init__(self, prompt: Prompt, matter: Matter, base_url: str) -> None:
        self.word = prompt.word.removeprefix("DATA-").lower()
        self.ids = {quotation.id for quotation in prompt.quotations}
        trusted = [quotation.text for quotation in prompt.quotations if quotation.is_trusted]
        self.allowed = allowing(trusted, base_url)
        values = list(matter.situation.values().values())
        said = [quotation.text for quotation in prompt.quotations]
        self.known = known_facts([*said, *values, matter.subject])
        # A stranger's mail may name any address as where to write to: only the team's and the customer's own are known.
        self.addresses = known_facts([*trusted, *values])
        self.removed: Counter[str] = Counter()
        self.count = 0

    def sentence(self, raw: RawSentence) -> dict[str, Any] | None:
        """The sentence as `AiDraft` keeps it, or None where nothing is left of it."""
        text = self.plain(raw.text)
        if self.word in text.lower():
            self.removed["leaks"] += 1
            return None
        if not text:
            return None
        gap = "" if self.count == 0 else "\n\n" if raw.opens else " "
        self.count += 1
        marks = self.marks(text)
        self.removed["doubts"] += len(marks)
        sources = [source for source in dict.fromkeys(raw.sources) if source in self.ids]
        return {"text": text, "gap": gap, "sources": sources, "marks": marks}

    def plain(self, text: str) -> str:
        """Plain text without foreign addresses."""
        text = without_markup(seen_text(clean_text(text, LONGEST)))
        text, gone = without_links(text, self.allowed, LINK_REMOVED)
        self.removed["links"] += gone
        return SPACES.sub(" ", text).strip()

    def marks(self, text: str) -> list[list[Any]]:
        """Places the agent has to look at: `[[start, end, kind], …]` in order."""
        doubtful = ([fact.start, fact.end, fact.kind] for fact in facts_in(text) if not self.is_known(fact.kind, fact.says))
        return sorted(doubtful)

    def is_known(self, kind: str, says: str) -> bool:
        if kind == "promise":
            return False
        return says in (self.addresses if kind == "address" and "@" in says else self.known)

    @property
    def found(self) -> dict[str, int]:
        return {kind: number for kind, number in self.removed.items() if number}


def without_markup(text: str) -> str:
    """`text` without HTML and the Markdown that carries anything; repeated, for taking out may put together."""
    for _ in range(5):
        before = text
        text = TAG.sub("", COMMENT.sub("", text))
        text = MARKDOWN_LINK.sub(lambda found: f"{found[1]} ({found[2]})" if found[2] else found[1], text)
        text = HEADING.sub("", EMPHASIS.sub("", DEFINITION.sub("", text)))
        if text == before:
            break
    return text.replace("](", "] (").replace("][", "] [")  # what is left of a link whose brackets do not close


def known_facts(texts: Iterable[str]) -> set[str]:
    return {fact.says for text in texts for fact in facts_in(text)}
