"""HTML mail as a document: which pictures it may point to."""

from flask import Flask

from models.message import Attachment, Message
from webapp.inbox.blueprint import inbox
from webapp.inbox.frames import POLICY, SANDBOX, with_own_pictures
from webapp.inbox.parked_pictures import count_worth_seeing, remote_sources, with_sources


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
    """H-107, H-120: another mail's part, a drawing, a page, a name made to break out of the attribute."""
    assert rewritten('<img src="cid:a&quot; onerror=&quot;x">', picture()) == '<img src="" data-missing="">'
    assert rewritten('<img src="cid:javascript:alert(1)">', picture()) == '<img src="" data-missing="">'
    assert "attachments" not in rewritten('<img src="cid:other">', picture())
    assert "attachments" not in rewritten('<img src="cid:a@b">', picture(content_type="image/svg+xml"))
    assert "attachments" not in rewritten('<img src="cid:a@b">', picture(content_type="text/html"))


FROM_ELSEWHERE = (
    '<img alt="1 > 0" data-remote-src="https://x/?a=1&amp;b"><img src="cid:a"><img width="1" data-remote-src="https://spy">'
    '<a title="data-remote-src=">x</a><img data-remote-src="https://y" alt="">'
)


def test_pictures_from_elsewhere_are_counted_but_for_those_too_small_to_be_seen() -> None:
    assert count_worth_seeing(FROM_ELSEWHERE) == 2
    assert count_worth_seeing("<p>data-remote-src=</p>") == 0


def test_each_picture_from_elsewhere_has_a_number_and_a_spy_has_no_picture() -> None:
    assert list(remote_sources(FROM_ELSEWHERE)) == ["https://x/?a=1&b", "https://spy", "https://y"]
    shown = with_sources(FROM_ELSEWHERE, lambda number: f"/picture/{number}")
    assert '<img alt="1 &gt; 0" src="/picture/0">' in shown
    assert 'src="/picture/2"' in shown
    assert "/picture/1" not in shown and "https://" not in shown
    assert '<img src="cid:a">' in shown


def test_no_script_can_ever_run_in_the_frame() -> None:
    assert "allow-scripts" not in SANDBOX
    assert "default-src 'none'" in POLICY
    assert "script-src" not in POLICY
