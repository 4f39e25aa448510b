"""Hands a mail to the next server; the only import of the SMTP client.

`send` never raises for what a server does: it answers `Sent`, `Deferred`, `Refused` or `Unanswered`. What the
caller's `before_dot` raises comes through, and then no dot has been sent.
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from jobs.host_url import HostUrl, parse_host_url
from jobs.local_outbox import LocalOutbox
from jobs.outcome import Deferred, Mail, Outcome, Refused, Sent, Transport, Unanswered
from models.settings import Settings

# What can go wrong on the way to a signed-in line, for those who only try it out.
TROUBLES = (OSError, smtplib.SMTPException, UnicodeError)
SIGN_IN_REFUSED, TAKES_NO_SIGN_IN = smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError

CHUNK = 65_536
MOST_ON_ONE_LINE = 100
LINE_START_DOT = re.compile(rb"(?m)^\.")

# 5xx that speak of us or of the connection and not of this mail: the customer's mail must not fail by them.
OUR_TROUBLE = frozenset({500, 502, 503, 504, 530, 534, 535, 538})


@dataclass(frozen=True)
class Patience:
    """How many seconds we wait: to connect, for each answer, for the answer to the dot, and in all.

    RFC 5321 section 4.5.3.2.6 asks for ten minutes after the dot; five are enough of a worker's time.
    """

    connect: float = 30
    answer: float = 60
    dot: float = 300
    session: float = 900


class Answered(Exception):
    """The conversation has come to an end before the dot."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def transport_for(settings: Settings) -> Transport:
    """The smart host, or the local outbox where none is set. Raises `SettingsError`."""
    if settings.outbound_smtp_url is None:
        return LocalOutbox(settings.postroom_data / "outbox")
    return SmartHost(parse_host_url(settings.outbound_smtp_url.get_secret_value()))


@dataclass
class Line:
    """A connection that has said hello, is encrypted as it must be, and has signed in."""

    smtp: smtplib.SMTP
    mails: int = 0


class SmartHost:
    """A server that takes all our mail and carries it on. Safe to use from any thread.

    A connection stays open for the next mail until `rest` is called; one that has gone stale meanwhile is
    noticed before anything is given to it, and replaced.
    """

    def __init__(
        self,
        url: HostUrl,
        context: ssl.SSLContext | None = None,
        patience: Patience = Patience(),
        most_on_one_line: int = MOST_ON_ONE_LINE,
    ) -> None:
        self.url = url
        self.context = context or ssl.create_default_context()
        self.patience = patience
        self.most_on_one_line = most_on_one_line
        self.live: set[smtplib.SMTP] = set()
        self.kept: list[Line] = []

    def send(self, mail: Mail, before_dot: Callable[[], None]) -> Outcome:
        dot_is_out = False

        def dot() -> None:
            nonlocal dot_is_out
            before_dot()
            dot_is_out = True

        while True:
            line = self.kept_line()
            is_kept = line is not None
            try:
                line = line or self.open_line()
                outcome = self.give(line, mail, dot)
            except Answered as answered:
                outcome = answered.outcome
            except (OSError, smtplib.SMTPException, UnicodeError) as trouble:
                if dot_is_out:
                    outcome = Unanswered(f"no answer after the mail was sent: {reason(trouble)}")
                else:
                    outcome = Deferred(None, f"{self.url.host}: {reason(trouble)}", host_is_down=True)
            except BaseException:  # what `before_dot` raises, or the end of the process: the line is in mid-sentence
                self.drop(line)
                raise
            if is_kept and not dot_is_out and speaks_of_the_line(outcome):
                self.drop(line)
                continue
            self.keep_or_drop(line, outcome)
            return outcome

    def give(self, line: Line, mail: Mail, dot: Callable[[], None]) -> Outcome:
        """One transaction on an open line. Raises `Answered`, `OSError`, `SMTPException`."""
        with deadline(line.smtp, self.patience.session):
            wait_at_most(line.smtp, self.patience.answer)
            if line.mails:
                expect(line.smtp.docmd("RSET"), {250}, about_host=True)
            line.mails += 1
            transmit(line.smtp, mail)
            dot()
            return after_dot(line.smtp, self.patience.dot)

    def open_line(self) -> Line:
        smtp = self.client()
        self.live.add(smtp)
        try:
            with deadline(smtp, self.patience.session):
                expect(smtp.connect(self.url.host, self.url.port), {220}, about_host=True)
                smtp.ehlo_or_helo_if_needed()
                self.secure(smtp)
                if self.url.user:
                    smtp.login(self.url.user, self.url.password)
        except BaseException:
            self.drop(Line(smtp))
            raise
        return Line(smtp)

    def kept_line(self) -> Line | None:
        try:
            return self.kept.pop()
        except IndexError:  # asking first and popping then would be a race between threads
            return None

    def keep_or_drop(self, line: Line | None, outcome: Outcome) -> None:
        """Keep the line for the next mail, unless something is wrong with it or it has had its share."""
        if line is None:
            return
        if isinstance(outcome, Unanswered) or speaks_of_the_line(outcome):
            self.drop(line)
        elif line.mails >= self.most_on_one_line:
            say_goodbye(line.smtp)
            self.drop(line)
        else:
            self.kept.append(line)

    def drop(self, line: Line | None) -> None:
        if line is not None:
            self.live.discard(line.smtp)
            line.smtp.close()

    def rest(self) -> None:
        """Nothing is left to be sent for now: say goodbye on the lines that were kept."""
        while (line := self.kept_line()) is not None:
            say_goodbye(line.smtp)
            self.drop(line)

    def client(self) -> smtplib.SMTP:
        """Not connected yet, so that `cut_off` and the deadline reach it from the first byte."""
        smtp: smtplib.SMTP
        if self.url.tls == "implicit":
            smtp = smtplib.SMTP_SSL(
                timeout=self.patience.connect, local_hostname=our_name(), context=self.context
            )
        else:
            smtp = smtplib.SMTP(timeout=self.patience.connect, local_hostname=our_name())
        # The name the certificate must carry; the constructor sets it only where it connects at once.
        smtp._host = self.url.host  # type: ignore[attr-defined]
        return smtp

    def secure(self, smtp: smtplib.SMTP) -> None:
        """STARTTLS where it is wanted; a host that offers none gets no mail from us."""
        if self.url.tls != "starttls":
            return
        if not smtp.has_extn("starttls"):
            trouble = "it offers no STARTTLS, and ?tls=none is not set: nothing is sent in the clear"
            raise Answered(Deferred(None, f"{self.url.host}: {trouble}", host_is_down=True))
        expect(smtp.starttls(context=self.context), {220}, about_host=True)
        smtp.ehlo_or_helo_if_needed()

    def cut_off(self) -> None:
        for smtp in list(self.live):
            shut(smtp)


