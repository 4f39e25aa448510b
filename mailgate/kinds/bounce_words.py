"""The words by which mail systems can be told from people, and failure from delay."""

import re

from mailgate.reading.addresses import read_addresses
from mailgate.reading.headers import Headers

_SYSTEM = re.compile(
    r"\A(?:mailer-?daemon|post[-_.]?master|mail-?daemon|mailerdaemon|mdaemon|mail-delivery"
    r"|mail\.delivery|mailadm"
    r"|(?:no-?reply|bounces?|mailer|sysadmin|system)(?=@)|mail-?system|double-bounce|majordomo"
    r"|mailsweeper|mail-?er)",
    re.I,
)
_SYSTEM_NAME = re.compile(
    r"mail\s*(?:er)?[- ]?(?:delivery|daemon)|delivery (?:sub)?system|system administrator|postmaster"
    r"|mail system"
    r"|interscan|\bndr\b|mail router|internet mail (?:delivery|service)",
    re.I,
)
_FAILED_SUBJECT = re.compile(
    r"undeliver|returned? (?:mail|to sender|message)|returning message|mail (?:could not|not) "
    r"|deliver\w* (?:status|fail|report|notif|problem|error|incomplete|has)"
    r"|fail(?:ure|ed) (?:notice|deliver|mail)|non[- ]?deliver|mail (?:delivery )?(?:failed|failure"
    r"|error|system error)"
    r"|delivery (?:of|to)|could not (?:be )?(?:deliver|send)|cannot send|message (?:status"
    r"|not delivered|undeliverable|could not|delayed)"
    r"|error sending your|warning: (?:could not|message)|unzustellbar|unable to deliver|rejected mail"
    r"|delayed mail"
    r"|still being retried|配信できません|エラー|送信できません|non remis|non distribu"
    r"|no (?:se ha )?(?:podido )?entrega|nicht zugestellt"
    r"|niet (?:worden )?bezorgd|mancata consegna|não (?:foi )?entregue|не доставлено|notification d'"
    r"|there was an error",
    re.I,
)
_FAILED_PROSE = re.compile(
    r"(?:could|can|was|were|is|been|did)(?: ?n[o']t|not)(?:\s+be|\s+able\s+to)?\s+(?:be\s+)?(?:deliver"
    r"|reach|sent|send|receive|complete|process)"
    r"|undeliver|returned to (?:you|sender)|deliver(?:y|ing)[^.\n]{0,40}\s(?:fail|error|delay|problem)"
    r"|following address(?:es)? (?:had|failed)|permanent (?:fatal )?error"
    r"|user unknown|unknown user|no such (?:user|mailbox|recipient|address)|unrouteable"
    r"|recipient (?:not found|rejected|unknown)|mailbox (?:full|unavailable|not found|is full)"
    r"|over quota|quota exceeded|host unknown|unable to deliver|unable to be delivered"
    r"|trouble delivering|message follows\s*-|transcript of (?:the )?session|does not exist"
    r"|invalid (?:user|recipient|address)|not listed in|failed recipient|error delivering|rejected by"
    r"|retry timeout|giv(?:ing|en) up"
    r"|届けることができません|配信できません|送信に失敗|送信できません|not reach some|unsent message|could not be found|refused"
    r"|smtp error|mail loop|too many hops",
    re.I,
)
_DELAY = re.compile(
    r"\bdelay|warning: (?:could not send|message)|will (?:be|keep|continue) (?:re)?tr(?:ied|ying)"
    r"|still (?:being )?(?:trying|retried|in the queue)"
    r"|not (?:yet )?been delivered|will retry|delivery attempts will continue|this is a warning message only",
    re.I,
)
_GIVEN_UP = re.compile(
    r"giv(?:en|ing) up|permanent|no longer|will not (?:be )?retr|returned to sender|has failed", re.I
)
_FULL = re.compile(
    r"(?:mailbox|quota|disk|storage|inbox)[^.\n]{0,30}(?:full|exceed|over|limit)"
    r"|over ?quota|insufficient (?:storage|disk|system)",
    re.I,
)


def sent_by_mail_system(headers: Headers, mail_from: str) -> bool:
    """Whether a mail system, not a person, wrote this: by From, its name, or the null return path."""
    senders = read_addresses(headers.raw("from"))
    email = senders[0].email if senders else headers.text("from").strip(" <>")
    name = headers.text("from")
    if _SYSTEM.match(email) or _SYSTEM_NAME.search(name):
        return True
    null_path = headers.has("return-path") and headers.text("return-path").replace(" ", "") in (
        "<>",
        "",
        "<#@[]>",
    )
    return null_path or not email or mail_from == "<>"


def speaks_of_failure(subject: str, prose: str) -> bool:
    """Whether subject and prose together say that a mail was not delivered."""
    named = bool(_FAILED_SUBJECT.search(subject))
    told = bool(_FAILED_PROSE.search(prose[:8_000]))
    return (named and (told or "@" in prose[:8_000])) or told


def speaks_of_delay(subject: str, prose: str) -> bool:
    """Whether the host says that it still tries."""
    return bool(_DELAY.search(subject) or _DELAY.search(prose[:3_000])) and not _GIVEN_UP.search(
        prose[:3_000]
    )


def speaks_of_full_mailbox(text: str) -> bool:
    """Whether the failure may pass by itself."""
    return bool(_FULL.search(text))
