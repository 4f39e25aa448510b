"""The last look before a reading leaves: no string in it may hold what Postgres refuses (mail-safety F17)."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from mailgate.inbound import Inbound
from models.text import clean_text, is_clean


def washed(mail: Inbound) -> Inbound:
    """Return `mail` with every string in it clean; the same object when there is nothing to do."""
    clean = _washed(mail)
    assert isinstance(clean, Inbound)
    return clean


def _washed(value: Any) -> Any:
    """Clean a string, a tuple of such values or a frozen dataclass of them; leave everything else alone."""
    if isinstance(value, str):
        return value if is_clean(value) else clean_text(value, len(value))
    if isinstance(value, tuple):
        clean = tuple(_washed(item) for item in value)
        return value if all(new is old for new, old in zip(clean, value, strict=True)) else clean
    if is_dataclass(value) and not isinstance(value, type):
        found = {item.name: getattr(value, item.name) for item in fields(value)}
        changed = {name: clean for name, old in found.items() if (clean := _washed(old)) is not old}
        return replace(value, **changed) if changed else value
    return value
