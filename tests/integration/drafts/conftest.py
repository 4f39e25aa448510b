"""A desk whose writer is a twin of the Gemini API: real Postgres, the real client library, real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import drafting
from models.actions.ai_drafts import ask_for_draft
from models.actions.saved_replies import ReplyText, save_reply
from models.actor import Actor
from models.ai_draft import AiDraft
from models.database import db
from models.people import User
from models.queries.matters import Matter, matter_of
from models.queries.tickets import ticket_seen_by
from models.saved_reply import SavedReply
from tests.cast import DORA, SUPPORT, Desk, Writer, mail_from, settings_for
from tests.gemini_twin import GeminiTwin

KEY = "the-key-of-the-tests-is-in-no-log"


class DraftingDesk(Desk):
    """Beside what a desk can do: somebody writes, somebody asks for a draft, a worker works."""

    twin: GeminiTwin

    def opens(
        self, body: str = "My kettle hums loudly.", *, by: Writer = DORA, subject: str = "The kettle", to: str = SUPPORT, **more: object
    ) -> int:
        """A mail opens a ticket; its id."""
        became = self.takes_in(mail_from(by, subject=subject, body=body, to=to, **more), to, mail_from=by.address)  # type: ignore[arg-type]
        assert became.ticket_id is not None, became.why
        return became.ticket_id

    def solves(self, question: str, answer: str, *, by: Writer = DORA, subject: str = "A kettle", to: str = SUPPORT) -> int:
        """A ticket that was answered and resolved."""
        ticket_id = self.opens(question, by=by, subject=subject, to=to)
        self.replies(ticket_id, answer)
        self.sets(ticket_id, "RESOLVED")
        return ticket_id

    def saves(self, title: str, body: str, *, approved: bool = True, by: Actor | None = None, mailbox: int | None = None) -> SavedReply:
        by = by or self.cleo
        reply = save_reply(ReplyText(title, body, mailbox, by.role == "admin", approved), by)
        db.session.commit()
        return reply

    def matter(self, ticket_id: int, by: Actor | None = None) -> Matter:
        user = db.session.get_one(User, (by or self.ada).id)
        return matter_of(ticket_seen_by(user, "all", ticket_id), user)

    def asks(self, ticket_id: int, by: Actor | None = None, instructions: str = "") -> int:
        """Somebody presses the button; the draft's id."""
        draft = ask_for_draft(ticket_id, None, by or self.ada, instructions)
        db.session.commit()
        return draft.id

    def works(self) -> int:
        """What a worker does when the bell rings."""
        drafting.backoff_of(self.app).succeeded()
        return drafting.write_due()

    def drafts(self, ticket_id: int, by: Actor | None = None, instructions: str = "") -> AiDraft:
        """Ask, and let the worker work."""
        draft_id = self.asks(ticket_id, by, instructions)
        self.works()
        return self.draft(draft_id)

    def draft(self, draft_id: int) -> AiDraft:
        self.looks_again()
        return db.session.get_one(AiDraft, draft_id)


@pytest.fixture(scope="module")
def running_twin() -> Iterator[GeminiTwin]:
    with GeminiTwin() as twin:
        yield twin


@pytest.fixture
def twin(running_twin: GeminiTwin) -> GeminiTwin:
    """The twin, with nothing scripted and nothing asked yet."""
    running_twin.begin_anew()
    return running_twin


@pytest.fixture
def desk(database_url: str, tmp_path: Path, twin: GeminiTwin) -> Iterator[DraftingDesk]:
    given = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": twin.url, "GEMINI_MODEL": "gemini-test"}
    desk = DraftingDesk(settings_for(database_url, tmp_path, **given))
    desk.twin = twin
    with desk.app.app_context():
        try:
            yield desk.open()  # type: ignore[misc]
        finally:
            db.session.remove()
            db.engine.dispose()
