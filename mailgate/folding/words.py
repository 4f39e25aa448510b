"""The words mail clients write around history, in the languages of most mail; data only.

English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Norwegian, Finnish, Polish,
Czech, Slovak, Hungarian, Romanian, Croatian, Russian, Ukrainian, Bulgarian, Greek, Turkish, Estonian,
Lithuanian, Latvian, Hebrew, Arabic, Japanese, Chinese, Korean, Vietnamese, Indonesian, Catalan.
"""

import re

_BETWEEN = re.compile(r"\s+\|\s+|\s*\n\s*")


def _either(block: str) -> str:
    """One regular expression out of alternatives that stand in lines and between ' | '."""
    return "|".join(_BETWEEN.split(block.strip()))


LABELS: dict[str, str] = {
    "from": _either(
        r"""
        from | nadawca | adresant | von | de | da | van | från | fra | lähettäjä | od | feladó
        expeditorul | expeditor | de la | šalje | pošiljatelj | от | от кого | від | від кого | από
        kimden | gönderen | saatja | nuo | no | מאת | من | 差出人 | 送信元 | 送信者 | 发件人 | 寄件者 | 寄件人 | 보낸 사람 | 보낸사람 | từ
        dari | odosielateľ | odesílatel | remitente | mittente | afzender | avsändare | expéditeur
        absender | remetente | od koho | pošle | siuntėjas | sūtītājs | подател | відправник | отправитель
        αποστολέας
        """
    ),
    "sent": _either(
        r"""
        sent | gesendet | envoyé | envoyé le | enviado | enviado el | enviado em | enviada em | enviada
        inviato | inviata | verzonden | skickat | sendt | lähetetty | wysłano | odesláno | odoslané
        elküldve | küldve | trimis | poslano | отправлено | дата отправки | надіслано | изпратено
        στάλθηκε | gönderilme | gönderildi | gönderim | saadetud | išsiųsta | nosūtīts | נשלח | ارسال
        تم الإرسال | 送信日時 | 发送时间 | 寄件日期 | 傳送時間 | 보낸 날짜 | đã gửi | dikirim | enviat | skickades
        datum odeslání
        """
    ),
    "date": _either(
        r"""
        date | datum | data | dato | dată | fecha | päivämäärä | päiväys | päiväsin | dátum | datums
        дата | ημερομηνία | tarih | kuupäev | תאריך | تاريخ | التاريخ | 日付 | 日時 | 日期 | 时间 | 날짜 | ngày
        tanggal | när | time | kelt
        """
    ),
    "to": _either(
        r"""
        to | pour | adresat | destinatari | odbiorca | an | à | a | para | aan | till | til
        vastaanottaja | do | komu | címzett | către | destinatarul | destinatar | prima | za | кому | до
        до кого | на кого | προς | kime | alıcı | saaja | kam | kas | אל | עבור | إلى | 宛先 | 收件人 | 收件者
        받는 사람 | 받는사람 | đến | kepada | pre | destinatario | destinataire | empfänger | per a | adresát
        příjemce | příjemci | príjemca | mottaker | modtager | ontvanger
        """
    ),
    "cc": _either(
        r"""
        cc | kopie | copie | copie à | copia | cópia | kopia | kopi | kopio | másolatot kap | másolat | dw
        do wiadomości | копия | копія | kopija | kopiju | κοιν | κοινοποίηση | bilgi | koopia | עותק
        نسخة | 抄送 | 副本 | 참조 | tembusan | có | c\.c\. | copie carbon | kopie an | skrytá | cópia para
        """
    ),
    "subject": _either(
        r"""
        subject | betreff | objet | asunto | oggetto | assunto | onderwerp | ämne | emne | aihe | temat
        předmět | predmet | tárgy | subiect | subiectul | тема | относно | θέμα | konu | teema | tema
        נושא | الموضوع | 件名 | 主题 | 主旨 | 主題 | 제목 | chủ đề | subjek | assumpte | sujet | naslov
        """
    ),
    "reply-to": _either(
        r"""
        reply-to | antwort an | répondre à | responder a | rispondi a | responder para | antwoord aan
        svara till | svar til | svarsadress | odpowiedz do | odpověď | válaszcím | ответить | 返信先 | 答复
        回复
        """
    ),
    "other": _either(
        r"""
        attachments? | anlagen? | pièces? jointes? | adjuntos? | allegati | anexos? | bijlagen? | bilagor
        vedlegg | importance | wichtigkeit | priority | priorität | organization | bcc | blindkopie
        message-id | resent-[a-z]+ | mailed-by | signed-by | sender | in-reply-to | references
        newsgroups
        """
    ),
}

