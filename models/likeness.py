"""How alike texts are: how much of a draft was kept, and which texts answer the same question."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from math import log, sqrt
from typing import TypeVar

WORD = re.compile(r"\w+", re.UNICODE)
MOST_COMPARED = 1000  # words of each text; beyond, comparing costs more than the figure is worth
STEM = 6  # letters: "shipping" and "shipped", "Rechnung" and "Rechnungen" are the same word here
SHORTEST = 3
MOST_TELLING = 300
FITS = 0.1  # texts less alike than this do not answer each other

def without_accents(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


# Words that stand in every mail, cut like the others. English, German, French, Spanish, Dutch, Italian.
COMMON = frozenset(
    without_accents(word)[:STEM]
    for word in """
    about after again all also and any are because been before but can could did does for from get had has have hello
    help her here him his how into its just know let like may more much need not now off one only our out over please
    regards best kind should some such than thank thanks that the their them then there these they this those time
    very want was way well were what when where which who why will with would yes you your dear hi mail email team
    aber alle als auch auf aus bei bin bitte danke das dass dem den der des die doch ein eine einen einer eines
    freundliche gruß grüße guten hallo haben hat hatte ich ihnen ihr ihre ihren ihrer ihrem ist jetzt kann können mehr mein
    meine mich mir mit nach nicht noch nur oder schon sehr sehr sich sie sind und uns unser vielen von war was weil wenn
    wie wir wird wurde zum zur über für tag herr frau
    avec bonjour cette ces dans des elle est être les leur mais merci mon nous par pas plus pour que qui sont sur une vous
    vos votre como con del esta este gracias hola los las muy para pero por que sus una usted aan dat een het hoe
    ik met naar niet ook van voor wat alla che con della gli grazie non per sono una
    """.casefold().split()
)

Key = TypeVar("Key")


def share_kept(draft: str, sent: str) -> float:
    """The share of the draft's words that stand in what was sent, in the same order: 0 to 1."""
    before, after = (WORD.findall(text.casefold())[:MOST_COMPARED] for text in (draft, sent))
    if not before:
        return 0.0
    matched = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return round(sum(block.size for block in matched) / len(before), 4)


def stems(text: str) -> list[str]:
    """The words of a text, cut so that their endings do not matter, without accents; each once, in order."""
    words = (without_accents(word.casefold())[:STEM] for word in WORD.findall(text))
    return list(dict.fromkeys(word for word in words if len(word) >= SHORTEST and not word.isdigit()))


def closest(wanted: str, texts: Mapping[Key, str], *, most: int, least: float = FITS) -> list[tuple[Key, float]]:
    """The texts that share the most telling words with `wanted`: `[(key, 0 to 1), …]`, the closest first.

    A word tells the more the fewer of the texts have it, and those everybody uses tell nothing. A long text is
    not the closer for having every word. One shared word is a coincidence, and no likeness.
    """
    words = {key: telling(text) for key, text in texts.items()}
    asked = telling(wanted)
    seen_in = Counter(word for those in words.values() for word in those)
    weight = {word: log(1 + (1 + len(texts)) / (1 + seen_in[word])) for word in {*asked, *seen_in}}
    scores = [(key, likeness(asked, those, weight)) for key, those in words.items() if len(asked & those) >= 2]
    return sorted((each for each in scores if each[1] >= least), key=lambda each: -each[1])[:most]


def telling(text: str) -> set[str]:
    return set(stems(text)[:MOST_TELLING]) - COMMON


def likeness(one: set[str], other: set[str], weight: Mapping[str, float]) -> float:
    """The cosine between two texts as sets of weighted words."""

    def length(words: set[str]) -> float:
        return sum(weight[word] ** 2 for word in words)

    both = length(one) * length(other)
    return round(length(one & other) / sqrt(both), 4) if both else 0.0


def best_words(text: str, most: int) -> Sequence[str]:
    """Beginnings of the words worth looking for, as the database spells them; the longest first, being the rarest."""
    words = {word.lower() for word in WORD.findall(text) if len(word) >= SHORTEST and not word.isdigit()}
    telling_ones = (word[:STEM] for word in sorted(words, key=lambda each: (-len(each), each)) if telling(word))
    return list(dict.fromkeys(telling_ones))[:most]
