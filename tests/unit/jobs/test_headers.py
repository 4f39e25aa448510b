"""Header fields: what readers see, and what nobody can smuggle in."""

import pytest

from jobs import headers
from jobs.headers import Unsendable


def test_a_name_in_plain_letters_stands_as_it_is() -> None:
    assert headers.mailbox("Dora", "dora@example.net") == "Dora <dora@example.net>"


def test_a_name_with_signs_is_quoted() -> None:
    assert headers.mailbox("Ada (Support), Inc.", "a@b.example") == '"Ada (Support), Inc." <a@b.example>'


def test_a_name_with_other_letters_is_encoded() -> None:
    assert headers.mailbox("Zoë", "a@b.example") == "=?utf-8?q?Zo=C3=AB?=\r\n <a@b.example>"


def test_without_a_name_the_address_stands_alone() -> None:
    assert headers.mailbox(" \t", "a@b.example") == "a@b.example"


@pytest.mark.parametrize(
    "name, shown",
    [
        ("PayPal <service@paypal.com>", "PayPal service paypal.com"),
        ('Eve" <eve@evil.example>, "', "Eve eve evil.example ,"),
        ("Eve\r\nBcc: all@example.com", "Eve Bcc: all example.com"),
        ("back\\slash", "back slash"),
    ],
)
def test_a_name_cannot_look_like_an_address_or_end_its_quotes(name: str, shown: str) -> None:
    assert headers.display(name) == shown


def test_a_name_that_looks_like_an_encoded_word_is_encoded_itself() -> None:
    assert "=?utf-8?q?evil?=" not in headers.mailbox("=?utf-8?q?evil?=", "a@b.example")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a@",
        "@b.example",
        "a b@c.example",
        "a@b.example\r\nBcc: x@y",
        "a@b.example>",
        "<a@b.example",
        "a@b@c.example",
        "a,b@c.example",
        '"a"@c.example',
        "a@b.example\0",
        "a\u2028@b.example",
        "a(x)@b.example",
        "a:b@c.example",
        "a;b@c.example",
    ],
)
def test_what_no_smtp_command_could_carry_is_no_address(address: str) -> None:
    with pytest.raises(Unsendable):
        headers.wire_address(address)


def test_the_domain_of_an_address_travels_in_ascii() -> None:
    assert headers.wire_address("dora@Bücher.example") == "dora@xn--bcher-kva.example"


def test_a_long_exchange_id_is_never_encoded() -> None:
    long_id = "<" + "AM0PR04MB4417" * 15 + "@AM0PR04MB4417.eurprd04.prod.outlook.com>"
    assert headers.ids("In-Reply-To", [long_id]) == ("In-Reply-To", long_id)


def test_references_are_folded_at_spaces_only() -> None:
    name, value = headers.ids("References", ["<a@b>", "<c@d>"])
    assert value == "<a@b>\r\n <c@d>"


@pytest.mark.parametrize(
    "message_id",
    ["a@b", "<a b>", "<>", "<a>b>", "<a\r\nBcc: x@y>", "<" + "a" * 251 + ">", "<ä@b>", "<a@b>\n"],
)
def test_an_id_that_would_not_survive_is_not_written(message_id: str) -> None:
    with pytest.raises(Unsendable):
        headers.ids("In-Reply-To", [message_id])


def test_a_thread_is_its_root_and_its_nearest_nine() -> None:
    parents = [f"<{number}@x>" for number in range(20)]
    in_reply_to, references = headers.thread(parents)
    assert in_reply_to == "<19@x>"
    assert references == ("<0@x>", *(f"<{number}@x>" for number in range(11, 20)))


def test_a_thread_of_long_ids_keeps_root_and_parent_within_900_octets() -> None:
    parents = [f"<{number}-{'x' * 240}@x>" for number in range(8)]
    in_reply_to, references = headers.thread(parents)
    assert references == (parents[0], parents[6], parents[7])
    assert len(" ".join(references)) <= 900
    assert in_reply_to == parents[7]


def test_ids_that_would_break_a_thread_are_left_out() -> None:
    assert headers.thread(["<a@b>", "<c d@e>", "<\u00e9@f>"]) == ("<a@b>", ("<a@b>",))
    assert headers.thread([]) == (None, ())


def test_an_id_is_named_once() -> None:
    assert headers.thread(["<a@b>", "<c@d>", "<a@b>"])[1] == ("<c@d>", "<a@b>"), (
        "the answered one stands last"
    )


def test_a_plain_subject_is_folded_at_spaces() -> None:
    _, value = headers.unstructured("Subject", " ".join(["word"] * 40))
    assert all(len(line) <= 76 for line in ("Subject: " + value).split("\r\n"))
    assert value.replace("\r\n", "") == " ".join(["word"] * 40)


def test_a_word_too_long_to_fold_is_encoded() -> None:
    _, value = headers.unstructured("Subject", "x" * 2000)
    assert all(len(line) <= 78 for line in value.split("\r\n"))
