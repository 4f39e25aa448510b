"""Folds: what is found, what must never be, and that nothing is cut from the text."""

import pytest

from mailgate.folding.fold import fold, without

REPLIES = {
    "English, Gmail": "Thanks.\n\nOn Mon, Nov 2, 2026 at 9:00 AM Ada <ada@example.com> wrote:\n\n> Hi\n",
    "English, wrapped": "Thanks.\n\nOn Mon, Nov 2, 2026 at 9:00 AM Ada Lovelace of the very long name\n<ada@example.com> wrote:\n\n> Hi\n",
    "English, no marks": "Thanks.\n\nOn Nov 2, 2026, at 9:00, Ada <ada@example.com> wrote:\n\nHi Dora,\nplease try again.\n",
    "German": "Thanks.\n\nAm Mo., 2. Nov. 2026 um 09:00 Uhr schrieb Ada <ada@example.com>:\n\n> Hi\n",
    "French": "Thanks.\n\nLe lun. 2 nov. 2026 à 09:00, Ada <ada@example.com> a écrit :\n\n> Hi\n",
    "Spanish": "Thanks.\n\nEl lun, 2 nov 2026 a las 9:00, Ada (<ada@example.com>) escribió:\n\n> Hi\n",
    "Italian": "Thanks.\n\nIl giorno lun 2 nov 2026 alle ore 09:00 Ada <ada@example.com> ha scritto:\n\n> Hi\n",
    "Portuguese": "Thanks.\n\nEm seg., 2 de nov. de 2026 às 09:00, Ada <ada@example.com> escreveu:\n\n> Hi\n",
    "Dutch": "Thanks.\n\nOp ma 2 nov. 2026 om 09:00 schreef Ada <ada@example.com>:\n\n> Hi\n",
    "Swedish": "Thanks.\n\nDen mån 2 nov. 2026 kl 09:00 skrev Ada <ada@example.com>:\n\n> Hi\n",
    "Danish": "Thanks.\n\nDen man. 2. nov. 2026 kl. 09.00 skrev Ada <ada@example.com>:\n\n> Hi\n",
    "Finnish": "Thanks.\n\nma 2. marrask. 2026 klo 9.00 Ada (ada@example.com) kirjoitti:\n\n> Hi\n",
    "Polish": "Thanks.\n\npon., 2 lis 2026 o 09:00 Ada <ada@example.com> napisał(a):\n\n> Hi\n",
    "Czech": "Thanks.\n\npo 2. 11. 2026 v 9:00 odesílatel Ada <ada@example.com> napsal:\n\n> Hi\n",
    "Hungarian": "Thanks.\n\nAda <ada@example.com> ezt írta (időpont: 2026. nov. 2., H, 9:00):\n\n> Hi\n",
    "Romanian": "Thanks.\n\nÎn lun., 2 nov. 2026 la 09:00, Ada <ada@example.com> a scris:\n\n> Hi\n",
    "Russian": "Thanks.\n\nпн, 2 нояб. 2026 г. в 09:00, Ada <ada@example.com>:\n\n> Hi\n",
    "Ukrainian": "Thanks.\n\nпн, 2 лист. 2026 р. о 09:00 Ada <ada@example.com> пише:\n\n> Hi\n",
    "Turkish": "Thanks.\n\nAda <ada@example.com>, 2 Kas 2026 Pzt, 09:00 tarihinde şunu yazdı:\n\n> Hi\n",
    "Greek": "Thanks.\n\nΣτις Δευ 2 Νοε 2026 στις 9:00 π.μ., ο χρήστης Ada <ada@example.com> έγραψε:\n\n> Hi\n",
    "Japanese": "Thanks.\n\n2026年11月2日(月) 9:00 Ada <ada@example.com>:\n\n> Hi\n",
    "Chinese": "Thanks.\n\nAda <ada@example.com> 于2026年11月2日周一 09:00写道：\n\n> Hi\n",
    "Korean": "Thanks.\n\n2026년 11월 2일 (월) 오전 9:00, Ada <ada@example.com>님이 작성:\n\n> Hi\n",
    "Vietnamese": "Thanks.\n\nVào Th 2, 2 thg 11, 2026 vào lúc 09:00 Ada <ada@example.com> đã viết:\n\n> Hi\n",
    "Indonesian": "Thanks.\n\nPada tanggal Sen, 2 Nov 2026 pukul 09.00 Ada <ada@example.com> menulis:\n\n> Hi\n",
    "Outlook, English": "Thanks.\n\nFrom: Ada <ada@example.com>\nSent: Monday, November 2, 2026 9:00 AM\nTo: Dora <dora@example.org>\nSubject: Lamp\n\nHi\n",
    "Outlook, German, ruled": "Thanks.\n\n________________________________\nVon: Ada <ada@example.com>\nGesendet: Montag, 2. November 2026 09:00\nAn: Dora\nBetreff: Lampe\n\nHi\n",
    "Outlook, no address": "Thanks.\n\nVon: Ada\nGesendet: Montag, 2. November 2026 09:00\nAn: Dora\nBetreff: Lampe\n\nHi\n",
    "Outlook, bold": "Thanks.\n\n*From:* Ada [mailto:ada@example.com]\n*Sent:* Monday, November 2, 2026 9:00 AM\n*To:* Dora\n*Subject:* Lamp\n\nHi\n",
    "Outlook, old": "Thanks.\n\n-----Original Message-----\nFrom: Ada\nHi\n",
    "an unknown language": "Thanks.\n\nXyzzy: Ada <ada@example.com>\nPlugh: 2 Frotz 2026 09:00\nQuux: Dora <dora@example.org>\n\nHi\n",
    "a mark to write above": "Thanks.\n\n--- Bitte antworten Sie oberhalb dieser Zeile ---\n\nHi\n",
    "a name, an address and the verb alone": "Thanks.\n\nAda Byron <ada@example.com> wrote:\n\nHi Dora,\nplease.\n",
    "a date, a name and an address alone": "Thanks.\n\n2026/11/2 Ada Byron <ada@example.com>\n\n> Hi\n",
    "an address broken off": "Thanks.\n\nOn Mon, Nov 2, 2026 at 9:00 AM Ada\n\n<\nmailto:ada@example.com\n> wrote:\nHi\n",
    "a telephone's rule": "Thanks.\n\n---- Ada Byron wrote ----\nHi\n",
    "a telephone's signature above": "Thanks.\n\nSent from my Nokia\n\nHi Dora,\nplease try.\n",
    "a link that lost its mark": "Thanks.\n\n> see\n> https://example.com/\nticket?id=77&x=1\n",
    "quotes at the end": "Thanks.\n\n> Hi\n> Dora\n",
    "quotes and a list's footer": "Thanks.\n\nOn Nov 2, 2026, Ada <ada@example.com> wrote:\n> Hi\n\n____________________________\nlamps mailing list\nlamps@example.org\n",
    "text under the quotation": "Thanks.\n\nOn Nov 2, 2026, Ada <ada@example.com> wrote:\n> Hi\n\n-- \nDora\n",
    "no-break spaces": "Thanks.\n\nLe\u00a0lun. 2 nov. 2026 à 09:00, Ada <ada@example.com> a écrit\u00a0:\n\n> Hi\n",
}
WHOLE = [
    "On Monday I called, and you said:\n\nit will be fixed.",
    "My details are:\n\nName: Dora\nPhone: 030 123\nOrder: 77",
    "To: do list\n\n1. lamp\n2. chair",
    "The code is\n\n> x = 1\n\nand it fails.",
    "At 10:30 on 2 November 2026 the lamp broke.",
    "Von: Berlin\nNach: Hamburg\n\nBitte ein Angebot.",
    "Sent from my desk, which is much quieter than the train I sat in when I wrote last.",
    "Thank you, the lamp works.",
    "It says -----\nbroken\n-----",
    "> only a quotation",
    "-- \nonly a signature",
    "",
]
SIGNATURES = [
    "-Dora\n\n\n_______________________________\nlamps mailing list\nlamps@example.org",
    "----------------\nDora Winter\n\nTel. 030 123\n\nhttp://example.org/",
    "Thank you,\nDora",
    "-- \nDora",
    "--\nDora Winter\nTel. 030",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Get Outlook for Android",
    "Envoyé de mon mobile",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Отправлено с iPhone",
    "iPhoneから送信",
    "Best regards,\nDora",
    "Mit freundlichen Grüßen\nDora Winter\nTel. 030 123",
    "-Dora",
]


