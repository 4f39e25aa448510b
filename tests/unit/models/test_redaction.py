"""What is taken out of a text before it travels: secrets from all, people from other people's."""

import pytest

from models.redaction import without_people, without_secrets


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Your verification code is 493817.", "Your verification code is [code]."),
        ("Code: AB12-CD34 is valid", "Code: [code] is valid"),
        ("Ihr Bestätigungscode lautet 884 211", "Ihr Bestätigungscode lautet [code]"),
        ("One-time code for login: 112233", "One-time code for login: [code]"),
        ("my password is hunter22", "my password is [password]"),
        ("Passwort: Geheim!1", "Passwort: [password]"),
        ("pay with 4111 1111 1111 1111 please", "pay with [card] please"),
        ("4111-1111-1111-1111", "[card]"),
        ("IBAN DE89 3704 0044 0532 0130 00 now", "IBAN [account] now"),
        ("key sk-abcdefghijklmnopqrstuvwx", "key [key]"),
    ],
)
def test_h165_codes_passwords_cards_and_accounts_go(text: str, left: str) -> None:
    assert without_secrets(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Order 4711-0815 came on 3 May 2026.",
        "The code of conduct is fine, the barcode too.",
        "Error code appears again and again",
        "Error code 4711 and error code: E42-17",
        "Pin 3 of the connector",
        "I forgot my password, what now?",
        "Call me at +49 30 1234567",
        "1234 5678 9012 3456 is no card",  # its checksum is wrong
        "The postcode is wrong",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


NAMES = ["Dora Hall", "dora.hall@example.net", "Ada Lind", "ada"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hello Dora,\nplease descale it.", "Hello [name],\nplease descale it."),
        ("Sehr geehrte Frau Hall,\nbitte entkalken.", "Sehr geehrte [name],\nbitte entkalken."),
        ("Ask Dora Hall or DORA'S neighbour.", "Ask [name] or [name] neighbour."),
        ("Write to dora.hall@example.net or +49 30 1234567.", "Write to [address] or [number]."),
        ("Order KX-77312 and #4711-0815, twice in 24 hours.", "Order [number] and [number], twice in 24 hours."),
        ("See https://x.example/?id=9 and www.x.example/a.", "See [link] and [link]"),
        ("Send it to 12 Long Acre Street please.", "Send it to [address] please."),
        ("Bring es in die Lange Straße 12, bitte.", "Bring es in die [address], bitte."),
        ("Descale it.\n\nKind regards\nAda Lind\nSupport", "Descale it."),
        ("Entkalken Sie ihn.\n\nMit freundlichen Grüßen\nAda", "Entkalken Sie ihn."),
        ("Hi Somebody Unknown, it is solved.", "Hi [name], it is solved."),
    ],
)
def test_of_another_customers_ticket_only_the_way_it_was_solved_stays(text: str, left: str) -> None:
    assert without_people(text, NAMES) == left


def test_a_name_within_a_word_is_no_name() -> None:
    assert without_people("The halls are adamant.", NAMES) == "The halls are adamant."
