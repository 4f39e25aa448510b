"""Where webhooks may lead, and how what they carry is signed."""

import hashlib
import hmac
from uuid import uuid4

import pytest

from jobs.hook_transport import SETTING, Said, signature, tell
from models.safe_connection import NotAllowed, allowed_address, is_public

NEIGHBOURS = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NEIGHBOURS)
def test_no_webhook_goes_to_a_neighbour(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(NotAllowed):
        allowed_address([address], private_too=False, setting=SETTING)
    assert allowed_address([address], private_too=True, setting=SETTING) == address


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_the_open_internet_may_be_told(address: str) -> None:
    assert allowed_address([address], private_too=False, setting=SETTING) == address


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(NotAllowed):
        allowed_address(["1.1.1.1", "127.0.0.1"], private_too=False, setting=SETTING)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://localhost:1/", "http://2130706433:1/", "http://0x7f000001:1/", "http://127.1:1/", "http://[::1]:1/", "http://[::ffff:127.0.0.1]:1/"],
)
def test_another_spelling_of_this_machine_is_this_machine(url: str) -> None:
    """By the real resolver: it knows more spellings than we do."""
    said = tell(url, "secret", uuid4(), "ticket.created", {}, private_too=False)
    assert said.status is None and ("private network" in said.detail or "no answer" in said.detail)


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent() -> None:
    said = tell("https://hooks.example.com/x", "s", uuid4(), "k", {}, private_too=False, resolve=lambda host, port: ["10.0.0.7"])
    assert said.status is None and "WEBHOOK_PRIVATE_ADDRESSES" in said.detail


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (299, True), (302, False), (400, False), (500, False), (None, False)])
def test_only_a_2xx_is_taken(status: int | None, taken: bool) -> None:
    assert Said(status).is_taken is taken


def test_the_signature_covers_the_moment_and_the_body() -> None:
    told = signature("whsec_x", b'{"id":1}', 1700000000)
    expected = hmac.new(b"whsec_x", b'1700000000.{"id":1}', hashlib.sha256).hexdigest()
    assert told == f"t=1700000000,v1={expected}"
