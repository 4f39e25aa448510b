"""Reads the address of MAIL and RCPT from the raw bytes of the wire, strictly as RFC 5321 section 4.1.2 has
it.

Header parsers are no use here: they decode encoded-words, drop comments and forgive, so that an address is
read as another one than the next server reads. Here an address is one form or it is refused.
"""

import re
import unicodedata
from dataclasses import dataclass

from models.addresses import a_label

MAX_LOCAL_PART = 64  # octets, RFC 5321 4.5.3.1.1
MAX_DOMAIN = 255
MAX_PATH = 254  # octets between < and >, RFC 3696 erratum 1690

_ATOM = rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+"
_DOT_STRING = _ATOM + rb"(?:\." + _ATOM + rb")*"
_QUOTED = rb'"(?:[ !#-\[\]-~\x80-\xff]|\\[ -~])*"'
# An underscore is no letter of a host name, but sending hosts have it in theirs and mean no harm.
_LABEL = rb"[A-Za-z0-9_\x80-\xff](?:[A-Za-z0-9_\x80-\xff-]*[A-Za-z0-9_\x80-\xff])?"
_DOMAIN = _LABEL + rb"(?:\." + _LABEL + rb")*"

_PATH = re.compile(rb"<(?:(?P<local>" + _DOT_STRING + rb"|" + _QUOTED + rb")@(?P<domain>" + _DOMAIN + rb"))>")
_ENCODED_WORD = re.compile(rb"=\?.*\?=")
_BARE_POSTMASTER = re.compile(rb"<postmaster>", re.IGNORECASE)


class Malformed(ValueError):
    """Not an address of RFC 5321; trying again cannot help."""


class NeedsSmtpUtf8(Malformed):
    """An address outside ASCII in a mail that did not say SMTPUTF8 (RFC 6531)."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address as the wire gave it, and in the one form by which addresses are compared.

    `local` is unquoted; `domain` is in lower-case A-labels. Both empty: the null sender `<>`;
    an empty domain alone: the bare `<postmaster>`.
    """

    written: str
    local: str
    domain: str

    @property
    def is_null(self) -> bool:
        return not self.local and not self.domain

    @property
    def normalised(self) -> str:
        """Lower-case local part @ A-label domain; NFC, so that one name is one string."""
        return f"{fold_local_part(self.local)}@{self.domain}" if self.domain else self.local.lower()


NULL_SENDER = Address(written="", local="", domain="")
POSTMASTER = Address(written="postmaster", local="postmaster", domain="")


def fold_local_part(local: str) -> str:
    """The form of a local part in which ours are compared: NFC and lower case."""
    return unicodedata.normalize("NFC", local).lower()


def read_sender(path: bytes, smtputf8: bool) -> Address:
    """The reverse path, `<>` included.

    A local part over 64 octets is taken: bounce addresses that carry the recipient in themselves (VERP) are
    often longer, and to refuse them would lose mail.
    """
    if path == b"<>":
        return NULL_SENDER
    return _read_mailbox(path, smtputf8)


def read_recipient(path: bytes, smtputf8: bool) -> Address:
    """The forward path; `<postmaster>` without a domain is one (RFC 5321 4.5.1)."""
    if _BARE_POSTMASTER.fullmatch(path):
        return POSTMASTER
    address = _read_mailbox(path, smtputf8)
    if len(address.local.encode()) > MAX_LOCAL_PART:
        raise Malformed("local part too long")
    return address


def _read_mailbox(path: bytes, smtputf8: bool) -> Address:
    match = _PATH.fullmatch(path)
    if match is None or len(path) - 2 > MAX_PATH:
        raise Malformed("not a mailbox in angle brackets")
    if _ENCODED_WORD.search(path):
        raise Malformed("encoded-words have no place in an envelope")
    if not path.isascii() and not smtputf8:
        raise NeedsSmtpUtf8("needs SMTPUTF8")
    try:
        written = path[1:-1].decode("utf-8")
        local, domain = match["local"].decode("utf-8"), match["domain"].decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error
    return Address(written=written, local=_unquoted(local), domain=ascii_domain(domain))


def _unquoted(local: str) -> str:
    """`"a b"` and `a b` are the same local part (RFC 5321 4.1.2): quotes and backslashes are only
    spelling.
    """
    if not local.startswith('"'):
        return local
    return re.sub(r"\\(.)", r"\1", local[1:-1])


def ascii_domain(domain: str) -> str:
    """A domain in lower-case A-labels; raises Malformed on labels over 63 or a domain over 255 octets."""
    try:
        folded = a_label(domain)
    except ValueError as error:
        raise Malformed("not a domain name") from error
    if len(folded) > MAX_DOMAIN or any(len(label) > 63 for label in folded.split(".")):
        raise Malformed("domain too long")
    return folded
