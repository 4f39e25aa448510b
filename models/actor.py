"""Who does something: a person, or a part of the desk itself."""

from dataclasses import dataclass

from models.people import Role, User


@dataclass(frozen=True)
class Actor:
    """A name for the timeline and the rights behind it. `id` is empty where the desk itself acts.

    `place` is the network address that he acts from, for the audit log; '' on the desk's own machine.
    """

    id: int | None
    name: str
    role: str
    place: str = ""

    @property
    def is_staff(self) -> bool:
        return self.role in (Role.AGENT, Role.ADMIN, "desk")


MAIL_GATE = Actor(None, "Mail gate", "desk")
OUTBOX = Actor(None, "Outbox", "desk")
ASSIGNMENT = Actor(None, "Assignment", "desk")
SNOOZE = Actor(None, "Snooze", "desk")
COMMAND_LINE = Actor(None, "Command line", "desk")
SCANNER = Actor(None, "Malware scanner", "desk")
IMPORT = Actor(None, "Import", "desk")


def actor_of(user: User, place: str = "") -> Actor:
    return Actor(user.id, user.name, user.role, place)
