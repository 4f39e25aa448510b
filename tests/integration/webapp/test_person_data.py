"""Leaving, and being forgotten: what one takes away, what an erasure takes out, and what it says of the rest (H-173)."""

import http.client
import io
import json
import os
import re
import zipfile
from contextlib import closing
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import func, insert, select, text, update

from models.actions.erasing import NOBODY, erase_person, proofs_about, remove_blobs
from models.actions.forgetting import forget_old_bytes
from models.actions.merging import merge
from models.actions.participants import add_participant
from models.actions.messages import Written, add_note
from models.actor import COMMAND_LINE
from models.app import blobs_of
from models.audit import AuditEntry
from models.custody import BlockedSender, InboundMessage
from models.database import db
from models.errors import Conflict, Forbidden, Invalid
from models.message import Attachment, Message
from models.outbox import Outbox
from models.people import User
from models.person_note import PersonNote
from models.queries.custody import ledger
from models.queries.person_data import safe_name
from models.queries.traces_of_person import traces_of
from models.remote_pictures import PictureTrust
from models.suppression import Suppression
from tests.cast import DORA, EVE, mail_from
from tests.integration.webapp.conftest import HASH, WebDesk

WORDS, FILE, NOTE, HELD, ANSWER = "canarywords", "canaryfile", "canarynote", "canaryheld", "canaryanswer"


class Known:
    """Dora's request with an answer, a note and a file; and Eve's, which quotes Dora."""

    def __init__(self, desk: WebDesk) -> None:
        self.desk = desk
        mail = mail_from(DORA, subject=f"Parcel {WORDS}", body=f"My street is {WORDS}", files={f"../../{FILE}.txt": FILE.encode()})
        self.mail = desk.takes_in(mail)
        ticket_id = self.mail.ticket_id
        assert ticket_id is not None
        self.ticket_id = ticket_id
        desk.assigns(ticket_id, desk.ada)
        desk.replies(ticket_id, f"Dear Dora, {WORDS} it is.")
        add_note(ticket_id, Written(f"Dora again, {NOTE}"), desk.ada)
        db.session.execute(update(Outbox).where(Outbox.kind == "reply").values(mime=f"To: {DORA.address}\r\n\r\n{WORDS}".encode(), state="sent"))
        self.others = desk.takes_in(mail_from(EVE, subject="Parcel", body=f"{DORA.address} said: hello"), mail_from=EVE.address).ticket_id
        db.session.execute(update(User).where(User.email == DORA.address).values(password_hash=HASH))
        db.session.commit()
        self.dora = db.session.scalars(select(User).where(User.email == DORA.address)).one().id

    def zip_of(self, who: str, path: str) -> zipfile.ZipFile:
        """What comes down as a file; as bytes, which a tab does not keep."""
        tab = self.desk.tab(who)
        with closing(http.client.HTTPConnection(urlsplit(self.desk.base).netloc, timeout=30)) as line:
            line.request("GET", path, headers={"Cookie": tab.cookie_header(path)})
            answer = line.getresponse()
            content = answer.read()
        assert answer.status == 200, content
        assert answer.headers["Content-Disposition"].startswith("attachment")
        return zipfile.ZipFile(io.BytesIO(content))

    def erases(self) -> dict[str, object]:
        proof, blobs = erase_person(self.dora, self.desk.cleo, self.desk.keys)
        db.session.commit()
        db.session.expire_all()
        self.blobs = blobs
        return proof.report


@pytest.fixture
def known(desk: WebDesk) -> Known:
    return Known(desk)


def all_of(archive: zipfile.ZipFile) -> str:
    return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


# --- taking it away -------------------------------------------------------------------------------------------------


def test_a_customer_takes_away_what_is_his_and_never_a_note(known: Known) -> None:
    archive = known.zip_of(DORA.address, "/account/my-data.zip")
    everything = all_of(archive)
    assert WORDS in everything and FILE in everything
    assert NOTE not in everything and HELD not in everything
    assert EVE.address not in everything and "hello" not in everything
    assert json.loads(archive.read("person.json"))["email"] == DORA.address
    assert f"mails/{known.mail.inbound_id}.eml" in archive.namelist()
    assert archive.read(f"mails/{known.mail.inbound_id}.eml") == db.session.get_one(InboundMessage, known.mail.inbound_id).raw
    assert any(name.startswith("sent/") for name in archive.namelist())


@pytest.mark.parametrize("goes_on_in_eves", [True, False])
def test_a_merge_gives_nobody_another_customers_words_and_takes_nobody_his_own(known: Known, goes_on_in_eves: bool) -> None:
    others = known.others or 0
    answer = known.desk.replies(others, f"Dear Eve, {ANSWER}").id
    ended, stays = (known.ticket_id, others) if goes_on_in_eves else (others, known.ticket_id)
    merge(ended, stays, known.desk.cleo)
    db.session.execute(update(User).where(User.email == EVE.address).values(password_hash=HASH))
    db.session.commit()
    archives = {who.address: all_of(known.zip_of(who.address, "/account/my-data.zip")) for who in (DORA, EVE)}
    assert f"My street is {WORDS}" in archives[DORA.address] and FILE in archives[DORA.address]
    assert ANSWER not in archives[DORA.address] and "said: hello" not in archives[DORA.address]
    assert ANSWER in archives[EVE.address] and "said: hello" in archives[EVE.address]
    assert WORDS not in archives[EVE.address] and FILE not in archives[EVE.address]
    known.erases()
    assert ANSWER in known.desk.message(answer).body, "Eve's conversation is hers, wherever it stands"


