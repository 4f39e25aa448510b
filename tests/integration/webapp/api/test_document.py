"""The document against the desk as it runs: whatever is asked by it, no answer is a defect, and none is undocumented."""

from collections.abc import Callable

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from sqlalchemy import select, update

from models.actions.webhooks import make_webhook
from models.database import db
from models.message import Attachment
from models.people import Role, User
from tests.api import access_token
from tests.cast import DORA
from tests.integration.webapp.api.conftest import Case
from tests.integration.webapp.conftest import WebDesk
from webapp.api.calls import CALLS
from webapp.api.document import document, path_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROUTES = sorted((path_of(each), each.method) for each in CALLS)


def test_no_answer_is_a_defect_or_undocumented(desk: WebDesk, case: Case, is_long: bool) -> None:
    examples = 300 if is_long else 6
    schema = schemathesis.openapi.from_dict(document(CALLS, desk.base))
    hook, _ = make_webhook("Hook", "https://hooks.example.com/", ["ticket.created"], desk.cleo)
    db.session.commit()
    known = {
        "ticket_id": case.ticket_id,
        "attachment_id": db.session.scalar(select(Attachment.id)),
        "webhook_id": hook.id,
        "user_id": desk.person(DORA).id,
        "mailbox_id": desk.billing,
    }
    troubles = []
    for path, method in ROUTES:
        call = caller(desk.base, access_token_of_an_administrator(desk), known)
        try:
            given(case=schema[path][method].as_strategy(), real=st.booleans())(within(examples)(call))()
        except Exception as trouble:  # what went wrong with one call must not hide the others
            troubles.append(f"{method} {path}: {trouble}"[:1500])
    assert troubles == []


def within(examples: int) -> settings:
    """The same examples every time: what is found here can be found again."""
    quietly = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    return settings(max_examples=examples, derandomize=True, phases=[Phase.generate], **quietly)  # type: ignore[arg-type]


def caller(base: str, token: str, known: dict[str, object]) -> Callable[[schemathesis.Case, bool], None]:
    """Makes one call; with `real`, about things that there are."""

    def call(case: schemathesis.Case, real: bool) -> None:
        if real:
            case.path_parameters |= {name: value for name, value in known.items() if name in case.path_parameters}
        case.call_and_validate(base_url=base, headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    return call


def access_token_of_an_administrator(desk: WebDesk) -> str:
    """Cleo is an administrator again, whatever the last call has made of her, and signed in anew."""
    db.session.rollback()
    db.session.execute(update(User).where(User.id == desk.cleo.id).values(role=Role.ADMIN, is_active=True))
    db.session.commit()
    return access_token(desk.web, desk.person(desk.cleo))