def transmit(smtp: smtplib.SMTP, mail: Mail) -> None:
    """One transaction up to the dot. Raises `Answered` where it ends earlier."""
    expect(smtp.docmd("MAIL", f"FROM:<{mail.mail_from}>{mail_options(smtp, mail)}"), {250})
    expect(smtp.docmd("RCPT", f"TO:<{mail.rcpt}>"), {250, 251, 252})
    expect(smtp.docmd("DATA"), {354})
    upload(smtp, mail.mime)


def mail_options(smtp: smtplib.SMTP, mail: Mail) -> str:
    """SIZE where the host offers it; SMTPUTF8 (RFC 6531) where the mail needs it: then the host must."""
    smtp.command_encoding = "ascii"
    size = f" SIZE={len(mail.mime)}" if smtp.has_extn("size") else ""
    if (mail.mail_from + mail.rcpt).isascii() and mail.mime.isascii():
        return size
    if not smtp.has_extn("smtputf8"):
        trouble = f"the smart host takes no address with letters beyond ASCII (SMTPUTF8): {mail.rcpt}"
        raise Answered(Refused(None, trouble))
    smtp.command_encoding = "utf-8"
    return f"{size} SMTPUTF8"


def upload(smtp: smtplib.SMTP, mime: bytes) -> None:
    """Everything but the dot, with dots at line starts doubled (RFC 5321 section 4.5.2)."""
    stuffed = LINE_START_DOT.sub(b"..", mime)
    if not stuffed.endswith(b"\r\n"):
        stuffed += b"\r\n"
    for start in range(0, len(stuffed), CHUNK):
        smtp.send(stuffed[start : start + CHUNK])


def after_dot(smtp: smtplib.SMTP, seconds: float) -> Outcome:
    """Send the dot and hear the verdict. An answer that is none leaves the mail in doubt."""
    wait_at_most(smtp, seconds)
    with deadline(smtp, seconds):
        smtp.send(b".\r\n")
        code, text = smtp.getreply()
    if 200 <= code < 300:
        return Sent(code, readable(text))
    if 400 <= code < 600:
        return verdict(code, text)
    return Unanswered(f"the answer to the mail was none: {code} {readable(text)}")


def expect(answer: tuple[int, bytes], good: set[int], *, about_host: bool = False) -> None:
    """Go on if the answer is a good one. Raises `Answered` with what it means otherwise."""
    code, text = answer
    if code in good:
        return
    outcome = verdict(code, text)
    raise Answered(Deferred(code, outcome.text, host_is_down=True) if about_host else outcome)


def speaks_of_the_line(outcome: Outcome) -> bool:
    """Whether the trouble is the connection: lost, closed by the host (421), or in disorder."""
    return isinstance(outcome, Deferred) and (outcome.host_is_down or outcome.code in (None, 421))


def verdict(code: int, text: bytes) -> Deferred | Refused:
    """5xx is no, unless it speaks of us; everything else, garbage too, is not now."""
    if code in OUR_TROUBLE:
        return Deferred(code, readable(text), host_is_down=True)
    if 500 <= code < 600:
        return Refused(code, readable(text))
    return Deferred(code if code > 0 else None, readable(text))


def say_goodbye(smtp: smtplib.SMTP) -> None:
    """QUIT, out of politeness: neither its answer nor its failing changes what became of the mail."""
    with suppress(OSError, smtplib.SMTPException):
        smtp.putcmd("QUIT")


def wait_at_most(smtp: smtplib.SMTP, seconds: float) -> None:
    """How long each single read or write may take from here on."""
    assert smtp.sock is not None, "only called while connected"
    smtp.sock.settimeout(seconds)


@contextmanager
def deadline(smtp: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """After `seconds`, close the connection under whoever waits on it: a host may answer byte by byte."""
    timer = threading.Timer(seconds, shut, [smtp])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def shut(smtp: smtplib.SMTP) -> None:
    """Wake whoever waits on the connection, with an end of file."""
    if smtp.sock is not None:
        with suppress(OSError):  # it was closed already, which is what we want
            # The plain socket's own: an SSL socket's would take the session from under the reading thread.
            socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)


def our_name() -> str:
    """What we say in EHLO: this machine's full name, else an address literal (RFC 5321 section 4.1.3)."""
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"


def readable(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())[:500]


def reason(trouble: Exception) -> str:
    """A sentence for log and ticket. Answers only: nothing of what we said, which may hold a password."""
    if isinstance(trouble, smtplib.SMTPResponseException):
        text = trouble.smtp_error
        return f"{trouble.smtp_code} {readable(text if isinstance(text, bytes) else text.encode())}"
    return str(trouble) or type(trouble).__name__