# The verb of an attribution.
WROTE = _either(
    r"""
    wrote | writes | écrit | a écrit | schrieb | schreibt | geschrieben | escribió | escribio | escreveu
    ha scritto | scrisse | schreef | geschreven | skrev | följande | skrifaði | kirjoitti
    napisał(?:\(a\)|a)? | pisze | napsal(?:\(a\)|a)? | napísal(?:\(a\)|a)? | írta | ezt írta | a scris
    scris | napisao(?: je|/la)? | je napisao | je napisala | написал(?:\(а\)|а)? | пишет | пише
    написав(?:\(ла\))? | написа | έγραψε | şunları yazdı | yazdı | kirjutas | rašė | rakstīja | כתב | كتب
    書きました | さんは書きました | のメール | 写道 | 写到 | 寫道 | 작성 | đã viết | menulis | va escriure | said | sagte | posted
    a répondu | respondeu
    """
)

# How an attribution begins.
OPENERS = _either(
    r"""
    on | am | le | el | il | em | no dia | op | den | dne | dňa | w dniu | dnia | d\. | pe | în
    în data de | la data de | в | у | на | στις | tarihinde | il giorno | in data | ons | tors | fre | lör
    sön | mån | tis | quoting | a dia | a data | em data | pada | vào | el día | data | zo | ma | di | wo
    do | vr | za | u | dana
    """
)

# 'Original message'.
ORIGINAL = _either(
    r"""
    original message | original mail | original appointment | reply message | ursprüngliche nachricht
    originalnachricht | urspr\. nachricht | ursprungliche nachricht | message d'origine | message original
    mensaje original | messaggio originale | mensagem original | oorspronkelijk bericht
    oorspronkelijke bericht | ursprungligt meddelande | originalmeddelande | oprindelig meddelelse
    opprinnelig melding | original meddelelse | alkuperäinen viesti | wiadomość oryginalna
    oryginalna wiadomość | původní zpráva | původní e-mail | pôvodná správa | eredeti üzenet
    mesaj original | mesajul original | izvorna poruka | originalna poruka | исходное сообщение
    исходное письмо | оригинальное сообщение | вихідне повідомлення | оригинално съобщение | αρχικό μήνυμα
    özgün (?:ileti|mesaj) | orijinal (?:mesaj|ileti) | algne kiri | originali žinutė | הודעה מקורית
    الرسالة الأصلية | 元のメッセージ | 原始邮件 | 原始郵件 | 邮件原件 | 원본 메시지 | 원본 메일 | thư gốc | pesan asli
    antwort nachricht | message initial | reply to | missatge original | end of message
    """
)

