"""The table of reactions names jobs that exist."""

import inspect
from importlib import import_module

import pytest

from jobs.queues import JOBS
from jobs.reactions import REACTIONS, calls
from models.events import MailQueued, TicketCreated, TicketUpdated


@pytest.mark.parametrize("job", JOBS)
def test_every_job_is_a_function_that_exists(job: str) -> None:
    module, _, name = job.rpartition(".")
    assert inspect.isfunction(getattr(import_module(module), name))


def test_every_reaction_is_a_job_with_a_queue() -> None:
    assert {job for jobs in REACTIONS.values() for job in jobs} <= JOBS.keys()


def test_a_new_ticket_is_assigned_and_what_only_browsers_want_rings_no_job() -> None:
    assert list(calls([(1, TicketUpdated(7))])) == []
    [(queue, [job])] = calls([(1, TicketCreated(7))]).items()
    assert (queue, job.func, job.kwargs) == ("assigning", "jobs.assignment.assign_ticket", {"ticket_id": 7})


def test_a_queued_mail_is_sent() -> None:
    [(queue, [job])] = calls([(2, MailQueued(7, 9))]).items()
    assert (queue, job.func, job.kwargs) == (
        "outbound",
        "jobs.outbound.send_message",
        {"ticket_id": 7, "message_id": 9},
    )
