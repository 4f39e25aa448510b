"""Every route of the web and whom it is for: the table behind the matrix of rights (mail-safety P17, H-137).

Written by hand, so that it checks what the code declares. A route that is not here fails the test: whoever adds a route
adds a line, and says with it whose it is. `sends` is a body that would be taken from whoever may, so that a refusal can
only come from the rights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Who may go in. `sees`: whoever sees Dora's ticket; `works`: of those, the team; `asks`: Dora alone; `hers`: Ada alone.
ANYONE, SIGNED_IN, CUSTOMERS, TEAM, ADMIN = "anyone", "signed in", "customers", "team", "admin"
SEES, WORKS, ASKS, HERS = "sees", "works", "asks", "hers"

PEOPLE = {
    ANYONE: {"nobody", "revoked", "dora", "eve", "ben", "ada", "cleo"},
    SIGNED_IN: {"dora", "eve", "ben", "ada", "cleo"},
    CUSTOMERS: {"dora", "eve"},
    TEAM: {"ben", "ada", "cleo"},
    ADMIN: {"cleo"},
    SEES: {"dora", "ada", "cleo"},
    WORKS: {"ada", "cleo"},
    ASKS: {"dora"},
    HERS: {"ada"},
}
EVERYBODY = PEOPLE[ANYONE]

READ, WRITE, ADMIN_READ, ADMIN_WRITE, REPORTS = "tickets:read", "tickets:write", "admin:read", "admin:write", "reports:read"


@dataclass(frozen=True)
class Door:
    who: str
    scope: str = ""  # of the API: what a token needs; '' for calls that take no token
    sends: Mapping[str, Any] = field(default_factory=dict)

    def lets_in(self, name: str) -> bool:
        return name in PEOPLE[self.who]


TICKET, MESSAGE = "/api/tickets/<int:ticket_id>/", {"body": "Words."}
AT = "/inbox/<view_name>/t/<int:ticket_id>/"
HOOK = {"name": "Hook", "url": "https://hooks.example.com/x", "events": ["ticket.created"]}
USER = {"username": "mallory", "role": "admin", "password": "mallory-mallory"}

API = {
    "GET /api/openapi.json": Door(ANYONE),
    "GET /api/docs/": Door(ANYONE),
    "POST /api/auth/token/": Door(ANYONE, sends={"username": "x", "password": "y"}),
    "POST /api/auth/token/refresh/": Door(ANYONE, sends={"refresh": "x"}),
    "POST /api/auth/logout/": Door(ANYONE, sends={"refresh": "x"}),
    "POST /api/auth/logout-everywhere/": Door(SIGNED_IN),
    "POST /api/auth/request-otp/": Door(ANYONE, sends={"email": "x@example.org"}),
    "POST /api/auth/verify-otp/": Door(ANYONE, sends={"email": "x@example.org", "otp": "1"}),
    "POST /api/auth/register/": Door(ANYONE, sends={"username": "x", "password": "y"}),
    "POST /api/auth/password/": Door(ANYONE, sends={"email": "x@example.org", "verification_token": "x", "password": "y"}),
    "POST /api/auth/google/": Door(ANYONE, sends={"credential": "x"}),
    "GET /api/me/": Door(SIGNED_IN, READ),
    "PATCH /api/me/": Door(SIGNED_IN, sends={"full_name": "Mallory"}),
    "GET /api/me/availability/": Door(TEAM, READ),
    "PUT /api/me/availability/": Door(TEAM, WRITE, {"is_available": False}),
    "GET /api/me/sign-ins/": Door(SIGNED_IN),
    "DELETE /api/me/sign-ins/<int:sign_in_id>/": Door(HERS),
    "GET /api/admin/users/": Door(ADMIN, ADMIN_READ),
    "POST /api/admin/users/": Door(ADMIN, ADMIN_WRITE, USER),
    "GET /api/admin/users/<int:user_id>/": Door(ADMIN, ADMIN_READ),
    "PATCH /api/admin/users/<int:user_id>/": Door(ADMIN, ADMIN_WRITE, {"role": "admin"}),
    "GET /api/admin/mailboxes/": Door(ADMIN, ADMIN_READ),
    "POST /api/admin/mailboxes/": Door(ADMIN, ADMIN_WRITE, {"name": "Theirs", "address": "theirs@example.com"}),
    "GET /api/admin/mailboxes/<int:mailbox_id>/": Door(ADMIN, ADMIN_READ),
    "PATCH /api/admin/mailboxes/<int:mailbox_id>/": Door(ADMIN, ADMIN_WRITE, {"name": "Theirs"}),
    "GET /api/admin/imap-accounts/": Door(ADMIN, ADMIN_READ),
    "POST /api/admin/imap-accounts/": Door(ADMIN, ADMIN_WRITE, {"mailbox": 1, "host": "imap.example.com", "username": "theirs", "password": "x"}),
    "PATCH /api/admin/imap-accounts/<int:imap_account_id>/": Door(ADMIN, ADMIN_WRITE, {"is_active": False}),
    "DELETE /api/admin/imap-accounts/<int:imap_account_id>/": Door(ADMIN, ADMIN_WRITE),
    "GET /api/tickets/": Door(SIGNED_IN, READ),
    "POST /api/tickets/": Door(SIGNED_IN, WRITE, {"subject": "Words", "description": "Words."}),
    f"GET {TICKET}": Door(SEES, READ),
    f"PATCH {TICKET}": Door(WORKS, WRITE, {"subject": "Taken over"}),
    f"DELETE {TICKET}": Door(ADMIN, WRITE),
    f"POST {TICKET}restore/": Door(ADMIN, WRITE),
    f"POST {TICKET}set-status/": Door(SEES, WRITE, {"status": "RESOLVED"}),
    f"POST {TICKET}assign/": Door(WORKS, WRITE, {"assigned_agent": None}),
    f"GET {TICKET}timeline/": Door(SEES, READ),
    f"GET {TICKET}trace/": Door(WORKS, READ),
    f"GET {TICKET}messages/": Door(SEES, READ),
    f"POST {TICKET}messages/": Door(SEES, WRITE, MESSAGE),
    f"POST {TICKET}messages/<int:message_id>/forward/": Door(WORKS, WRITE, {"to": ["x@supplier.example"]}),
    f"POST {TICKET}messages/check/": Door(WORKS, READ, {"to": ["x@example.org"], "body": "Words."}),
    f"GET {TICKET}recipients/": Door(WORKS, READ),
    f"GET {TICKET}colleagues/": Door(WORKS, READ),
    f"POST {TICKET}ai-draft/": Door(WORKS, WRITE, {"instructions": "Be kind."}),
    f"GET {TICKET}ai-draft/<int:draft_id>/": Door(WORKS, READ),
    "GET /api/tickets/search/": Door(SIGNED_IN, READ),
    "GET /api/attachments/<int:attachment_id>/": Door(SEES, READ),
    "GET /api/tokens/": Door(SIGNED_IN),
    "POST /api/tokens/": Door(SIGNED_IN, sends={"name": "Mine", "scopes": ["tickets:read"]}),
    "DELETE /api/tokens/<int:token_id>/": Door(HERS),
    "GET /api/admin/webhooks/": Door(ADMIN, ADMIN_READ),
    "POST /api/admin/webhooks/": Door(ADMIN, ADMIN_WRITE, HOOK),
    "PATCH /api/admin/webhooks/<int:webhook_id>/": Door(ADMIN, ADMIN_WRITE, {"url": "https://evil.example.org/"}),
    "DELETE /api/admin/webhooks/<int:webhook_id>/": Door(ADMIN, ADMIN_WRITE),
    "GET /api/admin/webhooks/<int:webhook_id>/deliveries/": Door(ADMIN, ADMIN_READ),
    "POST /api/admin/webhooks/<int:webhook_id>/deliveries/<uuid:delivery_id>/replay/": Door(ADMIN, ADMIN_WRITE),
}

API |= {
    f"POST {TICKET}snooze/": Door(WORKS, WRITE, {"until": "2099-01-01T08:00:00Z"}),
    f"POST {TICKET}follow/": Door(WORKS, WRITE, {"follow": True}),
    f"POST {TICKET}merge/": Door(WORKS, WRITE, {"into": 2}),
    f"POST {TICKET}merge/undo/": Door(WORKS, WRITE),
    f"POST {TICKET}split/": Door(WORKS, WRITE, {"messages": [1]}),
    f"POST {TICKET}split/undo/": Door(WORKS, WRITE),
    "GET /api/views/": Door(TEAM, READ),
    "POST /api/views/": Door(TEAM, WRITE, {"name": "Mine", "query": "is:open"}),
    "PATCH /api/views/<int:view_id>/": Door(HERS, WRITE, {"name": "Taken"}),
    "DELETE /api/views/<int:view_id>/": Door(HERS, WRITE),
    "GET /api/views/<int:view_id>/tickets/": Door(HERS, READ),
    "POST /api/bulk/": Door(TEAM, WRITE, {"act": "priority", "priority": "HIGH", "tickets": [999999]}),
    "GET /api/bulk/<int:job_id>/": Door(HERS, READ),
    "POST /api/bulk/<int:job_id>/undo/": Door(HERS, WRITE),
}

REPORTS_FOR_ADMINS = ("arrivals", "breakdown", "drafts", "mail", "resolution", "summary", "volume")
API |= {f"GET /api/analytics/{name}/": Door(ADMIN, REPORTS) for name in REPORTS_FOR_ADMINS}

PAGES = {
    "GET /": Door(SIGNED_IN),
    "GET /static/<path:filename>": Door(ANYONE),
    "GET /healthz": Door(ANYONE),
    "GET /readyz": Door(ANYONE),
    "GET /metrics": Door(ANYONE),  # on this machine; test_metrics.py asks from elsewhere
    "GET /signin": Door(ANYONE),
    "POST /signin": Door(ANYONE),
    "POST /signout": Door(ANYONE),
    "GET /session/renew": Door(ANYONE),
    "GET /attachments/<int:attachment_id>/": Door(SEES),
    "GET /attachments/<int:attachment_id>/picture": Door(SEES),
    "GET /attachments/<int:attachment_id>/text": Door(WORKS),
    "GET /messages/<int:message_id>/<any(text, html, headers, source):way>/": Door(WORKS),
    "GET /messages/<int:message_id>/frame": Door(SEES),
    "GET /messages/<int:message_id>/pictures/<int:number>/<key>": Door(SEES),
    "POST /messages/<int:message_id>/pictures/": Door(WORKS, sends={"do": "show"}),
    "GET /held/": Door(TEAM),
    "GET /held/<uuid:inbound_id>/<rcpt>/": Door(ADMIN),
    "POST /held/<uuid:inbound_id>/<rcpt>/": Door(ADMIN, sends={"do": "discard"}),
    "GET /inbox/": Door(TEAM),
    "GET /inbox/<view_name>/": Door(TEAM),
    "GET /inbox/<view_name>/live/": Door(TEAM),
    "GET /inbox/<view_name>/older/": Door(TEAM),
    f"GET {AT}": Door(WORKS),
    f"GET {AT}trace/": Door(WORKS),
    f"GET {AT}thread/": Door(WORKS),
    f"GET {AT}similar/": Door(WORKS),
    f"POST {AT}participants/": Door(WORKS, sends={"address": "mallory@example.org"}),
    f"POST {AT}participants/<int:participant_id>/remove/": Door(WORKS),
    f"POST {AT}addresses/": Door(ADMIN, sends={"address": "dora@example.net"}),
    "GET /people/<int:user_id>/": Door(WORKS),
    "POST /people/<int:user_id>/notes/": Door(WORKS, sends={"note": "Mallory was here"}),
    "POST /people/<int:user_id>/notes/<int:note_id>/remove/": Door(WORKS),
    f"POST {AT}assignee/": Door(WORKS, sends={"assignee": ""}),
    f"POST {AT}notes/": Door(WORKS, sends=MESSAGE),
    f"POST {AT}priority/": Door(WORKS, sends={"priority": "HIGH"}),
    f"POST {AT}replies/": Door(WORKS, sends=MESSAGE),
    f"POST {AT}forwards/": Door(WORKS, sends=MESSAGE),
    f"GET {AT}forward/": Door(WORKS),
    f"POST {AT}status/": Door(WORKS, sends={"status": "RESOLVED"}),
    f"POST {AT}subject/": Door(WORKS, sends={"subject": "Taken over"}),
    f"POST {AT}tags/": Door(WORKS, sends={"tags": "taken"}),
    "GET /mail/": Door(TEAM),
    "GET /mail/<uuid:inbound_id>/": Door(WORKS),
    "GET /mail/<uuid:inbound_id>/original": Door(WORKS),
    "GET /tickets/<int:ticket_id>/": Door(WORKS),
    "PUT /tickets/<int:ticket_id>/drafts/<mode>": Door(WORKS, sends=MESSAGE),
    "POST /tickets/<int:ticket_id>/drafts/<mode>/files/": Door(WORKS),
    "DELETE /tickets/<int:ticket_id>/drafts/files/<int:file_id>/": Door(WORKS),
    "GET /drafts/files/<int:file_id>/picture": Door(HERS),
    "GET /tickets/<int:ticket_id>/people/": Door(WORKS),
    "GET /tickets/<int:ticket_id>/colleagues/": Door(WORKS),
}

PAGES |= {
    f"POST {AT}m/<int:message_id>/move/": Door(WORKS, sends={"to": "new"}),
    f"POST {AT}m/<int:message_id>/move/undo/": Door(WORKS),
    f"POST {AT}mails/<uuid:outbox_id>/": Door(WORKS, sends={"do": "cancel"}),
    f"POST {AT}messages/<int:message_id>/unsend/": Door(WORKS),
    f"POST {AT}flood/": Door(WORKS),
    f"POST {AT}held/<int:message_id>/": Door(WORKS, sends={"do": "discard"}),
    f"POST {AT}people/<int:suggestion_id>/": Door(WORKS, sends={"do": "add"}),
    "GET /held/blocked/": Door(TEAM),
    "POST /held/blocked/": Door(TEAM, sends={"sender": "x@example.org"}),
    "POST /notices/read/": Door(TEAM),
    "POST /mail/automatic/": Door(ADMIN, sends={"breaker": "1"}),
    "GET /outbox/": Door(ADMIN),
    "GET /outbox/<uuid:outbox_id>/": Door(ADMIN),
    "POST /outbox/<uuid:outbox_id>/": Door(ADMIN, sends={"do": "cancel"}),
    "GET /outbox/<uuid:outbox_id>/original": Door(ADMIN),
    "POST /outbox/lift/": Door(ADMIN),
    "POST /outbox/mailboxes/<int:mailbox_id>/": Door(ADMIN),
    "POST /outbox/test/": Door(ADMIN, sends={"rcpt": "x@example.org"}),
    "GET /ai-drafts/": Door(ADMIN),
    "POST /ai-drafts/mailboxes/<int:mailbox_id>/": Door(ADMIN),
    "POST /tickets/<int:ticket_id>/ai-drafts/": Door(WORKS),
    "GET /tickets/<int:ticket_id>/ai-drafts/<int:draft_id>/": Door(WORKS),
    "POST /tickets/<int:ticket_id>/ai-drafts/<int:draft_id>/": Door(WORKS, sends={"do": "discard"}),
    "GET /tickets/<int:ticket_id>/saved-replies/": Door(WORKS),
    "POST /saved-replies/<int:reply_id>/uses/": Door(TEAM),
    "GET /saved-replies/": Door(TEAM),
    "GET /saved-replies/new/": Door(TEAM),
    "POST /saved-replies/new/": Door(TEAM, sends={"title": "x", "body": "x"}),
    "GET /saved-replies/<int:reply_id>/": Door(TEAM),
    "POST /saved-replies/<int:reply_id>/": Door(TEAM, sends={"title": "x", "body": "x"}),
}

INTEGRATIONS = {
    "GET /search/": Door(TEAM),
    "GET /palette/": Door(TEAM),
    "GET /tokens/": Door(TEAM),
    "POST /tokens/": Door(TEAM, sends={"name": "Mine", "scope": "tickets:read"}),
    "POST /tokens/<int:token_id>/revoke/": Door(HERS),
    "GET /webhooks/": Door(ADMIN),
    "POST /webhooks/": Door(ADMIN, sends={"name": "Hook", "url": "https://hooks.example.com/x", "event": "ticket.created"}),
    "GET /webhooks/<int:webhook_id>/": Door(ADMIN),
    "POST /webhooks/<int:webhook_id>/": Door(ADMIN, sends={"do": "delete"}),
    "POST /webhooks/<int:webhook_id>/deliveries/<uuid:delivery_id>/replay/": Door(ADMIN),
}

ACCOUNTS = {
    "GET /signup/": Door(ANYONE),
    "POST /signup/": Door(ANYONE),
    "POST /signup/finish/": Door(ANYONE),
    "GET /password/": Door(ANYONE),
    "POST /password/": Door(ANYONE),
    "POST /password/finish/": Door(ANYONE),
    "POST /signin/code": Door(ANYONE),
    "POST /signin/google/": Door(ANYONE),
    "GET /signin/google/": Door(ANYONE),
    "GET /signin/google/begin": Door(ANYONE),
    "GET /account/google/begin": Door(SIGNED_IN),
    "GET /account/": Door(SIGNED_IN),
    "GET /account/my-data.zip": Door(CUSTOMERS),
    "POST /account/at-work/": Door(TEAM),
    "POST /account/name/": Door(SIGNED_IN),
    "POST /account/password/": Door(SIGNED_IN),
    "POST /account/notices/": Door(SIGNED_IN),
    "POST /account/language/": Door(SIGNED_IN, sends={"language": "de"}),
    "PUT /account/shortcuts/": Door(TEAM),
    "POST /account/address/": Door(SIGNED_IN),
    "POST /account/address/confirm/": Door(SIGNED_IN),
    "POST /account/sign-ins/<int:sign_in_id>/end/": Door(HERS),
    "POST /account/sign-ins/end/": Door(SIGNED_IN),
    "POST /account/google/unlink/": Door(SIGNED_IN),
    "GET /account/second-factor/": Door(TEAM),
    "POST /account/second-factor/": Door(TEAM),
    "POST /account/second-factor/confirm/": Door(TEAM),
    "POST /account/second-factor/codes/": Door(TEAM),
    "POST /account/second-factor/remove/": Door(TEAM),
    "GET /admin/mailboxes/": Door(ADMIN),
    "GET /admin/mailboxes/new/": Door(ADMIN),
    "POST /admin/mailboxes/new/": Door(ADMIN, sends={"name": "Theirs", "address": "theirs@example.com"}),
    "GET /admin/mailboxes/imap/": Door(ADMIN),
    "GET /admin/mailboxes/imap/new/": Door(ADMIN),
    "POST /admin/mailboxes/imap/new/": Door(
        ADMIN, sends={"mailbox": "1", "host": "imap.example.org", "username": "theirs", "password": "x", "security": "tls", "folder": "INBOX", "afterwards": "leave"}
    ),
    "POST /admin/mailboxes/imap/<int:imap_account_id>/": Door(ADMIN, sends={"do": "rest"}),
    "GET /admin/mailboxes/<int:mailbox_id>/": Door(ADMIN),
    "POST /admin/mailboxes/<int:mailbox_id>/": Door(ADMIN, sends={"name": "Theirs"}),
    "GET /admin/audit/": Door(ADMIN),
    "GET /admin/audit.csv": Door(ADMIN),
    "GET /admin/people-data/<int:user_id>/": Door(ADMIN),
    "GET /admin/people-data/<int:user_id>/export.zip": Door(ADMIN),
    "POST /admin/people-data/<int:user_id>/": Door(ADMIN, sends={"confirm": "dora@example.net"}),
    "GET /admin/erasures/": Door(ADMIN),
    "GET /admin/erasures/<int:erasure_id>/": Door(ADMIN),
    "GET /admin/restore/": Door(ADMIN),
    "POST /admin/restore/": Door(ADMIN),
    "GET /admin/users/": Door(ADMIN),
    "GET /admin/users/new/": Door(ADMIN),
    "POST /admin/users/new/": Door(ADMIN, sends=USER),
    "GET /admin/users/<int:user_id>/": Door(ADMIN),
    "POST /admin/users/<int:user_id>/": Door(ADMIN, sends={"role": "admin"}),
    "POST /admin/users/<int:user_id>/invite/": Door(ADMIN),
    "POST /admin/users/<int:user_id>/second-factor/reset/": Door(ADMIN),
    "GET /requests/": Door(CUSTOMERS),
    "GET /requests/new/": Door(CUSTOMERS),
    "POST /requests/new/": Door(CUSTOMERS, sends={"subject": "x", "description": "x"}),
    "GET /requests/<int:ticket_id>/": Door(ASKS),
    "POST /requests/<int:ticket_id>/answers/": Door(ASKS, sends=MESSAGE),
    "POST /requests/<int:ticket_id>/resolve/": Door(ASKS),
    "POST /requests/<int:ticket_id>/reopen/": Door(ASKS),
}

REPORTS_PAGES = {
    "GET /reports/": Door(ADMIN),
    "GET /reports/<any(days, agents, mailboxes, tags):table>.csv": Door(ADMIN),
    "GET /reports/behind/<measure>/<day>/": Door(ADMIN),
}

VIEWS = {
    f"POST {AT}snooze/": Door(WORKS, sends={"until": "2099-01-01T08:00"}),
    f"POST {AT}follow/": Door(WORKS, sends={"on": "yes"}),
    f"POST {AT}unread/": Door(WORKS),
    f"GET {AT}merge/": Door(WORKS),
    f"POST {AT}merge/": Door(WORKS, sends={"into": "2"}),
    f"POST {AT}merge/undo/": Door(WORKS),
    f"POST {AT}split/": Door(WORKS, sends={"message": "1"}),
    f"POST {AT}split/undo/": Door(WORKS),
    "POST /inbox/<view_name>/bulk/": Door(TEAM, sends={"do": "priority:HIGH", "id": "1"}),
    "GET /inbox/<view_name>/number/": Door(TEAM),
    "GET /bulk/<int:job_id>/": Door(HERS),
    "POST /bulk/<int:job_id>/undo/": Door(HERS),
    "POST /bulk/<int:job_id>/seen/": Door(HERS),
    "GET /views/new/": Door(TEAM),
    "POST /views/new/": Door(TEAM, sends={"name": "Mine", "query": "is:open"}),
    "GET /views/<int:view_id>/": Door(HERS),
    "POST /views/<int:view_id>/": Door(HERS, sends={"name": "Taken", "query": "is:open"}),
}

SOCKETS = {"GET /ws/inbox/": Door(TEAM), "GET /ws/tickets/<int:ticket_id>/": Door(SEES)}

DOORS = API | PAGES | INTEGRATIONS | ACCOUNTS | REPORTS_PAGES | VIEWS | SOCKETS
