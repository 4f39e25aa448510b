"""Domains at which strangers have their mailboxes: two mails from there have nothing to do with each other.

What is counted for a whole domain, such as a company that writes too much, is not counted for these.
"""

FREEMAIL = frozenset(
    """
    aol.com arcor.de bigpond.com bk.ru bluewin.ch btinternet.com comcast.net daum.net email.cz fastmail.com
    free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com
    hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com icloud.com inbox.lv
    inbox.ru interia.pl laposte.net libero.it list.ru live.com live.co.uk live.de live.fr live.nl mac.com
    mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com o2.pl onet.pl online.de orange.fr outlook.com
    outlook.de outlook.fr pm.me posteo.de proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com
    rocketmail.com sapo.pt seznam.cz sfr.fr sina.com skynet.be t-online.de telenet.be terra.com.br tiscali.it
    tuta.com tutanota.com uol.com.br vodafone.de wanadoo.fr web.de wp.pl xtra.co.nz yahoo.ca yahoo.co.in
    yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru
    ymail.com zoho.com 126.com 163.com
    """.split()
)


def is_freemail(domain: str) -> bool:
    """Whether anybody may have a mailbox at `domain` (normalised)."""
    return domain in FREEMAIL


def domain_counted(address: str) -> str:
    """The domain whose mails are counted together; '' where strangers have their mailboxes."""
    domain = address.rpartition("@")[2]
    return "" if is_freemail(domain) else domain
