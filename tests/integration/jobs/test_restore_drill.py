"""The restore drill: a desk is lost and comes back from its backup; what was signed still verifies, nothing is sent twice (P22, X-37)."""

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from jobs import outbound
from models.actions.alarms import look_after_custody
from models.actions.api_tokens import make_token, whose_token
from models.actions.bulk import ask_for_bulk
from models.actions.bulk_work import claim_bulk
from models.actions.restoring import end_restoration, found_in_log
from models.actions.signing_in import renew_sign_in, start_sign_in
from models.api_token import Scope
from models.app import blobs_of
from models.audit import AuditEntry
from models.bulk import BulkItem, BulkJob
from models.database import db
from models.errors import Conflict, Invalid
from models.outbox import Outbox
from models.people import User
from models.queries.analytics import summary
from models.queries.custody import open_alarms
from models.queries.reply_tokens import reply_token_at
from models.queries.restoring import restore_mode
from models.settings import load_settings
from models.ticket import Ticket
from postroom.backup.archive import SEAL
from postroom.backup.put_back import PutBack, put_back
from postroom.backup.take import Taken, take_backup
from postroom.cli import main
from tests.cast import DORA, Desk, mail_from, settings_for
from tests.smtp_sink import SmtpSink

ROWS = "SELECT (SELECT count(*) FROM ticket) + (SELECT count(*) FROM user_account) + (SELECT count(*) FROM restoration)"
PICTURE = bytes(range(256)) * 2_000


@contextmanager
def entered(desk: Desk) -> Iterator[Desk]:
    with desk.app.app_context():
        try:
            yield desk
        finally:
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def before(database_url: str, tmp_path: Path, smtp_sink: SmtpSink) -> Desk:
    """The desk that will be lost: a conversation with a file, one answer sent, two that wait, one cut off at the dot."""
    data = tmp_path / "before"
    data.mkdir()
    desk = Desk(settings_for(database_url, data, OUTBOUND_SMTP_URL=smtp_sink.url, REPLY_DOMAIN="reply.example.com"))
    with entered(desk):
        desk.open()
        ticket_id = desk.takes_in(mail_from(DORA, message_id="first@example.net", files={"plan.bin": PICTURE})).ticket_id
        assert ticket_id is not None
        desk.replies(ticket_id, "Answer one.")
        outbound.send_due()
        for words in ("Answer two.", "Answer three.", "Answer four."):
            desk.replies(ticket_id, words)
        last = db.session.scalars(select(Outbox.id).order_by(Outbox.created_at.desc()).limit(1)).one()
        db.session.execute(update(Outbox).where(Outbox.id == last).values(state="dot", lease_owner="dead/1"))
        db.session.commit()
    return desk


@pytest.fixture
def elsewhere(new_desk_database_url: str) -> str:
    """A database with tables and nothing in them."""
    return new_desk_database_url


def backup_of(desk: Desk, file: Path, told: Callable[[int, int], None] = lambda done, total: None) -> Taken:
    return take_backup(file, desk.settings, blobs_of(desk.app), told)


def restored(file: Path, url: str, data: Path, told: Callable[[int], None] = lambda octets: None, **more: str) -> tuple[Desk, PutBack]:
    """A desk of its own from the file; it starts anew afterwards, as a process does."""
    given = {"DATABASE_URL": url, "POSTROOM_DATA": str(data), "REPLY_DOMAIN": "reply.example.com", **more}
    fresh = Desk(load_settings(given))
    done = put_back(file, fresh.settings, blobs_of(fresh.app), told)
    return Desk(load_settings(given)), done


def ids_in(sink: SmtpSink) -> list[str]:
    return sorted(message_from_bytes(mail.content)["Message-ID"] for mail in sink.mails)


