"""Stories as rows of the desk's tables, with the numbers they will have."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.message_ids import base32, id_hash
from models.ticket import ACTIVE, Status, ref_of
from postroom.seed.stories import Said, Step, Story, language_of
from postroom.seed.words import LANGUAGES

PREVIEW = 140
Row = tuple[Any, ...]
COLUMNS = {
    "ticket": (
        "id ref mailbox_id customer_id assigned_agent_id subject description status priority tags created_at updated_at"
        " first_response_at resolved_at closed_at last_message_id last_direction preview message_count waits_for_agent"
    ),
    "participant": "id ticket_id user_id address address_as_written role joined_at",
    "message": "id ticket_id mailbox_id direction source author_id author_name author_address body created_at",
    "attachment": "message_id blob_sha256 filename content_type size",
    "timeline_entry": "ticket_id kind actor_id actor_name message_id is_internal data created_at",
    "outbox": (
        "id idempotency_key kind mailbox_id ticket_id message_id participant_id mail_from rcpt rfc_message_id state attempts"
        " last_code last_text created_at sent_at"
    ),
    "message_reference": "id_hash direction message_id rfc_message_id",
}
"""In the order in which they have to be written."""


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    address: str


@dataclass(frozen=True)
class Cast:
    """Who and what the stories' places in lists mean. `mailboxes` holds id and address."""

    customers: Sequence[Person]
    agents: Sequence[Person]
    mailboxes: Sequence[tuple[int, str]]
    picture: tuple[str, int]  # SHA-256 and size of the one file that all attachments show


class Clerk:
    """Gives numbers to stories and writes them down as rows."""

    def __init__(self, cast: Cast, seed: int, *, first_ticket: int, first_message: int, first_participant: int) -> None:
        self.cast = cast
        self.rng = random.Random(f"clerk {seed} {first_ticket}")
        self.tickets, self.messages, self.participants = count(first_ticket), count(first_message), count(first_participant)

    def rows(self, stories: Sequence[Story]) -> dict[str, list[Row]]:
        """By table, what these stories become."""
        found: dict[str, list[Row]] = defaultdict(list)
        for story in stories:
            self.write(story, found)
        return found

    def write(self, story: Story, found: dict[str, list[Row]]) -> None:
        ticket_id, participant_id = next(self.tickets), next(self.participants)
        numbers = [next(self.messages) for _ in story.said]
        customer = self.cast.customers[story.customer]
        agent = None if story.agent is None else self.cast.agents[story.agent]
        mailbox_id, address = self.cast.mailboxes[story.mailbox]
        found["ticket"].append(self.ticket(story, ticket_id, numbers, customer, agent, mailbox_id))
        found["participant"].append(
            (participant_id, ticket_id, customer.id, customer.address, customer.address, "requester", story.opened)
        )
        for number, said in zip(numbers, story.said, strict=True):
            by_team = agent if said.who != "customer" else None
            found["message"].append(message(said, number, ticket_id, mailbox_id, by_team or customer, bool(by_team)))
            if said.has_file:
                found["attachment"].append((number, self.cast.picture[0], "photo.png", "image/png", self.cast.picture[1]))
            if said.who == "agent":
                self.send(said, number, ticket_id, participant_id, customer.address, (mailbox_id, address), found)
        for step in story.steps:
            found["timeline_entry"].append(self.step(step, ticket_id, numbers, customer, agent))

    def ticket(
        self, story: Story, ticket_id: int, numbers: list[int], customer: Person, agent: Person | None, mailbox_id: int
    ) -> Row:
        public = [(number, said) for number, said in zip(numbers, story.said, strict=True) if said.who != "note"]
        last_number, last = public[-1]
        answered = next((said.at for said in story.said if said.who == "agent"), None)
        return (
            ticket_id, ref_of(ticket_id), mailbox_id, customer.id, agent.id if agent else None, story.subject,
            story.said[0].body, story.status, story.priority, list(story.tags), story.opened, story.steps[-1].at, answered,
            last_move(story, Status.RESOLVED), last_move(story, Status.CLOSED), last_number,
            "in" if last.who == "customer" else "out", last.body[:PREVIEW].replace("\n", " "), len(public), agent is None,
        )  # fmt: skip

    def step(self, step: Step, ticket_id: int, numbers: list[int], customer: Person, agent: Person | None) -> Row:
        actor = agent if step.by_agent and agent else customer
        after = agent.id if step.kind == "assigned" and agent else step.after
        data = {} if step.kind not in ("status", "assigned") else {"before": step.before, "after": after}
        if step.kind == "assigned" and agent:
            data["name"] = agent.name
        message_id = None if step.message is None else numbers[step.message]
        return (ticket_id, step.kind, actor.id, actor.name, message_id, step.kind == "noted", Jsonb(data), step.at)

    def send(
        self, said: Said, number: int, ticket_id: int, participant_id: int, rcpt: str, mailbox: tuple[int, str],
        found: dict[str, list[Row]],
    ) -> None:  # fmt: skip
        """The mail that carried an answer out, and the Message-ID by which its answer would find back."""
        identity = base32(self.rng.randbytes(9))[:13]
        rfc_id = f"seed.{identity}@{mailbox[1].rpartition('@')[2]}"
        code, told = (550, "5.1.1 no such user here") if said.bounced else (250, "2.0.0 queued")
        found["outbox"].append(
            (UUID(bytes=self.rng.randbytes(16), version=4), f"reply:{number}:{participant_id}", "reply", mailbox[0], ticket_id,
             number, participant_id, mailbox[1], rcpt, f"<{rfc_id}>", "failed" if said.bounced else "sent", 1, code, told,
             said.at, None if said.bounced else said.at + timedelta(seconds=12))
        )  # fmt: skip
        found["message_reference"].append((id_hash(rfc_id), "in", number, rfc_id))


def message(said: Said, number: int, ticket_id: int, mailbox_id: int, author: Person, by_team: bool) -> Row:
    direction = {"customer": "in", "agent": "out", "note": "note"}[said.who]
    source = "web" if by_team else "email"
    return (number, ticket_id, mailbox_id, direction, source, author.id, author.name, author.address, said.body, said.at)


def last_move(story: Story, status: str) -> Any:
    """When the ticket came to a status that it still has, or has gone on from to CLOSED."""
    if story.status in ACTIVE or (status == Status.CLOSED and story.status != Status.CLOSED):
        return None
    return next((step.at for step in reversed(story.steps) if step.after == status), None)


def customer_named(place: int, rng: random.Random) -> tuple[str, str]:
    """Name and address of the customer at that place of the list."""
    language = language_of(place)
    first, last = rng.choice(language.first_names), rng.choice(language.last_names)
    name = f"{last} {first}" if language is LANGUAGES[-1] else f"{first} {last}"
    return name, f"customer{place}@example.{('net', 'org', 'com')[place % 3]}"
