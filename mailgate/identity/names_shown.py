"""What an honest address may still hide: a display name that shows another address, a domain of mixed scripts."""

import re
import unicodedata

import idna

from mailgate.inbound import Address

_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:@]+\.[^\s<>\"'(),;:@.]{2,}")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
_MARKS = re.compile("[\u2705\u2713\u2714\u2611\U0001f512\U0001f6e1]")


def warnings_about(sender: Address) -> tuple[str, ...]:
    """Sentences for agents about what the sender's name or domain pretends to be; () where there is nothing."""
    return tuple(found for rule in (another_address, a_seal_in_the_name, mixed_scripts) if (found := rule(sender)))


def another_address(sender: Address) -> str:
    """'ceo@company.example <eve@elsewhere.example>': mail clients show the name alone."""
    shown = unicodedata.normalize("NFKC", sender.name)
    for found in _ADDRESS.findall(shown):
        if found.strip(".").lower() != sender.email.lower():
            return "The name shows another address than the one the mail came from."
    return ""


def a_seal_in_the_name(sender: Address) -> str:
    """A tick or a padlock that the sender gave himself."""
    return "The name carries a mark that looks like a seal of ours." if _MARKS.search(sender.name) else ""


def mixed_scripts(sender: Address) -> str:
    """Letters of several look-alike scripts in one label of the domain (UTS 39)."""
    domain = sender.email.rpartition("@")[2]
    for label in domain.split("."):
        scripts = {script for letter in spelled(label) for script in _SCRIPTS if name_of(letter).startswith(script)}
        if len(scripts) > 1:
            return "The domain mixes letters of several scripts that look alike."
    return ""


def spelled(label: str) -> str:
    """A label in the letters it is shown in."""
    if not label.lower().startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label


def name_of(letter: str) -> str:
    return unicodedata.name(letter, "")
