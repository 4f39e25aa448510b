"""A reply is not filed before the mail it answers: is that one still on its way through the filers?

Two filers may hold a mail and its reply at the same time, and the reply may be read faster. Filed first, it would find
no ticket and open one.
"""

from collections.abc import Sequence
from uuid import UUID

from mailgate.evidence import named_ids
from mailgate.pipeline import ReadMail
from models.message_ids import id_hash
from models.queries.custody import unfiled_mails


def waiting_for_parents(mails: Sequence[ReadMail]) -> set[UUID]:
    """Those of `mails`, which are in order of arrival, that name an older mail which is kept and not filed yet.

    A parent that is to be filed just before, in the same round, need not be waited for. Only older mails are: two that
    name each other do not wait for ever.
    """
    named = {each.mail.id: {id_hash(name) for name in named_ids(each.inbound)} for each in mails}
    unfiled = unfiled_mails(set().union(*named.values()))
    waiting: set[UUID] = set()
    filed_before: set[UUID] = set()
    for each in mails:
        order = each.mail.received_at, each.mail.id
        parents = {one.id for one in unfiled if one.id_hash in named[each.mail.id] and (one.received_at, one.id) < order}
        (waiting if parents - filed_before else filed_before).add(each.mail.id)
    return waiting