def test_no_name_of_a_file_leads_out_of_the_archive(known: Known) -> None:
    names = known.zip_of(DORA.address, "/account/my-data.zip").namelist()
    assert [name for name in names if name.startswith("/") or ".." in name.split("/")] == []
    assert [name for name in names if FILE in name]


@pytest.mark.parametrize(
    ("written", "shown"),
    [("../../etc/passwd", "_.._etc_passwd"), ("", "file"), ("...", "file"), ("a\x00b\n.txt", "a_b_.txt"), ("grüße.pdf", "grüße.pdf"), ("c:\\x", "c__x")],
)
def test_names_of_files_are_made_harmless(written: str, shown: str) -> None:
    assert safe_name(written) == shown


def test_an_administrator_gets_the_teams_words_too_and_it_is_noted(known: Known) -> None:
    archive = known.zip_of("cleo", f"/admin/people-data/{known.dora}/export.zip")
    [notes] = [name for name in archive.namelist() if name.endswith("notes.txt")]
    assert notes.startswith("internal/") and NOTE in archive.read(notes).decode()
    db.session.rollback()
    noted = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "user.exported")).one()
    assert (noted.actor_name, noted.subject_id) == (known.desk.cleo.name, str(known.dora))


# --- being forgotten ------------------------------------------------------------------------------------------------


def rows_with(url: str, word: str) -> list[str]:
    """The tables in which any column of any row holds the word, bytes included: asked of Postgres, not of our models."""
    found = []
    with psycopg.connect(url) as connection:
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            hex_word = word.encode().hex()
            rows = connection.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s OR t::text ILIKE %s', (f"%{word}%", f"%{hex_word}%")  # type: ignore[arg-type]
            ).fetchone()
            found += [table] if rows and rows[0] else []
    return found


def test_nothing_of_an_erased_person_is_left_in_any_table(known: Known, database_url: str) -> None:
    db.session.execute(insert(Suppression).values(address=DORA.address, reason="complaint", detail=WORDS))
    db.session.execute(insert(BlockedSender).values(address=DORA.address))
    db.session.execute(insert(PersonNote).values(person_id=known.dora, author_name="Ada", body=f"Dora likes {WORDS}"))
    db.session.execute(insert(PictureTrust).values(agent_id=known.desk.ada.id, address=DORA.address))
    add_note(known.ticket_id, Written("@cleo, look"), known.desk.ada)
    add_participant(known.others or 0, DORA.address.upper(), known.desk.cleo)
    db.session.commit()
    assert {"person_note", "picture_trust", "agent_notice", "message", "ticket", "inbound_message", "outbox", "user_account", "participant"} <= set(rows_with(database_url, DORA.address) + rows_with(database_url, WORDS))
    report = known.erases()
    for canary in (WORDS, FILE, NOTE):
        assert rows_with(database_url, canary) == [], canary
    assert set(rows_with(database_url, DORA.address)) == {"inbound_message", "message", "ticket"}, "Eve's mail, which quotes her"
    assert rows_with(database_url, "Dora Hall") == []
    assert report["still_named"] == {"message.body": 1, "ticket.description": 1, "ticket.preview": 1}
    assert report["erased"]["messages"] == 4 and report["erased"]["files"] == 1  # type: ignore[index]
    assert {"account", "mails that came", "mails of the desk", "requests"} <= set(report["erased"])  # type: ignore[call-overload]


def test_an_address_that_only_ends_like_his_is_somebody_elses(known: Known) -> None:
    for address in (DORA.address, f"pan{DORA.address}", f"{DORA.address}.au"):
        add_participant(known.others or 0, address, known.desk.cleo)
    known.erases()
    lines = known.desk.timeline(known.others, "participant_added")
    assert [line.data["address"] for line in lines] == [NOBODY, f"pan{DORA.address}", f"{DORA.address}.au"]


def test_what_the_team_told_her_goes_also_where_it_went_along_into_a_merged_ticket(known: Known, database_url: str) -> None:
    """The messages stand on Eve's ticket then, and keep whose audience they were for."""
    moved = update(Message).where(Message.ticket_id == known.ticket_id)
    db.session.execute(moved.values(ticket_id=known.others, audience_id=known.ticket_id))
    db.session.commit()
    known.erases()
    assert rows_with(database_url, WORDS) == []


def test_the_ledger_and_the_figures_stay_true(known: Known) -> None:
    before = ledger()
    shape = text("SELECT count(*), count(resolved_at), max(message_count) FROM ticket")
    figures = db.session.execute(shape).one()
    known.erases()
    assert ledger() == before and ledger().balanced
    assert db.session.execute(shape).one() == figures


