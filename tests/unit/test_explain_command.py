"""`postroom explain` over our own mails: in order, one object a line, and a report for people."""

import json
from pathlib import Path

from click.testing import CliRunner

from postroom.explain import explain

MAILS = sorted((Path(__file__).parents[1] / "corpus" / "mails").glob("*.eml"))
KEYS = {
    "file",
    "from_email",
    "from_name",
    "to",
    "cc",
    "reply_to",
    "effective_sender",
    "subject",
    "message_id",
    "in_reply_to",
    "references",
    "text",
    "html",
    "reply_text",
    "has_quoted",
    "attachments",
    "auto_generated",
    "bounce",
    "bounced_recipient",
    "bounce_status",
    "complaint",
    "forwarded",
    "tnef_attachments",
    "attached_message_subject",
    "rejected",
    "crashed",
}


def test_many_files_come_out_in_the_order_given_with_all_keys() -> None:
    names = [str(mail) for mail in reversed(MAILS)]
    result = CliRunner().invoke(explain, ["--jsonl", *names])
    readings = [json.loads(line) for line in result.output.splitlines()]
    assert [reading["file"] for reading in readings] == names
    assert all(reading.keys() >= KEYS and reading["crashed"] is False for reading in readings)


def test_a_missing_file_is_told_and_the_others_are_read() -> None:
    result = CliRunner().invoke(explain, ["--jsonl", "no-such-file.eml", str(MAILS[0])])
    first, second = (json.loads(line) for line in result.output.splitlines())
    assert (first["crashed"], second["crashed"]) == (True, False)
    assert "No such file" in first["error"]


def test_people_get_a_report() -> None:
    mail = next(mail for mail in MAILS if mail.stem == "bounce_rfc3464")
    output = CliRunner().invoke(explain, [str(mail)]).output
    assert "MAILER-DAEMON@mx.example.net" in output
    assert "gone@example.net 5.1.1" in output
