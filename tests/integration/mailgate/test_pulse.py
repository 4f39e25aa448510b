"""The pulse on a real database: hours counted once, silence as an alarm, and the mail that the desk sends to itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from jobs.probe import Prober, probe_mail, send_probe
from models.actions.alarms import look_after_custody
from models.actions.pulse import begin_probe, count_hours, forget_probes, look_after_pulse
from models.app import settings_of
from models.database import db
from models.probe_mark import HEADER, probe_mark
from models.queries.custody import ledger, open_alarms
from models.queries.pulse import counted_until, last_probe
from tests.custody import Custody
from tests.processes import free_port
from tests.smtp_sink import SmtpSink

UTC = ZoneInfo("UTC")
HOURS = "INSERT INTO mailbox_hour SELECT min(id), h, {} FROM mailbox, generate_series(date_trunc('hour', now()) - interval '{}', date_trunc('hour', now()) - interval '{}', interval '1 hour') h GROUP BY h"


@contextmanager
def desk_of(custody: Custody) -> Iterator[None]:
    with custody.app.app_context():
        yield


def count_all(custody: Custody) -> None:
    with desk_of(custody):
        while count_hours():
            db.session.commit()
        look_after_pulse(UTC)
        db.session.commit()


def kinds(custody: Custody) -> set[str]:
    with desk_of(custody):
        return {alarm.kind for alarm in open_alarms()}


def test_every_hour_is_counted_once_and_the_one_that_goes_on_is_not(custody: Custody) -> None:
    for _ in range(3):
        custody.keep("Parcel")
    custody.run("UPDATE inbound_message SET received_at = date_trunc('hour', now()) - interval '50 hours 10 minutes'")
    custody.keep("This hour")
    for _ in range(2):
        count_all(custody)
        assert custody.run("SELECT sum(mails), count(*) FROM mailbox_hour") == [(3, 51)] or custody.run("SELECT extract(minute FROM now()) < 2")[0][0]
    with desk_of(custody):
        until = counted_until()
    assert until is not None and custody.run("SELECT %s > now() - interval '63 minutes'", until) == [(True,)]


def test_silence_where_mail_is_usual_is_an_alarm_until_mail_comes(custody: Custody) -> None:
    custody.run(HOURS.format(5, "6 weeks", "5 hours"))
    custody.run(HOURS.format(0, "4 hours", "1 hour"))
    custody.keep("Long ago")
    custody.run("UPDATE inbound_message SET received_at = now() - interval '5 hours 30 minutes'")
    custody.files()
    count_all(custody)
    mailbox_id = custody.run("SELECT min(id) FROM mailbox")[0][0]
    assert kinds(custody) == {f"silence:{mailbox_id}"}
    with desk_of(custody):
        look_after_custody()  # the other look leaves it alone
        db.session.commit()
        [alarm] = open_alarms()
        assert alarm.sentence.startswith("Support has had no mail for 4 hour(s), in which about 20 would be usual")
    custody.keep("At last")
    count_all(custody)
    assert kinds(custody) == set()


# --- the mail to itself ---------------------------------------------------------------------------------------------


def begun(custody: Custody) -> UUID:
    with desk_of(custody):
        probe_id = begin_probe(10)
        db.session.commit()
    assert probe_id is not None
    return probe_id


def mail_of(custody: Custody, probe_id: UUID) -> bytes:
    with desk_of(custody):
        return probe_mail(probe_id, "support@example.com", settings_of(custody.app))


def test_a_mail_to_itself_is_counted_apart_measured_and_let_go(custody: Custody) -> None:
    probe_id = begun(custody)
    inbound_id = custody.keep_raw(mail_of(custody, probe_id))
    custody.keep("Parcel")
    custody.files()
    assert custody.became(inbound_id)[2:] == ("probe", "P0")
    with desk_of(custody):
        sums = ledger()
        assert (sums.by_decision, sums.accepted, sums.balanced) == ({"new_ticket": 1, "probe": 1}, 2, True)
        way = last_probe()
        assert way is not None and 0 < way.seconds < 60
        forget_probes()
        db.session.commit()
    assert custody.run("SELECT count(*) FROM ticket") == [(1,)]
    assert custody.run("SELECT count(*) FROM inbound_message WHERE raw IS NULL AND forgotten_at IS NOT NULL") == [(1,)]
    with desk_of(custody):
        assert ledger().balanced
    count_all(custody)
    assert custody.run("SELECT coalesce(sum(mails), 0) FROM mailbox_hour WHERE mails > 1") == [(0,)]


def test_the_mark_hides_one_mail_and_no_second_one(custody: Custody) -> None:
    """Whoever has seen the mark on its way could else hide his mail from the team."""
    probe_id = begun(custody)
    first = custody.keep_raw(mail_of(custody, probe_id))
    custody.files()
    mark = probe_mark(settings_of(custody.app).signing_keys, probe_id)
    raw = f"From: Eve <eve@example.org>\r\nSubject: Hidden?\r\nMessage-ID: <{uuid4()}@x>\r\n{HEADER}: {mark}\r\n\r\nHello\r\n"
    second = custody.keep_raw(raw.encode())
    custody.files()
    assert custody.became(first)[2] == "probe"
    assert custody.became(second)[2] == "new_ticket"


@pytest.mark.parametrize("harm", ["sent_at = now() - interval '2 hours'", "sent_at = now() + interval '1 hour'", "id = gen_random_uuid()"])
def test_an_old_an_early_and_an_unknown_mark_hide_nothing(custody: Custody, harm: str) -> None:
    probe_id = begun(custody)
    custody.run(f"UPDATE probe SET {harm}")
    inbound_id = custody.keep_raw(mail_of(custody, probe_id))
    custody.files()
    assert custody.became(inbound_id)[2] == "held"  # it claims to come from ourselves


def test_two_clocks_begin_one_probe(custody: Custody) -> None:
    begun(custody)
    with desk_of(custody):
        assert begin_probe(10) is None


def test_a_new_desk_waits_for_its_first_probe_and_zero_minutes_mean_none(custody: Custody) -> None:
    with desk_of(custody):
        prober = Prober(custody.app)
        prober.probe_if_due()
        assert custody.run("SELECT count(*) FROM probe") == [(0,)]
        prober.settings = prober.settings.model_copy(update={"probe_minutes": 0})
        prober.began_at = float("-inf")
        prober.probe_if_due()
    assert custody.run("SELECT count(*) FROM probe") == [(0,)]


def test_what_is_handed_in_is_signed_and_an_alarm_says_when_it_does_not_come_through(custody: Custody, smtp_sink: SmtpSink) -> None:
    probe_id = begun(custody)
    host, port = smtp_sink.url.removeprefix("smtp://").split(":")
    settings = settings_of(custody.app).model_copy(update={"smtp_host": host, "smtp_port": int(port)})
    with desk_of(custody):
        send_probe(probe_id, settings)
    [mail] = smtp_sink.wait_for(1)
    assert mail.recipients == ["support@example.com"] and b"DKIM-Signature:" in mail.content
    assert custody.run("SELECT handed_in_at IS NOT NULL, trouble FROM probe") == [(True, "")]
    custody.run("UPDATE probe SET sent_at = now() - interval '3 minutes'")
    with desk_of(custody):
        look_after_custody()
        db.session.commit()
        [alarm] = open_alarms()
    assert (alarm.kind, "does the gate take mail" in alarm.sentence) == ("probe", True)


def test_a_gate_that_does_not_answer_is_named(custody: Custody) -> None:
    probe_id = begun(custody)
    port = free_port()
    settings = settings_of(custody.app).model_copy(update={"smtp_host": "0.0.0.0", "smtp_port": port})
    with desk_of(custody):
        send_probe(probe_id, settings)
    [(trouble,)] = custody.run("SELECT trouble FROM probe")
    assert trouble.startswith("127.0.0.1: ") and "refused" in trouble