def test_files_go_from_the_store_unless_another_row_names_them(known: Known) -> None:
    blobs = blobs_of(known.desk.app)
    [mine] = db.session.scalars(select(Attachment.blob_sha256)).all()
    shared = blobs.put(b"a file that two people sent")
    eves = db.session.scalars(select(Message).where(Message.ticket_id == known.others)).one()
    dora_s = db.session.scalars(select(Message).where(Message.ticket_id == known.ticket_id).order_by(Message.id).limit(1)).one()
    for message in (eves, dora_s):
        db.session.add(Attachment(message_id=message.id, blob_sha256=shared, filename="x", content_type="text/plain", size=1))
    db.session.commit()
    known.erases()
    assert known.blobs == {mine, shared}
    for name in known.blobs:
        os.utime(blobs.path(name), (0, 0))  # as if they had lain there for long
    assert remove_blobs(blobs, known.blobs) == 1
    assert not blobs.path(mine).exists() and blobs.path(shared).exists()


def test_the_proof_is_found_by_the_address_and_holds_it_nowhere(known: Known) -> None:
    known.erases()
    [proof] = proofs_about(DORA.address, known.desk.keys)
    assert proofs_about(EVE.address, known.desk.keys) == []
    assert DORA.address not in json.dumps(proof.report) and len(proof.address_mac) == 32
    page = known.desk.tab("cleo").get(f"/admin/erasures/?address={DORA.address.upper()}").body
    assert "What was erased" in page and "message.body" in page


def test_her_next_mail_is_that_of_a_stranger(known: Known) -> None:
    known.erases()
    again = known.desk.takes_in(mail_from(DORA, subject="Hello again"))
    assert again.ticket_id not in (None, known.ticket_id)
    assert db.session.scalar(select(func.count(User.id)).where(User.email == DORA.address)) == 1


def test_the_audit_log_keeps_the_act_and_forgets_the_person(known: Known) -> None:
    known.desk.script(known.desk.cleo).patch(f"/api/admin/users/{known.dora}/", full_name="Dora Hall-Winter")
    known.erases()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == str(known.dora)).order_by(AuditEntry.id)).all()
    assert [entry.act for entry in entries] == ["user.changed", "user.erased"]
    assert (entries[0].subject_name, entries[0].before, entries[0].after) == ("", {}, {}) and entries[0].erased_at


def test_while_a_mail_of_hers_is_under_way_nothing_is_erased(known: Known) -> None:
    db.session.execute(update(Outbox).values(state="leased"))
    db.session.commit()
    with pytest.raises(Conflict, match="under way this very moment"):
        known.erases()


def test_nobody_of_the_team_is_erased_and_only_administrators_erase(known: Known) -> None:
    with pytest.raises(Invalid, match="switch the account off"):
        erase_person(known.desk.ben.id or 0, known.desk.cleo, known.desk.keys)
    with pytest.raises(Forbidden):
        erase_person(known.dora, known.desk.ada, known.desk.keys)
    erase_person(known.dora, COMMAND_LINE, known.desk.keys)


def test_the_page_wants_the_address_typed_once_more(known: Known) -> None:
    tab = known.desk.tab("cleo")
    path = f"/admin/people-data/{known.dora}/"
    assert tab.post(path, {"confirm": "somebody@else.example"}).status == 422
    done = tab.post(path, {"confirm": DORA.address})
    assert done.status == 303 and re.fullmatch(r"/admin/erasures/\d+/", done.location)
    assert "What stays, and why" in tab.follows(done).body
    db.session.rollback()
    assert traces_of("nobody-at-all@example.invalid") == {}


# --- the age of raw mail --------------------------------------------------------------------------------------------


def test_bytes_older_than_the_setting_go_and_the_ticket_stays(known: Known) -> None:
    held = known.desk.takes_in(mail_from(EVE, subject=HELD, headers={"X-Held": "1"}).replace(b"From: ", b"Frm: "), mail_from="")
    db.session.execute(update(InboundMessage).values(received_at=func.now() - text("interval '40 days'")))
    db.session.commit()
    before = ledger()
    assert forget_old_bytes(41) == 0
    assert forget_old_bytes(30) == 2 and forget_old_bytes(30) == 0
    db.session.commit()
    db.session.expire_all()
    assert ledger() == before and ledger().balanced
    assert db.session.get_one(InboundMessage, held.inbound_id).raw is not None, "it still waits for an agent's word"
    assert db.session.get_one(InboundMessage, known.mail.inbound_id).raw is None
    assert [message.body for message in known.desk.messages_on(known.ticket_id)][0].startswith("My street")
    page = known.desk.tab("cleo").get(f"/mail/{known.mail.inbound_id}/")
    assert page.status == 200 and "its bytes are gone" in page.body
    assert known.desk.tab("cleo").get(f"/mail/{known.mail.inbound_id}/original").status == 404
