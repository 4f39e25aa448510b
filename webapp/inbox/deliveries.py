"""What an agent does about the mails of a message: stop, try again, correct the address, take the reply back."""

from uuid import UUID

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.deliveries import cancel_mail, send_to_another, try_again
from models.actions.unsend import unsend_reply
from models.app import settings_of
from models.database import db
from models.errors import Invalid, NotFound
from models.outbox import Outbox
from models.queries.conversations import message_seen_by
from models.queries.outbox import mail_out_seen_by, ticket_of_mail
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, inbox, visibility, wants_part
from webapp.inbox.looking import view_here
from webapp.inbox.desk import changed_parts


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/mails/<uuid:outbox_id>/")
@for_staff
def mail_act(view_name: str, ticket_id: int, outbox_id: UUID) -> ResponseReturnValue:
    """The button that was pressed says what to do."""
    row = mail_out_seen_by(current_user(), visibility(), outbox_id)
    if ticket_of_mail(row) != ticket_id:
        raise NotFound("there is no such mail on this ticket")
    said = act_on(row, request.form.get("do", ""), request.form.get("address", ""))
    db.session.commit()
    return answer(view_name, ticket_id, said)


def act_on(row: Outbox, wanted: str, address: str) -> str:
    """Do it, and say what was done. Raises what the acts raise; `Invalid` for a button there is none of."""
    match wanted:
        case "cancel":
            cancel_mail(row.id, actor())
            return _("The mail to %(address)s is not sent", address=row.rcpt)
        case "retry":
            try_again(row.id, actor())
            return _("The mail to %(address)s is tried again now", address=row.rcpt)
        case "correct":
            again = send_to_another(row.id, address, actor(), settings_of(current_app).signing_keys)
            return _("Sent to %(address)s instead", address=again.rcpt)
        case _:
            raise Invalid("do", "a mail is stopped, tried again, or sent to another address")


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/messages/<int:message_id>/unsend/")
@for_staff
def unsend(view_name: str, ticket_id: int, message_id: int) -> ResponseReturnValue:
    said = message_seen_by(current_user(), visibility(), message_id)
    mode = "reply" if said.forward_of_id is None else "forward"
    unsend_reply(message_id, actor())
    db.session.commit()
    return answer(view_name, ticket_id, _("Taken back. Your words are a draft again"), composer=mode)


def answer(view_name: str, ticket_id: int, toast: str, *, composer: str = "") -> ResponseReturnValue:
    """The page as it is now; with `composer`, that of this mode drawn anew."""
    view_here(view_name)
    if not wants_part():
        return redirect(url_for("inbox.ticket", view_name=view_name, ticket_id=ticket_id), 303)
    shown = request.args.get("shown", 0, type=int)
    return changed_parts(
        view_name, ticket_id, at_least=shown, toast=toast, new_composer=bool(composer), mode=composer or "reply"
    )
