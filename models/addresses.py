"""Mail addresses in the one form in which they are compared.

The domain is compared as A-labels in lower case, the local part in lower case and NFC. Nothing else is folded:
`a.b@` and `ab@` are two people, whatever one provider does with dots.
"""

import unicodedata

from models.errors import Invalid

MAX_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets


def normalise(address: str) -> str:
    """`address` as it is compared and stored. Raises `ValueError` for what cannot be an address."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    if not (local and at and domain):
        raise ValueError("an address looks like name@example.com")
    return f"{local.lower()}@{a_label(domain)}"


def a_label(domain: str) -> str:
    """`domain` in ASCII, lower case, without a final dot. Raises `ValueError`."""
    domain = domain.rstrip(".").lower()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(f"{domain} is not a domain name") from None


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
