"""Signs mails as their senders do: real keys, real DKIM signatures, real ARC seals."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from nacl.signing import SigningKey

COVERED = ("From", "To", "Subject", "Date", "Message-ID", "Content-Type", "MIME-Version")


@cache
def rsa_key(bits: int = 2048) -> tuple[bytes, str]:
    """A private key in PEM, and the DNS record of its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


@cache
def ed25519_key() -> tuple[bytes, str]:
    key = SigningKey(b"a seed of thirty-two octets only")
    public = base64.b64encode(bytes(key.verify_key)).decode()
    return base64.b64encode(bytes(key)), f"v=DKIM1; k=ed25519; p={public}"


# 512 bits, which no library makes any more: good for nothing but to be refused.
SMALL_KEY = (
    (
        b"-----BEGIN RSA PRIVATE KEY-----\n"
        b"MIIBOgIBAAJBALP1x1fHjTBaPJKDUhm+hKKqLIulNIuTId50mtcScGdI2U7gct3q\n"
        b"87CRlPiaE+xb5aDm7eL+UOQAk8ocIUd+G1ECAwEAAQJBAIqLDvqfIC03ayaIfu5e\n"
        b"5BGu3Ths6TUDArIWJxaolWyNOCh+ZLNdTOtrZyRewJxqb3Ggmn21XIFM3vIUd3IR\n"
        b"xpkCIQDf0BjwNV3J9mXqyT3K0Mxk2qCE3NIbmM/CIAY9qMJUpwIhAM3XMd/JWWrp\n"
        b"1Vq6el52hUjrnnE7beyz5kLuEajuqXdHAiA0h80yo/PtcS2em7krHzK6AS5nwMR3\n"
        b"wbgRoh6U3kUuRQIgSf3e+bihIeNoRDLgJfCovKulysI4I2wPi2OUiYsw86UCIAlz\n"
        b"OkJWnH8MZQPTlue6H70z/RMMd8YMJDKNJW17M5Rh\n"
        b"-----END RSA PRIVATE KEY-----\n"
    ),
    "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALP1x1fHjTBaPJKDUhm+hKKqLIulNIuTId50mtcScGdI2U7gct3q87CRlPiaE+xb5aDm7eL+UOQAk8ocIUd+G1ECAwEAAQ==",
)


@dataclass(frozen=True)
class Signer:
    """Whoever signs for `domain` with the key at `selector`."""

    domain: str
    selector: str = "mail"
    key: tuple[bytes, str] = field(default_factory=rsa_key, repr=False)
    algorithm: bytes = b"rsa-sha256"

    @property
    def records(self) -> dict[tuple[str, str], list[str]]:
        return {(f"{self.selector}._domainkey.{self.domain}", "TXT"): [self.key[1]]}

    def sign(self, mail: bytes, covered: Sequence[str] = COVERED, *, length: bool = False) -> bytes:
        """The mail with a signature on top; with `length` it covers the body of today and no more."""
        signer = dkim.DKIM(mail, signature_algorithm=self.algorithm)
        present = {name.lower() for name, _ in signer.headers}
        include = [name.lower().encode() for name in covered if name.lower().encode() in present]
        header: bytes = signer.sign(
            self.selector.encode(),
            self.domain.encode(),
            self.key[0],
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=include,
            length=length,
        )
        return header + mail

    def seal(self, mail: bytes, results: str) -> bytes:
        """The mail with one more link of an ARC chain: `results` is what the sealer says it found."""
        named = f"Authentication-Results: {self.domain}; {results}\r\n".encode() + mail
        sealed = dkim.ARC(named).sign(
            self.selector.encode(), self.domain.encode(), self.key[0], self.domain.encode(),
            include_headers=[b"from", b"subject", b"date", b"message-id", b"content-type"],
        )  # fmt: skip
        return b"".join(sealed) + mail
