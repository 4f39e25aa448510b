"""What stands behind MAIL and RCPT."""

import pytest

from mailgate.parameters import (
    MailParameters,
    ParameterUnknown,
    PathMissing,
    SyntaxWrong,
    read_mail_parameters,
    split_argument,
)


@pytest.mark.parametrize(
    ("argument", "path", "words"),
    [
        (b"FROM:<a@b>", b"<a@b>", []),
        (b"from: <a@b>  SIZE=1 BODY=7BIT", b"<a@b>", [b"SIZE=1", b"BODY=7BIT"]),
        (b"FROM:<>", b"<>", []),
        (b'FROM:<"a> b"@c> SIZE=1', b'<"a> b"@c>', [b"SIZE=1"]),
    ],
)
def test_the_path_is_cut_off_with_quotes_in_mind(argument: bytes, path: bytes, words: list[bytes]) -> None:
    assert split_argument(argument, b"FROM") == (path, words)


@pytest.mark.parametrize("argument", [b"", b"TO:<a@b>", b"<a@b>", b"FROM <a@b>"])
def test_another_command_is_wrong_syntax(argument: bytes) -> None:
    with pytest.raises(SyntaxWrong) as caught:
        split_argument(argument, b"FROM")
    assert caught.type is SyntaxWrong


@pytest.mark.parametrize("argument", [b"FROM:", b"FROM:a@b", b"FROM:<a@b", b"FROM:<a@b>x"])
def test_no_path_in_brackets_is_a_malformed_address(argument: bytes) -> None:
    with pytest.raises(PathMissing):
        split_argument(argument, b"FROM")


def test_parameters_are_read() -> None:
    words = [b"size=7", b"Body=8BitMime", b"SMTPUTF8"]
    assert read_mail_parameters(words) == MailParameters(size=7, smtputf8=True)


@pytest.mark.parametrize(
    "word", [b"SIZE", b"SIZE=", b"SIZE=-1", b"SIZE=x", b"BODY=BINARYMIME", b"SMTPUTF8=yes", b"="]
)
def test_a_known_parameter_with_a_wrong_value_is_wrong_syntax(word: bytes) -> None:
    with pytest.raises(SyntaxWrong):
        read_mail_parameters([word])


def test_a_parameter_given_twice_is_wrong_syntax() -> None:
    with pytest.raises(SyntaxWrong):
        read_mail_parameters([b"SIZE=1", b"size=2"])


def test_a_parameter_of_another_extension_is_unknown() -> None:
    with pytest.raises(ParameterUnknown):
        read_mail_parameters([b"RET=HDRS"])