@pytest.mark.parametrize("name", REPLIES)
def test_history_is_folded_and_the_reply_is_left(name: str) -> None:
    folded = fold(REPLIES[name], ())
    assert folded.reply_text == "Thanks."
    assert folded.folds


@pytest.mark.parametrize("text", WHOLE)
def test_what_somebody_wrote_is_never_folded(text: str) -> None:
    folded = fold(text, ())
    assert folded.folds == ()
    assert folded.reply_text == text.strip("\n").rstrip()


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signatures_are_folded(signature: str) -> None:
    folded = fold(f"Thanks.\n\n{signature}\n", ())
    assert folded.reply_text == "Thanks."
    assert [span.kind for span in folded.folds] == ["signature"]


def test_answers_between_quotations_keep_them() -> None:
    text = "On Nov 2, 2026, Ada <ada@example.com> wrote:\n> Which?\n\nThe red one.\n\n> When?\n\nMonday.\n"
    assert fold(text, ()).reply_text == "> Which?\n\nThe red one.\n\n> When?\n\nMonday."


def test_an_answer_under_one_quotation_is_the_reply() -> None:
    text = "Hi,\n\nOn Nov 2, 2026, Ada <ada@example.com> wrote:\n> Which?\n\nThe red one.\n"
    assert fold(text, ()).reply_text.split() == ["Hi,", "The", "red", "one."]


def test_a_forward_is_content_but_not_the_reply_of_who_wrote_above_it() -> None:
    text = "Please look.\n\n---------- Forwarded message ---------\nFrom: Carl <carl@example.net>\nDate: x\nSubject: Chair\nTo: dora@example.org\n\nBroken.\n"
    folded = fold(text, ())
    assert folded.folds == ()
    assert folded.reply_text == "Please look.\n\n---------- Forwarded message ---------"


def test_a_forward_without_words_of_ones_own_speaks_for_itself() -> None:
    text = "---------- Forwarded message ---------\nFrom: Carl <carl@example.net>\nDate: x\nSubject: Chair\nTo: dora@example.org\n\nBroken.\n"
    assert fold(text, ()).reply_text == "Broken."


@pytest.mark.parametrize("name", REPLIES)
def test_folds_and_the_rest_are_the_whole_text(name: str) -> None:
    text = REPLIES[name]
    folds = fold(text, ()).folds
    kept = without(text, folds)
    assert kept in text
    assert "".join(text[span.start : span.end] for span in folds).strip()
    assert all(span.start < span.end <= len(text) for span in folds)
