"""Our own mails, one odd thing each, with the reading they must get beside them; one loop tests them all.

Beside `name.eml` lies `name.json`: {"about": what is odd, "expect": {key: value}}. Keys are those of
`mailgate.explain`; `key_contains` asks for parts (a string or a list of strings), `key_lacks` for absence.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from mailgate.explain import explain

MAILS = sorted((Path(__file__).parent / "mails").glob("*.eml"))


def test_there_are_enough_mails_and_each_has_its_expected_reading() -> None:
    assert len(MAILS) >= 60
    assert {mail.with_suffix(".json").exists() for mail in MAILS} == {True}


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_the_mail_is_read_as_expected(mail: Path) -> None:
    told = json.loads(mail.with_suffix(".json").read_text())
    reading = explain(mail.read_bytes())
    assert told["about"]
    for key, wanted in told["expect"].items():
        assert met(reading, key, wanted), f"{told['about']}: {key} is {found(reading, key)!r}, not {wanted!r}"


def met(reading: dict[str, Any], key: str, wanted: Any) -> bool:
    if key.endswith("_contains"):
        return all(part in str(found(reading, key)) for part in parts(wanted))
    if key.endswith("_lacks"):
        return not any(part in str(found(reading, key)) for part in parts(wanted))
    return bool(found(reading, key) == wanted)


def found(reading: dict[str, Any], key: str) -> Any:
    """'forwarded.from_email' reaches inside; 'files' are the file names in order."""
    name = key.removesuffix("_contains").removesuffix("_lacks")
    if name == "files":
        return [file["filename"] for file in reading["attachments"]]
    value: Any = reading
    for step in name.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def parts(wanted: str | list[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else wanted
