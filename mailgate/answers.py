"""Every SMTP answer of the gate, once, as a constant: reply code, enhanced code (RFC 3463), plain words.

The rule behind the first digit: 5xx only where the *sender* is wrong and trying again cannot help; whatever
is our trouble, or might be, is 4xx, so that the sender keeps the mail and comes again. No answer carries an
address, an exception or anything else that was not written here; detail goes to the log.
"""

from uuid import UUID

# Greeting and leaving
BYE = b"221 2.0.0 Bye\r\n"
TOO_MANY_SESSIONS = b"421 4.7.0 Too many connections, please try again later\r\n"
SHUTTING_DOWN = b"421 4.3.2 Going down for a moment, please try again later\r\n"
STORE_IS_DOWN_AT_CONNECT = b"421 4.3.2 Cannot keep mail right now, please try again later\r\n"
TALKED_FIRST = b"421 4.7.0 Please wait for the greeting before you speak\r\n"
NOT_SMTP = b"421 4.7.0 This is a mail server\r\n"
TOO_SLOW = b"421 4.4.2 Waited too long for a command\r\n"
SESSION_TOO_LONG = b"421 4.4.2 This session has lasted long enough, please connect again\r\n"
TOO_MANY_ERRORS = b"421 4.7.0 Too many errors, please look at them and come back\r\n"
TOO_MANY_MISSES = b"421 4.7.0 Too many unknown recipients\r\n"
TOO_MANY_COMMANDS = b"421 4.7.0 Too many commands\r\n"
TOO_MUCH_TROUBLE = b"421 4.3.0 Our trouble, not yours, please try again later\r\n"

# Any command
OK = b"250 2.0.0 Ok\r\n"
LINE_REFUSED = b"500 5.5.2 Lines end with CR LF, hold plain characters and are not endless\r\n"
UNKNOWN_COMMAND = b"500 5.5.2 Unknown command\r\n"
NOT_OFFERED = b"502 5.5.1 Not offered here\r\n"
CANNOT_VERIFY = b"252 2.5.0 Send some mail, we will try\r\n"
SAY_HELLO_FIRST = b"503 5.5.1 Say EHLO or HELO first\r\n"
HELLO_NEEDS_A_NAME = b"501 5.5.4 EHLO and HELO need one name of plain characters\r\n"
NO_ARGUMENT_HERE = b"501 5.5.4 This command takes no argument\r\n"
TROUBLE = b"451 4.3.0 Our trouble, not yours, please try again later\r\n"

# STARTTLS (RFC 3207)
READY_FOR_TLS = b"220 2.0.0 Ready for the handshake\r\n"
TLS_NOT_OFFERED = b"502 5.5.1 TLS is not offered here\r\n"
TLS_ALREADY_ON = b"503 5.5.1 TLS is on already\r\n"

# MAIL
SENDER_OK = b"250 2.1.0 Sender ok\r\n"
ALREADY_IN_A_MAIL = b"503 5.5.1 One mail at a time: MAIL was given already\r\n"
MAIL_SYNTAX = b"501 5.5.4 Syntax: MAIL FROM:<address> [SIZE=n] [BODY=7BIT|8BITMIME] [SMTPUTF8]\r\n"
SENDER_MALFORMED = b"501 5.1.7 Malformed sender address\r\n"
UNKNOWN_PARAMETER = b"555 5.5.4 Unknown parameter\r\n"
TOO_BIG = b"552 5.3.4 The mail is larger than we take\r\n"
DISK_IS_FULL = b"452 4.3.1 No room for mail right now, please try again later\r\n"
ENOUGH_FOR_TODAY = b"452 4.3.1 No room for more big mails today, please try again later\r\n"
STORE_IS_DOWN = b"451 4.3.2 Cannot keep mail right now, please try again later\r\n"
NEEDS_SMTPUTF8 = b"553 5.6.7 An address with such characters needs SMTPUTF8\r\n"

# RCPT
RECIPIENT_OK = b"250 2.1.5 Recipient ok\r\n"
NEED_MAIL_FIRST = b"503 5.5.1 Give MAIL first\r\n"
RCPT_SYNTAX = b"501 5.5.4 Syntax: RCPT TO:<address>\r\n"
RECIPIENT_MALFORMED = b"501 5.1.3 Malformed recipient address\r\n"
RELAYING_DENIED = b"550 5.7.1 Relaying denied\r\n"
NO_SUCH_MAILBOX = b"550 5.1.1 No such mailbox here\r\n"
MAILBOX_PAUSED = b"450 4.2.1 This mailbox is closed for now, please try again later\r\n"
MAILBOX_CLOSED = b"550 5.2.1 This mailbox is closed\r\n"
TOO_MANY_RECIPIENTS = b"452 4.5.3 Too many recipients for one mail, please send the rest in another\r\n"

# DATA
GO_AHEAD = b"354 End the mail with <CR><LF>.<CR><LF>\r\n"
NEED_RCPT_FIRST = b"503 5.5.1 Give RCPT first\r\n"
NO_ROOM_FOR_BODIES = b"451 4.3.1 Too many large mails at once, please try again later\r\n"
ROUTING_LOOP = b"554 5.4.6 Routing loop: the mail went through too many hands\r\n"


def greeting(hostname: str) -> bytes:
    """The banner; it names the host and nothing of what runs here."""
    return b"220 " + hostname.encode("ascii") + b" ESMTP Postroom\r\n"


def hello(hostname: str, offers: tuple[bytes, ...]) -> bytes:
    """The answer to EHLO: our name and what we offer, one a line."""
    lines = (hostname.encode("ascii"), *offers)
    return b"".join(b"250-%b\r\n" % line for line in lines[:-1]) + b"250 %b\r\n" % lines[-1]


def plain_hello(hostname: str) -> bytes:
    """The answer to HELO."""
    return b"250 " + hostname.encode("ascii") + b"\r\n"


def queued(inbound_id: UUID) -> bytes:
    """The only 250 to a final dot: the mail is committed under this id."""
    return b"250 2.0.0 queued as %b\r\n" % str(inbound_id).encode("ascii")
