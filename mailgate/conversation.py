"""The verbs of SMTP, one function each: it reads the argument, changes the state, returns the answer.

Nothing here knows of sockets; DATA and STARTTLS, which take the wire itself, are in `server.py`.
"""

import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from mailgate import answers
from mailgate.directory import MailboxOff, NoSuchMailbox, NotOurs
from mailgate.envelope import Recipient
from mailgate.envelope_address import Address, Malformed, NeedsSmtpUtf8, read_recipient, read_sender
from mailgate.house import House
from mailgate.parameters import (
    ParameterUnknown,
    PathMissing,
    SyntaxWrong,
    read_mail_parameters,
    split_argument,
)
from mailgate.store import StoreUnavailable

log = logging.getLogger(__name__)

# An answer, or what has to be awaited for one.
Answer = bytes | Coroutine[Any, Any, bytes]

PLAIN_LINE = re.compile(rb"[\t -~\x80-\xff]*\r\n")
ADDRESS_VERBS = {b"MAIL": answers.SENDER_MALFORMED, b"RCPT": answers.RECIPIENT_MALFORMED}
HTTP_VERBS = (b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"CONNECT", b"PATCH", b"TRACE", b"PRI")
HELLO_NAME = re.compile(rb"[!-~]{1,255}")


class Goodbye(Exception):
    """The session ends with this answer (b"": without one)."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(answer)
        self.answer = answer


@dataclass
class Transaction:
    """One mail being given: from MAIL to the final dot, or to RSET."""

    sender: Address | None = None
    smtputf8: bool = False
    declared_size: int = 0
    recipients: dict[str, Recipient] = field(default_factory=dict)


@dataclass
class Tally:
    """What a session has used up of its bounds."""

    commands: int = 0
    idle: int = 0
    unknown: int = 0
    bad_lines: int = 0
    misses: int = 0
    troubles: int = 0


@dataclass
class Conversation:
    """What has been said so far. `tls` is the version and cipher, '' in clear text."""

    house: House
    peer: str = ""
    hello_name: str = ""
    is_extended: bool = False
    tls: str = ""
    tally: Tally = field(default_factory=Tally)
    transaction: Transaction = field(default_factory=Transaction)

    def reset(self) -> None:
        self.transaction = Transaction()

    def start_over_with_tls(self, tls: str) -> None:
        """Nothing said in clear text counts any more (RFC 3207 4.2)."""
        self.tls = tls
        self.hello_name = ""
        self.is_extended = False
        self.reset()

    def count_idle(self) -> None:
        """One more command that brings no mail nearer."""
        self.tally.idle += 1
        if self.tally.idle > self.house.limits.idle_commands:
            raise Goodbye(answers.TOO_MANY_COMMANDS)


def say_ehlo(talk: Conversation, argument: bytes) -> bytes:
    if not _hello(talk, argument, is_extended=True):
        return answers.HELLO_NEEDS_A_NAME
    return answers.hello(talk.house.settings.hostname, talk.house.offers(over_tls=bool(talk.tls)))


def say_helo(talk: Conversation, argument: bytes) -> bytes:
    if not _hello(talk, argument, is_extended=False):
        return answers.HELLO_NEEDS_A_NAME
    return answers.plain_hello(talk.house.settings.hostname)


def _hello(talk: Conversation, argument: bytes, is_extended: bool) -> bool:
    if talk.hello_name:
        talk.count_idle()
    if not HELLO_NAME.fullmatch(argument):
        return False
    talk.hello_name = argument.decode("ascii")
    talk.is_extended = is_extended
    talk.reset()
    return True


def begin_mail(talk: Conversation, argument: bytes) -> bytes:
    """MAIL: the first refusal that fits."""
    if not talk.hello_name:
        return answers.SAY_HELLO_FIRST
    if talk.transaction.sender is not None:
        return answers.ALREADY_IN_A_MAIL
    try:
        path, words = split_argument(argument, b"FROM")
        parameters = read_mail_parameters(words)
        sender = read_sender(path, parameters.smtputf8)
    except PathMissing:
        return answers.SENDER_MALFORMED
    except SyntaxWrong:
        return answers.MAIL_SYNTAX
    except ParameterUnknown:
        return answers.UNKNOWN_PARAMETER
    except NeedsSmtpUtf8:
        return answers.NEEDS_SMTPUTF8
    except Malformed:
        return answers.SENDER_MALFORMED
    if parameters.size > talk.house.limits.message:
        return answers.TOO_BIG
    if talk.house.custody.breaker.is_open:
        return answers.STORE_IS_DOWN
    if not talk.house.room.is_there or talk.house.custody.is_full:
        return answers.DISK_IS_FULL
    if talk.house.custody.volume.refuses(sender.written, parameters.size):
        return answers.ENOUGH_FOR_TODAY
    talk.transaction = Transaction(sender, parameters.smtputf8, parameters.size)
    return answers.SENDER_OK


def add_recipient(talk: Conversation, argument: bytes) -> Answer:
    """RCPT: the first refusal that fits; where memory does not know the address, a question to the
    directory.
    """
    if not talk.hello_name:
        return answers.SAY_HELLO_FIRST
    if talk.transaction.sender is None:
        return answers.NEED_MAIL_FIRST
    try:
        path, words = split_argument(argument, b"TO")
        address = read_recipient(path, talk.transaction.smtputf8)
    except PathMissing:
        return answers.RECIPIENT_MALFORMED
    except SyntaxWrong:
        return answers.RCPT_SYNTAX
    except NeedsSmtpUtf8:
        return answers.NEEDS_SMTPUTF8
    except Malformed:
        return answers.RECIPIENT_MALFORMED
    if words:
        return answers.UNKNOWN_PARAMETER
    if address.normalised in talk.transaction.recipients:
        return answers.RECIPIENT_OK
    if len(talk.transaction.recipients) >= talk.house.limits.recipients:
        return answers.TOO_MANY_RECIPIENTS
    known = talk.house.directory.known(address)
    return _ask_directory(talk, address) if known is None else _note_recipient(talk, known)


async def _ask_directory(talk: Conversation, address: Address) -> bytes:
    """Raises `StoreUnavailable` where nothing certain can be said."""
    match await talk.house.directory.resolve(address):
        case Recipient() as recipient:
            return _note_recipient(talk, recipient)
        case NotOurs():
            return _count_miss(talk, answers.RELAYING_DENIED)
        case NoSuchMailbox():
            return _count_miss(talk, answers.NO_SUCH_MAILBOX)
        case MailboxOff(for_good=True):
            return answers.MAILBOX_CLOSED
        case MailboxOff():
            return answers.MAILBOX_PAUSED


def _note_recipient(talk: Conversation, recipient: Recipient) -> bytes:
    talk.transaction.recipients[recipient.address] = recipient
    return answers.RECIPIENT_OK


def _count_miss(talk: Conversation, answer: bytes) -> bytes:
    """Guessing addresses is slow work here."""
    talk.tally.misses += 1
    if talk.tally.misses > talk.house.limits.misses:
        raise Goodbye(answers.TOO_MANY_MISSES)
    return answer


def reset(talk: Conversation, argument: bytes) -> bytes:
    if argument:
        return answers.NO_ARGUMENT_HERE
    talk.count_idle()
    talk.reset()
    return answers.OK


def do_nothing(talk: Conversation, argument: bytes) -> bytes:
    talk.count_idle()
    return answers.OK


def verify(talk: Conversation, argument: bytes) -> bytes:
    """The same words for everybody: who has a mailbox here is not told."""
    talk.count_idle()
    return answers.CANNOT_VERIFY


def decline(talk: Conversation, argument: bytes) -> bytes:
    talk.count_idle()
    return answers.NOT_OFFERED


def leave(talk: Conversation, argument: bytes) -> bytes:
    raise Goodbye(answers.BYE)


def refusal_of_data(talk: Conversation, argument: bytes) -> bytes | None:
    """Why DATA cannot begin now; None: it can."""
    if not talk.hello_name:
        return answers.SAY_HELLO_FIRST
    if not talk.transaction.recipients:
        return answers.NEED_RCPT_FIRST
    if argument:
        return answers.NO_ARGUMENT_HERE
    if talk.house.custody.breaker.is_open:
        return answers.STORE_IS_DOWN
    is_large = talk.transaction.declared_size > talk.house.limits.free_of_slot
    if is_large and not talk.house.slots.has_one_for(talk.peer):
        return answers.NO_ROOM_FOR_BODIES
    return None


def refusal_of_line(talk: Conversation, verb: bytes, line: bytes) -> bytes | None:
    """The answer to a line that is no command; None: it is one. Characters that have no place in a line are,
    in an address, the fault of the address: refused for good and not held against the session.
    """
    talk.tally.commands += 1
    if talk.tally.commands > talk.house.limits.commands:
        raise Goodbye(answers.TOO_MANY_COMMANDS)
    is_plain = PLAIN_LINE.fullmatch(line) is not None
    if is_plain and (line.isascii() or verb in ADDRESS_VERBS):
        return None
    if talk.tally.commands == 1:
        raise Goodbye(answers.NOT_SMTP)
    if verb in ADDRESS_VERBS and line.endswith(b"\r\n"):
        return ADDRESS_VERBS[verb]
    return refuse_line(talk)


def refuse_line(talk: Conversation) -> bytes:
    talk.tally.bad_lines += 1
    if talk.tally.bad_lines >= talk.house.limits.bad_lines:
        raise Goodbye(answers.TOO_MANY_ERRORS)
    return answers.LINE_REFUSED


def refuse_unknown(talk: Conversation, verb: bytes) -> bytes:
    """Who opens with a foreign verb, or speaks HTTP, is lost here and not merely mistaken."""
    talk.tally.unknown += 1
    if talk.tally.commands == 1 or verb in HTTP_VERBS:
        raise Goodbye(answers.NOT_SMTP)
    if talk.tally.unknown > talk.house.limits.unknown_commands:
        raise Goodbye(answers.TOO_MANY_ERRORS)
    return answers.UNKNOWN_COMMAND


def own_up_to(talk: Conversation, error: Exception) -> bytes:
    """The answer when something went wrong with us: never the sender's error, never in the error's own
    words.
    """
    if isinstance(error, Goodbye):
        raise error
    if not isinstance(error, StoreUnavailable):
        log.error("a command of %s failed", talk.peer, exc_info=error)
        talk.reset()
    talk.tally.troubles += 1
    if talk.tally.troubles > talk.house.limits.troubles:
        raise Goodbye(answers.TOO_MUCH_TROUBLE)
    return answers.TROUBLE


Verb = Callable[[Conversation, bytes], Answer]

VERBS: dict[bytes, Verb] = {
    b"EHLO": say_ehlo,
    b"HELO": say_helo,
    b"MAIL": begin_mail,
    b"RCPT": add_recipient,
    b"RSET": reset,
    b"NOOP": do_nothing,
    b"VRFY": verify,
    b"QUIT": leave,
    **dict.fromkeys((b"AUTH", b"EXPN", b"HELP", b"ETRN", b"BDAT", b"BURL", b"TURN", b"ATRN"), decline),
}
