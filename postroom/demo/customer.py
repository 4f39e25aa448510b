"""The page on which a newcomer plays the customer: it sends real SMTP to the gate, and shows what the customer receives.

Only a desk that was started as a demo has it: whoever finds it may write as anybody.
"""

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import formataddr, make_msgid
from pathlib import Path
from uuid import uuid4

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from jobs.host_url import parse_host_url
from jobs.outcome import Mail, Outcome, Sent
from jobs.transport import SmartHost
from models.addresses import typed_address
from models.app import settings_of
from models.errors import Invalid
from models.settings import Settings
from models.text import clean_text
from postroom.demo.people import DEMO_PEOPLE
from postroom.demo.received import Letter, received
from webapp.inbox.blueprint import clock

customer = Blueprint("customer", __name__, url_prefix="/demo")

DORA = ("Dora Vance", "dora@vance.example")
LONGEST = 20_000

SAID = {
    "taken": _l("Sent: the gate answered 250. It is in the inbox now."),
    "refused": _l("The gate did not take it just now: try again."),
}


def init_app(app: Flask) -> None:
    app.register_blueprint(customer)
    app.jinja_env.globals["demo_people"] = DEMO_PEOPLE


@customer.get("/")
def page() -> str:
    name, address = writer()
    settings = settings_of(current_app)
    letters = received(outbox(), address)
    template = "pages/_demo_mailbox.html" if "live" in request.args else "pages/demo_customer.html"
    return render_template(
        template,
        name=name,
        address=address,
        letters=letters,
        clock=clock(),
        support=settings.support_address,
        said=SAID.get(request.args.get("said", ""), ""),
        goes_elsewhere=settings.outbound_smtp_url is not None,
    )


@customer.post("/")
def write() -> ResponseReturnValue:
    """Hand a mail in, as the customer's own mail server would."""
    name, address = writer()
    settings = settings_of(current_app)
    answered = next((each for each in received(outbox(), address) if each.message_id == request.form.get("answers")), None)
    mail = mail_of(name, address, settings.support_address, answered)
    outcome = hand_in(mail, address, settings)
    said = "taken" if isinstance(outcome, Sent) else "refused"
    return redirect(url_for("customer.page", name=name, address=address, said=said), 303)


def outbox() -> Path:
    return settings_of(current_app).postroom_data / "outbox"


def writer() -> tuple[str, str]:
    """Who is played: name and address."""
    address = clean_text(request.values.get("address", ""), 200).strip()
    name = clean_text(request.values.get("name", ""), 100).strip()
    try:
        return (name, typed_address(address)) if address else DORA
    except Invalid:
        return DORA


def mail_of(name: str, address: str, support: str, answered: Letter | None) -> EmailMessage:
    """What the form says as the mail a mail client makes of it; an answer names what it answers."""
    mail = EmailMessage()
    mail["From"], mail["To"] = formataddr((name, address)), answered.answer_to if answered else support
    subject = clean_text(request.form.get("subject", ""), 200).replace("\n", " ").strip()
    mail["Subject"] = answered.answer_subject if answered else subject or _("(no subject)")
    mail["Date"], mail["Message-ID"] = datetime.now(UTC), make_msgid(domain=address.rpartition("@")[2])
    if answered:
        mail["In-Reply-To"] = answered.message_id
        mail["References"] = f"{answered.references} {answered.message_id}".strip()
    mail.set_content(clean_text(request.form.get("body", ""), LONGEST) or " ")
    return mail


def hand_in(mail: EmailMessage, address: str, settings: Settings) -> Outcome:
    """Send it to our own gate, by SMTP."""
    host = "127.0.0.1" if settings.smtp_host in ("0.0.0.0", "::") else settings.smtp_host
    gate = SmartHost(parse_host_url(f"smtp://{host}:{settings.smtp_port}?tls=none"))
    try:
        raw = mail.as_bytes(policy=policy.SMTP)
        return gate.send(Mail(uuid4(), address, str(mail["To"]), raw, datetime.now(UTC)), lambda: None)
    finally:
        gate.rest()