def bodies(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [body.strip() for (body,) in connection.execute("SELECT body FROM message ORDER BY id")]


def test_the_drill(before: Desk, bare_database_url: str, tmp_path: Path, smtp_sink: SmtpSink) -> None:
    elsewhere = bare_database_url  # not even tables
    with entered(before):
        taken = backup_of(before, tmp_path / "desk.backup")
        addresses = [message_from_bytes(mail.content)["Reply-To"] for mail in smtp_sink.mails]
        two = db.session.scalars(select(Outbox).where(Outbox.state == "queued").order_by(Outbox.created_at)).first()
        assert two is not None
        two_id = two.rfc_message_id
        outbound.send_due()  # between the backup and the loss
    assert taken.missing == () and taken.blobs == 1
    sent_before = ids_in(smtp_sink)
    assert len(sent_before) == 3

    after, done = restored(tmp_path / "desk.backup", elsewhere, tmp_path / "after", OUTBOUND_SMTP_URL=smtp_sink.url)
    assert done.held_back == 3
    assert after.keys == before.keys, "the key came along"
    with entered(after):
        after.support, after.ada = 1, before.ada
        assert outbound.send_due() == 0
        look_after_custody()
        assert [alarm.kind for alarm in open_alarms()] == ["restored"]
        assert after.ledger().balanced
        assert summary().total == 1, "what triggers keep came once"

        # What was signed before still verifies, and replies thread.
        assert addresses and reply_token_at(addresses[0].rpartition("<")[2].rpartition("@")[0], after.keys) is not None
        became = after.takes_in(mail_from(DORA, answers=two_id))
        assert (became.decision, became.evidence["strength"]) == ("reply", "K2")
        assert after.takes_in(mail_from(DORA, message_id="new@example.net", subject="Another")).ticket_id > 100_000, "no number twice"

        mode = restore_mode()
        assert mode is not None and len(mode.held_back) == 3 and all(row.was.startswith("it was") for row in mode.held_back)
        after.replies(became.ticket_id or 0, "Since the restore.")
        assert outbound.send_due() == 0 and ids_in(smtp_sink) == sent_before

        end_restoration(before.cleo)
        db.session.commit()
        assert outbound.send_due() == 1
        assert restore_mode() is None
        look_after_custody()
        assert "restored" not in [alarm.kind for alarm in open_alarms()]
    sent = ids_in(smtp_sink)
    assert len(sent) == len(set(sent)) == 4, "nothing is sent twice"
    assert "Answer two." in bodies(elsewhere)
    with psycopg.connect(elsewhere) as connection:
        [(sha256,)] = connection.execute("SELECT blob_sha256 FROM attachment").fetchall()
    assert blobs_of(after.app).read(sha256) == PICTURE


def test_an_administrator_says_which_mail_of_the_backup_goes_out_all_the_same(before: Desk, elsewhere: str, tmp_path: Path, smtp_sink: SmtpSink) -> None:
    with entered(before):
        backup_of(before, tmp_path / "desk.backup")
    after, _ = restored(tmp_path / "desk.backup", elsewhere, tmp_path / "after", OUTBOUND_SMTP_URL=smtp_sink.url)
    with entered(after):
        mode = restore_mode()
        assert mode is not None
        two, three, four = mode.held_back
        name = db.session.get_one(Outbox, two.id).rfc_message_id.strip("<>")
        assert found_in_log({name, "other@example.net"}, before.cleo) == 1
        end_restoration(before.cleo, send=[three.id])
        db.session.commit()
        outbound.send_due()
        states = [db.session.get_one(Outbox, row.id, populate_existing=True).state for row in (two, three, four)]
        assert states == ["sent", "sent", "cancelled"] and len(smtp_sink.mails) == 2
        with pytest.raises(Conflict):
            end_restoration(before.cleo)


def test_what_was_revoked_ended_or_done_since_the_backup_does_not_come_back(before: Desk, elsewhere: str, tmp_path: Path) -> None:
    with entered(before):
        cleo = db.session.get_one(User, before.cleo.id)
        _, secret = make_token(cleo, "Nightly", [Scope.TICKETS_READ])
        sign_in = start_sign_in(cleo)
        signed_in, refresh = sign_in.id, sign_in.current_refresh
        ask_for_bulk(cleo, "all", "tag", {"tag": "late"}, [])
        db.session.commit()
        backup_of(before, tmp_path / "desk.backup")
    after, done = restored(tmp_path / "desk.backup", elsewhere, tmp_path / "after")
    assert done.revoked == 1
    with entered(after):
        assert whose_token(secret) is None and claim_bulk() is None
        with pytest.raises(Invalid):
            renew_sign_in(signed_in, refresh)
        [job], [item] = db.session.scalars(select(BulkJob)), db.session.scalars(select(BulkItem))
        assert (job.state, job.refused, item.state, item.why) == ("done", 1, "refused", "the desk was restored from a backup")
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.act, entry.actor_name) == ("restore.begun", "Command line")
        assert entry.after == {"held_back": 3, "api_access_revoked": 1, "sign_ins_ended": 1}


