"""The guards of the composer: when each asks, and when it keeps quiet."""

from dataclasses import replace

import pytest

from models.guards import GUARDS, Reader, Sending, questions

DORA = Reader("dora.hall@example.net", "Dora Hall")
NOTE = "She is three invoices behind, so be careful with credit. Ben knows her."
SENDING = Sending(
    "It is on its way.",
    (DORA,),
    their_words="Where is my parcel?\n\nRegards, Dora (also for Mike Hall)",
    notes=(NOTE,),
    known_domains=frozenset({"example.net"}),
    team=frozenset({"ben", "ada"}),
)


def asked(text: str, guard: str, **more: object) -> str:
    return GUARDS[guard](replace(SENDING, text=text, **more))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Hi Anna,\n\nit is on its way.", "Anna"),
        ("Dear Mr Brandt,", "Mr Brandt"),
        ("Hello Anna Berg!", "Anna Berg"),
        ("Good morning Anna, thanks", "Anna"),
        ("Liebe Anna,", "Anna"),
        ("Sehr geehrter Herr Brandt,", "Herr Brandt"),
        ("Guten Tag Frau Berg,", "Frau Berg"),
        ("Bonjour Anna,", "Anna"),
        ("Hola Ana:", "Ana"),
        ("Buongiorno Anna,", "Anna"),
        ("Olá Ana,", "Ana"),
        ("Beste Anna,", "Anna"),
        ("Hej Anna!", "Anna"),
        ("Cześć Anno,", "Anno"),
        ("Здравствуйте, Анна!", "Анна"),
        ("> quoted\nHi Anna,", "Anna"),
    ],
)
def test_a_greeting_of_somebody_else_is_asked_about(text: str, named: str) -> None:
    assert asked(text, "wrong_person") == named


@pytest.mark.parametrize(
    "text",
    [
        "Hi Dora,",
        "Hi dora,",
        "Dear Ms Hall,",
        "Dear Dr. Hall,",
        "Hello Mike,",  # who signed one of her mails
        "Hi,\nit is on its way.",
        "Hi there,",
        "Hello all,",
        "Hallo zusammen,",
        "Sehr geehrte Damen und Herren,",
        "Bonjour à tous,",
        "Dear customer,",
        "Hello again!",
        "Hi Dóra,",
        "It is on its way, Anna.",
        "Anna has told me that it is on its way.",
        "> Hi Anna,\nIt is on its way.",
    ],
)
def test_a_greeting_of_the_reader_or_of_nobody_is_not(text: str) -> None:
    assert asked(text, "wrong_person") == ""


def test_a_short_form_of_a_name_is_that_name() -> None:
    thomas = (Reader("t@example.net", "Tomas Vidal"),)
    assert asked("Hi Tom,", "wrong_person", readers=thomas) == ""
    assert asked("Hi Tim,", "wrong_person", readers=thomas) == "Tim"


def test_a_reader_without_a_name_may_be_called_anything() -> None:
    assert asked("Hi Anna,", "wrong_person", readers=(Reader("info@example.net"),)) == ""


def test_a_domain_that_the_ticket_never_wrote_to_is_asked_about() -> None:
    frank = Reader("frank@elsewhere.example")
    assert asked("x", "new_domain", readers=(DORA, frank)) == "frank@elsewhere.example"
    assert asked("x", "new_domain", readers=(DORA,)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Please find attached the invoice.",
        "I have attached the form.",
        "The form is attached.",
        "See the attachment.",
        "Enclosed you will find it.",
        "Anbei die Rechnung.",
        "Die Rechnung finden Sie im Anhang.",
        "Das Formular ist beigefügt.",
        "Vous trouverez ci-joint la facture.",
        "La facture est en pièce jointe.",
        "Le envío la factura adjunta.",
        "In allegato la fattura.",
        "Segue em anexo a fatura.",
        "De factuur vindt u in de bijlage.",
        "Fakturan är bifogad.",
        "Faktura w załączniku.",
        "Faktura je v příloze.",
        "Счёт во вложении.",
    ],
)
def test_a_file_that_is_spoken_of_and_not_there_is_asked_about(text: str) -> None:
    assert asked(text, "missing_attachment")
    assert asked(text, "missing_attachment", files=1) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for your attachment.",
        "The file you attached cannot be opened.",
        "There is nothing attached to your mail.",
        "In Ihrem Anhang fehlt eine Seite.",
        "> I have attached the form.\nThank you.",
        "She is very attached to it.",
        "It is on its way.",
    ],
)
def test_a_file_of_somebody_else_is_not(text: str) -> None:
    assert asked(text, "missing_attachment") == ""


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Dora, she is three invoices behind, so be careful with credit!", "She is three invoices behind, so be careful with credit"),
        ("> She is THREE invoices behind, so be careful with credit.", "She is three invoices behind, so be careful with credit"),
        ("Hello [internal] we", "[internal]"),
        ("Internal note: she pays late", "Internal note"),
        ("Nur intern: sie zahlt spät", "Nur intern"),
        ("TODO: look it up", "TODO:"),
        ("Hello {{customer.first_name}},", "{{customer.first_name}}"),
        ("@ben what do you think?", "@ben"),
    ],
)
def test_what_is_the_teams_own_is_asked_about(text: str, about: str) -> None:
    assert asked(text, "internal_text") == about


@pytest.mark.parametrize("text", ["Ben knows her.", "Write to info@ben.example.", "@frank is on Twitter.", "The international line is closed."])
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert asked(text, "internal_text") == ""


def test_what_the_customer_has_said_herself_is_no_secret() -> None:
    assert asked(NOTE, "internal_text", their_words=NOTE) == ""


def test_an_address_that_mail_does_not_reach_is_asked_about() -> None:
    gone = replace(DORA, stopped="mail comes back")
    assert asked("x", "unreachable", readers=(gone,)) == "dora.hall@example.net: mail comes back"


def test_a_guard_asks_once_and_each_for_itself() -> None:
    sending = replace(SENDING, text="Hi Anna,\nplease find attached the invoice.")
    person, file = questions(sending)
    assert (person.guard, file.guard) == ("wrong_person", "missing_attachment")
    assert questions(sending, {person.key}) == [file]
    assert questions(sending, {person.key, file.key}) == []


def test_an_answer_counts_for_what_was_asked_and_for_nothing_else() -> None:
    answered = {each.key for each in questions(replace(SENDING, text="Hi Anna,"))}
    assert [each.about for each in questions(replace(SENDING, text="Hi Berta,"), answered)] == ["Berta"]


def test_an_ordinary_reply_is_asked_nothing() -> None:
    assert questions(replace(SENDING, text="Hi Dora,\n\nit is on its way.\n\nAda")) == []


def test_a_long_reply_is_judged_at_once() -> None:
    """Five hundred thousand letters against words that back-track would hang the desk."""
    assert questions(replace(SENDING, text="attached " + "a " * 250_000, files=1)) == []