# 'Forwarded message'.
FORWARDED = _either(
    r"""
    メッセージを転送 | treść przekazanej wiadomości | перенаправлене повідомлення | перенаправленное сообщение
    preposlaná správa | forwarded message | forwarded by | fwd message | begin forwarded message
    forwarded e-?mail | weitergeleitete nachricht | anfang der weitergeleiteten (?:nachricht|e-mail)
    message transféré | message réexpédié | début du message (?:réexpédié|transféré) | mensaje reenviado
    inicio del mensaje reenviado | messaggio inoltrato | messaggio girato | inizio messaggio inoltrato
    mensagem (?:re)?encaminhada | início da mensagem (?:re)?encaminhada | doorgestuurd bericht
    begin doorgestuurd bericht | vidarebefordrat (?:meddelande|mail|brev) | vidarebefordrat
    vidarebefordra | börja vidarebefordrat | videresendt (?:meddelelse|melding|besked|e-post|mail)
    videresend | start på videresendt besked | videre?sendte? | begynnelse på videresendt
    edelleenlähetetty viesti | välitetty viesti | välitetty viesti alkaa | przekazana wiadomość
    wiadomość przekazana | przesłana dalej wiadomość | początek przekazywanej wiadomości
    początek przekazanej wiadomości | dalej wiadomość | přeposlaná zpráva | předaná zpráva | přeposlaný
    preposlaná | začátek přeposílané zprávy | začiatok preposlanej správy | továbbított (?:üzenet|levél)
    továbbított | mesaj redirecționat | mesajul redirecționat | începe mesajul redirecționat
    mesaj (?:transmis|forwardat) | redirecționat | proslije[đd]ena? poruka | proslijeđen[ae]?
    započni proslijeđenu poruku | počinje proslijeđena poruka | пересылаемое сообщение
    пересланное сообщение | пересланное письмо | начало переадресованного сообщения | переадресованное
    переслане повідомлення | початок листа, що пересилається | препратено съобщение | προωθημένο μήνυμα
    iletilen (?:mesaj|ileti) | iletilmiş (?:mesaj|ileti) | i̇letilen | yönlendirilen | edastatud kiri
    persiųstas laiškas | הודעה שהועברה | רسالة معاد | رسالة معاد توجيهها | 転送メッセージ | 転送されたメッセージ | 転送
    转发的?(?:邮件|信息) | 轉寄的?郵件 | 轉寄郵件 | 전달된 메시지 | 전달된 메일 | thư được chuyển tiếp | pesan terusan
    missatge reenviat
    """
)

# 'Sent from my …'.
SENT_FROM = _either(
    r"""
    sent from (?:my|a|an|the|outlook|yahoo|mailbird|samsung|windows|mail|proton|blackberry|iphone|ipad|android|mobile|gmail|airmail|spark|nine|aqua|zoho|front|superhuman|mac|polymail|newton|boxer|typeapp|bluemail|blue ?mail|myMail|aol|a phone)
    sent (?:via|with|using|by) (?:my|the|\[?[a-z]+) | get outlook for
    get (?:blue ?mail|typeapp|mailbird|airmail) | von (?:meinem|unterwegs|meiner)
    gesendet (?:von|mit|über|aus) | diese nachricht wurde von | envoyé (?:de|depuis|à partir|avec)
    télécharger outlook | obtenez outlook | enviado (?:desde|do|a partir|de|com|mediante|por)
    obtener outlook | obter o outlook | inviato (?:da|dal|con|tramite) | scarica outlook | ottieni outlook
    verzonden (?:vanaf|met|via|vanuit) | verstuurd (?:vanaf|met|via) | outlook voor | download outlook
    skickat från | skaffa outlook | sendt fra | hent outlook | få outlook | lähetetty | hanki outlook
    wysłan[eoya]{1,2} z | wysłano z | pobierz outlook | odesláno (?:z|pomocí) | odoslané z
    získat outlook | küldve | iphone-ról | trimis (?:de pe|din) | poslano (?:s|iz) | отправлено (?:с|из)
    надіслано з | изпратено от | εστάλη από | στάλθηκε από | iphone'umdan gönderildi
    [a-z]+['’]?[a-zıiuü]{0,6} gönderildi | saadetud | iphone ?から送信 | [^\s]{1,20}から送信 | 发自我的 | 從我的 | 傳送自我的
    나의 [^\s]+에서 보냄 | 내 [^\s]+에서 보냄 | נשלח מה | أُرسلت من | đã gửi từ | dikirim dari | enviat des
    """
)

# One of these stands in every line that asks to write above it: a cheap first look.
ABOVE = (
    "above|über|halb|dessus|encima|arriba|acima|sopra|boven|ovanför|över|over|powyżej|nad t|yläpuolelle|fölé"
    "|deasupra|выше|вище|üst|上|위"
).split("|")