def test_the_command_shows_what_waits_believes_a_log_and_ends_restore_mode(before: Desk, elsewhere: str, tmp_path: Path) -> None:
    with entered(before):
        backup_of(before, tmp_path / "desk.backup")
    after, _ = restored(tmp_path / "desk.backup", elsewhere, tmp_path / "after")
    with entered(after):
        two = db.session.scalars(select(Outbox).where(Outbox.state == "restored").order_by(Outbox.created_at)).first()
        assert two is not None
        log = tmp_path / "mail.log"
        log.write_text(f"postfix/cleanup[7]: 4F2A: message-id={two.rfc_message_id}\npostfix/qmgr[8]: removed\n")

    def says(*words: str) -> str:
        env = {"DATABASE_URL": elsewhere, "REDIS_URL": "redis://unused", "POSTROOM_DATA": str(tmp_path / "after")}
        return CliRunner().invoke(main, ["restored", *words], env=env).output

    assert "3  waited in the backup" in says() and DORA.address in says()
    assert "--send-unknown goes with --release" in says("--send-unknown")
    assert "1 mails are in that log" in says("--sent-log", str(log))
    assert "Restore mode has ended" in says("--release", "--send-unknown")
    assert "not in restore mode" in says()
    with entered(after):
        states = db.session.scalars(select(Outbox.state).order_by(Outbox.created_at)).all()
    assert states == ["sent", "sent", "queued", "queued"]


def test_a_backup_is_of_one_moment_although_the_desk_runs(before: Desk, elsewhere: str, tmp_path: Path) -> None:
    with entered(before):
        ticket_id = db.session.scalars(select(Ticket.id)).one()
        db.session.rollback()
        said: list[int] = []

        def meanwhile(done: int, total: int) -> None:
            said.append(before.replies(ticket_id, f"While it was taken, {len(said)}.").id)

        backup_of(before, tmp_path / "desk.backup", meanwhile)
    assert said
    restored(tmp_path / "desk.backup", elsewhere, tmp_path / "after")
    assert bodies(elsewhere)[-1] == "Answer four."


def test_a_backup_is_for_its_owner_alone_and_never_written_over(before: Desk, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    with entered(before):
        backup_of(before, file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with pytest.raises(Invalid, match="there already"):
            backup_of(before, file)

        class Killed(BaseException):
            pass

        def told(done: int, total: int) -> None:
            raise Killed

        with pytest.raises(Killed):
            backup_of(before, tmp_path / "other.backup", told)
    assert [each.name for each in tmp_path.glob("*.backup*")] == ["desk.backup"]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda octets: octets[: len(octets) // 2],
    "its last octet is missing": lambda octets: octets[:-1],
    "one octet in the middle is another": lambda octets: octets[:2000] + bytes([octets[2000] ^ 1]) + octets[2001:],
    "one octet of its seal is another": lambda octets: octets[:-3] + b"zz\n",
    "something stands behind it": lambda octets: octets + b"\n",
    "empty": lambda octets: b"",
    "another file": lambda octets: b"x" * (SEAL + 10),
}


def test_a_damaged_backup_is_refused_before_anything_is_written(before: Desk, elsewhere: str, tmp_path: Path) -> None:
    with entered(before):
        backup_of(before, tmp_path / "desk.backup")
    whole = (tmp_path / "desk.backup").read_bytes()
    for name, damage in DAMAGES.items():
        (tmp_path / "damaged").write_bytes(damage(whole))
        with pytest.raises(Invalid, match="restored"):
            restored(tmp_path / "damaged", elsewhere, tmp_path / "after")
        with psycopg.connect(elsewhere) as connection:
            assert connection.execute(ROWS).fetchone() == (0,), name
        assert not list((tmp_path / "after" / "blobs").rglob("*"))


def test_a_restore_that_is_killed_leaves_an_empty_desk_and_can_be_done_again(before: Desk, elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    with entered(before):
        backup_of(before, file)

    class Killed(BaseException):
        pass

    for calls in (2, 4, 6, 12):
        left = [calls]

        def told(octets: int, left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                raise Killed

        with pytest.raises(Killed):
            restored(file, elsewhere, tmp_path / "after", told)
        with psycopg.connect(elsewhere) as connection:
            assert connection.execute(ROWS).fetchone() == (0,)
    restored(file, elsewhere, tmp_path / "after")
    assert len(bodies(elsewhere)) == 5


def test_a_backup_goes_into_an_empty_desk_alone(before: Desk, elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    with entered(before):
        backup_of(before, file)
    with psycopg.connect(elsewhere), pytest.raises(Conflict, match="running"):
        restored(file, elsewhere, tmp_path / "after")
    restored(file, elsewhere, tmp_path / "after")
    with pytest.raises(Conflict, match="in use"):
        restored(file, elsewhere, tmp_path / "third")
    assert len(bodies(elsewhere)) == 5


def test_another_key_in_the_settings_is_refused(before: Desk, elsewhere: str, tmp_path: Path) -> None:
    with entered(before):
        backup_of(before, tmp_path / "desk.backup")
    with pytest.raises(Conflict, match="SECRET_KEY"):
        restored(tmp_path / "desk.backup", elsewhere, tmp_path / "after", SECRET_KEY="another key of more than 32 characters")
    both = f"another key of more than 32 characters,{before.keys[0].decode()}"
    restored(tmp_path / "desk.backup", elsewhere, tmp_path / "after", SECRET_KEY=both)
