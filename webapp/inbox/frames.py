"""HTML mail as a document of its own, shown in a sandboxed frame.

Three walls stand one behind the other. The HTML was cleaned when it came in. The frame's `sandbox` and
this document's own policy allow no script, no form, no navigation of the page around it. Nothing but pictures of
this very message is loaded; those from elsewhere when the reader asks for them, and then through this desk.

The paper stays white in the dark theme: mails set the colours of their words for white paper, often only some of them,
and turning those around makes words unreadable, or shows what the sender had hidden.

`allow-same-origin` is given, and `allow-scripts` never: no script runs in the document, so being of our origin
is of no use to it, while the page around may measure how tall it is.
"""

import re
from html import unescape
from urllib.parse import unquote

from flask import Response, render_template, url_for
from markupsafe import Markup

from models.message import Attachment, Message
from models.queries.conversations import message_seen_by
from webapp.auth import current_user, signed_in
from webapp.inbox.blueprint import inbox, visibility
from webapp.inbox.parked_pictures import count_worth_seeing
from webapp.inbox.remote_pictures import pictures_may_be_shown, with_remote_pictures
from webapp.pictures import is_picture

SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"

POLICY = "; ".join(
    (
        f"sandbox {SANDBOX}",
        "default-src 'none'",
        "img-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "form-action 'none'",
        "base-uri 'self'",
        "frame-ancestors 'self'",
    )
)

CID = re.compile(r'(<img\b[^>]*?\ssrc=)"cid:([^"]*)"', re.IGNORECASE)


@inbox.get("/messages/<int:message_id>/frame")
@signed_in
def frame(message_id: int) -> Response:
    message = message_seen_by(current_user(), visibility(), message_id)
    html, shown = with_own_pictures(message), pictures_may_be_shown(message)
    page = render_template(
        "pages/frame.html",
        # Cleaned on arrival, and walled in as told above.
        body=Markup(with_remote_pictures(html, message_id) if shown else html),  # noqa: S704
        blocked=0 if shown or current_user().is_staff else count_worth_seeing(message.body_html),
    )
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def with_own_pictures(message: Message) -> str:
    """The message's HTML, each `cid:` picture pointing to the attachment of this message that it names."""
    pictures = {file.content_id: file for file in message.attachments if file.content_id and is_picture(file)}
    return CID.sub(lambda found: f"{found[1]}{source_of(pictures.get(named(found[2])))}", message.body_html)


def named(reference: str) -> str:
    """The Content-ID behind a `cid:` address (RFC 2392): percent-encoded there, bare in the header."""
    return unquote(unescape(reference)).strip("<>")


def source_of(file: Attachment | None) -> str:
    if file is None:
        return '"" data-missing=""'
    return f'"{url_for("inbox.picture", attachment_id=file.id)}"'
