"""Codes and links by which a third party proves that an address is somebody's (the 'ticket trick').

Whoever can make a service write to a support address and then read the answer owns that address; such a
mail is held, its code never quoted, forwarded or shown to an AI (mail-safety §2.5 D9).
"""

import re

from mailgate.kinds.automatic import GENERATED, evidence, no_reply_sender
from mailgate.reading.headers import Headers

_WORDS = re.compile(
    r"verif(?:y|ication|ied)|confirm(?:ation)?(?: (?:your|the|code|link|email|address))|one[- ]time"
    r"|\botp\b|passcode|pass ?code|security code|sign[- ]?(?:in|up) (?:code|link)|log[- ]?in (?:code"
    r"|link)"
    r"|magic link|activat(?:e|ion)|two[- ]factor|authentication code|access code|invitation code"
    r"|forwarding confirmation|reset (?:your )?password|password reset"
    r"|bestätig\w*|verifizier\w*|einmal(?:code|passwort|kennwort)|sicherheitscode|aktivier\w*"
    r"|code de (?:vérification|confirmation|sécurité)|confirme[rz]|vérifie[rz]"
    r"|código de (?:verificación|confirmación|seguridad|verificação|segurança)"
    r"|confirm[ae] (?:tu|su|seu)|codice di (?:verifica|conferma|sicurezza)|conferma|verificatiecode"
    r"|bevestig\w*|verifieringskod|bekräfta|bekreft|bekræft|kod weryfikacyjny|potwierd\w*"
    r"|ověřovací kód|kód|код подтверждения|подтверд\w*|doğrulama kodu|認証コード|確認コード|验证码|驗證碼|인증 ?(?:번호"
    r"|코드)",
    re.I,
)
_CODE = re.compile(r"(?<![\w.,/#-])(?:\d{4,8}|\d{3}[ -]\d{3}|[A-Z0-9]{3,4}-[A-Z0-9]{3,4})(?![\w.,/-]*\w)")
_LINK = re.compile(
    r"https?://\S{0,300}(?:verif|confirm|activat|token|magic|invite|reset|signup|opt-?in|auth)\S{0,300}", re.I
)
_TEXT = 6_000


def holds_signup_code(headers: Headers, text: str) -> bool:
    """Whether a machine nobody answers sends a code or a link that proves an address."""
    if not (no_reply_sender(headers) or evidence(GENERATED, headers)):
        return False
    seen = f"{headers.text('subject')}\n{text[:_TEXT]}"
    return bool(_WORDS.search(seen)) and bool(_CODE.search(seen) or _LINK.search(seen))


_ANY_LINK = re.compile(r"\bhttps?://[^\s/<>\"]{1,253}(?P<rest>[^\s<>\"]*)", re.I)
_HIDDEN = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z-]*\d)[A-Za-z0-9](?:[A-Za-z0-9]|[ -](?=\d)){3,}(?![A-Za-z0-9])")
COVERED = "••••"


def masked(text: str) -> str:
    """`text` with what could be a code, and all but the host of every link, covered: too much rather than too little."""
    without_links = _ANY_LINK.sub(lambda link: link[0][: link.start("rest") - link.start()] + f"/{COVERED}", text)
    return _HIDDEN.sub(COVERED, without_links)
