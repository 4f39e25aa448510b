"""What each figure of the reports means, in a sentence. Shown beside the figure; the tests ask that none is without."""

from flask_babel import lazy_gettext as _l

DEFINITIONS = {
    "created": _l("Tickets opened in the period, by mail, on the web or through the API. Days begin at midnight UTC."),
    "resolved": _l("How often a ticket came to Resolved or Closed from a status in which it was worked on. One that was reopened and resolved again counts twice."),
    "reopened": _l("How often a resolved or closed ticket was taken up again, by a mail of its customer or by an agent."),
    "backlog": _l("Tickets in Open, Assigned, In progress or Waiting on customer at the end of the last day; deleted ones are left out."),
    "first_response": _l("From the opening of a ticket to the first answer an agent sent its customer; tickets first answered in the period. Acknowledgements are no answers."),
    "resolution": _l("From the opening of a ticket to its resolution; resolutions of the period."),
    "reopen_rate": _l("Reopenings for every hundred resolutions of the period."),
    "business_hours": _l("Counts only the hours in BUSINESS_HOURS, by the clocks of TIMEZONE."),
    "by_agent": _l("A resolution counts for the agent who held the ticket at that moment, a first answer for the agent who wrote it."),
    "by_mailbox": _l("What happened in the period to the tickets that are in the mailbox now."),
    "by_tag": _l("Tickets opened in the period, by the tags they have now; one with two tags counts under both."),
    "arrivals": _l("Tickets opened in the period, by weekday and hour of the desk's own clocks."),
    "mail": _l("Mails accepted in the period by what they became, as in the ledger; time to ticket is from the 250 to the ticket."),
    "drafts": _l("AI drafts asked for in the period, how many of them were sent, and how much of their words was kept in what was sent."),
}