# 'Write above this line'.
REPLY_ABOVE = _either(
    r"""
    repl(?:y|ies) (?:directly )?(?:to this (?:e?-?mail|message) )?above
    (?:write|type|enter|add|put|place) (?:your |a )?(?:reply|response|answer|message|comment)s? above
    respond above | answer above | above this line | delimiter[^\n]{0,40}above
    (?:antwort\w*|schreiben|geben)[^\n]{0,50}(?:oberhalb|über) (?:dieser|der|diese)[^\n]{0,12}(?:linie|zeile)
    (?:ober|über)halb dieser (?:linie|zeile) | über dieser (?:linie|zeile)
    (?:répon|écri|saisi)[^\n]{0,50}au[- ]dessus de (?:cette|la) ligne | au[- ]dessus de cette ligne
    (?:respond|respuesta|escrib|contest)[^\n]{0,50}(?:por )?(?:encima|arriba) de esta l[ií]nea
    encima de esta l[ií]nea | (?:respond|resposta|escrev|digit)[^\n]{0,50}acima d(?:esta|a) linha
    acima d(?:esta|a) linha | (?:rispond|scriv|rispost)[^\n]{0,50}sopra (?:di )?quest[ao] (?:riga|linea)
    sopra questa (?:riga|linea) | (?:antwoord|schrijf|typ|reageer)[^\n]{0,50}boven deze (?:lijn|regel)
    boven deze (?:lijn|regel)
    (?:svara|skriv)[^\n]{0,50}(?:ovanför|över) (?:den här|denna) (?:raden|linjen)
    ovanför (?:den här|denna) (?:raden|linjen)
    (?:svar|skriv)[^\n]{0,50}over denne (?:linje|linjen|linien) | over denne linj?e
    (?:odpowie|pisz)[^\n]{0,50}powyżej tej linii | powyżej tej linii
    (?:odpov|napi)[^\n]{0,50}nad t(?:ento|outo|uto) (?:řád|riad|čár)
    (?:vastaa|kirjoita)[^\n]{0,50}(?:tämän )?(?:rivin|viivan) yläpuolelle
    (?:válasz|írj)[^\n]{0,50}(?:e|ezen) (?:a )?(?:sor|vonal) fölé
    (?:răspun)[^\n]{0,50}deasupra acestei linii
    (?:ответ|пишите|напишите)[^\n]{0,50}выше этой (?:строки|линии) | выше этой (?:строки|линии)
    (?:відпов)[^\n]{0,50}вище цього рядка | bu satırın üst[üu]n | この(?:行|線|ライン)(?:より|の)上 | 在此行上方
    请在此行(?:之上|上方) | 이 줄 위
    """
)

# Thanks that end a mail when a name follows.
THANKS = _either(
    r"""
    (?:many )?thanks(?: (?:again|in advance|so much|a lot))?
    thank you(?: (?:again|very much|so much|in advance))? | thx | danke | vielen dank
    merci(?: d'avance)? | gracias | muchas gracias | grazie | obrigad[oa] | bedankt | dank je | tack
    takk | tak | kiitos | dzięki | dziękuję | děkuji | köszönöm | mulțumesc | спасибо | дякую
    teşekkürler
    """
)

# Words before a name.
CLOSINGS = _either(
    r"""
    (?:kind(?:est)?|best|warm(?:est)?|many)? ?regards | best(?: wishes)? | cheers | sincerely
    yours(?: (?:sincerely|truly|faithfully))? | mit freundlichen grüßen | mit freundlichem gruß
    (?:viele|beste|liebe|freundliche) grüße | mfg | lg | gruß | cordialement | bien à vous
    saludos(?: cordiales)? | un saludo | atentamente | cordiali saluti | distinti saluti | saluti
    atenciosamente | abraços | com os melhores cumprimentos | met vriendelijke groet(?:en)? | groeten
    groetjes | mvh | med vänlig(?:a)? hälsning(?:ar)? | vänliga hälsningar | med venlig hilsen
    venlig hilsen | med vennlig hilsen | vennlig hilsen | hilsen | ystävällisin terveisin | terveisin
    pozdrawiam | z poważaniem | s pozdravem | s pozdravom | üdvözlettel | cu stimă | с уважением
    з повагою | saygılarımla
    """
)
