"""Variables of saved replies: filled in once, by what a person can see, with nothing a customer could smuggle in."""

import pytest

from models.variables import MEANINGS, Situation, fill_in, unknown_variables


def situation(**more: str) -> Situation:
    known = {
        "customer_name": "Dora Hall",
        "customer_email": "dora@example.net",
        "ticket_ref": "KTRB-042",
        "ticket_subject": "The kettle",
        "agent_name": "Ada Lind",
        "mailbox_name": "Support",
        "mailbox_address": "support@example.com",
    }
    return Situation(**(known | more))


def test_every_variable_has_a_value_and_a_meaning() -> None:
    assert set(situation().values()) == set(MEANINGS)
    assert all(situation().values().values())


@pytest.mark.parametrize(
    ("body", "filled"),
    [
        *((written, written) for written in ("{{7*7}}", "{{ config }}", "{{''.__class__}}", "{{customer.name.__class__}}", "${7*7}", "{% if 1 %}x{% endif %}", "<%= 7*7 %>")),
        ("Dear {{customer.name}},", "Dear Dora Hall,"),
        ("Dear {{ customer.first_name }}, see {{ticket.ref}}", "Dear Dora, see KTRB-042"),
        ("{{agent.first_name}} of {{mailbox.name}}", "Ada of Support"),
        ("{{nothing.here}} {customer.name} {{}} {{CUSTOMER.NAME}}", "{{nothing.here}} {customer.name} {{}} {{CUSTOMER.NAME}}"),
    ],
)
def test_variables_become_values_and_the_rest_stays(body: str, filled: str) -> None:
    """H-109: nothing is worked out, there are names and what they stand for."""
    assert fill_in(body, situation()) == filled


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("{{agent.name}}", ""),  # never looked through again
        ("Dora https://evil.example", ""),
        ("www.evil.example", ""),
        ("evil@evil.example", ""),
        ("<img src=x>", ""),
        ("Dora\r\nBcc: eve", "Dora Bcc: eve"),
        ("Do\u200bra\u202e Hall\U000e0041", "Dora Hall"),
        ("x" * 999, "x" * 200),
        ("", ""),
        ("Zoë 👩‍💻 Müller", "Zoë 👩‍💻 Müller"),
    ],
)
def test_a_name_is_one_line_of_visible_words_and_no_address(name: str, becomes: str) -> None:
    assert fill_in("{{customer.name}}", situation(customer_name=name)) == becomes


def test_a_subject_with_a_variable_in_it_is_not_filled_in() -> None:
    assert fill_in("{{ticket.subject}}", situation(ticket_subject="{{customer.email}}")) == "{{customer.email}}"


def test_unknown_variables_are_named_once() -> None:
    assert unknown_variables("{{customer.nmae}} {{customer.name}} {{x}} {{x}}") == ["customer.nmae", "x"]
