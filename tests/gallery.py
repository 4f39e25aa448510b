"""Every page of the web by name: whoever may see it, and where it is on the desk of examples.

The tests of accessibility and the pictures walk through it; a test says that no page is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from models.actions.imap_accounts import ImapWanted, add_account
from models.actions.saved_replies import ReplyText, save_reply
from models.actions.saved_views import ViewText, save_view
from models.actions.webhooks import make_webhook
from models.actor import actor_of
from models.custody import InboundDelivery
from models.database import db
from models.imap_account import ImapAccount
from models.message import Message
from models.outbox import Outbox
from models.people import User
from models.saved_reply import SavedReply
from models.saved_view import SavedView
from models.ticket import Ticket
from models.webhook import Webhook
from tests.end_to_end.web_desk import WebDesk

NOT_PAGES = {
    "/": "leads on",
    "/static/<path:filename>": "a file",
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/metrics": "for machines",
    "/session/renew": "leads on",
    "/attachments/<int:attachment_id>/": "a file",
    "/attachments/<int:attachment_id>/picture": "a file",
    "/messages/<int:message_id>/frame": "a customer's mail, not our page: it stands in a frame of the conversation",
    "/attachments/<int:attachment_id>/text": "a part of a page",
    "/messages/<int:message_id>/pictures/<int:number>/<key>": "a file",
    "/inbox/<view_name>/t/<int:ticket_id>/thread/": "a part of a page",
    "/inbox/<view_name>/number/": "for the script",
    "/tickets/<int:ticket_id>/colleagues/": "for the script",
    "/tickets/<int:ticket_id>/people/": "for the script",
    "/drafts/files/<int:file_id>/picture": "a file",
    "/bulk/<int:job_id>/": "a part of a page",
    "/inbox/": "leads on",
    "/inbox/<view_name>/live/": "a part of a page",
    "/inbox/<view_name>/older/": "a part of a page",
    "/mail/<uuid:inbound_id>/original": "a file",
    "/tickets/<int:ticket_id>/": "leads on",
    "/outbox/<uuid:outbox_id>/original": "a file",
    "/tickets/<int:ticket_id>/ai-drafts/<int:draft_id>/": "a part of a page",
    "/tickets/<int:ticket_id>/saved-replies/": "a part of a page",
    "/palette/": "for the script",
    "/inbox/<view_name>/t/<int:ticket_id>/forward/": "a part of a page, or the ticket's page with that form open",
    "/signin/google/": "only on the way back from Google",
    "/signin/google/begin": "leads on",
    "/account/google/begin": "leads on",
    "/reports/<any(days, agents, mailboxes, tags):table>.csv": "a file",
    "/admin/audit.csv": "a file",
    "/account/my-data.zip": "a file",
    "/admin/people-data/<int:user_id>/export.zip": "a file",
    "/admin/erasures/<int:erasure_id>/": "needs an erasure, which would take one of the examples away",
    "/ws/inbox/": "a socket",
    "/ws/tickets/<int:ticket_id>/": "a socket",
}


@dataclass(frozen=True)
class Sight:
    """One page as one person sees it. `route` is the rule it answers; `who` is '' for whoever is not signed in."""

    name: str
    who: str
    route: str
    path: str


def gallery(desk: WebDesk) -> list[Sight]:
    """All pages; those that need a thing are shown with one of the examples."""
    with desk.app.app_context():
        return list(sights())


def sights() -> Iterator[Sight]:
    yield from (Sight(name, "", path, path) for name, path in OUTSIDE.items())
    yield from (Sight(name, "dora", path, path) for name, path in PORTAL.items())
    yield Sight("request", "dora", "/requests/<int:ticket_id>/", f"/requests/{printer()}/")
    yield Sight("account-of-a-customer", "dora", "/account/", "/account/")
    yield Sight("list", "ada", "/inbox/<view_name>/", "/inbox/open/")
    yield Sight("empty-list", "ada", "/inbox/<view_name>/", "/inbox/closed/")
    yield Sight("ticket", "ada", "/inbox/<view_name>/t/<int:ticket_id>/", f"/inbox/mine/t/{printer()}/")
    yield Sight("html-mail", "ada", "/inbox/<view_name>/t/<int:ticket_id>/", f"/inbox/open/t/{ticket('Order 4411%')}/")
    yield Sight("trace", "ada", "/inbox/<view_name>/t/<int:ticket_id>/trace/", f"/inbox/mine/t/{printer()}/trace/")
    yield Sight("similar", "ada", "/inbox/<view_name>/t/<int:ticket_id>/similar/", f"/inbox/mine/t/{printer()}/similar/")
    yield Sight("merge", "ada", "/inbox/<view_name>/t/<int:ticket_id>/merge/", f"/inbox/mine/t/{printer()}/merge/")
    yield Sight("customer", "ada", "/people/<int:user_id>/", f"/people/{user('dora').id}/")
    message = db.session.scalars(select(Message.id).where(Message.ticket_id == printer()).order_by(Message.id)).first()
    yield Sight("forward", "ada", "/inbox/<view_name>/t/<int:ticket_id>/forward/", f"/inbox/mine/t/{printer()}/forward/?message={message}")
    look = "/messages/<int:message_id>/<any(text, html, headers, source):way>/"
    yield from (Sight(f"mail-as-{way}", "ada", look, f"/messages/{message}/{way}/") for way in ("text", "headers"))
    yield Sight("saved-view", "ada", "/views/<int:view_id>/", f"/views/{saved_view()}/")
    yield Sight("nothing-there", "ada", "(an error)", "/inbox/mine/t/999999/")
    yield from (Sight(name, "ada", path.partition("?")[0], path) for name, path in TEAM.items())
    yield Sight("saved-reply", "ada", "/saved-replies/<int:reply_id>/", f"/saved-replies/{saved_reply()}/")
    yield from (Sight(name, "cleo", path.partition("?")[0], path) for name, path in ADMINISTRATION.items())
    yield from administered()


def administered() -> Iterator[Sight]:
    """What administrators see of one thing."""
    held = db.session.scalars(select(InboundDelivery).where(InboundDelivery.decision == "backscatter")).first()
    yield Sight("one-held", "cleo", "/held/<uuid:inbound_id>/<rcpt>/", f"/held/{held.inbound_id}/{held.rcpt}/")
    mail = db.session.scalars(select(InboundDelivery).where(InboundDelivery.ticket_id == printer())).first()
    sent = db.session.scalars(select(Outbox).order_by(Outbox.id)).first()
    yield Sight("one-mail", "cleo", "/mail/<uuid:inbound_id>/", f"/mail/{mail.inbound_id}/")
    yield Sight("one-mail-out", "cleo", "/outbox/<uuid:outbox_id>/", f"/outbox/{sent.id}/")
    yield Sight("webhook", "cleo", "/webhooks/<int:webhook_id>/", f"/webhooks/{webhook()}/")
    yield Sight("mailbox", "cleo", "/admin/mailboxes/<int:mailbox_id>/", "/admin/mailboxes/1/")
    yield Sight("data-of-a-person", "cleo", "/admin/people-data/<int:user_id>/", f"/admin/people-data/{user('dora').id}/")
    yield Sight("person", "cleo", "/admin/users/<int:user_id>/", f"/admin/users/{user('ada').id}/")
    fetched_account()
    yield Sight("imap-accounts", "cleo", "/admin/mailboxes/imap/", "/admin/mailboxes/imap/")
    day = f"{db.session.scalars(select(Ticket.created_at).order_by(Ticket.id)).first():%Y-%m-%d}"
    yield Sight("behind-a-figure", "cleo", "/reports/behind/<measure>/<day>/", f"/reports/behind/created/{day}/")


OUTSIDE = {"sign-in": "/signin", "sign-up": "/signup/", "password": "/password/"}
PORTAL = {"requests": "/requests/", "new-request": "/requests/new/"}
TEAM = {
    "search": "/search/?q=order",
    "search-without-words": "/search/",
    "mail-flow-of-an-agent": "/mail/",
    "held": "/held/",
    "blocked": "/held/blocked/",
    "saved-replies": "/saved-replies/",
    "new-saved-reply": "/saved-replies/new/",
    "new-view": "/views/new/?from=open",
    "tokens": "/tokens/",
    "account": "/account/",
    "second-factor": "/account/second-factor/",
}
ADMINISTRATION = {
    "mail-flow": "/mail/",
    "outbox": "/outbox/",
    "ai-drafts": "/ai-drafts/",
    "webhooks": "/webhooks/",
    "people": "/admin/users/",
    "invite": "/admin/users/new/",
    "mailboxes": "/admin/mailboxes/",
    "new-mailbox": "/admin/mailboxes/new/",
    "new-imap-account": "/admin/mailboxes/imap/new/",
    "audit": "/admin/audit/",
    "erasures": "/admin/erasures/",
    "restore": "/admin/restore/",
    "reports": "/reports/",
}


def ticket(subject: str) -> int:
    return db.session.scalars(select(Ticket.id).where(Ticket.subject.like(subject)).order_by(Ticket.id)).first()


def printer() -> int:
    """The ticket with every kind of card."""
    return ticket("The printer on the third floor")


def user(name: str) -> User:
    return db.session.scalars(select(User).where(User.username == name)).one()


def saved_reply() -> int:
    found = db.session.scalars(select(SavedReply.id)).first()
    if found is None:
        text = ReplyText("On its way", "Hello {{customer.first_name}},\n\nit is on its way.", is_shared=True)
        found = save_reply(text, actor_of(user("cleo"))).id
        db.session.commit()
    return found


def saved_view() -> int:
    """One of Ada's own."""
    ada = user("ada")
    found = db.session.scalars(select(SavedView.id).where(SavedView.owner_id == ada.id)).first()
    if found is None:
        found = save_view(ViewText("Urgent ones", "is:open priority:urgent"), actor_of(ada)).id
        db.session.commit()
    return found


def webhook() -> int:
    found = db.session.scalars(select(Webhook.id)).first()
    if found is None:
        made, _secret = make_webhook("Warehouse", "https://hooks.example.com/x", ["ticket.created"], actor_of(user("cleo")))
        db.session.commit()
        found = made.id
    return found


def fetched_account() -> None:
    """An account elsewhere that does not let us in."""
    if db.session.scalars(select(ImapAccount.id)).first() is None:
        wanted = ImapWanted(1, "imap.example.com", "support@example.com", {"password": "never shown"})
        account = add_account(wanted, actor_of(user("cleo")), [b"of the gallery"])
        account.trouble, account.taken, account.left_uids = "The server refused the password.", 214, [7, 9]
        account.trouble_since = func.now()
        db.session.commit()
