"""Reading names after '@'."""

import pytest

from models.mentions import Nameable, named_in

PEOPLE = [Nameable(1, "ada", "Ada Lind"), Nameable(2, "ben", "Ben Okafor"), Nameable(3, "ada.berg", "Ada Berg"), Nameable(4, "zoe", "")]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@ada", [1]),
        ("@Ada Lind, see", [1]),
        ("(@ada lind)", [1]),
        ("@Ada Berg", [3]),
        ("@ada.berg.", [3]),
        ("@ada\n@ben", [1, 2]),
        ("@Ben  Okafor", [2]),
        ("@zoe!", [4]),
        ("@ada and @ada", [1]),
        ("@adam", []),
        ("ada@example.com", []),
        ("info@ben", []),
        ("@ben.example.com", []),
        ("@@ada", []),
        ("@", []),
        ("ada", []),
    ],
)
def test_who_is_named_by_a_text(text: str, named: list[int]) -> None:
    assert named_in(text, PEOPLE) == named
