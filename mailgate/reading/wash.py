"""The last look before a reading leaves this house: no string in it may hold what Postgres refuses (F17)."""

from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from models.text import clean_text, is_clean

Reading = TypeVar("Reading")


def washed(reading: Reading) -> Reading:
    """Return `reading` (a frozen dataclass of strings, tuples and such dataclasses) with every string
    clean.
    """
    changed = {
        item.name: clean
        for item in fields(reading)  # type: ignore[arg-type]
        if (clean := _washed(value := getattr(reading, item.name))) is not value
    }
    if not changed:
        return reading
    return type(reading)(
        **{item.name: changed.get(item.name, getattr(reading, item.name)) for item in fields(reading)}
    )  # type: ignore[arg-type]


def _washed(value: Any) -> Any:
    if isinstance(value, str):
        return value if is_clean(value) else clean_text(value, len(value))
    if isinstance(value, tuple):
        clean = tuple(_washed(item) for item in value)
        return value if all(new is old for new, old in zip(clean, value, strict=True)) else clean
    return washed(value) if is_dataclass(value) and not isinstance(value, type) else value
