"""HTML mail as a document: which pictures it may point to."""

from flask import Flask

from models.message import Attachment, Message
from webapp.inbox.blueprint import inbox
from webapp.inbox.frames import POLICY, SANDBOX, blocked_pictures, with_own_pictures


def rewritten(html: str, *files: Attachment) -> str:
    app = Flask(__name__)
    app.register_blueprint(inbox)
    with app.test_request_context():
        return with_own_pictures(Message(body_html=html, attachments=list(files)))


def picture(**more: object) -> Attachment:
    return Attachment(
        **{"id": 5, "content_type": "image/png", "size": 9, "content_id": "a@b", "filename": "a.png", **more}
    )


def test_a_picture_of_this_mail_is_shown_in_its_place() -> None:
    assert rewritten('<img src="cid:a@b" alt="x">', picture()) == '<img src="/attachments/5/picture" alt="x">'


def test_a_content_id_may_be_percent_encoded_or_escaped() -> None:
    assert "/attachments/5/picture" in rewritten('<img src="cid:a%40b">', picture())
    assert "/attachments/5/picture" in rewritten('<img src="cid:a&amp;b">', picture(content_id="a&b"))


def test_what_is_no_picture_of_this_mail_points_nowhere() -> None:
    assert "attachments" not in rewritten('<img src="cid:other">', picture())
    assert "attachments" not in rewritten('<img src="cid:a@b">', picture(content_type="image/svg+xml"))
    assert "attachments" not in rewritten('<img src="cid:a@b">', picture(content_type="text/html"))


def test_blocked_pictures_are_counted() -> None:
    assert (
        blocked_pictures(
            '<img alt="" data-remote-src="https://x"><img src="cid:a"><img data-remote-src="https://y">'
        )
        == 2
    )


def test_no_script_can_ever_run_in_the_frame() -> None:
    assert "allow-scripts" not in SANDBOX
    assert "default-src 'none'" in POLICY
    assert "script-src" not in POLICY
