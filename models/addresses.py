"""Mail addresses in the one form in which they are compared.

The domain is compared as A-labels in lower case, the local part in lower case and NFC. Nothing else is folded:
`a.b@` and `ab@` are two people, whatever one provider does with dots.
"""

import unicodedata

import idna

from models.errors import Invalid

MAX_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets


def normalise(address: str) -> str:
    """`address` as it is compared and stored. Raises `ValueError` for what cannot be an address."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    normal = f"{unicodedata.normalize('NFC', local.lower())}@{a_label(domain)}"
    if not (local and at) or len(normal) > MAX_ADDRESS:
        raise ValueError("an address looks like name@example.com")
    return normal


def a_label(domain: str) -> str:
    """`domain` in ASCII, lower case, without a final dot (IDNA 2008, RFC 5891). Raises `ValueError`."""
    domain = domain.rstrip(".").lower()
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii").rstrip(".")  # other scripts have full stops of their own
    if not domain:
        raise ValueError("a domain is needed")
    return domain


def typed_address(address: str, field: str = "email") -> str:
    """An address that a person typed into a form, normalised. Raises `Invalid` with a sentence for that person."""
    try:
        normal = normalise(address)
    except ValueError:
        raise Invalid(field, "this is not an e-mail address: it looks like name@example.com") from None
    plain = normal.isascii() and normal.isprintable() and " " not in normal and normal.count("@") == 1
    if not plain or len(normal) > MAX_ADDRESS or "." not in normal.rpartition("@")[2].strip("."):
        raise Invalid(field, "this is not an e-mail address: it looks like name@example.com")
    return normal


def without_tag(address: str) -> tuple[str, str]:
    """Split `support+tag@x` into `support@x` and `tag` ('' when there is none)."""
    local, _, domain = address.rpartition("@")
    base, _, tag = local.partition("+")
    return (f"{base}@{domain}", tag) if base else (address, "")
