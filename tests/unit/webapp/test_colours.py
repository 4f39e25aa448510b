"""Words stand out from what they stand on, in light and in dark (WCAG 2.2, 1.4.3: 4.5 to 1)."""

import re
from pathlib import Path

import pytest

import webapp

TOKENS = Path(webapp.__file__).parent / "frontend" / "styles" / "tokens.css"
PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
COLOURS = {name: (light, dark) for name, light, dark in PAIR.findall(TOKENS.read_text())}

WORDS_ON_GROUNDS = [
    *(
        (ink, ground)
        for ink in ("ink", "ink-soft", "ink-faint")
        for ground in ("chrome", "surface", "raised", "sunken", "hover")
    ),
    *(("accent", ground) for ground in ("surface", "raised", "accent-soft")),
    *(
        (tone, ground)
        for tone in ("good", "doubt", "bad")
        for ground in ("surface", "raised", f"{tone}-soft")
    ),
    ("ink", "accent-soft"),
    ("ink-soft", "accent-soft"),
    ("note-ink", "note"),
    ("ink", "note"),
    ("on-accent", "accent"),
    ("ink", "pressed"),
    ("ink-soft", "pressed"),
]


@pytest.mark.parametrize(("ink", "ground"), WORDS_ON_GROUNDS)
@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_can_be_read_on_their_ground(ink: str, ground: str, scheme: int) -> None:
    assert contrast(COLOURS[ink][scheme], COLOURS[ground][scheme]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, as WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
