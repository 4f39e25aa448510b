"""Variables in saved replies: `{{customer.name}}` becomes the customer's name, once, as plain text.

A value comes from outside (a customer chooses how he is called), so it is one short line, it is never looked
through for further variables, and a name that carries an address of the web is no name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from models.text import clean_text
from models.visible import seen_text

VARIABLE = re.compile(r"\{\{\s*([a-z_]+(?:\.[a-z_]+)*)\s*\}\}")
LONGEST = 200
NO_NAME = re.compile(r"[/@<>{}\\]|\bwww\.|\bhttps?:", re.IGNORECASE)

# What there is, with what it means to the writer of a reply.
MEANINGS = {
    "customer.name": "the customer's name",
    "customer.first_name": "the first word of it",
    "customer.email": "the customer's address",
    "ticket.ref": "the ticket's reference",
    "ticket.subject": "its subject",
    "agent.name": "your name",
    "agent.first_name": "the first word of it",
    "mailbox.name": "the mailbox's name",
    "mailbox.address": "the address answers are sent from",
}


@dataclass(frozen=True)
class Situation:
    """Who writes to whom about what."""

    customer_name: str
    customer_email: str
    ticket_ref: str
    ticket_subject: str
    agent_name: str
    mailbox_name: str
    mailbox_address: str

    def values(self) -> Mapping[str, str]:
        customer, agent = name(self.customer_name), name(self.agent_name)
        return {
            "customer.name": customer,
            "customer.first_name": first_word(customer),
            "customer.email": line(self.customer_email),
            "ticket.ref": line(self.ticket_ref),
            "ticket.subject": line(self.ticket_subject),
            "agent.name": agent,
            "agent.first_name": first_word(agent),
            "mailbox.name": line(self.mailbox_name),
            "mailbox.address": line(self.mailbox_address),
        }


def fill_in(body: str, situation: Situation) -> str:
    """`body` with its variables replaced. What is no variable of ours stays as it is."""
    values = situation.values()
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), body)


def unknown_variables(body: str) -> list[str]:
    """The variables in `body` that stand for nothing, in order."""
    return [found for found in dict.fromkeys(VARIABLE.findall(body)) if found not in MEANINGS]


def line(value: str) -> str:
    """`value` as one line of what can be seen of it."""
    return " ".join(clean_text(seen_text(value), LONGEST * 4).split())[:LONGEST]


def name(value: str) -> str:
    """A name, or '' where it is none."""
    found = line(value)
    return "" if NO_NAME.search(found) else found


def first_word(value: str) -> str:
    return value.split()[0] if value else ""
